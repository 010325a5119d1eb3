"""A unit: one meter on a bus, and what to ask it next. No I/O; the bus passes the time in.

A round is the reads of one sample: a share of the slow ones, then the fast ones, so that the sample is as old as its
currents. A unit that did not answer is asked again after 1, 2, 4 ... 30 s with a probe: a read of a length that none of
its other reads has, whose registers are thrown away. RTU answers carry no number, so a late one could pass for the
answer to the next request; next to a probe its length gives it away.
"""

from __future__ import annotations

import logging
import math
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from edgegw.meters import decode
from edgegw.meters.errors import ReadFailed, Refused
from edgegw.meters.plan import Plan, Request, plan
from edgegw.meters.reads import Reads
from edgegw.meters.registers import Driver
from edgegw.meters.sunspec import NotFound, Walk

log = logging.getLogger("edgegw.meters")

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0
DEAD_SHARE: Final = 0.018
"""Of the line, for a unit that never answers and would be asked oftener by LONGEST_PAUSE_S."""
SHORTEST_PATIENCE_S: Final = 0.3
LEARNING: Final = 0.1
"""Weight of a new answer time in the learned one."""
LEARNED: Final = 20
"""So many answers make a learned answer time worth a new plan."""
UNANSWERED: Final = 3
"""A read that stays without an answer so often in a row, while others of the same meter are answered, is too long."""
TOO_MUCH: Final = frozenset({2, 3})
"""Exceptions that a meter answers a read with which is too long or covers what it does not have."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of reads brought. `at` is the end of its last answered read, None when none was.

    `missing` names the quantities of refused or unanswered reads that each sample should have; `trouble` says why, for
    people; both are empty for a good round. `identity` is set in the round that read it.
    """

    at: datetime | None
    values: Mapping[str, float]
    missing: tuple[str, ...] = ()
    trouble: str | None = None
    identity: str | None = None


@dataclass(slots=True)
class _Draft:
    """The round under way."""

    at: datetime | None = None
    values: dict[str, float] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    refused: dict[str, list[str]] = field(default_factory=dict)
    """Why -> what was refused for it."""
    identity: str | None = None

    def finished(self) -> Round:
        refused = [f"{why} for {', '.join(quantities)}" for why, quantities in self.refused.items()]
        trouble = "; ".join([*self.trouble, *refused]) or None
        return Round(self.at, decode.complete(self.values), tuple(self.missing), trouble, self.identity)


class Unit:
    """A meter that is read each `every_s`; `report` gets each round. `first`: it goes before others (the supply).

    Where the registers have to be found at the meter (`driver.discovery`), the first rounds walk to them; from then on
    `driver` has its points.
    """

    def __init__(
        self,
        number: int,
        driver: Driver,
        first_plan: Plan,
        every_s: float,
        report: Callable[[Round], None],
        *,
        first: bool = False,
    ) -> None:
        self.number = number
        self.driver = driver
        self.every_s = every_s
        self.report = report
        self.first = first
        self.due = -math.inf
        self.answer_s: float | None = None
        """The learned answer time; None before the first answer."""
        self.reads = Reads(driver, first_plan)
        self._answers = 0
        self._pace_s = every_s
        """What rounds are apart, where the line is too full for `every_s`."""
        self._begun: float | None = None
        self._identify = _identify(driver)
        self._walk = Walk(driver) if driver.discovery else None
        self._probe = _probe(driver, first_plan, self._identify)
        self._failures = 0
        self._unanswered: Counter[Request] = Counter()
        self._todo: deque[Request] = deque()
        self._draft = _Draft()

    @property
    def pending(self) -> bool:
        """A round has begun and is not finished."""
        return bool(self._todo)

    @property
    def alive(self) -> bool:
        """Its last round was answered, or it was not asked yet."""
        return not self._failures

    def ready(self, now: float) -> bool:
        return self.pending or self.due <= now

    def next(self, now: float) -> Request:
        """The read to send now; begins a round when none is under way."""
        if not self._todo:
            self._draft = _Draft()
            self.due = now if self.due == -math.inf else self.due
            self._begin(now)
            self._todo.extend([self._probe] if self._failures else self._reads(now) or [self._probe])
        return self._todo[0]

    def patience_s(self, request: Request) -> float:
        """How long to wait for the answer to `request`: its bytes, and four times what this meter usually takes.

        After a failure it is given its longest again: what was learned may no longer be so.
        """
        limit = self.driver.answer_max_s
        usual = limit if self.answer_s is None or self._failures else min(limit, 4 * self.answer_s)
        return self._wire_s(request) + max(SHORTEST_PATIENCE_S, usual)

    def quiet_s(self, request: Request) -> float:
        """How long after `request` was sent an answer to it may still come, by the meter's own documents."""
        return self._wire_s(request) + max(SHORTEST_PATIENCE_S, self.driver.answer_max_s)

    def answered(self, registers: Sequence[int], took_s: float, now: float, at: datetime) -> None:
        """The read at hand brought `registers` after `took_s`."""
        request = self._todo.popleft()
        probing = request is self._probe
        self._learn(max(0.0, took_s - self._wire_s(request)))
        if self._walk is not None:
            self._step(self._walk, registers, now)
            return
        if probing:
            self._todo.extend(self._reads(now))
        elif request is self._identify:
            self._identify = None
            assert self.driver.identity is not None
            self._draft.identity = decode.identity(self.driver.identity, registers)
        else:
            self._draft.at = at
            self._draft.values.update(decode.values(request, registers, self.driver))
            self._unanswered.pop(request, None)
            self.reads.done(request, now)
        self._finish_if_done(now)

    def refused(self, error: Refused, now: float) -> None:
        """The read at hand was answered with a Modbus exception: the meter is there, this read is not for it."""
        if error.from_gateway:
            self.failed(error, now)
            return
        request = self._todo.popleft()
        if self._walk is not None:
            self._step(self._walk, None, now)
            return
        if request is self._probe:
            self._todo.extend(self._reads(now))
        elif request is self._identify:
            self._identify = None
        elif error.code in TOO_MUCH and self._cut(request, "is refused"):
            pass
        elif error.code in TOO_MUCH and all(point.optional for point in request.points):
            log.info("unit %d does not have %s", self.number, _names(request))
            self.reads.drop(request)
        else:
            self._miss(request)
            self._draft.refused.setdefault(str(error), []).extend(point.quantity for point in request.points)
            self.reads.done(request, now)
        self._finish_if_done(now)

    def failed(self, error: ReadFailed, now: float) -> None:
        """The read at hand got no answer or a wrong one: the round ends, and the unit is left alone for a while."""
        request = self._todo[0]
        if request is self._identify:
            # Some meters say nothing where others would refuse; that is no reason to think them dead.
            self._identify = None
            self._todo.clear()
            self.due = now + self.quiet_s(request)
            return
        for rest in self._todo:
            self._note(rest, str(error))
        if self._walk is not None:
            self._walk.begin()
            self._probe = self._walk.request
        elif request is not self._probe:
            self._leave_out(request, now)
        elif self.reads.plan.fast or self.reads.plan.slow:
            # It may be the probe that is too long for this meter; the quiet after the failure guards alone then.
            self._probe = _shortest(self.reads.plan)
        self._pause(now)

    def cut_off(self, error: ReadFailed, now: float) -> None:
        """The whole line is down: nothing is held against this unit."""
        self._draft = _Draft()
        self._draft.trouble.append(str(error))
        self._begun = None
        self._end(now)

    def _step(self, walk: Walk, registers: Sequence[int] | None, now: float) -> None:
        """One step on the way to the meter's registers; they are read in the same round once they are found."""
        try:
            found = walk.step(registers)
        except NotFound as error:
            self._draft.trouble.append(str(error))
            self._probe = walk.request
            self._pause(now)
            return
        if found is None:
            self._todo.append(walk.request)
            return
        self.driver, self._walk = found, None
        self.reads = Reads(found, plan(found, self.reads.plan.cost))
        self._identify = _identify(found)
        self._probe = _probe(found, self.reads.plan, self._identify)
        self._todo.extend(self._reads(now))

    def _pause(self, now: float) -> None:
        """The round failed: leave the unit alone for a while."""
        self._failures += 1
        longest_s = max(LONGEST_PAUSE_S, self.quiet_s(self._probe) / DEAD_SHARE)
        self._end(now + min(longest_s, FIRST_PAUSE_S * 2.0 ** (self._failures - 1)))

    def _wire_s(self, request: Request) -> float:
        return self.reads.plan.cost.wire_s(request.count)

    def _reads(self, now: float) -> list[Request]:
        """The reads of a round at `now`."""
        if self._walk is not None:
            return [self._walk.request]
        return [*([self._identify] if self._identify else ()), *self.reads.due(now, self._pace_s)]

    def _begin(self, now: float) -> None:
        """Note how far apart rounds are."""
        if self._begun is not None and not self._failures:
            self._pace_s = max(self.every_s, self._pace_s + LEARNING * (now - self._begun - self._pace_s))
        self._begun = now

    def _learn(self, answer_s: float) -> None:
        self.answer_s = answer_s if self.answer_s is None else self.answer_s + LEARNING * (answer_s - self.answer_s)
        self._answers += 1
        if self._answers % LEARNED == 0 and self.reads.measured(self.answer_s):
            self._plan_changed(f"answers in {self.answer_s * 1000:.0f} ms")

    def _cut(self, request: Request, why: str) -> bool:
        """Ask for less at once than `request` does, at once; whether that can be."""
        pieces = self.reads.cut(request)
        if not pieces:
            return False
        self._unanswered.pop(request, None)
        self._todo.extendleft(reversed(pieces))
        self._plan_changed(f"{why} when asked for {request.count} registers from 0x{request.address:04X}")
        return True

    def _leave_out(self, request: Request, now: float) -> None:
        """Some meters say nothing where others refuse: what stays unanswered alone must not cost the other values."""
        self._unanswered[request] += 1
        if self._unanswered[request] < UNANSWERED or self._cut(request, "stays without an answer"):
            return
        if all(point.optional for point in request.points):
            self.reads.drop(request)
        self.reads.done(request, now)

    def _plan_changed(self, why: str) -> None:
        if self.reads.plan.fast or self.reads.plan.slow:
            self._probe = _probe(self.driver, self.reads.plan, self._identify)
        log.info("unit %d %s: now %s", self.number, why, self.reads.plan)

    def _miss(self, request: Request) -> None:
        self._draft.missing += [point.quantity for point in request.points if point.group == "fast"]

    def _note(self, request: Request, trouble: str) -> None:
        self._miss(request)
        if trouble not in self._draft.trouble:
            self._draft.trouble.append(trouble)

    def _finish_if_done(self, now: float) -> None:
        if not self._todo:
            self._failures = 0
            self._end(max(self.due + self.every_s, now))

    def _end(self, due: float) -> None:
        self._todo.clear()
        self.due = due
        self.report(self._draft.finished())


def _identify(driver: Driver) -> Request | None:
    if driver.identity is None:
        return None
    return Request(driver.identity.function, driver.identity.address, driver.identity.words, ())


def _probe(driver: Driver, plan: Plan, identify: Request | None) -> Request:
    """A short read whose length no other read of this plan has, over registers that the meter surely answers.

    Where every length is taken (a plan of single values only) the shortest read stands in; the quiet after a failure
    is then the only guard. Before the registers of a meter were found, the first step on the way to them.
    """
    reads = [*plan.fast, *plan.slow]
    if not reads:
        return Walk(driver).request
    taken = {request.count for request in (*reads, *([identify] if identify else ()))}
    step = 2 if driver.even_only else 1
    for request in reads:
        parts = [part for point in request.points for part in point.parts]
        ends = {after for _, after in parts if not any(first < after < last for first, last in parts)}
        for end in sorted(ends):
            count = end - request.address
            if count % step == 0 and count not in taken:
                points = tuple(point for point in request.points if point.stop <= end)
                return Request(request.function, request.address, count, points)
    return _shortest(plan)


def _shortest(plan: Plan) -> Request:
    shortest = min((*plan.fast, *plan.slow), key=lambda request: request.count)
    return Request(shortest.function, shortest.address, shortest.count, ())


def _names(request: Request) -> str:
    return ", ".join(point.quantity for point in request.points)
