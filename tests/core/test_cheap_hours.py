"""Cars that wait for cheaper quarters, and are ready in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edgegw.core.allocate import MIN_CURRENT_A, Demand, Tree, allocate
from edgegw.core.cheap_hours import READY_S, Car, Wait, waits
from edgegw.core.quarters import DAY

EVENING = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
DEAR, CHEAP = Decimal("1.80"), Decimal("0.90")
NIGHT = [DEAR] * 24 + [CHEAP] * 24 + [DEAR] * 48
"""From six in the evening on: cheap from midnight to six."""
TWO = EVENING + timedelta(hours=6)


def car(name: str = "A", **told: Any) -> Car:
    values: dict[str, Any] = {
        "key": (name, 1), "lacks_wh": 20_000.0, "leaves_at": EVENING + timedelta(hours=13), "takes_w": 11_000.0,
        "least_w": 4140.0, "prices": NIGHT,
    }  # fmt: skip
    return Car(**values | told)


def free(watts: float = 30_000.0) -> list[float]:
    return [watts] * DAY


def test_a_car_with_the_whole_night_waits_for_the_cheap_hours() -> None:
    assert waits(EVENING, [car()], free()) == {("A", 1): Wait(TWO, CHEAP)}
    assert waits(TWO, [car(prices=NIGHT[24:], waits=True)], free()) == {}, "and then it charges"


def test_who_leaves_before_they_begin_does_not_wait() -> None:
    assert waits(EVENING, [car(leaves_at=EVENING + timedelta(hours=5))], free()) == {}


def test_where_the_cheap_hours_are_too_few_it_charges_before_them_what_they_lack() -> None:
    hungry = car(lacks_wh=60_000.0)  # 84 kWh with what is spare: 7.6 h
    assert waits(EVENING, [hungry], free()) == {}
    later = waits(EVENING, [replace(hungry, lacks_wh=40_000.0)], free())
    assert later == {("A", 1): Wait(TWO, CHEAP)}


def test_a_car_that_is_not_surely_ready_begins_now() -> None:
    assert waits(EVENING, [car()], [30_000.0] * 24 + [4000.0] * 72) == {}, "the night is full"
    assert waits(EVENING, [car()], free()[:30]) == {}, "and of what is not foreseen nothing is counted on"


def test_the_same_price_at_all_hours_is_nothing_to_wait_for() -> None:
    assert waits(EVENING, [car(prices=[DEAR] * DAY)], free()) == {}
    assert waits(EVENING, [car(prices=[CHEAP, *[DEAR] * (DAY - 1)])], free()) == {}


def test_a_car_is_ready_half_an_hour_before_its_driver_leaves() -> None:
    leaves_at = TWO + timedelta(hours=2)
    needed_wh = 11_000.0 * (2 * 3600 - READY_S) / 3600 / 1.4
    assert waits(EVENING, [car(leaves_at=leaves_at, lacks_wh=needed_wh - 1)], free()) != {}
    assert waits(EVENING, [car(leaves_at=leaves_at, lacks_wh=needed_wh + 800)], free()) == {}


def test_who_waits_goes_on_waiting_while_a_smaller_margin_is_left() -> None:
    close = car(lacks_wh=11_000.0 * 6 / 1.3)
    assert waits(EVENING, [close], free()) == {}
    assert waits(EVENING, [replace(close, waits=True)], free()) != {}


def test_of_two_that_do_not_fit_into_the_cheap_hours_together_the_one_that_leaves_later_begins() -> None:
    cars = [car("A", lacks_wh=35_000.0), car("B", lacks_wh=35_000.0, leaves_at=EVENING + timedelta(hours=14))]
    assert waits(EVENING, cars, free(12_000.0)).keys() == {("A", 1)}
    assert waits(EVENING, cars, free(22_000.0)).keys() == {("A", 1), ("B", 1)}


def test_what_others_with_a_departure_need_is_not_free() -> None:
    other = car("B", may_wait=False, lacks_wh=100_000.0, leaves_at=EVENING + timedelta(hours=14))
    assert waits(EVENING, [car(), other], free(14_000.0)) == {}
    assert waits(EVENING, [car(), other], free(22_000.0)) == {("A", 1): Wait(TWO, CHEAP)}


@dataclass
class Parked:
    """A car of the property: what it lacks, whether it has ever waited."""

    car: Car
    phases: tuple[Any, ...] = ("L1", "L2", "L3")
    waited: bool = False


PRICES = st.sampled_from([Decimal(1), Decimal(2), Decimal(3)])
CARS = st.lists(
    st.tuples(
        st.integers(0, 24 * 4 - 1), st.floats(500, 60_000), st.floats(4200, 22_000), st.integers(0, 1500), st.booleans()
    ),
    min_size=1, max_size=5,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    CARS,
    st.lists(st.tuples(PRICES, st.floats(0, 50_000)), min_size=12, max_size=12),
    st.integers(0, 899),
    st.sampled_from(["fair", "first_come", "deadline"]),
)
def test_nobody_is_late_by_having_waited_when_the_forecast_was_right(
    told: list[tuple[int, float, float, int, bool]],
    hours: list[tuple[Decimal, float]],
    offset_s: int,
    strategy: Any,
) -> None:
    """Cars come at any time and are shared among by the real allocation, of what was foreseen; each has what it lacks
    when it leaves, if it ever waited."""
    prices = [price for price, _ in hours for _ in range(16)]
    free_w = [watts for _, watts in hours for _ in range(16)]
    begin = EVENING + timedelta(seconds=offset_s)
    coming = {
        n * 240: Parked(car(f"C{n}", lacks_wh=lacks, takes_w=takes, may_wait=may, prices=(),
                            leaves_at=begin + timedelta(minutes=15 * (4 + quarter), seconds=extra)))
        for n, (quarter, lacks, takes, extra, may) in enumerate(told)
    }  # fmt: skip
    here: list[Parked] = []
    for step in range(28 * 60 // 4):
        at = begin + timedelta(minutes=4 * step)
        if (new := coming.get(4 * step)) is not None:
            here.append(new)
        for parked in list(here):
            if parked.car.leaves_at <= at:
                assert not parked.waited or parked.car.lacks_wh <= 1.0, "late"
                here.remove(parked)
        index = int((at - EVENING).total_seconds() // 900)
        _step(here, at, prices[index : index + DAY], free_w[index : index + DAY], 240.0, strategy)


def _step(
    here: list[Parked], at: datetime, prices: Sequence[Decimal], free_w: list[float], lasts_s: float, strategy: Any
) -> None:
    hungry = [parked for parked in here if parked.car.lacks_wh > 0]
    found = waits(at, [replace(each.car, prices=prices) for each in hungry], free_w)
    charging: dict[Any, Parked] = {}
    for parked in hungry:
        wait = found.get(parked.car.key)
        assert wait is None or wait.until > at
        parked.waited |= wait is not None
        parked.car = replace(parked.car, waits=wait is not None)
        if wait is None:
            charging[parked.car.key] = parked
    for key, watts in _shares(charging, free_w[0], at, strategy).items():
        parked = charging[key]
        parked.car = replace(parked.car, lacks_wh=max(0.0, parked.car.lacks_wh - watts * lasts_s / 3600))


def _shares(charging: Mapping[Any, Parked], free_w: float, at: datetime, strategy: Any) -> dict[Any, float]:
    demands = [
        Demand(key, max(MIN_CURRENT_A, each.car.takes_w / 690.0), each.phases, since=at, leaves_at=each.car.leaves_at)
        for key, each in charging.items()
    ]
    headroom = {"main": dict.fromkeys(("L1", "L2", "L3"), free_w / 690.0)}
    done = allocate(Tree({"main": None}), headroom, demands, strategy=strategy)
    return {key: a * 690.0 for key, a in done.setpoints.items()}
