"""The life of a command: received -> dispatched -> done | failed | expired | rejected | unknown.

Each step is a fact before it is acted upon. After dispatch a command is never sent again: when its answer is lost, what
the station does next tells (core.consequences), and after RESOLUTION nobody can. Of most commands nothing ever would:
their end is unknown at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Protocol

from edgegw.core.commands import RESOLUTION, Verdict, all_args, decide_command, lacks_secrets, received, target_station
from edgegw.core.context import Context
from edgegw.core.fold import apply, received_row
from edgegw.hub.ledger import RELOAD_PAUSE_S, Ledger
from edgegw.hub.tasks import Tasks
from edgegw.journal import JournalError, Unwritable
from edgegw.model import facts as f
from edgegw.model.commands import CATALOGUE, ENDED, Command, Outcome
from edgegw.model.state import Change, CommandState
from edgegw.model.value import value

log = logging.getLogger("edgegw.hub")

_HEEDED: frozenset[type[f.Fact]] = frozenset({f.CommandEnded, f.StationConnected, f.StationBooted})


class AnswerLost(Exception):
    """A CALL was sent and no answer came: whether the station acted is not known."""


@value()
class Ending:
    """How a command ended at the one who carried it out."""

    state: Literal["done", "failed", "rejected", "unknown"]
    reason: str | None = None
    result: Mapping[str, Any] | None = None


class Executor(Protocol):
    """Carries out commands. Raises AnswerLost when it was sent and no answer came.

    `number` is the hub's number for what the station tells of later (`CommandName.numbered`), 0 where none is needed.
    """

    async def __call__(self, command: Command, number: int, /) -> Ending: ...


class Dispatch:
    """Takes commands in, gives each to its executor once, and writes down how it ended."""

    def __init__(self, ledger: Ledger, context: Callable[[], Context]) -> None:
        self._ledger = ledger
        self._context = context
        self._executors: dict[str, Executor] = {}
        self._under_way: set[str] = set()
        self._secret: dict[str, Mapping[str, Any]] = {}
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}
        self._stopped = False
        self._tasks = Tasks()

    @property
    def busy(self) -> int:
        """Commands at their executors."""
        return len(self._under_way)

    async def stop(self) -> None:
        self._stopped = True
        await self._tasks.end()

    def carry_out(self, names: Iterable[str], executor: Executor) -> None:
        for name in names:
            self._executors[name] = executor

    def carries_out(self, name: str) -> bool:
        return name in self._executors

    async def submit(self, command: Command, wait_s: float, secret: Mapping[str, Any] | None = None) -> Outcome:
        """Write a command down with its first verdict and set it going; see Hub.submit. `secret` are its arguments with
        what is not written down."""
        ledger = self._ledger
        if command.id not in ledger.pending.commands:
            old = await ledger.journal.reader.command(command.id)
            if old is not None:
                return outcome(old)
        if command.id in ledger.pending.commands:
            await ledger.commit(())  # what is known of it may still be on its way to the disk
        else:
            await self._recall(command)
            fact = received(command, self._context().now)
            row = received_row(fact)
            if secret is not None:
                self._secret[row.id] = secret
            facts, number = self._verdict(row)
            try:
                await self._write((fact, *facts), row, number)
            except JournalError:
                self._secret.pop(row.id, None)
                raise
        if wait_s > 0:
            await self._wait_for_end(command.id, wait_s)
        now = ledger.state.commands.get(command.id) or await ledger.journal.reader.command(command.id)
        assert now is not None, "a durable command is in the tables"
        return outcome(now)

    async def _recall(self, command: Command) -> None:
        """Bring back the transaction that a command names when memory has let it go, as bills are paid late."""
        named = command.args.get("transaction")
        pending = self._ledger.pending
        if isinstance(named, str) and named not in pending.transactions:
            old = await self._ledger.journal.reader.transaction(named)
            if old is not None and named not in self._ledger.pending.transactions:
                apply(self._ledger.pending, (Change("transactions", old.id, old),))

    def published(self, facts: Iterable[f.Fact]) -> None:
        """Look at durable facts: an end wakes those who wait for it, a station that comes gets what is held for it."""
        for fact in facts:
            if type(fact) not in _HEEDED:
                continue
            if isinstance(fact, f.CommandEnded):
                self._secret.pop(fact.command, None)
                for waiter in self._waiting.pop(fact.command, ()):
                    if not waiter.done():
                        waiter.set_result(None)
            elif isinstance(fact, f.StationFact) and self._held():
                self._tasks.begin(self.reconsider(fact.station))

    async def reconsider(self, station: str | None = None) -> None:
        """Decide again on commands that are held: those of one station, or all."""
        with contextlib.suppress(JournalError):
            for id in [row.id for row in self._held()]:
                row = self._ledger.pending.commands.get(id)
                if row is None or row.state != "received":
                    continue  # while this waited for a commit, another decided on it
                if station is not None and target_station(self._ledger.pending, row.args) != station:
                    continue
                facts, number = self._verdict(row)
                if facts:
                    await self._write(facts, row, number)

    async def resolve(self) -> None:
        """Give up on dispatched commands whose answer was lost and that nothing has told of since."""
        now = self._context().now
        for row in list(self._ledger.pending.commands.values()):
            if row.state != "dispatched" or row.id in self._under_way or row.dispatched_at is None:
                continue
            if now - row.dispatched_at >= RESOLUTION:
                await self._end(row.id, Ending("unknown", "no answer, and the station's next move did not tell"))

    def _held(self) -> list[CommandState]:
        return [row for row in self._ledger.pending.commands.values() if row.state == "received"]

    def _verdict(self, row: CommandState) -> tuple[tuple[f.Fact, ...], int | None]:
        """Facts of the verdict on a received command, and the number to dispatch it with, None for not now."""
        pending = self._ledger.pending
        station = target_station(pending, row.args)
        seen = pending.stations.get(station) if station is not None else None
        ctx = self._context()
        verdict = decide_command(
            pending, row, ctx, connected=seen is not None and seen.connected, able=row.name in self._executors
        )
        if verdict.action == "hold":
            return (), None
        if verdict.action == "dispatch" and row.id not in self._secret and lacks_secrets(row):
            verdict = Verdict("end", reason="what is secret in it is not kept over a restart; give it again")
        if verdict.action == "dispatch":
            number = ctx.next_number() if CATALOGUE[row.name].numbered else None
            return (f.CommandDispatched(at=ctx.now, command=row.id, remote_start_id=number),), number or 0
        ended = f.CommandEnded(
            at=ctx.now, command=row.id, state=verdict.state, reason=verdict.reason, result=verdict.result
        )
        return (*verdict.facts, ended), None

    async def _write(self, facts: Iterable[f.Fact], row: CommandState, number: int | None) -> None:
        """Write a verdict down; when it is durable the command is set going, even if nobody waits here any more."""
        written = self._ledger.write(tuple(facts))

        def set_going(done: asyncio.Future[int]) -> None:
            if done.exception() is None and number is not None and not self._stopped:
                self._set_going(row, number)

        written.add_done_callback(set_going)
        await asyncio.shield(written)

    def _set_going(self, row: CommandState, number: int) -> None:
        args = self._secret.pop(row.id, None)
        command = Command(row.id, row.name, all_args(row) if args is None else args, row.expires_at, wait=row.wait)
        self._under_way.add(row.id)
        self._tasks.begin(self._carry_out(command, number))

    async def _carry_out(self, command: Command, number: int) -> None:
        """Give a dispatched command to its executor, once, and write down how it ended."""
        try:
            try:
                ending = await self._executors[command.name](command, number)
            except AnswerLost as lost:
                log.warning("command %s (%s): %s", command.id, command.name, lost or "no answer from the station")
                if CATALOGUE[command.name].shows:
                    return
                ending = Ending("unknown", str(lost) or "no answer")
            except Exception:
                log.exception("command %s (%s) failed inside the gateway", command.id, command.name)
                ending = Ending("failed", "internal_error")
            await self._end(command.id, ending)
        finally:
            self._under_way.discard(command.id)

    async def _end(self, command: str, ending: Ending) -> None:
        """Write an end down, however often the ledger has to be tried: the command has acted."""
        while True:
            await self._ledger.sound()
            row = self._ledger.pending.commands.get(command)
            if row is None or row.state in ENDED:
                return
            fact = f.CommandEnded(
                at=self._context().now, command=command, state=ending.state, reason=ending.reason, result=ending.result
            )
            try:
                await self._ledger.commit((fact,))
            except Unwritable as error:
                ending = Ending(ending.state, f"the result can't be written down: {error}")
            except JournalError:
                await asyncio.sleep(RELOAD_PAUSE_S)
            else:
                return

    async def _wait_for_end(self, command: str, wait_s: float) -> None:
        row = self._ledger.state.commands.get(command)
        if row is None or row.state in ENDED:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(command, []).append(waiter)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):  # `wait_for` loses a cancellation that meets the answer (3.11)
                await waiter


def outcome(row: CommandState) -> Outcome:
    """A command's state as its asker sees it."""
    return Outcome(row.id, row.state, row.at, row.reason, row.result)
