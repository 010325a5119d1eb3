"""What stations may send, what we may send, and which code says what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.rpc import Code
from edgegw.stations.schemas import for_version

SAMPLE = {"value": "1"}
METER_VALUES = {"connectorId": 1, "meterValue": [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [SAMPLE]}]}


def violation(payload: Any, action: str = "MeterValues", strict: bool = False, version: Any = "1.6") -> Any:
    schema = for_version(version).get(action, "request", strict=strict)
    assert schema is not None
    return schema.violation(payload)


def meter_values(**sampled: Any) -> dict[str, Any]:
    value = {"timestamp": sampled.pop("timestamp", "2026-01-01T00:00:00Z"), "sampledValue": [SAMPLE | sampled]}
    return {"connectorId": 1, "meterValue": [value]}


@pytest.mark.parametrize(("version", "number"), [("1.6", 39), ("2.0.1", 64), ("2.1", 90)])
def test_every_schema_of_a_version_compiles(version: Any, number: int) -> None:
    schemas = for_version(version)
    assert len(schemas.actions) == number
    for action in schemas.actions:
        for strict in (True, False):
            assert schemas.get(action, "request", strict=strict) is not None
            assert schemas.get(action, "response", strict=strict) is not None


def test_an_action_of_another_version_is_unknown() -> None:
    assert for_version("1.6").get("TransactionEvent", "request", strict=False) is None
    assert for_version("2.0.1").get("StartTransaction", "request", strict=False) is None
    assert for_version("2.0.1").get("NotifyPeriodicEventStream", "send", strict=False) is None
    assert for_version("2.1").get("NotifyPeriodicEventStream", "send", strict=False) is not None
    assert for_version("1.6").get("../v16/Reset", "request", strict=False) is None


@pytest.mark.parametrize(
    "sampled",
    [
        {"measurand": "Request.Energy"},
        {"unit": "Hz"},
        {"phase": "L4"},
        {"context": "Sometimes"},
        {"vendorKey": {"deep": [1]}},
        {"timestamp": "2026-01-01T00:00:00"},
        {"timestamp": "yesterday"},
    ],
)
def test_what_live_stations_add_is_let_pass_and_never_sent(sampled: dict[str, Any]) -> None:
    assert violation(meter_values(**sampled)) is None
    assert violation(meter_values(**sampled), strict=True) is not None


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("MeterValues", {"connectorId": 1}, Code.OCCURRENCE),
        ("MeterValues", METER_VALUES | {"connectorId": "1"}, Code.TYPE),
        ("MeterValues", meter_values(value=1.5), Code.TYPE),
        ("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": 1}, Code.TYPE),
        ("Reset", {"type": "Gentle"}, Code.PROPERTY),
    ],
)
def test_the_code_tells_what_kind_of_wrong_it_is(action: str, payload: dict[str, Any], code: Code) -> None:
    assert violation(payload, action).code is code


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("MeterValues", {"connectorId": 1, "meterValue": []}),
        ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Gone"}),
        ("Authorize", {"idTag": "x" * 21}),
        ("StartTransaction", {"connectorId": 1, "idTag": "x", "timestamp": "2026-01-01T00:00:00Z"}),
    ],
)
def test_what_does_not_bind_a_station_binds_us(action: str, payload: dict[str, Any]) -> None:
    assert violation(payload, action) is None
    assert violation(payload, action, strict=True) is not None


def test_the_text_names_the_key_and_never_the_value() -> None:
    text = violation({"idTag": ["04A2B3C4D5E6F7-secret-tag"]}, "Authorize").text
    assert "idTag" in text
    assert "secret" not in text
    missing = violation({"connectorId": 1})
    assert missing.text == "payload: meterValue is missing"


def test_a_payload_deeper_than_the_validator_goes_is_a_violation() -> None:
    payload: dict[str, Any] = {}
    for _ in range(900):
        payload = {"data": payload}
    assert violation(payload | {"vendorId": "x"}, "DataTransfer").code is Code.FORMAT


def test_a_limit_of_whole_tenths_is_valid_and_another_is_not() -> None:
    def profile(limit: float) -> dict[str, Any]:
        schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}
        return {
            "connectorId": 1,
            "csChargingProfiles": {
                "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile",
                "chargingProfileKind": "Relative", "chargingSchedule": schedule,
            },
        }  # fmt: skip

    for tenths in range(1000):
        assert violation(profile(tenths / 10), "SetChargingProfile", strict=True) is None
    assert violation(profile(7.35), "SetChargingProfile", strict=True) is not None
