"""What a 1.6 station says: transactions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edgegw.model.requests import Reading, TransactionAnswer, TransactionRequest
from edgegw.model.state import Metering
from edgegw.stations.codec import Payload
from edgegw.stations.v16 import CODEC
from tests.stations.peers import assert_reply, evse, peer, transaction
from tests.stations.v16.hearing import AT, AT_TEXT, ask

STOP: Payload = {
    "transactionId": 41,
    "idTag": "04A1",
    "meterStop": 17500,
    "timestamp": AT_TEXT,
    "reason": "EVDisconnected",
    "transactionData": [
        {
            "timestamp": AT_TEXT,
            "sampledValue": [{"value": "17.5", "unit": "kWh", "context": "Transaction.End"}],
        },
        {
            "timestamp": "2026-11-24T10:00:00Z",
            "sampledValue": [{"value": "1000", "context": "Transaction.Begin"}],
        },
    ],
}


def test_start_transaction() -> None:
    payload = {"connectorId": 2, "idTag": "04A1", "meterStart": 1000, "timestamp": "2026-11-24T11:00:00"}
    heard = ask("StartTransaction", payload)
    assert heard.request == TransactionRequest(
        station="CP01", at=AT, stage="started", evse=2, connector=1, id_token="04A1", import_wh=1000
    )
    reply = heard.reply(TransactionAnswer("0190", 41, "concurrent_tx"))
    assert_reply(CODEC, "StartTransaction", reply)
    assert reply == {"transactionId": 41, "idTagInfo": {"status": "ConcurrentTx"}}


@pytest.mark.parametrize("register", [10**15, 2**64 - 1, -(2**63)])
def test_a_register_that_no_meter_reaches_is_none_and_the_transaction_counts(register: int) -> None:
    start = {"connectorId": 2, "idTag": "04A1", "meterStart": register, "timestamp": AT_TEXT}
    for request in (
        ask("StartTransaction", start).request,
        ask("StopTransaction", {**STOP, "meterStop": register}).request,
    ):
        assert isinstance(request, TransactionRequest)
        assert request.import_wh is None


def test_a_start_at_connector_0_is_at_the_only_evse_or_the_hub_finds_out() -> None:
    payload = {"connectorId": 0, "idTag": "04A1", "meterStart": 0, "timestamp": AT_TEXT}
    only = ask("StartTransaction", payload, peer(evse(id=1))).request
    assert isinstance(only, TransactionRequest)
    assert only.evse == 1
    several = ask("StartTransaction", payload, peer(evse(id=1), evse(id=2))).request
    assert isinstance(several, TransactionRequest)
    assert several.evse is None


def test_stop_transaction_with_its_data() -> None:
    heard = ask("StopTransaction", STOP, peer(active={1: transaction()}))
    assert heard.request == TransactionRequest(
        station="CP01", at=AT, stage="ended", evse=None, reference="41", id_token="04A1", import_wh=17500,
        reason="ev_disconnected",
        readings=(Reading(AT, 17500, "end"), Reading(datetime(2026, 11, 24, 10, tzinfo=UTC), 1000, "begin")),
    )  # fmt: skip
    assert [sample.values for sample in heard.samples] == [{"import_wh": 1000}, {"import_wh": 17500}]
    reply = heard.reply(TransactionAnswer("0190", 41, "accepted", "family", "12.34"))
    assert_reply(CODEC, "StopTransaction", reply)
    assert reply == {"idTagInfo": {"status": "Accepted", "parentIdTag": "family"}}


def test_a_stop_that_comes_again_is_the_same_request_and_brings_no_samples_twice() -> None:
    first = ask("StopTransaction", STOP, peer(active={1: transaction()}))
    again = ask("StopTransaction", STOP, peer(ended=transaction(state="ended")))
    assert again.request == first.request
    assert again.samples == ()


def test_a_stop_without_token_or_reason_is_local_and_answered_with_nothing() -> None:
    heard = ask("StopTransaction", {"transactionId": -1, "meterStop": 5, "timestamp": AT_TEXT})
    assert isinstance(heard.request, TransactionRequest)
    assert (heard.request.reason, heard.request.reference, heard.request.id_token) == ("local", "-1", None)
    assert heard.reply(TransactionAnswer("0190", 41)) == {}


def test_a_signed_begin_without_number_takes_the_register_that_the_transaction_began_with() -> None:
    signed = {"value": "<b/>", "format": "SignedData", "context": "Transaction.Begin"}
    stop = {**STOP, "transactionData": [{"timestamp": AT_TEXT, "sampledValue": [signed]}]}
    running = transaction(meterings=(Metering(AT, 1000), Metering(AT, 9000)))
    request = ask("StopTransaction", stop, peer(active={1: running})).request
    assert isinstance(request, TransactionRequest)
    assert request.readings == (Reading(AT, 1000, "begin", "<b/>"),)
