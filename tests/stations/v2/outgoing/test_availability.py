"""What a 2.x station is told: availability."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Codec, Payload, Unsupported
from edgegw.stations.v2 import CODEC_201
from tests.stations.peers import assert_call
from tests.stations.v2.ordering import both, order


@both
@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("change_availability", {"operative": False}, "ChangeAvailability", {"operationalStatus": "Inoperative"}),
        ("change_availability", {"operative": True, "evse": 2, "connector": 1}, "ChangeAvailability",
         {"operationalStatus": "Operative", "evse": {"id": 2, "connectorId": 1}}),
        ("unlock_connector", {"evse": 1}, "UnlockConnector", {"evseId": 1, "connectorId": 1}),
        ("unlock_connector", {"evse": 1, "connector": 2}, "UnlockConnector", {"evseId": 1, "connectorId": 2}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(
    codec: Codec, name: str, args: dict[str, Any], action: str, payload: Payload
) -> None:
    outgoing = order(codec, name, **args)
    assert (outgoing.action, assert_call(codec, outgoing)) == (action, payload)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("unlock_connector", {"evse": 0}),
        ("change_availability", {"operative": "true"}),
    ],
)
def test_what_does_not_fit_is_refused_in_words(name: str, args: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as refused:
        order(CODEC_201, name, **args)
    assert refused.value.reason
