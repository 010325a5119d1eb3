"""Cutting steps of single EVSEs out of readings, limits and a meter."""

from __future__ import annotations

from typing import Any

from edgegw.core.allocate import EvseKey
from edgegw.core.rotation import Step
from edgegw.load.held import Held
from edgegw.load.meter import Currents
from edgegw.load.steps import Steps
from edgegw.load.view import Running, SeenEvse
from edgegw.model.site import PHASES, Phase
from tests.support.clock import FakeClock

A, B = ("A", 1), ("B", 1)
NONE: dict[Phase, float] = dict.fromkeys(PHASES, 0.0)
SINCE = FakeClock().now()


def one(current_a: float) -> dict[Phase, float]:
    """A car on the first terminal."""
    return NONE | {"L1": current_a}


class Bench:
    """Two EVSEs behind one meter, second by second. Both limits have stood for long."""

    def __init__(self) -> None:
        self.steps = Steps()
        self.held = {key: Held(6.0, 32.0, accepted_a=32.0, accepted_until=1e9) for key in (A, B)}
        self.now = 1000.0
        self.found: list[tuple[EvseKey, Step]] = []

    def turns(self, count: int, a: Currents | None, b: Currents | None = None, **more: Any) -> None:
        """`a` and `b` are read each second, and stand on the meter turned by one phase: L1 is L2. None: no car."""
        for _ in range(count):
            self.now += 1.0
            flows = NONE | {"L2": sum((each or NONE)["L1"] for each in (a, b)) + 10.0}
            self.steps.see_meter("main", self.now, flows)
            for key, drawn in ((A, a), (B, b)):
                running = Running("T", SINCE, "charging") if drawn is not None else None
                read_at = more.get("read_at", self.now)
                told = more.get("told", frozenset(PHASES))
                self.steps.see(
                    key, SeenEvse(True, None, False, running, drawn, read_at, told), self.held[key], self.now
                )
            behind = dict.fromkeys((A, B), "main")
            self.found += self.steps.take(dict(behind), {A: ("main",), B: ("main",)}, self.now)


def test_a_car_that_ends_is_a_step_with_what_the_meter_moved_by() -> None:
    made = Bench()
    made.turns(20, one(16.0), one(10.0))
    made.turns(20, None, one(10.0))
    ((key, step),) = made.found
    assert (key, dict(step.drawn)) == (A, {"L1": -16.0, "L2": 0.0, "L3": 0.0})
    assert dict(step.seen) == {"L1": 0.0, "L2": -16.0, "L3": 0.0}


def test_two_that_end_within_seconds_are_no_steps() -> None:
    made = Bench()
    made.turns(20, one(16.0), one(10.0))
    made.turns(3, None, one(10.0))
    made.turns(40, None, None)
    assert made.found == []


def test_a_current_on_its_way_is_one_step_from_end_to_end() -> None:
    made = Bench()
    made.turns(20, one(16.0))
    for current_a in (14.0, 12.0, 10.0, 8.0):
        made.turns(1, one(current_a))
    made.turns(20, one(6.0))
    assert [dict(step.drawn)["L1"] for _, step in made.found] == [-10.0]


def test_a_reading_that_is_told_again_is_no_second_one() -> None:
    """Its age is worked out anew in each turn, by another clock's ticks."""
    made = Bench()
    made.turns(20, None)
    read_at = made.now + 1.0
    for tick in range(8):
        made.turns(1, one(16.0), read_at=read_at + tick * 1e-7)
    assert made.steps.drawn(A, made.now) is None
    made.turns(1, one(16.0))
    assert made.steps.drawn(A, made.now) == one(16.0)


def test_a_limit_below_what_was_drawn_tells_what_is_drawn_without_a_reading() -> None:
    made = Bench()
    made.turns(20, one(16.0))
    read_at, held = made.now, made.held[A]
    held.sent(12.0, made.now, connected=True)
    made.turns(1, one(16.0), read_at=read_at)
    held.accepted(12.0, None, made.now)
    made.turns(4, one(16.0), read_at=read_at)
    assert made.steps.drawn(A, made.now) == one(16.0)
    made.turns(10, one(16.0), read_at=read_at)
    assert made.steps.drawn(A, made.now) == one(12.0)


def test_a_station_that_reads_a_sum_tells_that_something_changes_and_not_where() -> None:
    made = Bench()
    made.turns(20, dict.fromkeys(PHASES, 16.0), told=frozenset())
    made.turns(20, dict.fromkeys(PHASES, 8.0), told=frozenset())
    made.turns(20, None)
    assert made.found == []


def test_a_meter_that_moves_by_itself_is_known_for_it() -> None:
    made = Bench()
    made.turns(120, None)
    assert made.steps.noise_a("main") < 0.1
    for n in range(120):
        made.now += 1.0
        made.steps.see_meter("main", made.now, NONE | {"L3": 8.0 * (n // 7 % 2)})
    assert made.steps.noise_a("main") > 3.0
