"""The reads of one meter: which are due, and how they change with what the meter teaches. No I/O.

A meter teaches its answer time, by which gaps are bridged or not; which reads it refuses or never answers, which are
then cut; and which optional values it lacks. All of it goes into a new plan, so that one lesson costs one read.
"""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from typing import Final

from edgegw.meters.plan import (
    COUNTERS_EVERY_S,
    NOTHING_LEARNED,
    OLDEST_COUNTER_S,
    SLOW_EVERY_S,
    Learned,
    Plan,
    Request,
    Unreadable,
    plan,
)
from edgegw.meters.registers import Driver

log = logging.getLogger("edgegw.meters")

SPARE_S: Final = 0.35
"""A counter is read this much before it would grow too old, whosever turn it is: a round takes some time."""
EARLY: Final = 0.75
"""In its turn a slow value is read when this part of its period has passed."""
WORTH: Final = 0.05
"""A plan that saves less than this share of the line's time is not changed to."""
CHANGED: Final = 0.25
"""A turnaround that differs by less than this share of the one planned for is no reason to plan anew."""


class Reads:
    """What is read of a meter of `driver`, by `first` until it has taught something."""

    def __init__(self, driver: Driver, first: Plan) -> None:
        self.plan = first
        self.others_every_s = SLOW_EVERY_S
        """How often the slow values that are no counters are wanted; the bus knows its room."""
        self.turn = True
        """Whether the round that begins may have a slow read that could wait; the bus spreads those of its meters."""
        self.slow_begun = False
        """Whether it has one."""
        self._driver = driver
        self._learned: Learned = NOTHING_LEARNED
        self._planned_for_s = first.cost.turnaround_s
        self._read_at: dict[str, float] = {}
        """Quantity -> monotonic s of its last read, for the slow ones."""

    def due(self, now: float, pace_s: float) -> list[Request]:
        """The reads of a round at `now`, when one comes each `pace_s`: a share of the slow ones, then the fast ones."""
        share = max(1, math.ceil(len(self.plan.slow) * pace_s / SLOW_EVERY_S))
        slow = self._late(now, pace_s) or (self._early(now) if self.turn or not self.plan.fast else [])
        self.slow_begun = bool(slow)
        return [*slow[:share], *self.plan.fast]

    def done(self, request: Request, now: float) -> None:
        """`request` was answered, or refused for good reason: it is not due again before its time."""
        self._read_at.update(dict.fromkeys((point.quantity for point in request.points), now))

    def cut(self, request: Request) -> tuple[Request, ...]:
        """Read in smaller pieces what `request` asks for, from now on. The pieces; none when it cannot be cut."""
        learned = self._learned.from_refusal(request)
        if learned is None or not self._plan_with(learned):
            return ()
        wanted = {point.quantity for point in request.points}
        return tuple(one for one in self._all() if any(point.quantity in wanted for point in one.points))

    def drop(self, request: Request) -> None:
        """The meter does not have what `request` asks for."""
        lacks = self._learned.lacks | {point.quantity for point in request.points}
        self._plan_with(replace(self._learned, lacks=lacks))

    def measured(self, answer_s: float) -> bool:
        """The meter takes `answer_s` to answer; whether that led to other reads."""
        cost = self.plan.cost.learned(answer_s)
        if abs(cost.turnaround_s - self._planned_for_s) <= CHANGED * self._planned_for_s:
            return False
        self._planned_for_s = cost.turnaround_s
        old, new = self.plan.at(cost), plan(self._driver, cost, self._learned)
        better = _line_s(new) < (1 - WORTH) * _line_s(old)
        self.plan = new if better else old
        return better

    def _all(self) -> tuple[Request, ...]:
        return (*self.plan.slow, *self.plan.fast)

    def _late(self, now: float, pace_s: float) -> list[Request]:
        """The slow reads that cannot wait for a turn: the first of each, and counters that would grow too old."""
        limit_s = max(0.0, OLDEST_COUNTER_S - pace_s - SPARE_S)
        late = [request for request in self.plan.counters if self._age_s(request, now) >= limit_s]
        return [*late, *(request for request in self.plan.others if self._age_s(request, now) == math.inf)]

    def _early(self, now: float) -> list[Request]:
        """The slow reads that are worth a turn, those first that have waited the longest for their period."""
        waited = {request: self._age_s(request, now) / COUNTERS_EVERY_S for request in self.plan.counters}
        waited |= {request: self._age_s(request, now) / self.others_every_s for request in self.plan.others}
        worth = [request for request, share in waited.items() if share >= EARLY or not self.plan.fast]
        return sorted(worth, key=waited.__getitem__, reverse=True)

    def _age_s(self, request: Request, now: float) -> float:
        return now - min((self._read_at.get(point.quantity, -math.inf) for point in request.points), default=-math.inf)

    def _plan_with(self, learned: Learned) -> bool:
        try:
            self.plan = plan(self._driver, self.plan.cost, learned)
        except Unreadable:
            # A cut may fall where two values of different lengths lie side by side; then it stays as it was.
            return False
        self._learned = learned
        return True


def _line_s(reads: Plan) -> float:
    """Seconds of the line in which every slow value comes around once."""
    return SLOW_EVERY_S * reads.fast_s + reads.counters_s + reads.others_s
