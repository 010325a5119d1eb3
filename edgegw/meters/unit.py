"""A unit: one meter on a bus, and what to ask it next. No I/O; the bus passes the time in.

A round is the reads of one sample: a share of the slow ones, then the fast ones, so that the sample is as old as its
currents. A unit that did not answer is asked again after 1, 2, 4 ... 30 s with a probe: a read of a length that none of
its other reads has, whose registers are thrown away. RTU answers carry no number, so a late one could pass for the
answer to the next request; next to a probe its length gives it away.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from edgegw.meters import decode
from edgegw.meters.errors import ReadFailed, Refused
from edgegw.meters.plan import Plan, Request, plan, without_bridges
from edgegw.meters.registers import Driver
from edgegw.meters.sunspec import NotFound, Walk

log = logging.getLogger("edgegw.meters")

SLOW_EVERY_S: Final = 9.0
"""Slow values come around this often, so that none is older than 10 s."""
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0
SHORTEST_PATIENCE_S: Final = 0.3
LEARNING: Final = 0.1
"""Weight of a new answer time in the learned one."""


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
    identity: str | None = None

    def finished(self) -> Round:
        trouble = "; ".join(self.trouble) or None
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
        reads: Plan,
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
        self._cost = reads.cost
        self._identify = _identify(driver)
        self._walk = Walk(driver) if driver.discovery else None
        self._take(reads)
        self._failures = 0
        self._todo: deque[Request] = deque()
        self._draft = _Draft()

    @property
    def pending(self) -> bool:
        """A round has begun and is not finished."""
        return bool(self._todo)

    def ready(self, now: float) -> bool:
        return self.pending or self.due <= now

    def next(self, now: float) -> Request:
        """The read to send now; begins a round when none is under way."""
        if not self._todo:
            self._draft = _Draft()
            self.due = now if self.due == -math.inf else self.due
            if self._walk is not None:
                self._todo.append(self._walk.request)
            else:
                self._todo.extend([self._probe] if self._failures and self._probe else self._reads(now))
        return self._todo[0]

    def patience_s(self, request: Request) -> float:
        """How long to wait for the answer to `request`: its bytes, and four times what this meter usually takes."""
        limit = self.driver.answer_max_s
        usual = limit if self.answer_s is None else min(limit, 4 * self.answer_s)
        return self._cost.wire_s(request.count) + max(SHORTEST_PATIENCE_S, usual)

    def quiet_s(self, request: Request) -> float:
        """How long after `request` was sent an answer to it may still come, by the meter's own documents."""
        return self._cost.wire_s(request.count) + max(SHORTEST_PATIENCE_S, self.driver.answer_max_s)

    def answered(self, registers: Sequence[int], took_s: float, now: float, at: datetime) -> None:
        """The read at hand brought `registers` after `took_s`."""
        request = self._todo.popleft()
        answer_s = max(0.0, took_s - self._cost.wire_s(request.count))
        self.answer_s = answer_s if self.answer_s is None else self.answer_s + LEARNING * (answer_s - self.answer_s)
        if self._walk is not None:
            self._step(self._walk, registers, now)
            return
        if request is self._probe:
            self._todo.extend(self._reads(now))
            return
        if request is self._identify:
            self._identify = None
            assert self.driver.identity is not None
            self._draft.identity = decode.identity(self.driver.identity, registers)
        else:
            self._draft.at = at
            self._draft.values.update(decode.values(request, registers, self.driver))
            if request in self._slow:
                self._slow[request] = now + SLOW_EVERY_S
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
            return
        if request is self._identify:
            self._identify = None
        elif error.code == 2 and request.bridges:
            log.info("unit %d refuses to be read across gaps: its values are read one by one", self.number)
            self._replace(request, without_bridges(self.driver, request))
        elif error.code == 2 and request in self._slow and all(point.optional for point in request.points):
            log.info("unit %d does not have %s", self.number, _names(request))
            del self._slow[request]
        else:
            self._note(request, f"{error} for {_names(request)}")
            if request in self._slow:
                self._slow[request] = now + SLOW_EVERY_S
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
        self._pause(now)

    def cut_off(self, error: ReadFailed, now: float) -> None:
        """The whole line is down: nothing is held against this unit."""
        self._draft = _Draft()
        self._draft.trouble.append(str(error))
        self._end(now)

    def _take(self, reads: Plan) -> None:
        self._fast = list(reads.fast)
        self._slow = dict.fromkeys(reads.slow, -math.inf)
        self._probe = _probe(self.driver, reads, self._identify)

    def _step(self, walk: Walk, registers: Sequence[int] | None, now: float) -> None:
        """One step on the way to the meter's registers; they are read in the same round once they are found."""
        try:
            found = walk.step(registers)
        except NotFound as error:
            self._draft.trouble.append(str(error))
            self._pause(now)
            return
        if found is None:
            self._todo.append(walk.request)
            return
        self.driver, self._walk = found, None
        self._take(plan(found, self._cost))
        self._todo.extend(self._reads(now))

    def _pause(self, now: float) -> None:
        """The round failed: leave the unit alone for a while."""
        self._failures += 1
        self._end(now + min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (self._failures - 1)))

    def _reads(self, now: float) -> list[Request]:
        """The reads of a round at `now`."""
        share = max(1, math.ceil(len(self._slow) * self.every_s / SLOW_EVERY_S))
        due = sorted((request for request, at in self._slow.items() if at <= now), key=self._slow.__getitem__)
        return [*([self._identify] if self._identify else ()), *due[:share], *self._fast]

    def _replace(self, request: Request, by: Sequence[Request]) -> None:
        if request in self._slow:
            del self._slow[request]
            self._slow.update(dict.fromkeys(by, -math.inf))
        else:
            index = self._fast.index(request)
            self._fast[index : index + 1] = by
            self._todo.extendleft(reversed(by))

    def _note(self, request: Request, trouble: str) -> None:
        if request in self._fast:
            self._draft.missing += [point.quantity for point in request.points]
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


def _probe(driver: Driver, plan: Plan, identify: Request | None) -> Request | None:
    """A short read whose length no other read of this plan has, over registers that the meter surely answers.

    Where every length is taken (a plan of single values only) the shortest read stands in; the quiet after a failure
    is then the only guard. None before the registers were found.
    """
    reads = [*plan.fast, *plan.slow]
    if not reads:
        return None
    taken = {request.count for request in (*reads, *([identify] if identify else ()))}
    step = 2 if driver.even_only else 1
    for request in reads:
        ends = {point.end - request.address for point in request.points if (point.end - request.address) % step == 0}
        for count in sorted(ends - taken):
            points = tuple(point for point in request.points if point.end - request.address <= count)
            return Request(request.function, request.address, count, points)
    shortest = min(reads, key=lambda request: request.count)
    return Request(shortest.function, shortest.address, shortest.count, ())


def _names(request: Request) -> str:
    return ", ".join(point.quantity for point in request.points)
