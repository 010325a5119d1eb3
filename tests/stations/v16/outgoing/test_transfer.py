"""What a 1.6 station is told: transfer."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Payload
from edgegw.stations.v16 import CODEC
from tests.stations.peers import assert_call
from tests.stations.v16.ordering import order


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("data_transfer", {"vendor_id": "v", "message_id": "m", "payload": {"a": [1]}}, "DataTransfer",
         {"vendorId": "v", "messageId": "m", "data": '{"a":[1]}'}),
        ("data_transfer", {"vendor_id": "v", "payload": "plain"}, "DataTransfer", {"vendorId": "v", "data": "plain"}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(name, **args)
    assert (outgoing.action, assert_call(CODEC, outgoing)) == (action, payload)
