"""Profiles brought down to what a station says that it holds: a car may draw less than was asked, never more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.stations.codec import Known, Peer, Unsupported
from edgegw.stations.fitting import Abilities, abilities, fitted
from edgegw.stations.profiles import ChargingProfile, Period, Schedule
from tests.stations.peers import evse, peer


def profile(*limits: float, unit: Any = "A", phases: int | None = 3, **changed: Any) -> ChargingProfile:
    periods = tuple(Period(600 * n, limit, phases) for n, limit in enumerate(limits))
    made = ChargingProfile(1, 4001, "tx_profile", 1, "absolute", (Schedule(unit, periods),))
    return replace(made, **changed)


def limits(found: ChargingProfile) -> list[tuple[int, float | None]]:
    return [(each.starts_s, each.limit) for each in found.schedules[0].periods]


def telling(variables: Mapping[tuple[str, str], str]) -> Peer:
    return replace(peer(), known=Known(variable=lambda component, name: variables.get((component, name))))


def test_what_a_station_says_is_read_in_each_versions_words() -> None:
    old = {("", "ChargingScheduleMaxPeriods"): "24", ("", "ChargingScheduleAllowedChargingRateUnit"): "Current",
           ("", "ChargeProfileMaxStackLevel"): "8"}  # fmt: skip
    assert abilities(telling(old), "1.6") == Abilities(24, frozenset("A"), 8)
    new = {("SmartChargingCtrlr", "PeriodsPerSchedule"): "24", ("SmartChargingCtrlr", "RateUnit"): "A, W",
           ("SmartChargingCtrlr", "ProfileStackLevel"): "x", ("SmartChargingCtrlr", "SupportsEvseSleep"): "false",
           ("SmartChargingCtrlr", "SupportedAdditionalPurposes"): "LocalGeneration"}  # fmt: skip
    assert abilities(telling(new), "2.1") == Abilities(
        24, frozenset("AW"), None, frozenset({"localgeneration"}), frozenset({"evse_sleep"})
    )
    assert abilities(peer(), "2.0.1") == abilities(telling({("", "ChargingScheduleMaxPeriods"): "0"}), "1.6")


def test_a_station_that_has_said_nothing_is_given_all() -> None:
    asked = profile(*range(6, 32))
    assert fitted(asked, Abilities(), peer()) == asked


def test_neighbours_that_differ_least_are_joined_at_the_lower_limit() -> None:
    found = fitted(profile(16.0, 10.0, 9.0, 32.0), Abilities(most_periods=3), peer())
    assert limits(found) == [(0, 16.0), (600, 9.0), (1800, 32.0)]
    assert limits(fitted(profile(16.0, 10.0, 9.0), Abilities(most_periods=1), peer())) == [(0, 9.0)]


@given(st.lists(st.integers(0, 320), min_size=1, max_size=30), st.integers(1, 10))
def test_joined_periods_never_allow_more(tenths: list[int], most: int) -> None:
    asked = profile(*(each / 10 for each in tenths))
    found = fitted(asked, Abilities(most_periods=most), peer())
    assert len(found.schedules[0].periods) <= max(most, 1)

    def at(of: ChargingProfile, second: int) -> float:
        return [each.limit or 0.0 for each in of.schedules[0].periods if each.starts_s <= second][-1]

    for n in range(len(tenths)):
        assert at(found, 600 * n) <= at(asked, 600 * n)


@pytest.mark.parametrize(
    ("place", "asked", "only", "told"),
    [
        (evse("L1"), profile(16.0, phases=1), "W", 3312.0),
        (evse(), profile(16.0, phases=1), "W", 3312.0),
        (evse(connector="cCCS2"), profile(16.0, phases=None), "W", 9936.0),
        (evse("L1", "L2", wiring="line"), profile(16.0, phases=1), "W", 5736.5),
        (evse(), profile(11040.0, unit="W"), "A", 16.0),
        (evse(), profile(4000.0, unit="W"), "A", 0.0),
    ],
)
def test_a_limit_is_told_in_the_unit_that_the_station_takes(
    place: Any, asked: ChargingProfile, only: Any, told: float
) -> None:
    found = fitted(asked, Abilities(units=frozenset({only})), peer(place))
    assert (found.schedules[0].unit, limits(found)) == (only, [(0, told)])


@pytest.mark.parametrize(
    ("place", "asked", "can", "why"),
    [
        (evse(), profile(16.0), Abilities(units=frozenset("W")), "not sure"),
        (evse(id=7), profile(16.0), Abilities(units=frozenset("W")), "not sure"),
        (evse(connector="cCCS2"), profile(9000.0, unit="W"), Abilities(units=frozenset("A")), "not sure"),
        (evse(), profile(16.0, purpose="tx_default_profile"), Abilities(most_level=0), "stack levels up to 0"),
        (evse(), profile(16.0, purpose="priority_charging"), Abilities(purposes=frozenset()), "priority_charging"),
        (evse(), profile(16.0, kind="dynamic"), Abilities(lacks=frozenset({"dynamic profiles"})), "dynamic profiles"),
    ],
)
def test_what_can_not_be_brought_down_is_refused_in_words(
    place: Any, asked: ChargingProfile, can: Abilities, why: str
) -> None:
    with pytest.raises(Unsupported, match=why):
        fitted(asked, can, peer(place))


def test_values_of_2_1_are_not_joined_or_turned() -> None:
    period = Period(0, 16.0, 3, more={"limit_L2": 10.0})
    asked = profile(schedules=(Schedule("A", (period, replace(period, starts_s=60))),))
    for can in (Abilities(most_periods=1), Abilities(units=frozenset("W"))):
        with pytest.raises(Unsupported):
            fitted(asked, can, peer())


def test_a_tx_profile_takes_the_highest_level_that_there_is() -> None:
    assert fitted(profile(16.0), Abilities(most_level=0), peer()).level == 0
