"""What a 1.6 station is told: availability."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Payload, Unsupported
from edgegw.stations.v16 import CODEC
from tests.stations.peers import assert_call
from tests.stations.v16.ordering import order


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("change_availability", {"operative": False}, "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}),
        ("change_availability", {"operative": True, "evse": 2}, "ChangeAvailability",
         {"connectorId": 2, "type": "Operative"}),
        ("unlock_connector", {"evse": 2}, "UnlockConnector", {"connectorId": 2}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(name, **args)
    assert (outgoing.action, assert_call(CODEC, outgoing)) == (action, payload)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("change_availability", {"operative": "yes"}),
        ("change_availability", {"operative": 1, "evse": 1}),
    ],
)
def test_what_1_6_cannot_say_is_refused_in_words(name: str, args: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as refused:
        order(name, **args)
    assert refused.value.reason
