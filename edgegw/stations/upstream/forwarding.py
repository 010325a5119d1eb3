"""All stations that another CSMS is presented with, and what the ledger keeps for it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

import orjson

from edgegw.core.stations import registration_of
from edgegw.journal import outbox
from edgegw.journal.errors import JournalError
from edgegw.journal.group import Group
from edgegw.journal.ids import uuid7
from edgegw.journal.outbox import NewestSaid, Outbox, OutboxRow, Told
from edgegw.stations.codec import Version
from edgegw.stations.upstream import metrics
from edgegw.stations.upstream.kept import Kept
from edgegw.stations.upstream.message import Message
from edgegw.stations.upstream.pace import UpstreamPace
from edgegw.stations.upstream.presence import UpstreamPresence
from edgegw.stations.upstream.queue import Queue
from edgegw.stations.upstream.sorts import Rank

if TYPE_CHECKING:
    from edgegw.hub import Hub
    from edgegw.stations.settings import Upstream

log = logging.getLogger("edgegw.stations.upstream")

FRESH: Final = timedelta(seconds=5)
"""Readings wait so long to be told before they are written: most are told by then, and wear no memory card."""

LOOK_EVERY_S: Final = 1.0
EXPIRE_EVERY_S: Final = 3600.0


class Forwarding:
    """`load` it before the first station comes, and `keep` it then. It outlives connections on both sides."""

    def __init__(self, hub: Hub, settings: Upstream, pace: UpstreamPace | None = None) -> None:
        self.settings = settings
        self.came: Callable[[UpstreamPresence], None] = lambda presence: None
        """Told of each station once, when it is first presented."""
        self.presences: dict[str, UpstreamPresence] = {}
        self._hub = hub
        self._pace = pace or UpstreamPace()
        self._stations = None if settings.stations is None else frozenset(settings.stations)
        self._held = Outbox(0, {}, (), ())
        self._position = 0
        self._due: list[OutboxRow] = []
        self._flushing = asyncio.Lock()
        self._writing: set[asyncio.Task[bool]] = set()
        self._expired_at: float | None = None

    async def load(self) -> None:
        """Take up what the ledger holds. Raises JournalError."""
        self._held = await self._hub.journal.reader.outbox()
        self._position = max(self._position, self._held.end)
        for station in self._held.backlogs:
            if self._is_presented(station):
                self._presence(station)

    def presence(self, station: str) -> UpstreamPresence | None:
        """Of a station that has come; None for one that is not presented."""
        return self._presence(station) if self._is_presented(station) else None

    def _is_presented(self, station: str) -> bool:
        if self._stations is not None:
            return station in self._stations
        return registration_of(self._hub.state, station, self._hub.site) == "accepted"

    def _presence(self, station: str) -> UpstreamPresence:
        known = self.presences.get(station)
        if known is None:
            stored = self._held.backlogs.get(station)
            queue = Queue(partial(self._hub.journal.reader.untold, station), self.flush, stored)
            newest = {row.slot: self._newest(row) for row in self._held.newest if row.station == station}
            there = {row.number: row.there for row in self._held.numbers if row.station == station}
            kept = Kept(station, queue, self._due.append, newest, there)
            known = self.presences[station] = UpstreamPresence(
                self._hub, kept, self.settings.table, self.settings.wait, self._pace, self._next_position, self._commit
            )
            if stored is not None:
                known.version = cast("Version", stored.version)
            self.came(known)
        return known

    def _newest(self, row: NewestSaid) -> Message:
        action, payload = orjson.loads(row.frame)
        return Message(0, row.station, cast("Version", row.version), action, payload, uuid7(), self._hub.now())

    def _next_position(self) -> int:
        self._position += 1
        return self._position

    def shown(self, station: str) -> dict[str, Any] | None:
        """How a station stands with the other CSMS, as plain values; None for one that is not presented."""
        if not self._is_presented(station):
            return None
        known = self.presences.get(station)
        if known is None:
            return {"connected": False, "trouble": None, "backlog": 0, "oldest_at": None}
        return {
            "connected": known.connected, "trouble": known.trouble, "backlog": known.queue.count,
            "oldest_at": known.queue.oldest_at,
        }  # fmt: skip

    # The ledger

    async def _commit(self, rows: Sequence[OutboxRow]) -> None:
        self._due += rows
        await self._write(())

    async def flush(self, until: datetime | None = None) -> bool:
        """Write what was said `until` then, by default all, and is neither told nor in the ledger.

        False when the ledger takes nothing now. Never raises."""
        until = until or self._hub.now()
        return await self._write([message for each in self.presences.values() for message in each.queue.unsaved(until)])

    async def _write(self, messages: Sequence[Message]) -> bool:
        """To its end, also when who waits for it is cancelled, as with every connection that ends: what was taken to be
        written would be neither here nor there, and what is in the ledger would not be known to be."""
        writing = asyncio.get_running_loop().create_task(self._written(messages), name="upstream's ledger")
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        return await asyncio.shield(writing)

    async def _written(self, messages: Sequence[Message]) -> bool:
        async with self._flushing:
            due, self._due[:] = list(self._due), []
            if not due and not messages:
                return True
            try:
                await self._hub.journal.commit(Group(outbox=[*due, *(message.row for message in messages)]))
            except JournalError as error:
                log.error("what upstream is to be told can't be written down: %s", error)
                self._due[:0] = due
                for message in messages:
                    self.presences[message.station].queue.put_back([message])
                return False
        for message in messages:
            message.saved = True
            if message.gone:  # told while it was written
                self._due.append(Told((message.position,)))
        return True

    async def keep(self) -> None:
        """Rounds until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """A round: write what has waited, give up what there is no room for, count. Never raises."""
        now = self._hub.now()
        for presence in self.presences.values():
            if not presence.connected:
                await self.flush()
                break
        else:
            await self.flush(now - FRESH)
        for presence in tuple(self.presences.values()):  # more come meanwhile
            if presence.queue.count > self.settings.messages:
                await self._thin_out(presence)
        if self._expired_at is None or self._hub.monotonic() - self._expired_at >= EXPIRE_EVERY_S:
            self._expired_at = self._hub.monotonic()
            await self._expire(now - timedelta(seconds=self.settings.keep))
        kept = [each.queue for each in self.presences.values()]
        oldest = min((queue.oldest_at for queue in kept if queue.oldest_at is not None), default=now)
        metrics.CONNECTED.set(sum(each.connected for each in self.presences.values()))
        metrics.BACKLOG.set(sum(queue.count for queue in kept))
        metrics.OLDEST.set(max(0.0, (now - oldest).total_seconds()))

    async def _thin_out(self, presence: UpstreamPresence) -> None:
        count = presence.queue.count - self.settings.messages + self.settings.messages // 20
        try:
            await self.flush()
            ranks = await self._hub.journal.maintain(lambda db: outbox.thin_out(db, presence.station, count))
        except JournalError as error:
            log.error("%s: what upstream is to be told can't be cut down: %s", presence.station, error)
            return
        presence.queue.thinned(len(ranks))
        self._tell_of_loss("dropped", presence.station, ranks, "more than ocpp.upstream.messages wait")

    async def _expire(self, before: datetime) -> None:
        try:
            gone = await self._hub.journal.maintain(lambda db: outbox.expire(db, before))
        except JournalError as error:
            log.error("what upstream was not told in time can't be given up: %s", error)
            return
        for station in {station for station, _ in gone}:
            ranks = [rank for name, rank in gone if name == station]
            if station in self.presences:
                self.presences[station].queue.thinned(len(ranks))
            self._tell_of_loss("expired", station, ranks, "ocpp.upstream.keep is over")

    def _tell_of_loss(self, outcome: str, station: str, ranks: Sequence[int], why: str) -> None:
        metrics.MESSAGES.labels(outcome).inc(len(ranks))
        of_what: Mapping[int, int] = Counter(ranks)
        text = ", ".join(f"{count} of kind {Rank(rank).name.lower()}" for rank, count in sorted(of_what.items()))
        if ranks:
            log.error("%s: %d messages will never be told upstream (%s): %s", station, len(ranks), why, text)
