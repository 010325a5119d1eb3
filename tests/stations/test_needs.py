"""Schedules that a car may plan with: none above what its EVSE may draw, and prices where they change."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegw.core.price import tariff_digest
from edgegw.model.site import Evse, Tariff, TariffPeriod
from edgegw.model.value import changed
from edgegw.stations.codec import Allowed, Known
from edgegw.stations.needs import Needs, of_needs
from edgegw.stations.profiles import Schedule
from tests.stations.peers import NOW, evse, peer, transaction

FLAT = Tariff("default", Decimal(2))
EVENING = Tariff("default", Decimal(1), periods=(TariffPeriod(tuple(range(7)), time(14), time(17), Decimal(3)),))
"""It is noon: dear from two hours on to five hours on."""


def offered(
    allowed: Allowed, needs: Needs | None = None, tariff: Tariff = FLAT, place: Evse | None = None
) -> list[Schedule]:
    runs = transaction(tariff_digest=tariff_digest(tariff))
    station = peer(place or evse())
    known = Known(tariff=lambda name: tariff, timezone=lambda: "UTC")
    return list(of_needs(runs, allowed, needs or Needs(), changed(station, known=known)).schedules)


def steps(schedule: Schedule) -> list[tuple[int, float | None]]:
    return [(each.starts_s, each.limit) for each in schedule.periods]


def wanting(wh: int | None, hours: float = 6, **more: Any) -> Needs:
    return Needs(NOW + timedelta(hours=hours), wh, **more)


def plan(allowed: Allowed, leaves: float | None = 3600.0, most: int | None = None) -> list[tuple[int, float | None]]:
    departure_at = None if leaves is None else NOW + timedelta(seconds=leaves)
    (schedule,) = offered(allowed, Needs(departure_at, most_periods=most))
    assert schedule.duration_s == (86_400 if leaves is None else max(60, leaves))
    return steps(schedule)


def test_a_car_plans_with_its_set_point_while_that_lives_and_with_the_safe_default_after() -> None:
    assert plan(Allowed(16.0, 90, 7.0)) == [(0, 16.0), (90, 7.0)]
    assert plan(Allowed(16.0, 90, 7.0), leaves=None) == [(0, 16.0), (90, 7.0)]
    assert plan(Allowed(16.0, 90, 7.0), most=1) == [(0, 7.0)], "of one period the lower limit"
    assert plan(Allowed(0.0, 90, 7.0), most=1) == [(0, 0.0)]
    assert plan(Allowed(16.0, 90, 7.0), leaves=70) == [(0, 16.0)], "it is away before the set point ends"
    assert plan(Allowed(7.0, 0, 7.0)) == [(0, 7.0)]
    assert plan(Allowed(7.0, 0, 7.0), leaves=-5) == [(0, 7.0)], "a departure that has passed"


def test_a_car_that_says_what_it_wants_may_charge_evenly() -> None:
    """33 kWh and a tenth in 6 hours on three phases of 230 V: 8.8 A."""
    fast, even = offered(Allowed(32.0, 0, 32.0), wanting(33_000))
    assert (steps(fast), steps(even)) == ([(0, 32.0)], [(0, 8.8)])
    _, even = offered(Allowed(32.0, 0, 32.0), wanting(1000))
    assert steps(even) == [(0, 6.0)], "less can't be told to a car"
    _, even = offered(Allowed(32.0, 0, 32.0), wanting(1000, least_a=10.0))
    assert steps(even) == [(0, 10.0)]
    _, even = offered(Allowed(32.0, 0, 32.0), wanting(20_000), place=evse("L2"))
    assert steps(even) == [(0, 16.0)], "one phase, 20 kWh and a tenth: 15.94 A, rounded up"


@pytest.mark.parametrize(
    "needs",
    [wanting(None), Needs(None, 20_000), wanting(20_000, chooses=False), wanting(200_000)],
    ids=["no energy", "no departure", "dynamic control", "more than there is"],
)
def test_there_is_no_choice_where_nothing_can_be_chosen(needs: Needs) -> None:
    assert [steps(each) for each in offered(Allowed(32.0, 0, 32.0), needs, EVENING)] == [[(0, 32.0)]]


def test_direct_current_is_not_planned_by_current() -> None:
    assert len(offered(Allowed(100.0, 0, 100.0), wanting(20_000), EVENING, evse(connector="cCCS2"))) == 1


def test_where_prices_change_a_car_may_leave_out_the_dear_hours() -> None:
    fast, even, cheap = offered(Allowed(32.0, 0, 32.0), wanting(30_000), EVENING)
    assert (steps(fast), steps(even)) == ([(0, 32.0)], [(0, 8.0)])
    dear, over = 2 * 3600, 5 * 3600
    assert [(round(at / 10), limit) for at, limit in steps(cheap)] == [
        (0, 32.0), (dear / 10, 0.0), (over / 10, 32.0),
    ]  # fmt: skip
    for number, schedule in enumerate((fast, even, cheap), 1):
        assert schedule.sales is not None
        assert (schedule.sales["id"], schedule.sales["numEPriceLevels"]) == (number, 2)
        assert [each["ePriceLevel"] for each in schedule.sales["salesTariffEntry"]] == [1, 2, 1]


def test_dear_hours_stay_where_the_energy_does_not_fit_into_the_others() -> None:
    """66 kWh would take 2.99 hours of 32 A; three are cheap, and the tenth more that is reckoned with is too much."""
    assert len(offered(Allowed(32.0, 0, 32.0), wanting(66_000), EVENING)) == 2
    assert len(offered(Allowed(32.0, 0, 32.0), wanting(55_000), EVENING)) == 3


def test_a_schedule_with_more_periods_than_the_car_takes_is_not_offered() -> None:
    assert [len(each.periods) for each in offered(Allowed(32.0, 0, 32.0), wanting(30_000), EVENING)] == [1, 1, 3]
    few = wanting(30_000, most_periods=2)
    assert [len(each.periods) for each in offered(Allowed(32.0, 0, 32.0), few, EVENING)] == [1, 1]


def test_no_prices_are_told_by_another_list_than_the_transactions_own() -> None:
    known = Known(tariff=lambda name: EVENING, timezone=lambda: "UTC")
    profile = of_needs(
        transaction(tariff_digest="other"), Allowed(32.0, 0, 32.0), wanting(30_000), changed(peer(), known=known)
    )
    assert [each.sales for each in profile.schedules] == [None, None]


@settings(deadline=None)
@given(
    limit_a=st.floats(0, 63), left_s=st.integers(0, 10_000), default_a=st.floats(0, 63), wh=st.integers(0, 100_000),
    hours=st.floats(-1, 200), most=st.sampled_from([None, 1, 2, 3, 12]),
)  # fmt: skip
def test_whatever_a_car_takes_is_within_what_its_evse_may_draw(
    limit_a: float, left_s: int, default_a: float, wh: int, hours: float, most: int | None
) -> None:
    allowed = Allowed(limit_a, left_s, default_a) if left_s else Allowed(default_a, 0, default_a)
    schedules = offered(allowed, wanting(wh, hours, most_periods=most), EVENING)
    assert 1 <= len(schedules) <= 3
    for schedule in schedules:
        assert most is None or len(schedule.periods) <= most
        starts = [each.starts_s for each in schedule.periods]
        assert starts[0] == 0
        assert starts == sorted(set(starts))
        for at in {*starts, left_s - 1, left_s} & set(range(schedule.duration_s or 0)):
            # Down to the step of OCPP, but for what a tenth is off by as a float.
            assert limit_at(schedule, at) <= (allowed.limit_a if at < left_s else allowed.default_a) + 1e-6


def limit_at(schedule: Schedule, at: int) -> float:
    return [each.limit or 0.0 for each in schedule.periods if each.starts_s <= at][-1]
