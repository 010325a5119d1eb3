"""Limits that somebody else has set at a station: what they come to, and that the loop shares by them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edgegw.load.outside import Ceiling, ceilings
from edgegw.model import facts as f
from edgegw.model.state import OutsideLimit
from tests.load.test_balance import world
from tests.load.test_service import bench
from tests.load.world import site, station
from tests.support.clock import FakeClock

NOON = FakeClock().now()
SITE = site(station("A", evses=2), station("B", "L1"))


def schedule(*limits: float, unit: str = "A", **more: Any) -> dict[str, Any]:
    periods = [{"startPeriod": 600 * n, "limit": limit} for n, limit in enumerate(limits)]
    return {"id": 1, "chargingRateUnit": unit, "chargingSchedulePeriod": periods, **more}


def row(name: str, evse: int, *schedules: dict[str, Any], **more: Any) -> OutsideLimit:
    return OutsideLimit(name, evse, "ems", NOON, schedules=schedules, **more)


@pytest.mark.parametrize(
    ("told", "after_s", "limit_a"),
    [
        (row("A", 1, schedule(16.0)), 0, 16.0),
        (row("A", 1, schedule(16.0, 8.0)), 599, 16.0),
        (row("A", 1, schedule(16.0, 8.0)), 600, 8.0),
        (row("A", 1, schedule(16.0, duration=60)), 60, None),
        (row("A", 1, schedule(16.0, startSchedule="2026-11-24T12:30:00Z")), 0, None),
        (row("A", 1, schedule(16.0), schedule(10.0)), 0, 10.0),
        (row("A", 1, schedule(6900.0, unit="W")), 0, 10.0),
        (row("B", 1, schedule(2300.0, unit="W")), 0, 10.0),
        (row("A", 0, schedule(6900.0, unit="W")), 0, 10.0),
        (row("A", 7, schedule(6900.0, unit="W")), 0, None),
        (row("A", 1), 0, None),
        (row("A", 1, schedule(16.0), local_generation=True), 0, None),
        (row("Z", 1, schedule(16.0)), 0, None),
        (row("A", 1, {"chargingSchedulePeriod": [{"startPeriod": 0, "setpoint": 5}]}), 0, None),
        (row("A", 1, {"chargingRateUnit": "A",
                      "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16, "limit_L2": 9}]}), 0, 9.0),
        (row("A", 1, schedule(16.0, startSchedule="soon")), 0, 16.0),
    ],
)  # fmt: skip
def test_a_limit_is_what_its_schedule_says_now(told: OutsideLimit, after_s: float, limit_a: float | None) -> None:
    found = ceilings([told], SITE, NOON + timedelta(seconds=after_s))
    expected = {} if limit_a is None else {(told.station, told.evse): Ceiling(pytest.approx(limit_a), "ems")}
    assert found == expected


def test_of_several_sources_the_least_counts() -> None:
    rows = [row("A", 1, schedule(16.0)), OutsideLimit("A", 1, "so", NOON, schedules=(schedule(9.0),))]
    assert ceilings(rows, SITE, NOON) == {("A", 1): Ceiling(9.0, "so")}


@pytest.mark.parametrize("evse", [1, 0])
def test_what_a_grid_operators_box_forbids_one_car_another_gets(evse: int) -> None:
    site = world("A", "B", limit_a=63.0)
    site.arrive("A")
    site.arrive("B")
    site.turn(30)
    assert (site.holds("A"), site.holds("B")) == (21.5, 21.5)
    site.state.outside_limits["x"] = row("A", evse, schedule(8.0))
    site.turn(30)
    assert (site.holds("A"), site.holds("B")) == (8.0, 32.0)
    del site.state.outside_limits["x"]
    site.turn(60)
    assert (site.holds("A"), site.holds("B")) == (21.5, 21.5)


def test_less_than_a_car_can_take_is_a_pause() -> None:
    site = world("A")
    site.arrive("A")
    site.turn(30)
    site.state.outside_limits["x"] = row("A", 1, schedule(5.0))
    site.turn(30)
    assert site.holds("A") == 0.0


@pytest.mark.parametrize(("evse", "limit_a"), [(1, 9.04), (0, 9.04), (1, 3.0)])
async def test_why_a_car_gets_no_more_is_told_until_the_limit_is_cleared(
    tmp_path: Path, evse: int, limit_a: float
) -> None:
    async with bench(tmp_path) as made:
        await made.connect("CP01")
        await made.begin("CP01")
        told = f.OutsideLimitSet(
            at=made.hub.now(), station="CP01", evse=evse, source="so", schedules=(schedule(limit_a),)
        )
        await made.hub.record(told)
        await made.turns(3)
        assert made.stations.accepted["CP01", 1] == (9.0 if limit_a > 6 else 0.0)
        assert made.loop.snapshot()["evses"][0]["reason"] == f"limited from outside (so) to {limit_a:.1f} A"
        await made.hub.record(f.OutsideLimitCleared(at=made.hub.now(), station="CP01", source="so"))
        await made.turns(70)
        assert made.stations.accepted["CP01", 1] == 31.0
        assert made.loop.snapshot()["evses"][0]["reason"] == "main L1 is full"


async def test_a_limit_from_outside_that_keeps_nobody_low_is_no_reason(tmp_path: Path) -> None:
    async with bench(tmp_path, limit_a=32.0) as made:
        await made.connect("CP01")
        await made.begin("CP01")
        told = f.OutsideLimitSet(at=made.hub.now(), station="CP01", evse=1, source="so", schedules=(schedule(30.0),))
        await made.hub.record(told)
        await made.turns(3)
        assert "full" in str(made.loop.snapshot()["evses"][0]["reason"])
