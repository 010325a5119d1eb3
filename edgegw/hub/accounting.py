"""Which events of each transaction were heard, and what was never told: settled with the station's own word.

Most events bring readings alone and are no facts, so their numbers are kept in memory: after a restart a transaction is
accounted for from the first number that is heard. What is missing then is what its station says, when it is asked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from edgegw.core.context import Context
from edgegw.core.missing import Ranges, decide_status, gaps, with_number
from edgegw.hub.ledger import Ledger
from edgegw.hub.tasks import Tasks
from edgegw.journal import JournalError
from edgegw.model import facts as f

ASKS: Final = "get_transaction_status"
MAX_KEPT: Final = 1024
"""Transactions whose numbers are kept; beyond, those that were heard of longest ago go."""


class Accounting:
    """`heard` each event; `doubts` are the transactions of a station that it should be asked about."""

    def __init__(self, ledger: Ledger, context: Callable[[], Context]) -> None:
        self._ledger = ledger
        self._context = context
        self._heard: dict[tuple[str, str], tuple[Ranges, bool]] = {}
        self._tasks = Tasks()

    async def stop(self) -> None:
        await self._tasks.end()

    def heard(self, station: str, reference: str, number: int) -> None:
        """An event of number `number` came; before it is decided on, as a transaction that nobody knows yet is one that
        is heard from its beginning on."""
        key = (station, reference)
        known = self._heard.pop(key, None)
        if known is None or number == 0:
            known = (), number == 0 or key not in self._ledger.pending.by_reference
        self._heard[key] = with_number(known[0], number), known[1]
        if len(self._heard) > MAX_KEPT:
            del self._heard[next(iter(self._heard))]

    def missing(self, station: str, reference: str) -> Ranges:
        """Numbers of events that were passed over and have not come since."""
        heard, is_whole = self._heard.get((station, reference), ((), False))
        return gaps(heard, is_whole=is_whole)

    def doubts(self, station: str) -> list[str]:
        """Ids of transactions of a station that run, or of which something was not told."""
        found = []
        for row in self._ledger.pending.transactions.values():
            if row.station != station or row.ocpp == "1.6":
                continue
            if row.state == "active" or self.missing(station, row.reference):
                found.append(row.id)
        return found

    def published(self, facts: Iterable[f.Fact]) -> None:
        """Look at durable facts: what a station has said of a transaction is made use of."""
        for fact in facts:
            if isinstance(fact, f.CommandEnded) and fact.state == "done" and fact.result is not None:
                row = self._ledger.pending.commands.get(fact.command)
                if row is not None and row.name == ASKS and row.args.get("transaction") is not None:
                    self._tasks.begin(self._settle(str(row.args["transaction"]), fact.result))

    async def _settle(self, transaction: str, said: Mapping[str, Any]) -> None:
        with contextlib.suppress(JournalError):  # the station is asked again when it comes back
            await self._ledger.sound()
            pending = self._ledger.pending
            row = pending.transactions.get(transaction)
            if row is None:
                return
            missing = self.missing(row.station, row.reference)
            facts = decide_status(pending, row, said, missing, self._context())
            if not facts:
                return
            await self._ledger.commit(facts)
            if missing and (row.station, row.reference) in self._heard:
                # Told once: from here on only what is passed over anew is missing.
                heard, _ = self._heard[row.station, row.reference]
                self._heard[row.station, row.reference] = ((heard[0][0], heard[-1][1]),), False
