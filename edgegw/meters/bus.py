"""A bus: one line and the one task that may speak on it.

Meters on a line share its time, so the line has an owner that sends one read after the other: the supply meter's before
the others' (but never twice while another waits), the longest waiting first. It keeps the quiet that each meter wants,
opens a lost line again within 2 s, and after a silence or a wrong answer on a line that pairs answers by their order
keeps quiet until the meter can no longer answer, so that a late answer meets nobody who waits for one. Where nobody has
ever answered it has the line's other framing tried, because a gateway that is set to the other one is just silent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from edgegw.meters import metrics
from edgegw.meters.errors import LineDown, NoAnswer, ReadFailed, Refused
from edgegw.meters.line import Line
from edgegw.meters.plan import SHORTEST_GAP_S, Request, frame_gap_s, turns
from edgegw.meters.unit import Unit

log = logging.getLogger("edgegw.meters")

FIRST_REOPEN_S: Final = 0.1
LONGEST_REOPEN_S: Final = 2.0
GIVE_WAY_S: Final = 0.5
"""The longest that is waited for somebody else on the line to be silent."""
EXPLAIN_AGAIN_S: Final = 60.0
HALF_OPEN_S: Final = 10.0
"""A line on which nobody has answered for this long is opened anew: a TCP peer may have gone without a word."""


class RegisterTransport(Protocol):
    """What a bus needs of a line. `edgegw.meters.modbus.ModbusTransport` is one."""

    @property
    def connected(self) -> bool: ...
    @property
    def heard_at(self) -> float:
        """The monotonic time at which bytes came last, whoever's they were."""

    async def connect(self) -> None:
        """Raises LineDown."""

    async def read(self, unit: int, request: Request, timeout_s: float) -> Sequence[int]:
        """Exactly `request.count` registers. Raises ReadFailed."""

    async def explain(self, unit: int, request: Request) -> str | None:
        """Why nobody answers on this line, where trying otherwise tells; it may be closed after that."""

    def close(self) -> None: ...


class Bus:
    """The owner of `line`. `run` reads the units that `add` brought until `stop`, then closes the line."""

    def __init__(
        self,
        line: Line,
        transport: RegisterTransport,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.line = line
        self._transport = transport
        self._now = now
        self._monotonic = monotonic
        self._units: list[Unit] = []
        self._changed = asyncio.Event()
        self._others_turn = False
        self._stopping = False
        self._last_traffic = self._last_answer = monotonic()
        self._quiet_until = self._last_traffic
        self._gap_s = frame_gap_s(line.serial) if line.serial is not None else 0.0
        self._next_turn = self._last_traffic
        self._answered = False
        self._pause_s = 0.0
        self._explain_at = -math.inf
        self._why: str | None = None

    def add(self, unit: Unit) -> None:
        self._units.append(unit)
        self._changed.set()
        units = [one for one in self._units if isinstance(one, Unit)]
        round_s = sum(one.reads.plan.fast_s for one in units)
        log.info("%s: a round of fast values takes it %.2f s at least, %d meters", self.line, round_s, len(units))
        if sum(one.reads.plan.fast_s / max(one.every_s, SHORTEST_GAP_S) for one in units) > 1:
            log.warning(
                "%s is too full for what its meters are asked for: they are read in turn, as it goes", self.line
            )

    def remove(self, unit: Unit) -> None:
        """`unit` is not read or reported any more; a read that is under way ends in silence."""
        self._units.remove(unit)

    def stop(self) -> None:
        """Let `run` return once the read at hand has ended, so that no answer comes after the line was closed."""
        self._stopping = True
        self._changed.set()

    async def run(self) -> None:
        try:
            while not self._stopping:
                if not self._units:
                    await self._wait(None)
                elif not self._transport.connected:
                    await self._open()
                elif (unit := self._choose()) is not None:
                    await self._read(unit)
                else:
                    await self._wait(min(unit.due for unit in self._units))
        finally:
            self._transport.close()

    def _choose(self) -> Unit | None:
        """Whose read is next: the first ones' before the others', but for one that others have waited for."""
        now = self._monotonic()
        ready = [unit for unit in self._units if unit.ready(now)]
        if self._others_turn and any(not unit.first for unit in ready):
            ready = [unit for unit in ready if not unit.first]
        return min(ready, key=lambda unit: (not unit.first, not unit.pending, unit.due), default=None)

    async def _read(self, unit: Unit) -> None:
        request = self._begin(unit) if isinstance(unit, Unit) and not unit.pending else unit.next(self._monotonic())
        await self._keep_quiet(unit)
        sent = self._monotonic()
        registers: Sequence[int] = ()
        failure: ReadFailed | None = None
        try:
            registers = await self._transport.read(unit.number, request, unit.patience_s(request))
        except ReadFailed as error:
            failure = error
        done = self._last_traffic = self._monotonic()
        if failure is None or isinstance(failure, Refused):
            self._last_answer, self._answered, self._pause_s = done, True, 0.0
        else:
            if self.line.pairs_by_order:
                self._quiet_until = max(done, sent + unit.quiet_s(request))
            failure = await self._explained(failure, unit, request)
            done = self._monotonic()
        if unit not in self._units:
            return
        if isinstance(failure, LineDown):
            metrics.REQUESTS.labels("line_down").inc()
            self._lost(failure)
        elif isinstance(failure, Refused):
            metrics.REQUESTS.labels("refused").inc()
            unit.refused(failure, done)
        elif failure is not None:
            metrics.REQUESTS.labels("failed").inc()
            unit.failed(failure, done)
            if done - self._last_answer > HALF_OPEN_S:
                self._transport.close()
        else:
            metrics.REQUESTS.labels("answered").inc()
            metrics.REQUEST_SECONDS.observe(done - sent)
            unit.answered(registers, done - sent, done, self._now())
        self._others_turn = unit.first and not unit.pending

    def _begin(self, unit: Unit) -> Request:
        """The first read of a round, in which a slow one is when it is the line's turn for one."""
        now = self._monotonic()
        at = turns([(one.reads.plan, one.every_s) for one in self._units if isinstance(one, Unit) and one.alive])
        unit.reads.others_every_s = at.others_every_s
        unit.reads.turn = now >= self._next_turn
        unit.reads.slow_begun = False
        request = unit.next(now)
        if unit.reads.slow_begun:
            # What went unused in a period is made up for: the rounds of an idle line begin all at once.
            self._next_turn = min(max(self._next_turn, now - max(at.apart_s, unit.every_s)), now) + at.apart_s
        return request

    async def _explained(self, failure: ReadFailed, unit: Unit, request: Request) -> ReadFailed:
        """`failure`, or what is behind it where nobody has ever answered on this line."""
        now = self._monotonic()
        if self._answered:
            return failure
        if now >= self._explain_at:
            self._explain_at = now + EXPLAIN_AGAIN_S
            self._why = await self._transport.explain(unit.number, request)
        return failure if self._why is None else NoAnswer(self._why)

    async def _keep_quiet(self, unit: Unit) -> None:
        """Wait for the silence before a request, also after what others said on the line; but not for ever for that."""
        silence_s = max(unit.driver.silence_s, self._gap_s)
        latest = max(self._quiet_until, self._monotonic() + GIVE_WAY_S)
        # Again and again: uvloop's timers may be a millisecond early, and who wants 60 ms does not hear after 59.
        while True:
            heard = max(self._last_traffic, self._transport.heard_at)
            until = min(max(self._quiet_until, heard + silence_s), latest)
            if (quiet := until - self._monotonic()) <= 0:
                return
            await asyncio.sleep(quiet)

    async def _open(self) -> None:
        """Open the line, trying again until it opens or there is nobody left to read.

        Each try waits longer than the one before until somebody has answered: a gateway may accept connections only to
        close them.
        """
        while self._units and not self._stopping:
            if self._pause_s:
                await self._wait(self._monotonic() + self._pause_s)
            self._pause_s = min(2 * self._pause_s or FIRST_REOPEN_S, LONGEST_REOPEN_S)
            try:
                await self._transport.connect()
            except LineDown as error:
                self._lost(error)
            else:
                self._last_traffic = self._last_answer = self._monotonic()
                return

    def _lost(self, error: LineDown) -> None:
        now = self._monotonic()
        for unit in list(self._units):
            unit.cut_off(error, now)

    async def _wait(self, until: float | None) -> None:
        """Until `until`, or until a unit is added or the bus is stopped."""
        if self._stopping:
            return
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if until is None else max(0.0, until - self._monotonic())):
                await self._changed.wait()
