"""What drivers have said to the kiosk is erased within a day."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from edgegw.hub.tasks import Tasks
from edgegw.journal import Journal, JournalError
from edgegw.journal.erase import AHEAD, Chosen, oldest_words
from edgegw.journal.maintenance import Erased
from edgegw.journal.records import looked_into

log = logging.getLogger("edgegw.hub")

KEPT: Final = timedelta(hours=24)
LOOK_S: Final = 900.0
"""How often it is looked for what is due: what could be older than KEPT by the next look goes at this one."""


class Words:
    """`look` at each round of housekeeping."""

    def __init__(
        self,
        journal: Journal,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        erase: Callable[[Chosen], Awaitable[Erased]],
    ) -> None:
        self._journal = journal
        self._now = now
        self._monotonic = monotonic
        self._erase = erase
        self._after = 0
        """Up to this position of the ledger there is none left."""
        self._looked_s: float | None = None

    def look(self, tasks: Tasks) -> None:
        """Have what is due erased, beside the round: a large ledger takes a while to be searched at first."""
        now_s = self._monotonic()
        if self._looked_s is None or now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            tasks.begin(self._erased())

    async def _erased(self) -> None:
        try:
            position, said_at = await asyncio.to_thread(self._oldest)
            self._after = position if said_at is None else position - 1
            before = self._now() - KEPT + timedelta(seconds=2 * LOOK_S)
            if said_at is not None and (said_at < before or said_at > before + AHEAD):
                await self._erase(Chosen(before=before, words=True, after=self._after))
        except (JournalError, sqlite3.Error) as error:
            log.warning("what drivers said to the kiosk could not be erased, and will be at the next try: %s", error)

    def _oldest(self) -> tuple[int, datetime | None]:
        with looked_into(self._journal.path) as connection:
            return oldest_words(connection, self._after)
