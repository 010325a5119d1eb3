"""What a 1.6 station is told: charging."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgegw.model.commands import Setpoint
from edgegw.stations.codec import Known, Payload, Unsupported
from edgegw.stations.v16 import CODEC
from tests.stations.peers import assert_call, evse, peer, transaction
from tests.stations.v16.ordering import order


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("clear_charging_profile", {}, "ClearChargingProfile", {}),
        ("clear_charging_profile", {"evse": 1, "purpose": "station_max_profile", "stack_level": 2, "profile_id": 9},
         "ClearChargingProfile",
         {"id": 9, "connectorId": 1, "chargingProfilePurpose": "ChargePointMaxProfile", "stackLevel": 2}),
        ("get_composite_schedule", {"evse": 1, "duration_s": 600}, "GetCompositeSchedule",
         {"connectorId": 1, "duration": 600}),
        ("get_composite_schedule", {"evse": 0, "duration_s": 600, "unit": "w"}, "GetCompositeSchedule",
         {"connectorId": 0, "duration": 600, "chargingRateUnit": "W"}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(name, **args)
    assert (outgoing.action, assert_call(CODEC, outgoing)) == (action, payload)


def test_a_set_point_while_a_transaction_runs_is_a_tx_profile_of_it() -> None:
    outgoing = CODEC.setpoint(Setpoint("CP01", 1, 16.19, 120), peer(active={1: transaction()}))
    assert assert_call(CODEC, outgoing) == {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 2001,
            "transactionId": 41,
            "stackLevel": 1,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "duration": 120,
                "startSchedule": "2026-11-24T12:00:00Z",
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.1, "numberPhases": 3}],
            },
        },
    }
    assert outgoing.ending({"status": "Accepted"}).state == "done"
    assert outgoing.ending({"status": "NotSupported"}).reason == "not_supported"


def test_every_set_point_and_default_is_valid() -> None:
    for tenths in range(1000):
        for place in (peer(), peer(evse("L2")), peer(active={1: transaction()})):
            assert_call(CODEC, CODEC.setpoint(Setpoint("CP01", 1, tenths / 10 + 0.05), place))
        assert_call(CODEC, CODEC.default_limit(1, tenths / 10, peer()))


def test_a_default_limit_is_a_lasting_tx_default_profile_at_the_bottom() -> None:
    assert assert_call(CODEC, CODEC.default_limit(1, 6.0, peer(evse("L2")))) == {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1001,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0, "numberPhases": 1}],
            },
        },
    }


def test_a_profile_for_the_whole_station_is_at_connector_0() -> None:
    payload = assert_call(
        CODEC, order("set_charging_profile", evse=1, profile={"limit_w": 22000, "purpose": "station_max_profile"})
    )
    assert payload["connectorId"] == 0
    assert payload["csChargingProfiles"]["chargingProfilePurpose"] == "ChargePointMaxProfile"


def test_periods_recurrence_and_validity_are_spelled_as_1_6_does() -> None:
    periods = [{"starts_s": 0, "limit": 16}, {"starts_s": 28800, "limit": 6.5, "phases": 1}]
    profile = {
        "unit": "a", "periods": periods, "recurrence": "weekly", "starts_at": "2026-11-23T00:00:00-03:00",
        "valid_from": "2026-11-24T00:00:00Z", "valid_to": "2027-11-24T00:00:00Z", "min_rate": 6, "stack_level": 4,
        "profile_id": 12, "purpose": "tx_default_profile",
    }  # fmt: skip
    outgoing = order("set_charging_profile", evse=1, profile=profile)
    assert assert_call(CODEC, outgoing)["csChargingProfiles"] == {
        "chargingProfileId": 12, "stackLevel": 4, "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Recurring", "recurrencyKind": "Weekly", "validFrom": "2026-11-24T00:00:00Z",
        "validTo": "2027-11-24T00:00:00Z",
        "chargingSchedule": {
            "startSchedule": "2026-11-23T03:00:00Z", "chargingRateUnit": "A", "minChargingRate": 6.0,
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 16.0, "numberPhases": 3},
                {"startPeriod": 28800, "limit": 6.5, "numberPhases": 1},
            ],
        },
    }  # fmt: skip
    assert outgoing.ending({"status": "Accepted"}).result == {"profile_id": 12}


def test_a_profile_goes_with_a_start_without_a_transaction() -> None:
    periods = [{"starts_s": 0, "limit": 16}, {"starts_s": 600, "limit": 8}]
    outgoing = order("start_transaction", peer(), evse=1, id_token="CARD1", profile={"unit": "a", "periods": periods})
    profile = assert_call(CODEC, outgoing)["chargingProfile"]
    assert (profile["chargingProfilePurpose"], profile["chargingProfileKind"]) == ("TxProfile", "Relative")
    assert "transactionId" not in profile
    assert [each["limit"] for each in profile["chargingSchedule"]["chargingSchedulePeriod"]] == [16.0, 8.0]
    for wrong in ({"raw": {}}, {"limit_a": 9, "purpose": "tx_default_profile"}, {}):
        with pytest.raises(Unsupported):
            order("start_transaction", peer(), evse=1, id_token="CARD1", profile=wrong)


def test_a_set_point_is_told_in_the_unit_that_the_station_takes() -> None:
    keys = {("", "ChargingScheduleAllowedChargingRateUnit"): "Power"}
    place = replace(peer(evse("L1")), known=Known(variable=lambda component, name: keys.get((component, name))))
    payload = assert_call(CODEC, CODEC.setpoint(Setpoint("CP01", 1, 16.0), place))
    schedule = payload["csChargingProfiles"]["chargingSchedule"]
    assert (schedule["chargingRateUnit"], schedule["chargingSchedulePeriod"][0]["limit"]) == ("W", 3312.0)


def test_a_raw_profile_goes_out_as_it_is() -> None:
    raw = {"chargingProfileId": 5, "stackLevel": 3}
    outgoing = order("set_charging_profile", evse=1, profile={"raw": raw})
    assert outgoing.payload == {"connectorId": 1, "csChargingProfiles": raw}


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
        ("get_composite_schedule", {"evse": 1, "duration_s": 600},
         {"status": "Accepted", "connectorId": 1, "scheduleStart": "2026-11-24T12:00:00Z", "chargingSchedule":
          {"duration": 600, "chargingRateUnit": "A",
           "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0, "numberPhases": 3}]}},
         "done", None,
         {"evse": 1, "starts_at": "2026-11-24T12:00:00Z", "duration_s": 600,
          "periods": [{"starts_s": 0, "limit_a": 16.0, "phases": 3}]}),
        ("get_composite_schedule", {"evse": 1, "duration_s": 9}, {"status": "Rejected"}, "rejected", "rejected", None),
    ],
)  # fmt: skip
def test_its_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Payload, state: str, reason: str | None, result: Any
) -> None:
    ended = order(name, **args).ending(answer)
    assert (ended.state, ended.reason, ended.result) == (state, reason, result)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("clear_charging_profile", {"purpose": "x"}),
        ("clear_charging_profile", {"purpose": "priority_charging"}),
        ("set_charging_profile", {"evse": 1, "profile": {"limit_a": 9, "purpose": "local_generation"}}),
        ("set_charging_profile", {"evse": 1, "profile": {"limit_a": 9, "kind": "dynamic"}}),
        ("set_charging_profile", {"evse": 1, "profile": {"limit_a": 9, "max_offline_s": 60}}),
        ("set_charging_profile",
         {"evse": 1, "profile": {"unit": "a", "periods": [{"starts_s": 0, "limit": 9, "phase": 1}]}}),
        ("set_charging_profile",
         {"evse": 1, "profile": {"unit": "a", "periods": [{"starts_s": 0, "limit": 9, "limit_l2": 6}]}}),
        ("get_charging_profiles", {}),
    ],
)  # fmt: skip
def test_what_1_6_cannot_say_is_refused_in_words(name: str, args: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as refused:
        order(name, **args)
    assert refused.value.reason
