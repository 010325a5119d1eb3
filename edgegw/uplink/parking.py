"""Writes down which events the broker does not take, before a gap goes out in their place."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable

from edgegw.hub import Hub
from edgegw.journal import Journal, JournalError
from edgegw.model import facts as f
from edgegw.uplink import metrics
from edgegw.uplink.codec.messages import Place
from edgegw.uplink.sync import Park, Sync
from edgegw.uplink.topics import Stream

log = logging.getLogger("edgegw.uplink")

RETRY_S = 1.0


class Parking:
    """The parked events of a hub. `run` belongs to the service's life, not to a connection's."""

    def __init__(self, hub: Hub, journal: Journal, sync: Sync, wake: Callable[[], None]) -> None:
        self._hub = hub
        self._journal = journal
        self._sync = sync
        self._wake = wake
        self._queue: asyncio.Queue[Park] = asyncio.Queue()

    def known(self, stream: Stream) -> frozenset[Place]:
        """What has been parked of the stream, also in an earlier life."""
        rows = self._hub.state.parked.values()
        return frozenset(Place(row.epoch, row.sequence) for row in rows if row.stream == stream)

    def count(self, stream: Stream) -> int:
        return len(self.known(stream))

    def soon(self, park: Park) -> None:
        self._queue.put_nowait(park)

    async def run(self) -> None:
        while True:
            park = await self._queue.get()
            while True:
                try:
                    await self._write_down(park)
                    break
                except (JournalError, sqlite3.Error) as error:
                    log.warning("an event that the broker does not take is not written down yet: %s", error)
                    await asyncio.sleep(RETRY_S)
            self._sync.parked(park.stream, park.place)
            self._wake()

    async def _write_down(self, park: Park) -> None:
        stream, epoch, sequence = park.stream, park.place.epoch, park.place.sequence
        event = None
        if stream == "A":
            rows = await self._journal.reader.facts(sequence - 1, 1, None, epoch)
            event = rows[0].type if rows else None
        log.error(
            "event %s %d (%s) is parked: %s; it stays in the journal, and a gap goes out in its place",
            stream, sequence, event or "samples", park.reason,
        )  # fmt: skip
        metrics.PARKED.labels(stream).inc()
        if event != f.EventParked.type:  # what tells of a parked event must not beget another one
            await self._hub.record(
                f.EventParked(
                    at=self._hub.now(), stream=stream, epoch=epoch, sequence=sequence, event=event, reason=park.reason
                )
            )
