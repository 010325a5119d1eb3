"""What a 2.x station is told: diagnostics."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Codec, Payload, Unsupported
from edgegw.stations.v2 import CODEC_21, CODEC_201
from tests.stations.peers import assert_call
from tests.stations.v2.ordering import UNTIL, URL, both, order


@both
@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("get_log", {"kind": "security", "location": URL, "since": UNTIL, "until": UNTIL, "retry_interval_s": 3},
         "GetLog",
         {"logType": "SecurityLog", "requestId": 77, "retryInterval": 3,
          "log": {"remoteLocation": URL, "oldestTimestamp": "2026-11-24T12:00:00.000Z",
                  "latestTimestamp": "2026-11-24T12:00:00.000Z"}}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(
    codec: Codec, name: str, args: dict[str, Any], action: str, payload: Payload
) -> None:
    outgoing = order(codec, name, **args)
    assert (outgoing.action, assert_call(codec, outgoing)) == (action, payload)


def test_2_1_has_more_logs_and_certificates() -> None:
    assert assert_call(CODEC_21, order(CODEC_21, "get_log", kind="data_collector", location=URL))["logType"] == (
        "DataCollectorLog"
    )
    assert_call(CODEC_21, order(CODEC_21, "install_certificate", use="oem_root", certificate="PEM"))


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
        ("get_log", {"kind": "security", "location": URL}, {"status": "AcceptedCanceled", "filename": "s"}, "done",
         None, {"request": 77, "file": "s", "status": "accepted_canceled"}),
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
        ("get_log", {"kind": "data_collector", "location": URL}, "OCPP 2.0.1 has diagnostics and security logs"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(CODEC_201, name, **args)
