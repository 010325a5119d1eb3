"""What a 2.x station is told: transactions."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Codec, Payload, Unsupported
from edgegw.stations.v2 import CODEC_21, CODEC_201
from tests.stations.peers import assert_call, peer, transaction
from tests.stations.v2.ordering import both, order


@both
@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("start_transaction", {"evse": 1, "id_token": "04A1B2C3"}, "RequestStartTransaction",
         {"evseId": 1, "remoteStartId": 77, "idToken": {"idToken": "04A1B2C3", "type": "ISO14443"}}),
        ("start_transaction", {"evse": 1, "id_token": "driver-5", "limit_a": 10}, "RequestStartTransaction",
         {"evseId": 1, "remoteStartId": 77, "idToken": {"idToken": "driver-5", "type": "Central"}}),
        ("stop_transaction", {"evse": 1}, "RequestStopTransaction", {"transactionId": "f3b1"}),
        ("stop_transaction", {"transaction": "0190"}, "RequestStopTransaction", {"transactionId": "f3b1"}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(
    codec: Codec, name: str, args: dict[str, Any], action: str, payload: Payload
) -> None:
    outgoing = order(codec, name, **args)
    assert (outgoing.action, assert_call(codec, outgoing)) == (action, payload)


def test_a_start_tells_which_transaction_had_begun_before_it() -> None:
    ended = order(CODEC_201, "start_transaction", evse=1, id_token="x").ending(
        {"status": "Accepted", "transactionId": "f3b1"}
    )
    assert (ended.state, ended.result) == ("done", {"reference": "f3b1"})
    refused = order(CODEC_201, "start_transaction", evse=1, id_token="x").ending({"status": "Rejected"})
    assert (refused.state, refused.reason, refused.result) == ("rejected", "rejected", None)


def test_a_token_is_as_long_as_the_version_allows() -> None:
    with pytest.raises(Unsupported):
        order(CODEC_201, "start_transaction", evse=1, id_token="x" * 37)
    assert_call(CODEC_21, order(CODEC_21, "start_transaction", evse=1, id_token="x" * 255))


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("start_transaction", {"evse": 1}),
        ("start_transaction", {"evse": True, "id_token": "x"}),
        ("stop_transaction", {"transaction": "other"}),
    ],
)
def test_what_does_not_fit_is_refused_in_words(name: str, args: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as refused:
        order(CODEC_201, name, **args)
    assert refused.value.reason


@both
def test_a_station_is_asked_about_a_transaction_also_of_one_that_has_ended(codec: Codec) -> None:
    over = transaction(reference="f3b0", ocpp="2.0.1", state="ended")
    at = peer(ended=over)
    asked = order(codec, "get_transaction_status", at, transaction=over.id)
    assert (asked.action, assert_call(codec, asked)) == ("GetTransactionStatus", {"transactionId": "f3b0"})
    assert assert_call(codec, order(codec, "get_transaction_status")) == {}
    with pytest.raises(Unsupported, match="no such transaction"):
        order(codec, "get_transaction_status", at, transaction="0000")


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"messagesInQueue": True, "ongoingIndicator": False}, {"messages_in_queue": True, "ongoing": False}),
        ({"messagesInQueue": False}, {"messages_in_queue": False}),
    ],
)
def test_what_a_station_says_of_a_transaction_is_told_in_our_words(answer: Payload, result: Payload) -> None:
    assert order(CODEC_201, "get_transaction_status").ending(answer).result == result
