"""What a 2.x station is told: displays."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Codec, Payload, Unsupported
from edgegw.stations.v2 import CODEC_201
from tests.stations.peers import assert_call
from tests.stations.v2.ordering import UNTIL, both, order


@both
@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("set_display_message", {"text": "Oi"}, "SetDisplayMessage",
         {"message": {"id": 77, "priority": "NormalCycle", "message": {"format": "UTF8", "content": "Oi"}}}),
        ("set_display_message",
         {"text": "Oi", "format": "html", "language": "pt-BR", "priority": "always_front", "shown_while": "idle",
          "starts_at": UNTIL, "ends_at": UNTIL, "transaction": "0190"},
         "SetDisplayMessage",
         {"message": {"id": 77, "priority": "AlwaysFront", "state": "Idle", "transactionId": "f3b1",
                      "startDateTime": "2026-11-24T12:00:00.000Z", "endDateTime": "2026-11-24T12:00:00.000Z",
                      "message": {"format": "HTML", "language": "pt-BR", "content": "Oi"}}}),
        ("clear_display_message", {"message": 77}, "ClearDisplayMessage", {"id": 77}),
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
        ("set_display_message", {"text": "Oi"}, {"status": "Accepted"}, "done", None, {"message": 77}),
        ("set_display_message", {"text": "Oi"}, {"status": "NotSupportedPriority"}, "rejected",
         "not_supported_priority", None),
        ("clear_display_message", {"message": 1}, {"status": "Unknown"}, "rejected", "unknown", None),
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
        ("set_display_message", {"text": "Oi", "transaction": "other"}, "no such transaction"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(CODEC_201, name, **args)
