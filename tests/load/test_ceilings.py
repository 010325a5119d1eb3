"""What a circuit may carry, of all who limit it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from edgegw.load.ceilings import ceilings, circuit_of, in_force, tree, watts, without_margin
from edgegw.model.site import Circuit
from edgegw.model.state import PolicyLimit
from tests.load.world import site, station
from tests.support.clock import FakeClock

NOON = FakeClock().now()


def limit(target: str, limit_a: float | None = None, limit_w: float | None = None, until: Any = None) -> Any:
    return {target: PolicyLimit(target, limit_a, limit_w, until, "cloud", NOON)}


def of(limits: Any, **supply: Any) -> dict[str, float]:
    made = site(
        station("A", circuit="row"), station("B", "L1"), margin_a=2.0, circuits=(Circuit("row", 32.0),), **supply
    )
    assert made.supply is not None
    return ceilings(made, made.supply, limits)


def power(limits: Any) -> dict[str, float]:
    made = site(station("A", circuit="row"), circuits=(Circuit("row", 32.0),))
    assert made.supply is not None
    return watts(made, made.supply, limits)


def test_a_breaker_keeps_its_margin_and_a_limit_of_someone_has_none() -> None:
    assert of({}) == {"main": 61.0, "row": 30.0}
    assert of(limit("site", 40.0)) == {"main": 40.0, "row": 30.0}
    assert of(limit("circuit:main", 61.5)) == {"main": 61.0, "row": 30.0}
    assert of(limit("circuit:row", 16.0)) == {"main": 61.0, "row": 16.0}


def test_the_lowest_of_several_wins() -> None:
    assert of(limit("site", 40.0) | limit("circuit:main", 30.0))["main"] == 30.0
    assert power(limit("site", limit_w=9000.0) | limit("circuit:main", limit_w=8000.0)) == {"main": 8000.0}


def test_watts_are_of_all_phases_together_and_one_phase_may_carry_them_all() -> None:
    limits = limit("station:A", limit_w=6900.0) | limit("circuit:row", 40.0, limit_w=2300.0)
    assert power(limits) == {"station:A": 6900.0, "row": 2300.0}
    assert of(limits) == {"main": 61.0, "row": pytest.approx(10.0), "station:A": pytest.approx(30.0)}


def test_limits_of_what_is_no_longer_there_are_passed_over() -> None:
    assert of(limit("station:Z", 1.0) | limit("circuit:gone", 1.0)) == {"main": 61.0, "row": 30.0}


def test_a_limit_holds_until_its_end() -> None:
    limits = limit("site", 10.0, until=NOON)
    assert in_force(limits, NOON - timedelta(seconds=1)) == limits
    assert in_force(limits, NOON) == {}


def test_a_limited_station_is_a_circuit_below_its_own() -> None:
    made = site(station("A", circuit="row"), station("B"), circuits=(Circuit("row", 32.0),))
    assert made.supply is not None
    limits = limit("station:A", 10.0)
    assert tree(made, made.supply, limits).path(circuit_of(made, "A", limits)) == ("station:A", "row", "main")
    assert tree(made, made.supply, limits).path(circuit_of(made, "B", limits)) == ("main",)


def test_the_page_shows_the_breaker_where_nothing_else_is_lower() -> None:
    made = site(margin_a=2.0)
    assert made.supply is not None
    assert without_margin(made.supply, {"main": 61.0, "station:A": 9.0}) == {"main": 63.0, "station:A": 9.0}
    assert without_margin(made.supply, {"main": 40.0}) == {"main": 40.0}
