"""What a 2.x station says: metering."""

from __future__ import annotations

import pytest

from edgegw.model.requests import Reading, Signature, TransactionRequest
from edgegw.stations.codec import Codec, Tell, Unprocessable
from tests.stations.peers import peer, transaction
from tests.stations.v2.hearing import AT, AT_TEXT, ask, both, hear

SIGNED = {"signedMeterData": "T0NNRg==", "signingMethod": "", "encodingMethod": "OCMF", "publicKey": ""}


@both
def test_meter_values_are_samples_of_their_evse(codec: Codec) -> None:
    sampled = [{"value": 7.36, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "kW"}}, {"value": 5}]
    payload = {"evseId": 2, "meterValue": [{"timestamp": AT_TEXT, "sampledValue": sampled}]}
    heard = hear(codec, "MeterValues", payload)
    assert isinstance(heard, Tell)
    (sample,) = heard.samples
    assert (sample.source, sample.at) == ("stations/CP01/2", AT)
    assert sample.values == {"power_w": 7360.0, "import_wh": 5}


@both
def test_a_signed_register_outside_events_is_evidence_while_a_transaction_runs(codec: Codec) -> None:
    payload = {
        "evseId": 1,
        "meterValue": [{"timestamp": AT_TEXT, "sampledValue": [{"value": 5, "signedMeterValue": SIGNED}]}],
    }
    running = transaction(reference="f3b1")
    heard = ask(codec, "MeterValues", payload, peer(active={1: running}))
    assert heard.request == TransactionRequest(
        station="CP01", at=AT, stage="updated", evse=1, reference="f3b1", ocpp=codec.version,
        readings=(Reading(AT, 5, "periodic", "T0NNRg==", Signature("OCMF", "", "")),),
    )  # fmt: skip
    assert isinstance(hear(codec, "MeterValues", payload), Tell)


@both
def test_a_place_that_no_station_has_is_refused(codec: Codec) -> None:
    with pytest.raises(Unprocessable):
        hear(codec, "MeterValues", {"evseId": 1000, "meterValue": [{"timestamp": "", "sampledValue": [{"value": 1}]}]})
