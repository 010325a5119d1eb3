"""Charging from what the site generates and does not use."""

from __future__ import annotations

from edgegw.core.allocate import Demand
from edgegw.load.solar import Surplus, share


def car(name: str, *, running: bool = False) -> Demand:
    return Demand((name, 1), 32.0, ("L1", "L2", "L3"), running=running)


def watched(*parts: tuple[int, float]) -> tuple[Surplus, float]:
    """A surplus that was so high for so many seconds, and the time at the end."""
    surplus, second = Surplus(), 0
    for seconds, a in parts:
        for _ in range(seconds):
            surplus.see(a, float(second))
            second += 1
    return surplus, float(second - 1)


def test_a_car_begins_when_the_surplus_was_enough_for_a_minute() -> None:
    for parts, begins in [(((50, 20.0),), False), (((70, 20.0),), True), (((70, 20.0), (10, 17.0), (30, 20.0)), False)]:
        surplus, now = watched(*parts)
        demands = [car("A")]
        share(demands, surplus, now)
        assert demands[0].resting is not begins, parts


def test_a_second_car_waits_until_there_is_enough_for_both() -> None:
    surplus, now = watched((70, 30.0))
    demands = [car("A", running=True), car("B")]
    assert share(demands, surplus, now) == 30.0
    assert [demand.resting for demand in demands] == [False, True]


def test_a_cloud_leaves_a_car_its_minimum_for_a_while() -> None:
    demands = [car("A", running=True)]
    surplus, now = watched((70, 30.0), (60, 5.0))
    assert share(demands, surplus, now) == 18.0
    surplus, now = watched((70, 30.0), (185, 5.0))
    assert share(demands, surplus, now) < 6.0


def test_above_the_minimum_it_follows_smoothly_and_is_never_negative() -> None:
    surplus, now = watched((70, 30.0), (5, 60.0))
    assert 35.0 < share([car("A", running=True)], surplus, now) < 45.0
    surplus, now = watched((300, -10.0))
    assert share([], surplus, now) == 0.0
