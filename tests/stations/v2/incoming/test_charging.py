"""What a 2.x station says: limits, profiles, and what cars need."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from edgegw.model.facts import (
    OutsideLimitCleared,
    OutsideLimitSet,
    PriorityChargingChanged,
    TransactionPlanned,
    VehicleNeedsReported,
    VehicleScheduleReported,
)
from edgegw.stations.codec import Allowed, Codec, Known, Part, Peer, Tell
from edgegw.stations.v2 import CODEC_21, CODEC_201
from tests.stations.peers import NOW, assert_call, peer, transaction
from tests.stations.v2.hearing import AT, AT_TEXT, both, hear, reported

SCHEDULE: dict[str, Any] = {
    "timeBase": AT_TEXT,
    "evseId": 1,
    "chargingSchedule": {
        "id": 1,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
    },
}
RUNS = transaction(reference="f3b1", ocpp="2.1")
AC = {
    "requestedEnergyTransfer": "AC_three_phase", "departureTime": "2026-11-24T20:00:00Z",
    "acChargingParameters": {"energyAmount": 22000, "evMinCurrent": 6, "evMaxCurrent": 32, "evMaxVoltage": 400},
}  # fmt: skip


def charging(allowed: Allowed | None, **changed: Any) -> Peer:
    return replace(
        peer(active={1: transaction(reference="f3b1", **changed)}), known=Known(allowed=lambda evse: allowed)
    )


@both
def test_the_needs_of_a_car_are_answered_by_a_profile_and_become_a_wish(codec: Codec) -> None:
    payload = {"evseId": 1, "maxScheduleTuples": 12, "chargingNeeds": AC}
    heard = hear(codec, "NotifyEVChargingNeeds", payload, charging(Allowed(16.0, 90, 7.0)))
    assert isinstance(heard, Tell)
    assert heard.reply == {"status": "Accepted"}
    needs, wish = heard.facts
    assert isinstance(needs, VehicleNeedsReported)
    assert (needs.transaction, needs.energy_wh, needs.planned, needs.needs) == ("0190", 22000, True, AC)
    assert needs.departure_at == datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    assert isinstance(wish, TransactionPlanned)
    assert (wish.departure_at, wish.energy_wh, wish.by) == (needs.departure_at, None, "vehicle")
    assert heard.follow is not None
    profile = assert_call(codec, heard.follow)["chargingProfile"]
    assert (profile["chargingProfilePurpose"], profile["transactionId"]) == ("TxProfile", "f3b1")
    schedule, even = profile["chargingSchedule"]
    assert [(each["startPeriod"], each["limit"]) for each in even["chargingSchedulePeriod"]] == [(0, 6.0)]
    assert (schedule["duration"], schedule["startSchedule"]) == (8 * 3600 - 1, "2026-11-24T12:00:00Z")
    steps = [(each["startPeriod"], each["limit"]) for each in schedule["chargingSchedulePeriod"]]
    assert steps == [(0, 16.0), (90, 7.0)]


@pytest.mark.parametrize(("codec", "no"), [(CODEC_201, "Rejected"), (CODEC_21, "NoChargingProfile")])
def test_needs_without_a_transaction_or_a_limit_get_no_plan(codec: Codec, no: str) -> None:
    for place in (peer(), charging(None)):
        heard = hear(codec, "NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": AC}, place)
        assert isinstance(heard, Tell)
        assert (heard.reply, heard.follow) == ({"status": no}, None)
        assert isinstance(heard.facts[0], VehicleNeedsReported)
        assert not heard.facts[0].planned


def test_what_a_driver_asked_for_stands_above_the_cars_departure() -> None:
    place = charging(Allowed(16.0, 90, 7.0), departure_at=NOW, wanted_wh=5000)
    heard = hear(CODEC_21, "NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": AC}, place)
    assert isinstance(heard, Tell)
    assert [type(fact) for fact in heard.facts] == [VehicleNeedsReported]


def test_what_names_a_car_is_not_written_down() -> None:
    about = {"evInverterSerialNumber": "SN-1", "maxApparentPower": 11000}
    needs = {"requestedEnergyTransfer": "AC_DER", "derChargingParameters": about}
    heard = hear(CODEC_21, "NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": needs})
    assert isinstance(heard, Tell)
    assert isinstance(heard.facts[0], VehicleNeedsReported)
    assert heard.facts[0].needs["derChargingParameters"] == {"maxApparentPower": 11000}


@both
def test_how_a_car_will_charge_is_a_fact(codec: Codec) -> None:
    heard = hear(codec, "NotifyEVChargingSchedule", SCHEDULE, peer(active={1: RUNS}))
    fact = VehicleScheduleReported(
        station="CP01", at=NOW, evse=1, transaction="0190", base_at=AT, schedule=SCHEDULE["chargingSchedule"]
    )
    assert heard == Tell({"status": "Accepted"}, (fact,))


@both
def test_a_limit_from_outside_comes_and_goes(codec: Codec) -> None:
    limit = {"chargingLimit": {"chargingLimitSource": "EMS"}, "evseId": 2}
    heard = hear(codec, "NotifyChargingLimit", limit)
    assert heard == Tell({}, (OutsideLimitSet(station="CP01", at=NOW, evse=2, source="ems"),))
    heard = hear(codec, "ClearedChargingLimit", {"chargingLimitSource": "EMS"})
    assert heard == Tell({}, (OutsideLimitCleared(station="CP01", at=NOW, source="ems"),))


@both
def test_a_report_of_profiles_is_a_part_of_what_was_asked_for(codec: Codec) -> None:
    profile = {
        "id": 4001, "stackLevel": 0, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Absolute",
        "transactionId": "f3b1", "validTo": AT_TEXT, "chargingSchedule": [SCHEDULE["chargingSchedule"]],
    }  # fmt: skip
    payload = {"requestId": 7, "chargingLimitSource": "CSO", "evseId": 1, "tbc": True, "chargingProfile": [profile]}
    heard = hear(codec, "ReportChargingProfiles", payload)
    assert isinstance(heard, Tell)
    told = {
        "evse": 1, "source": "cso", "profile_id": 4001, "stack_level": 0, "purpose": "tx_profile", "kind": "absolute",
        "reference": "f3b1", "valid_to": AT_TEXT, "unit": "a", "periods": [{"starts_s": 0, "limit": 16.0}],
    }  # fmt: skip
    assert heard.part == Part("ReportChargingProfiles", 7, (told,), last=False)
    assert heard.facts == (reported("ReportChargingProfiles", payload),)


def test_a_profile_of_2_1_is_told_whole() -> None:
    period = {"startPeriod": 0, "limit_L2": 9.0, "operationMode": "CentralSetpoint", "evseSleep": False}
    schedules = [
        {"id": n, "chargingRateUnit": "W", "chargingSchedulePeriod": [period], "limitAtSoC": {"soc": 80, "limit": 3}}
        for n in (1, 2)
    ]
    profile = {
        "id": 9, "stackLevel": 1, "chargingProfilePurpose": "PriorityCharging", "chargingProfileKind": "Dynamic",
        "dynUpdateInterval": 60, "chargingSchedule": schedules,
    }  # fmt: skip
    payload = {"requestId": 7, "chargingLimitSource": "CSO", "evseId": 0, "chargingProfile": [profile]}
    heard = hear(CODEC_21, "ReportChargingProfiles", payload)
    assert isinstance(heard, Tell)
    assert heard.part is not None
    (told,) = heard.part.entries
    assert (told["purpose"], told["kind"], told["update_interval_s"]) == ("priority_charging", "dynamic", 60)
    whole = {
        "unit": "w", "limit_at_soc": {"soc": 80, "limit": 3},
        "periods": [{"starts_s": 0, "limit_l2": 9.0, "operation_mode": "central_setpoint", "evse_sleep": False}],
    }  # fmt: skip
    assert told["schedules"] == [whole, whole]


def test_a_dynamic_profile_is_pulled_with_the_values_that_a_command_gave() -> None:
    update = {"limit": 10.0, "limit_L2": 6.0}
    place = replace(peer(), known=Known(dynamic=lambda id: update if id == 9 else None))
    pull = hear(CODEC_21, "PullDynamicScheduleUpdate", {"chargingProfileId": 9}, place)
    assert pull == Tell({"status": "Accepted", "scheduleUpdate": update})
    assert hear(CODEC_21, "PullDynamicScheduleUpdate", {"chargingProfileId": 8}, place) == Tell({"status": "Rejected"})


def test_priority_that_a_driver_takes_is_a_fact() -> None:
    payload = {"transactionId": "f3b1", "activated": True}
    heard = hear(CODEC_21, "NotifyPriorityCharging", payload, peer(active={1: RUNS}))
    fact = PriorityChargingChanged(station="CP01", at=NOW, reference="f3b1", transaction="0190", active=True)
    assert heard == Tell({}, (fact,))
