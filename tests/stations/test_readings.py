"""Registers that money rests on, and their signatures, byte for byte."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.model.requests import Reading, Signature
from edgegw.stations.readings import readings
from edgegw.stations.samples import key_2, key_16, place_of
from tests.stations.peers import NOW, evse, peer

AT = "2026-11-24T12:00:00.250Z"

OCMF = (
    'OCMF|{"FV":"1.0","PG":"T1","RD":[{"TM":"2026-11-24T11:00:00,000+0000 S","TX":"B","RV":10.5,"RI":"1-b:1.8.0",'
    '"RU":"kWh"},{"TM":"2026-11-24T12:00:00,000+0000 S","TX":"E","RV":17.25,"RI":"1-b:1.8.0","RU":"kWh"}]}|{"SD":"30"}'
)


def entry(*sampled: Any, at: str = AT) -> Any:
    return {"timestamp": at, "sampledValue": list(sampled)}


def read_16(*entries: Any, **more: Any) -> tuple[Reading, ...]:
    return readings(entries, place_of(peer(), 1).table, NOW, key_16, **more)


def test_begin_and_end_are_told_by_context() -> None:
    found = read_16(
        entry({"value": "10", "context": "Transaction.Begin"}),
        entry({"value": "17.5", "unit": "kWh", "context": "Transaction.End"}),
        entry({"value": "12", "context": "Sample.Clock"}),
        entry({"value": "230", "measurand": "Voltage"}),
    )
    assert found == (Reading(NOW, 10, "begin"), Reading(NOW, 17500, "end"), Reading(NOW, 12, "periodic"))


def test_begin_and_end_in_one_entry_stay_two_readings() -> None:
    both = entry({"value": "10", "context": "Transaction.Begin"}, {"value": "17", "context": "Transaction.End"})
    assert read_16(both) == (Reading(NOW, 10, "begin"), Reading(NOW, 17, "end"))


def test_a_signed_value_of_1_6_takes_the_number_that_stands_beside_it() -> None:
    signed = {"value": "ab|c\u00e9\n== ", "format": "SignedData", "context": "Transaction.End"}
    raw = {"value": "17.5", "unit": "kWh", "context": "Transaction.End"}
    assert read_16(entry(signed, raw)) == read_16(entry(raw, signed)) == (
        Reading(NOW, 17500, "end", "ab|c\u00e9\n== "),
    )  # fmt: skip


@pytest.mark.parametrize(("context", "import_wh"), [("Transaction.Begin", 10500), ("Transaction.End", 17250)])
def test_an_ocmf_document_alone_tells_its_own_register(context: str, import_wh: int) -> None:
    (found,) = read_16(entry({"value": OCMF, "format": "SignedData", "context": context}))
    assert (found.import_wh, found.signed) == (import_wh, OCMF)


def test_a_signature_with_no_number_anywhere_takes_what_the_message_says() -> None:
    signed = entry({"value": "<xml/>", "format": "SignedData", "context": "Transaction.End"})
    assert read_16(signed, known_wh={"end": 17500}) == (Reading(NOW, 17500, "end", "<xml/>"),)
    assert read_16(signed) == ()


@pytest.mark.parametrize("register", [1e300, 1e12, -1])
def test_an_ocmf_register_that_no_meter_reaches_is_none(register: float) -> None:
    document = OCMF.replace("17.25", str(register))
    assert document != OCMF
    assert read_16(entry({"value": document, "format": "SignedData", "context": "Transaction.End"})) == ()


@pytest.mark.parametrize("document", ["OCMF", "OCMF|{}|{}", "OCMF|[|{}", 'OCMF|{"RD":[1]}|{}', 'OCMF|{"RD":[{}]}|{}'])
def test_a_broken_ocmf_document_is_no_error(document: str) -> None:
    assert read_16(entry({"value": document, "format": "SignedData"})) == ()


def test_2x_keeps_the_signed_data_of_a_register() -> None:
    signed = {"signedMeterData": "T0NNRnw=", "encodingMethod": "OCMF", "signingMethod": "", "publicKey": ""}
    entries = [
        entry(
            {"value": 17.5, "unitOfMeasure": {"unit": "kWh"}, "context": "Transaction.End", "signedMeterValue": signed},
            {"value": 16.0, "measurand": "Current.Import", "phase": "L1"},
        ),
        entry({"value": 18.0, "unitOfMeasure": {"unit": "kWh"}}),
    ]
    table = place_of(peer(), 1).table
    assert readings(entries, table, NOW, key_2) == (
        Reading(NOW, 17500, "end", "T0NNRnw=", Signature("OCMF", "", "")),
        Reading(NOW, 18000, "periodic"),
    )
    assert readings(entries, table, NOW, key_2, only_signed=True) == (
        Reading(NOW, 17500, "end", "T0NNRnw=", Signature("OCMF", "", "")),
    )


def test_a_register_that_is_told_by_phase_is_summed() -> None:
    phases = entry(*({"value": "100", "phase": f"L{n}", "context": "Transaction.End"} for n in (1, 2, 3)))
    assert read_16(phases) == (Reading(NOW, 300, "end"),)
    assert readings([phases], place_of(peer(evse("L2")), 1).table, NOW, key_16)[0].import_wh == 100


def test_an_entry_without_a_usable_time_has_that_of_its_message() -> None:
    assert read_16(entry({"value": "1"}, at="1970-01-01T00:00:00Z"))[0].at == NOW
