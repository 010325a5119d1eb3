"""What a 1.6 station is told: firmware."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Payload, Unsupported
from edgegw.stations.v16 import CODEC
from tests.stations.peers import assert_call
from tests.stations.v16.ordering import FTP, UNTIL, order

SIGNED = {"certificate": "PEM", "signature": "c2ln"}


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("update_firmware", {"location": FTP}, "UpdateFirmware",
         {"location": FTP, "retrieveDate": "2026-11-24T12:00:00.250Z"}),
        ("update_firmware", {"location": FTP, "install_at": UNTIL, "retries": 2, "retry_interval_s": 9, **SIGNED},
         "SignedUpdateFirmware",
         {"requestId": 77, "retries": 2, "retryInterval": 9,
          "firmware": {"location": FTP, "retrieveDateTime": "2026-11-24T12:00:00.250Z",
                       "installDateTime": "2026-11-24T12:00:00.000Z", "signingCertificate": "PEM",
                       "signature": "c2ln"}}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(name, **args)
    assert (outgoing.action, assert_call(CODEC, outgoing)) == (action, payload)


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
        ("update_firmware", {"location": FTP}, {}, "done", None, {"request": None}),
        ("update_firmware", {"location": FTP, **SIGNED}, {"status": "AcceptedCanceled"}, "done", None,
         {"request": 77, "status": "accepted_canceled"}),
        ("update_firmware", {"location": FTP, **SIGNED}, {"status": "InvalidCertificate"}, "rejected",
         "invalid_certificate", None),
    ],
)  # fmt: skip
def test_its_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Payload, state: str, reason: str | None, result: Any
) -> None:
    ended = order(name, **args).ending(answer)
    assert (ended.state, ended.reason, ended.result) == (state, reason, result)


@pytest.mark.parametrize(
    ("name", "args", "reason"),
    [
        ("update_firmware", {"location": FTP, "install_at": UNTIL}, "of signed firmware alone"),
        ("update_firmware", {"location": FTP, "signature": "x"}, "go together"),
    ],
)
def test_what_1_6_cannot_say_is_refused_with_the_reason(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(name, **args)
