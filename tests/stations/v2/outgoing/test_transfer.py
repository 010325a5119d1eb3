"""What a 2.x station is told: transfer."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Codec, Payload
from tests.stations.peers import assert_call
from tests.stations.v2.ordering import both, order


@both
@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("data_transfer", {"vendor_id": "v", "message_id": "m", "payload": {"a": [1]}}, "DataTransfer",
         {"vendorId": "v", "messageId": "m", "data": {"a": [1]}}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(
    codec: Codec, name: str, args: dict[str, Any], action: str, payload: Payload
) -> None:
    outgoing = order(codec, name, **args)
    assert (outgoing.action, assert_call(codec, outgoing)) == (action, payload)
