"""What a 1.6 station is told: transactions."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Payload, Unsupported
from edgegw.stations.v16 import CODEC
from tests.stations.peers import assert_call, peer, transaction
from tests.stations.v16.ordering import order


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("start_transaction", {"evse": 1, "id_token": "04A1", "limit_a": 16}, "RemoteStartTransaction",
         {"connectorId": 1, "idTag": "04A1"}),
        ("stop_transaction", {"evse": 1}, "RemoteStopTransaction", {"transactionId": 41}),
        ("stop_transaction", {"transaction": "0190"}, "RemoteStopTransaction", {"transactionId": 41}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(name, **args)
    assert (outgoing.action, assert_call(CODEC, outgoing)) == (action, payload)


def test_a_transaction_that_began_under_2x_cannot_be_named_in_1_6() -> None:
    foreign = peer(active={1: transaction(reference="f3b1")})
    with pytest.raises(Unsupported):
        order("stop_transaction", foreign, evse=1)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("start_transaction", {"evse": 1, "id_token": "x" * 21}),
        ("start_transaction", {"evse": 0, "id_token": "04A1"}),
        ("start_transaction", {"evse": "1", "id_token": "04A1"}),
        ("start_transaction", {"evse": 1}),
        ("stop_transaction", {"evse": 3}),
        ("stop_transaction", {"transaction": "other"}),
        ("stop_transaction", {}),
    ],
)
def test_what_1_6_cannot_say_is_refused_in_words(name: str, args: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as refused:
        order(name, **args)
    assert refused.value.reason
