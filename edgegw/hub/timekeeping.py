"""Notices that the machine's clock was set, and puts right what was told before."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from edgegw.core.context import Context
from edgegw.core.corrections import corrected
from edgegw.core.late import AHEAD
from edgegw.hub.clock import Clock
from edgegw.hub.dispatch import Dispatch
from edgegw.hub.ledger import Ledger
from edgegw.journal import JournalError
from edgegw.model.commands import Asker, Command
from edgegw.model.state import Transaction

log = logging.getLogger("edgegw.clock")

A_READ = 500


class Timekeeping:
    """`look` at each round of housekeeping, a second apart."""

    def __init__(self, ledger: Ledger, dispatch: Dispatch, clock: Clock, context: Callable[[], Context]) -> None:
        self._ledger = ledger
        self._dispatch = dispatch
        self._clock = clock
        self._context = context

    async def look(self) -> None:
        """Correct the clock, and in one commit with it what was told by it. Raises JournalError or sqlite3.Error: then
        the clock is as it was, and the next look tries again.
        """
        correction = self._clock.look()
        if correction is None:
            return
        older = await self._out_of_memory(correction.since) if correction.was == "unsynced" else {}
        if (correction := self._clock.look()) is None:  # it was set back while the ledger was read
            return
        pending = self._ledger.pending
        self._clock.take(correction)
        rows = (*older.values(), *pending.transactions.values())
        facts, changes = corrected(pending, rows, correction, self._ledger.journal.boot, self._context())
        log.warning(
            "the clock is corrected by %+.3f s, from %s to %s (by %s); transactions put right: %d",
            correction.offset.total_seconds(), f"{correction.before:%Y-%m-%d %H:%M:%S}",
            f"{correction.after:%Y-%m-%d %H:%M:%S}", correction.by,
            sum(fact.type == "transaction_corrected" for fact in facts),
        )  # fmt: skip
        try:
            await self._ledger.write(facts, changes=changes, run_began=correction.reckoning.zero)
        except JournalError:
            self._clock.give_back()
            raise
        if abs(correction.offset) > AHEAD:
            await self._tell_stations()

    async def _tell_stations(self) -> None:
        """Have the stations ask for the time: until their next heartbeat they would tell of events in the old one."""
        if not self._dispatch.carries_out("trigger"):
            return
        for station in [row.id for row in self._ledger.pending.stations.values() if row.connected]:
            args = {"station": station, "message": "heartbeat"}
            await self._dispatch.submit(Command(self._context().new_id(), "trigger", args, by=Asker("gateway")), 0)

    async def _out_of_memory(self, since: datetime) -> dict[str, Transaction]:
        """Transactions that began from `since` on and have left memory, by id."""
        found: dict[str, Transaction] = {}
        last: str | None = None
        while page := await self._ledger.journal.reader.transactions(since=since, after=last, limit=A_READ):
            last = page[-1].id
            found |= {row.id: row for row in page if row.id not in self._ledger.pending.transactions}
        return found
