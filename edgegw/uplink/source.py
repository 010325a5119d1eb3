"""What the journal holds after a place, cut into batches: the reading side of the uplink."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from edgegw.journal import Journal, StoredBlock, StoredFact
from edgegw.uplink.codec.events import (
    Batch,
    Encoded,
    encode_block,
    encode_fact,
    encode_gap,
    fill_gaps,
    pack,
)
from edgegw.uplink.codec.messages import Place
from edgegw.uplink.sync import Load
from edgegw.uplink.topics import Stream

FACTS_A_READ = 500
BLOCKS_A_READ = 100


class Source:
    """Reads batches of one site's journal. `now` gives the time that a gap event carries."""

    def __init__(self, site: str, journal: Journal, now: Callable[[], datetime]) -> None:
        self._site = site
        self._journal = journal
        self._now = now

    async def read(self, load: Load) -> tuple[list[Batch], Place]:
        """The batches after `load.after` and the place that they reach; no batches and the same place at the end.

        An epoch that has been read to its end is followed by the newest one, from its beginning.
        """
        stream, epoch, after = load.stream, load.after.epoch, load.after.sequence
        newest = self._journal.position(stream)
        rows = await self._rows(stream, epoch, after)
        if not rows and epoch != newest.epoch:
            epoch, after = newest.epoch, 0
            rows = await self._rows(stream, epoch, after)
        refused = frozenset(place.sequence for place in load.refused if place.epoch == epoch)
        head = newest.head if epoch == newest.epoch and not rows else None
        return await asyncio.to_thread(
            self._cut, stream, epoch, after, rows, head=head, refused=refused, max_bytes=load.max_bytes
        )

    async def _rows(self, stream: Stream, epoch: str, after: int) -> Sequence[StoredFact] | Sequence[StoredBlock]:
        if stream == "A":
            return await self._journal.reader.facts(after, FACTS_A_READ, None, epoch)
        return await self._journal.reader.blocks(after, BLOCKS_A_READ, epoch)

    def _cut(
        self,
        stream: Stream,
        epoch: str,
        after: int,
        rows: Sequence[StoredFact] | Sequence[StoredBlock],
        *,
        head: int | None,
        refused: frozenset[int],
        max_bytes: int,
    ) -> tuple[list[Batch], Place]:
        now, site = self._now(), self._site
        events: list[Encoded] = []
        for row in rows:
            if row.sequence in refused:
                events.append(encode_gap(site, stream, epoch, row.sequence, row.sequence, reason="refused", at=now))
            else:
                events.append(_encode(site, row))
        if head is not None and head > after:  # the newest epoch has numbers here, and none of them is held any more
            events.append(encode_gap(site, stream, epoch, after + 1, head, reason="dropped", at=now))
        whole = fill_gaps(site, stream, epoch, after, events, reason="dropped", at=now)
        end = whole[-1].last if whole else after
        return pack(site, stream, epoch, whole, max_bytes, now), Place(epoch, end)


def _encode(site: str, row: StoredFact | StoredBlock) -> Encoded:
    return encode_block(site, row) if isinstance(row, StoredBlock) else encode_fact(site, row)
