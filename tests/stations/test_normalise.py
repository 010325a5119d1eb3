"""What live stations send is read as they mean it; what can't be read is left out, and what is refused says why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgegw.stations.codec import Version
from edgegw.stations.intake import intakes
from edgegw.stations.normalise import KINDS, Mended
from edgegw.stations.rpc import Code
from edgegw.stations.schemas import Violation, for_version
from tests.stations.payloads import payloads

AT = "2026-01-01T00:00:00Z"
START = {"connectorId": 1, "idTag": "04A1B2C3", "meterStart": 100, "timestamp": AT}
STOP = {"transactionId": 7, "meterStop": 100, "timestamp": AT}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
BOOT = {"chargePointVendor": "v", "chargePointModel": "m"}
EVENT = {
    "eventType": "Started", "timestamp": AT, "triggerReason": "CablePluggedIn", "seqNo": 0,
    "transactionInfo": {"transactionId": "t"},
}  # fmt: skip


def taken(action: str, payload: Any, version: Version = "1.6", kind: Any = "request") -> Mended | Violation | None:
    intake = intakes(version).get(action, kind)
    assert intake is not None
    return intake.take(payload)


def mended(action: str, payload: Any, version: Version = "1.6", kind: Any = "request") -> tuple[Any, set[str]]:
    found = taken(action, payload, version, kind)
    assert isinstance(found, Mended), found
    return found.payload, {kind for kind, _ in found.tolerated}


@pytest.mark.parametrize(
    ("action", "sound", "key", "written", "meant", "kind"),
    [
        ("StartTransaction", START, "connectorId", "1", 1, "number_as_text"),
        ("StartTransaction", START, "connectorId", " 1 ", 1, "number_as_text"),
        ("StartTransaction", START, "connectorId", 1.0, 1, "whole_as_fraction"),
        ("StartTransaction", START, "meterStart", "100", 100, "number_as_text"),
        ("StartTransaction", START, "meterStart", "100,0", 100, "number_as_text"),
        ("StartTransaction", START, "meterStart", 100.0, 100, "whole_as_fraction"),
        ("StartTransaction", START, "meterStart", 100.6, 101, "fraction"),
        ("StartTransaction", START, "idTag", 12345678, "12345678", "text_as_number"),
        ("StartTransaction", START, "idTag", "A" * 24, "A" * 24, "long_text"),
        ("StartTransaction", START, "idTag", "A" * 300, "A" * 255, "cut_text"),
        ("StartTransaction", START, "timestamp", 1764500000, "2025-11-30T10:53:20.000Z", "time_format"),
        ("StartTransaction", START, "timestamp", "1764500000500", "2025-11-30T10:53:20.500Z", "time_format"),
        ("StartTransaction", START, "timestamp", "24.11.2026 12:00:05", "2026-11-24T12:00:05.000Z", "time_format"),
        ("StartTransaction", START, "timestamp", "24/11/2026 12:00", "2026-11-24T12:00:00.000Z", "time_format"),
        ("StartTransaction", START, "timestamp", "11/24/2026 12:00", "2026-11-24T12:00:00.000Z", "time_format"),
        ("StartTransaction", START, "timestamp", "2026/11/24 12:00:00", "2026-11-24T12:00:00.000Z", "time_format"),
        (
            "StartTransaction", START, "timestamp", "Tue, 24 Nov 2026 12:00:00 +0100", "2026-11-24T11:00:00.000Z",
            "time_format",
        ),
        ("StartTransaction", START, "timestamp", "03/04/2026 12:00", "03/04/2026 12:00", "time_format"),
        ("StartTransaction", START, "timestamp", "2026-01-01T00:00:00", "2026-01-01T00:00:00", "time_without_zone"),
        ("StopTransaction", STOP, "transactionId", "7", 7, "number_as_text"),
        ("StopTransaction", STOP, "transactionId", "null", 0, "left_out"),
        ("StopTransaction", STOP, "reason", "evdisconnected", "EVDisconnected", "word_case"),
        ("StopTransaction", STOP, "reason", "Cable stolen", "Cable stolen", "vendor_word"),
        ("StatusNotification", STATUS, "status", "charging", "Charging", "word_case"),
        ("StatusNotification", STATUS, "status", "suspended_ev", "SuspendedEV", "word_case"),
        ("StatusNotification", STATUS, "status", "Out of order", "Unavailable", "word_case"),
        ("StatusNotification", STATUS, "status", "Dreaming", "Dreaming", "vendor_word"),
        ("StatusNotification", STATUS, "errorCode", "Error", "OtherError", "word_case"),
        ("StatusNotification", STATUS, "errorCode", "", "", "vendor_word"),
        ("BootNotification", BOOT, "chargePointVendor", "v" * 30, "v" * 30, "long_text"),
        ("FirmwareStatusNotification", {"status": "Idle"}, "status", "Rebooting", "Rebooting", "vendor_word"),
    ],
)  # fmt: skip
def test_a_value_in_a_form_of_its_own_is_read(
    action: str, sound: dict[str, Any], key: str, written: Any, meant: Any, kind: str
) -> None:
    payload, kinds = mended(action, sound | {key: written})
    assert payload == sound | {key: meant}
    assert type(payload[key]) is type(meant)
    assert kind in kinds


def test_what_is_valid_is_not_touched() -> None:
    assert taken("StartTransaction", START) is None
    assert taken("TransactionEvent", EVENT, "2.0.1") is None
    assert taken("TransactionEvent", EVENT | {"customData": {"vendorId": "v", "own": 1}}, "2.1") is None


@pytest.mark.parametrize(
    ("action", "payload", "meant", "kind"),
    [
        ("BootNotification", {}, {"chargePointVendor": "unknown", "chargePointModel": "unknown"}, "missing"),
        ("BootNotification", BOOT | {"chargePointSerialNumber": None}, BOOT, "null"),
        ("BootNotification", BOOT | {"iccid": [1]}, BOOT, "left_out"),
        ("BootNotification", {"ChargePointVendor": "v", "chargepointmodel": "m"}, BOOT, "key_case"),
        ("BootNotification", BOOT | {"own": 1}, BOOT | {"own": 1}, "unknown_key"),
        ("StatusNotification", {"connectorId": 1, "status": "Available"}, STATUS, "missing"),
        (
            "StatusNotification", {"errorCode": "NoError", "status": "Available"}, STATUS | {"connectorId": -1},
            "missing",
        ),
        ("StartTransaction", {**START, "timestamp": None}, START | {"timestamp": ""}, "null"),
        (
            "StartTransaction", {"connectorId": 1, "idTag": "t", "timestamp": AT},
            {"connectorId": 1, "idTag": "t", "timestamp": AT}, "missing",
        ),
        ("StopTransaction", {"timestamp": AT, "meterStop": 5}, STOP | {"transactionId": 0, "meterStop": 5}, "missing"),
        ("StopTransaction", STOP | {"meterStop": "many"}, {"transactionId": 7, "timestamp": AT}, "left_out"),
    ],
)  # fmt: skip
def test_what_is_missing_gets_the_usual_value_and_what_may_be_missing_is_left_out(
    action: str, payload: Any, meant: Any, kind: str
) -> None:
    assert mended(action, payload) == (meant, mended(action, payload)[1] | {kind})


def test_a_bad_entry_is_dropped_and_the_others_are_kept() -> None:
    good, bad = {"value": "1"}, {"value": {}}
    entries = [
        {"timestamp": AT, "sampledValue": [good, bad, {"value": 2.5}, {}]},
        "no entry",
        {"timestamp": AT},
        {"sampledValue": [good]},
    ]
    payload, kinds = mended("MeterValues", {"connectorId": 1, "meterValue": entries})
    assert payload["meterValue"] == [
        {"timestamp": AT, "sampledValue": [good, {"value": "2.5"}]},
        {"timestamp": "", "sampledValue": [good]},
    ]
    assert {"left_out", "missing", "text_as_number"} == kinds


def test_a_list_of_one_may_come_without_its_list() -> None:
    sampled = {"timestamp": AT, "sampledValue": {"value": "1"}}
    payload, kinds = mended("MeterValues", {"connectorId": 1, "meterValue": sampled})
    assert payload["meterValue"] == [{"timestamp": AT, "sampledValue": [{"value": "1"}]}]
    assert kinds == {"single_for_list"}


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_what_2_x_wraps_is_taken_bare_and_a_status_without_its_place(version: Any) -> None:
    payload, kinds = mended("Authorize", {"idToken": "CARD1"}, version)
    assert payload == {"idToken": {"idToken": "CARD1", "type": "ISO14443"}}
    assert kinds == {"text_for_object", "missing"}
    payload, kinds = mended("StatusNotification", {"timestamp": AT, "connectorStatus": "Occupied"}, version)
    assert payload == {"timestamp": AT, "connectorStatus": "Occupied", "evseId": 0, "connectorId": 1}
    assert kinds == {"missing"}


def test_an_event_of_2_x_is_mended_at_every_depth() -> None:
    written = {
        "eventType": "started", "timestamp": AT, "seqNo": 3.0, "offline": "true", "numberOfPhasesUsed": "three",
        "transactionInfo": {"transactionId": 5, "chargingState": "Humming"}, "evse": {"id": "1", "connectorId": "left"},
        "idToken": {"idToken": "A" * 40}, "meterValue": [{"timestamp": AT, "sampledValue": [{"value": "12,5"}]}],
    }  # fmt: skip
    payload, kinds = mended("TransactionEvent", written, "2.0.1")
    assert payload == {
        "eventType": "Started", "timestamp": AT, "seqNo": 3, "offline": True, "triggerReason": "Other",
        "transactionInfo": {"transactionId": "5"}, "evse": {"id": 1},
        "idToken": {"idToken": "A" * 40, "type": "ISO14443"},
        "meterValue": [{"timestamp": AT, "sampledValue": [{"value": 12.5}]}],
    }  # fmt: skip
    assert kinds == {
        "left_out", "long_text", "missing", "number_as_text", "text_as_number", "whole_as_fraction", "word_as_truth",
        "word_case",
    }  # fmt: skip


def test_a_signature_without_its_method_is_kept() -> None:
    signed = {"value": 1.0, "signedMeterValue": {"signedMeterData": "x" * 4000}}
    event = EVENT | {"meterValue": [{"timestamp": AT, "sampledValue": [signed]}]}
    payload, _ = mended("TransactionEvent", event, "2.0.1")
    kept = payload["meterValue"][0]["sampledValue"][0]["signedMeterValue"]
    assert kept == {"signedMeterData": "x" * 4000, "signingMethod": "", "encodingMethod": "", "publicKey": ""}


def test_an_answer_is_mended_like_a_call() -> None:
    told = {"configurationKey": [{"key": "Interval", "readonly": "false", "value": 5}, {"value": "x"}]}
    payload, kinds = mended("GetConfiguration", told, kind="response")
    assert payload == {"configurationKey": [{"key": "Interval", "readonly": False, "value": "5"}]}
    assert kinds == {"left_out", "missing", "text_as_number", "word_as_truth"}
    assert mended("Reset", {"status": "accepted"}, kind="response")[0] == {"status": "Accepted"}
    assert isinstance(taken("Reset", {"status": "Perhaps"}, kind="response"), Violation)


@pytest.mark.parametrize(
    ("version", "action", "payload", "code", "named"),
    [
        ("1.6", "Authorize", {}, Code.OCCURRENCE, "idTag is missing"),
        ("1.6", "Authorize", {"idTag": None}, Code.OCCURRENCE, "idTag is missing"),
        ("1.6", "Authorize", {"idTag": ["x"]}, Code.TYPE, "idTag: is of the wrong type"),
        ("1.6", "StartTransaction", START | {"connectorId": None, "idTag": {}}, None, ""),
        ("1.6", "StatusNotification", {"connectorId": 1}, Code.OCCURRENCE, "status is missing"),
        ("1.6", "MeterValues", {"connectorId": 1}, Code.OCCURRENCE, "meterValue is missing"),
        ("2.0.1", "TransactionEvent", EVENT | {"eventType": "Paused?"}, Code.PROPERTY, "eventType"),
        ("2.0.1", "TransactionEvent", EVENT | {"transactionInfo": {}}, Code.OCCURRENCE, "transactionId is missing"),
    ],
)  # fmt: skip
def test_only_what_has_no_meaning_without_is_refused_and_the_field_is_named(
    version: Version, action: str, payload: Any, code: Code | None, named: str
) -> None:
    found = taken(action, payload, version)
    if code is None:
        assert isinstance(found, Mended)
        return
    assert isinstance(found, Violation)
    assert found.code is code
    assert named in found.text


@pytest.mark.parametrize(("version", "action"), [
    ("1.6", "StartTransaction"), ("1.6", "StopTransaction"), ("1.6", "MeterValues"), ("1.6", "StatusNotification"),
    ("2.0.1", "TransactionEvent"), ("2.1", "TransactionEvent"), ("2.1", "NotifyEVChargingNeeds"),
])  # fmt: skip
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(data=st.data())
def test_mending_is_done_in_one_go_and_leaves_what_the_tolerant_schema_takes(
    version: Version, action: str, data: st.DataObject
) -> None:
    payload = data.draw(payloads(version, action))
    found = taken(action, payload, version)
    if found is None:
        return
    assert isinstance(found, Mended), found
    schema = for_version(version).get(action, "request", strict=False)
    assert schema is not None
    assert schema.violation(found.payload) is None
    assert {kind for kind, _ in found.tolerated} <= KINDS.keys()
    again = taken(action, found.payload, version)
    assert again is None or (isinstance(again, Mended) and again.payload == found.payload)


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_any_answer_may_have_a_key_that_does_not_belong_there(version: Version) -> None:
    for action in sorted(for_version(version).actions):
        found = taken(action, {"ownKey": 1}, version, "response")
        assert isinstance(found, Violation) or (
            "unknown_key" in {kind for kind, _ in found.tolerated} if found else True
        )
