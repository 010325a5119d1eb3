"""What a 2.x station is told: firmware."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Codec, Payload, Unsupported
from edgegw.stations.v2 import CODEC_201
from tests.stations.peers import assert_call
from tests.stations.v2.ordering import UNTIL, URL, both, order


@both
@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("update_firmware",
         {"location": URL, "retrieve_at": UNTIL, "install_at": UNTIL, "retries": 1, "certificate": "PEM",
          "signature": "c2ln"},
         "UpdateFirmware",
         {"requestId": 77, "retries": 1,
          "firmware": {"location": URL, "retrieveDateTime": "2026-11-24T12:00:00.000Z",
                       "installDateTime": "2026-11-24T12:00:00.000Z", "signingCertificate": "PEM",
                       "signature": "c2ln"}}),
        ("update_firmware", {"location": URL}, "UpdateFirmware",
         {"requestId": 77, "firmware": {"location": URL, "retrieveDateTime": "2026-11-24T12:00:00.250Z"}}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(
    codec: Codec, name: str, args: dict[str, Any], action: str, payload: Payload
) -> None:
    outgoing = order(codec, name, **args)
    assert (outgoing.action, assert_call(codec, outgoing)) == (action, payload)


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
        ("update_firmware", {"location": URL}, {"status": "Accepted"}, "done", None, {"request": 77}),
    ],
)  # fmt: skip
def test_its_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Payload, state: str, reason: str | None, result: Any
) -> None:
    ended = order(CODEC_201, name, **args).ending(answer)
    assert (ended.state, ended.reason, ended.result) == (state, reason, result)


@pytest.mark.parametrize(
    ("name", "args", "reason"),
    [
        ("update_firmware", {"location": URL, "certificate": "PEM"}, "go together"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(CODEC_201, name, **args)
