"""What a 1.6 station is told: diagnostics."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Payload, Unsupported
from edgegw.stations.v16 import CODEC
from tests.stations.peers import assert_call
from tests.stations.v16.ordering import FTP, UNTIL, order


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("get_log", {"kind": "diagnostics", "location": FTP, "since": UNTIL}, "GetDiagnostics",
         {"location": FTP, "startTime": "2026-11-24T12:00:00.000Z"}),
        ("get_log", {"kind": "security", "location": FTP, "until": UNTIL}, "GetLog",
         {"logType": "SecurityLog", "requestId": 77,
          "log": {"remoteLocation": FTP, "latestTimestamp": "2026-11-24T12:00:00.000Z"}}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(name, **args)
    assert (outgoing.action, assert_call(CODEC, outgoing)) == (action, payload)


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
        ("get_log", {"kind": "diagnostics", "location": FTP}, {"fileName": "d.zip"}, "done", None,
         {"request": None, "file": "d.zip"}),
        ("get_log", {"kind": "diagnostics", "location": FTP}, {}, "rejected", "no_diagnostics", None),
        ("get_log", {"kind": "security", "location": FTP}, {"status": "Accepted", "filename": "s.log"}, "done", None,
         {"request": 77, "file": "s.log"}),
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
        ("get_log", {"kind": "data_collector", "location": FTP}, "diagnostics and security logs"),
    ],
)
def test_what_1_6_cannot_say_is_refused_with_the_reason(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(name, **args)
