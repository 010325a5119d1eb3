"""What another CSMS is to be told of one station, in order: the next ones in memory, the others in the ledger.

    put ──► ahead (at most WINDOW) ──► told        while that CSMS keeps up, readings never reach the disk
      └──► the ledger ──► ahead                    once it does not, all that comes goes behind what is there

What must not be lost is in the ledger before it is put here; the rest is written by `Forwarding.flush`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, cast

from edgegw.journal.outbox import Backlog, Untold
from edgegw.stations.codec import Version
from edgegw.stations.upstream.message import Message, read

log = logging.getLogger("edgegw.stations.upstream")

WINDOW: Final = 64
"""Messages of a station in memory."""

PAUSE_S: Final = 1.0
"""Between tries, while the ledger takes nothing."""


class Queue:
    """`fetch` reads rows behind a position, at most so many; `flush` brings what is not in the ledger there first,
    False when it takes nothing now."""

    def __init__(
        self, fetch: Callable[[int, int], Awaitable[list[Untold]]], flush: Callable[[], Awaitable[bool]],
        stored: Backlog | None = None,
    ) -> None:  # fmt: skip
        self._fetch = fetch
        self._flush = flush
        self._ahead: deque[Message] = deque()
        self._unsaved: list[Message] = []
        self._spilled = stored is not None
        self._last = self._loaded = 0
        self._arrivals = 0
        self._stored_at = stored.oldest_at if stored is not None else None
        self.count = stored.count if stored is not None else 0
        """Messages that are kept and not told."""

    @property
    def oldest_at(self) -> datetime | None:
        """When the oldest of what is kept was said."""
        kept = next((message.at for message in self._ahead if message.rank is not None), None)
        return kept or (self._stored_at if self._spilled else None)

    @property
    def at_once(self) -> bool:
        """What is put now would be told soon."""
        return not self._spilled and len(self._ahead) <= 4

    def put(self, message: Message) -> bool:
        """Take a message in; False when it is not kept and there is no room in memory for it."""
        kept = message.rank is not None
        if message.saved and message.position <= self._loaded:
            return True  # its row was quicker
        if not self._spilled and len(self._ahead) >= WINDOW and kept:
            self._spilled, self._stored_at = True, message.at
        if self._spilled or len(self._ahead) >= WINDOW:
            if not kept:
                message.settle(None)
                return False
        else:
            self._ahead.append(message)
            self._last = message.position
        message.queued = True
        self._arrivals += 1
        self.count += kept
        if kept and not message.saved:
            self._unsaved.append(message)
        return True

    async def next(self) -> Message | None:
        """The message to tell now, None when there is none; it stays the next until it is `done`."""
        while True:
            while self._ahead and self._ahead[0].gone:
                self.done(self._ahead[0])
            if self._ahead:
                return self._ahead[0]
            if not self._spilled:
                self.count = 0
                return None
            arrivals = self._arrivals
            if await self._flush():
                await self._load(arrivals)
            else:
                await asyncio.sleep(PAUSE_S)  # what is in the ledger must not overtake what is still to come there

    async def _load(self, arrivals: int) -> None:
        """More of the ledger into memory; all has been told when there is none and no more than `arrivals` came."""
        rows = await self._fetch(self._last, WINDOW)
        if not rows and arrivals == self._arrivals:
            self._spilled = False
        for row in rows:
            self._last = self._loaded = row.position
            try:
                self._ahead.append(read(row, cast("Version", row.version)))
            except (ValueError, TypeError):  # damage that the salvage let pass: it goes when it is old
                log.error("%s: a message for upstream can't be read and is left out", row.station)

    def done(self, message: Message) -> None:
        """It was told, or is given up."""
        message.gone = True
        if self._ahead and self._ahead[0] is message:
            self._ahead.popleft()
            self.count = max(0, self.count - (message.rank is not None))

    def away(self) -> None:
        """That CSMS has gone: what is worth nothing later is dropped, and nobody waits for an answer."""
        for message in self._ahead:
            message.settle(None)
        self._ahead = deque(message for message in self._ahead if message.rank is not None)

    def unsaved(self, until: datetime) -> list[Message]:
        """Messages said until then that are not in the ledger; the caller writes them, or `put_back`s them."""
        due = [message for message in self._unsaved if message.at <= until and not message.gone]
        self._unsaved = [message for message in self._unsaved if message.at > until and not message.gone]
        return due

    def put_back(self, messages: list[Message]) -> None:
        self._unsaved = messages + self._unsaved

    def thinned(self, count: int) -> None:
        """Rows were given up."""
        self.count = max(0, self.count - count)
