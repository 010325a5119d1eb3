"""What a 1.6 station says: metering."""

from __future__ import annotations

from edgegw.model.requests import Reading, TransactionAnswer, TransactionRequest
from edgegw.stations.codec import Payload, Tell
from tests.stations.peers import peer, transaction
from tests.stations.v16.hearing import AT, AT_TEXT, ask, hear, tell


def test_meter_values_are_samples_of_their_evse() -> None:
    sampled = [{"value": "7360", "measurand": "Power.Active.Import"}, {"value": "1", "measurand": "Vendor.Thing"}]
    heard = tell("MeterValues", {"connectorId": 2, "meterValue": [{"timestamp": AT_TEXT, "sampledValue": sampled}]})
    (sample,) = heard.samples
    assert (sample.source, sample.at, sample.values) == ("stations/CP01/2", AT, {"power_w": 7360.0})
    assert heard.facts == ()


def test_meter_values_at_connector_0_belong_to_the_transaction_that_they_name_else_to_the_station() -> None:
    payload: Payload = {"connectorId": 0, "meterValue": [{"timestamp": AT_TEXT, "sampledValue": [{"value": "1"}]}]}
    busy = peer(active={1: transaction()})
    assert tell("MeterValues", {**payload, "transactionId": 41}, busy).samples[0].source == "stations/CP01/1"
    assert tell("MeterValues", {**payload, "transactionId": 9}, busy).samples[0].source == "stations/CP01/0"
    assert tell("MeterValues", payload, busy).samples[0].source == "stations/CP01/0"


def test_a_signed_register_of_a_transaction_asks_to_be_kept_as_evidence() -> None:
    sampled = [{"value": "17.5", "unit": "kWh"}, {"value": "sig\u00e9==", "format": "SignedData"}]
    payload = {"connectorId": 1, "meterValue": [{"timestamp": AT_TEXT, "sampledValue": sampled}]}
    heard = ask("MeterValues", payload, peer(active={1: transaction()}))
    assert heard.request == TransactionRequest(
        station="CP01", at=AT, stage="updated", evse=1, reference="41",
        readings=(Reading(AT, 17500, "periodic", "sig\u00e9=="),),
    )  # fmt: skip
    assert len(heard.samples) == 1
    assert heard.reply(TransactionAnswer("0190", 41)) == {}
    assert isinstance(hear("MeterValues", payload), Tell)


def test_a_signed_register_told_late_belongs_to_the_transaction_that_it_names_and_not_to_the_one_that_runs() -> None:
    sampled = [{"value": "17.5", "unit": "kWh"}, {"value": "sig==", "format": "SignedData"}]
    payload = {"connectorId": 1, "meterValue": [{"timestamp": AT_TEXT, "sampledValue": sampled}]}
    over = transaction(id="0189", number=40, reference="40", state="ended", end_reason="superseded")
    both = peer(active={1: transaction()}, ended=over)
    for named, meant in ((40, "40"), (41, "41"), (0, "41"), (99, "41")):
        heard = ask("MeterValues", {**payload, "transactionId": named}, both)
        assert isinstance(heard.request, TransactionRequest)
        assert heard.request.reference == meant
    told = transaction(id="0189", number=40, reference="40", state="ended", end_reason="local")
    heard = ask("MeterValues", {**payload, "transactionId": 40}, peer(active={1: transaction()}, ended=told))
    assert isinstance(heard.request, TransactionRequest)
    assert heard.request.reference == "41"
