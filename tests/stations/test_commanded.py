"""The profile that a command asks for, in every kind and purpose, and what of it is refused in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from edgegw.core.commands.arguments import complaint
from edgegw.model.commands import CATALOGUE, Command
from edgegw.stations.codec import Peer, Unsupported
from edgegw.stations.commanded import of_command
from edgegw.stations.profiles import ChargingProfile
from tests.stations.peers import NOW, peer, transaction

BUSY = peer(active={1: transaction()})
SOON = (NOW + timedelta(hours=1)).isoformat()
LATER = (NOW + timedelta(hours=9)).isoformat()
TWO = [{"starts_s": 0, "limit": 16}, {"starts_s": 3600, "limit": 8.09, "phases": 1, "phase": 2}]


def command(profile: Any, evse: int = 1) -> Command:
    """A command that the hub would hand on."""
    args = {"station": "CP01", "evse": evse, "profile": profile}
    assert complaint("set_charging_profile", CATALOGUE["set_charging_profile"], args) is None
    return Command("1", "set_charging_profile", args)


def made(profile: Any, at: Peer | None = None, evse: int = 1) -> ChargingProfile:
    found = of_command(command(profile, evse), at or peer())
    assert isinstance(found, ChargingProfile)
    return found


def test_a_commands_profile_is_under_the_set_point_and_never_in_the_place_of_the_safe_default() -> None:
    busy, idle = made({"limit_a": 10.05, "duration_s": 60}, BUSY), made({"limit_w": 4140.129})
    assert (busy.purpose, busy.level, busy.kind) == ("tx_profile", 0, "absolute")
    assert (busy.schedules[0].periods[0].limit, busy.schedules[0].starts_at) == (10.0, NOW)
    assert (idle.purpose, idle.level, idle.kind) == ("tx_default_profile", 1, "relative")
    assert (idle.schedules[0].periods[0].limit, idle.schedules[0].unit) == (4140.1, "W")
    with pytest.raises(Unsupported, match="safe default"):
        made({"limit_a": 10, "purpose": "tx_default_profile", "stack_level": 0})


def test_several_periods_are_absolute_from_now_unless_told() -> None:
    profile = made({"unit": "a", "periods": TWO, "min_rate": 6.05})
    (schedule,) = profile.schedules
    assert (profile.kind, schedule.starts_at, schedule.min_rate) == ("absolute", NOW, 6.0)
    assert [each.spelled() for each in schedule.periods] == [
        {"startPeriod": 0, "limit": 16.0, "numberPhases": 3},
        {"startPeriod": 3600, "limit": 8.0, "numberPhases": 1, "phaseToUse": 2},
    ]
    relative = made({"unit": "a", "periods": TWO, "kind": "relative"})
    assert (relative.kind, relative.schedules[0].starts_at) == ("relative", None)


def test_a_recurring_profile_says_how_often_and_from_when() -> None:
    profile = made({"unit": "w", "periods": TWO, "recurrence": "daily", "starts_at": SOON, "valid_to": LATER})
    assert profile.spelled() == {
        "stackLevel": 1, "chargingProfileKind": "Recurring", "recurrencyKind": "Daily",
        "validTo": "2026-11-24T21:00:00Z",
    }  # fmt: skip
    assert profile.schedules[0].spelled()["startSchedule"] == "2026-11-24T13:00:00Z"


def test_the_whole_stations_maximum_is_at_evse_0_and_a_named_id_replaces() -> None:
    profile = made({"limit_a": 40, "purpose": "station_max_profile", "profile_id": 77, "stack_level": 3})
    assert (profile.evse, profile.id, profile.level) == (0, 77, 3)


def test_what_2_1_brought_passes_whole() -> None:
    points = [{"frequency": 49.8, "power": -4000}]
    period = {
        "starts_s": 0, "limit": 32, "limit_l2": 16, "limit_l3": 10, "setpoint": -20, "discharge_limit": -32,
        "evse_sleep": True, "operation_mode": "central_setpoint", "v2x_freq_watt_curve": points,
    }  # fmt: skip
    asked = {"unit": "a", "periods": [period], "kind": "dynamic", "limit_at_soc": {"soc": 80, "limit": 10},
             "update_interval_s": 60, "max_offline_s": 300}  # fmt: skip
    profile = made(asked)
    (schedule,) = profile.schedules
    assert schedule.periods[0].spelled() == {
        "startPeriod": 0, "limit": 32.0, "numberPhases": 3, "limit_L2": 16, "limit_L3": 10, "setpoint": -20,
        "dischargeLimit": -32, "evseSleep": True, "operationMode": "CentralSetpoint", "v2xFreqWattCurve": points,
    }  # fmt: skip
    assert schedule.spelled()["limitAtSoC"] == {"soc": 80, "limit": 10}
    assert (profile.spelled()["dynUpdateInterval"], profile.spelled()["maxOfflineDuration"]) == (60, 300)


def test_a_raw_profile_is_sent_as_it_is() -> None:
    raw = {"chargingProfileId": 1, "x": 2}
    assert of_command(command({"raw": raw}), peer()) == raw


@pytest.mark.parametrize(
    ("profile", "why"),
    [
        ({}, "one of limit_a"),
        ({"limit_a": 1, "limit_w": 1}, "one of limit_a"),
        ({"limit_a": 10, "raw": {}}, "one of limit_a"),
        ({"limit_a": 10, "purpose": "tx_profile"}, "no transaction is running"),
        ({"limit_a": 10, "purpose": "external_constraints"}, "takes none from here"),
        ({"limit_a": 10, "profile_id": 2001}, "the gateway uses itself"),
        ({"limit_a": 10, "unit": "w"}, "limit_a is in A"),
        ({"periods": TWO}, "need a unit"),
        ({"unit": "a", "periods": TWO[1:]}, "starts at 0"),
        ({"unit": "a", "periods": [TWO[0], TWO[0]]}, "in the order"),
        ({"unit": "a", "periods": [{"starts_s": 0}]}, "has a limit"),
        ({"unit": "a", "periods": [{"starts_s": 0, "limit": 9, "phase": 1, "phases": 3}]}, "phases is 1"),
        ({"unit": "a", "periods": TWO, "kind": "dynamic"}, "one period"),
        ({"limit_a": 10, "kind": "recurring"}, "recurrence"),
        ({"limit_a": 10, "recurrence": "daily"}, "starts_at"),
        ({"limit_a": 10, "recurrence": "daily", "kind": "absolute"}, "recurrence"),
        ({"limit_a": 10, "kind": "relative", "starts_at": SOON}, "no starts_at"),
        ({"limit_a": 10, "valid_to": "2020-01-01T00:00:00Z"}, "valid_to"),
        ({"limit_a": 10, "valid_from": LATER, "valid_to": SOON}, "valid_to"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(profile: Any, why: str) -> None:
    with pytest.raises(Unsupported, match=why):
        of_command(command(profile), peer())


@pytest.mark.parametrize(
    "profile",
    [
        None, 7, {"raw": 1}, {"limit_a": "10"}, {"limit_a": float("nan")}, {"limit_a": -1}, {"limit_a": True},
        {"limit_a": 10, "purpose": "x"}, {"limit_a": 10, "stack_level": "1"}, {"limit_a": 10, "duration_s": -1},
        {"limit_a": 10, "colour": 1}, {"unit": "a", "periods": []}, {"unit": "a", "periods": [{"limit": 10}]},
        {"unit": "a", "periods": [{"starts_s": 0, "discharge_limit": 5}]},
    ],
)  # fmt: skip
def test_what_is_no_profile_never_comes_here(profile: Any) -> None:
    args = {"station": "CP01", "evse": 1, "profile": profile}
    assert complaint("set_charging_profile", CATALOGUE["set_charging_profile"], args) is not None
