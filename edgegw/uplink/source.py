"""What the journal holds after a place, cut into batches: the reading side of the uplink."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from edgegw.journal import Journal, StoredBlock, StoredFact, StoredGap
from edgegw.model.facts import FACTS
from edgegw.uplink.actions import Load
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
from edgegw.uplink.topics import Stream

A_READ: Mapping[Stream, int] = {"A": 500, "B": 100}
"""Facts, or blocks, that are read at once."""


class Source:
    """Reads batches of one site's journal. `now` gives the time that a gap event carries, `traceparent` the trace
    context of a fact by its id."""

    def __init__(
        self,
        site: str,
        journal: Journal,
        now: Callable[[], datetime],
        traceparent: Callable[[str], str | None] = lambda fact: None,
    ) -> None:
        self._site = site
        self._journal = journal
        self._now = now
        self._traceparent = traceparent

    async def read(self, load: Load) -> tuple[list[Batch], Place]:
        """The batches after `load.after` and the place that they reach; no batches and the same place at the end.

        An epoch that has been read to its end is followed by the next one, from its beginning; numbers that are not
        held any more are gaps in their places.
        """
        stream, epoch, after = load.stream, load.after.epoch, load.after.sequence
        newest = self._journal.position(stream)
        while True:
            rows = await self._rows(stream, epoch, after)
            # After the rows: what retention takes out meanwhile is told of.
            has_more = len(rows) == A_READ[stream]
            gaps = await self._journal.reader.gaps(stream, epoch, after, rows[-1].sequence if has_more else None)
            if rows or gaps or epoch == newest.epoch:
                break
            epoch, after = await self._journal.reader.epoch_after(epoch) or newest.epoch, 0
        refused = frozenset(place.sequence for place in load.refused if place.epoch == epoch)
        head = newest.head if epoch == newest.epoch and not rows else None
        return await asyncio.to_thread(
            self._cut, stream, epoch, after, rows, gaps, head=head, refused=refused, load=load
        )

    async def _rows(self, stream: Stream, epoch: str, after: int) -> Sequence[StoredFact] | Sequence[StoredBlock]:
        if stream == "A":
            return await self._journal.reader.facts(after, A_READ["A"], None, epoch)
        return await self._journal.reader.blocks(after, A_READ["B"], epoch)

    def _cut(
        self,
        stream: Stream,
        epoch: str,
        after: int,
        rows: Sequence[StoredFact] | Sequence[StoredBlock],
        gaps: Sequence[StoredGap],
        *,
        head: int | None,
        refused: frozenset[int],
        load: Load,
    ) -> tuple[list[Batch], Place]:
        now, site = self._now(), self._site
        events: list[Encoded] = []
        for row in rows:
            if row.sequence in refused:
                events.append(encode_gap(site, stream, epoch, row.sequence, row.sequence, reason="refused", at=now))
            else:
                events.append(self._encode(row))
        events += [
            encode_gap(site, stream, epoch, gap.first, gap.last, reason=gap.reason, at=now, samples=gap.samples)
            for gap in missing(after, [row.sequence for row in rows], gaps)
        ]
        events.sort(key=lambda event: event.first)
        last = events[-1].last if events else after
        if head is not None and head > last:  # numbers that are not held, and nobody has written down why
            events.append(encode_gap(site, stream, epoch, last + 1, head, reason="dropped", at=now))
        whole = fill_gaps(site, stream, epoch, after, events, reason="dropped", at=now)
        batches = pack(stream, epoch, whole, load.max_bytes, load.max_events)
        if len(batches) > 1 and len(rows) == A_READ[stream]:
            # What follows fills it up. On a slow line it is the number of batches that counts, not their size.
            batches.pop()
        return batches, Place(epoch, batches[-1].last if batches else after)

    def _encode(self, row: StoredFact | StoredBlock) -> Encoded:
        if isinstance(row, StoredBlock):
            return encode_block(self._site, row)
        stays = _STAYS.get(row.type)
        shown = row if stays is None else replace(row, body=row.body | dict.fromkeys(stays))
        return encode_fact(self._site, shown, self._traceparent(row.id))


def missing(after: int, held: Sequence[int], gaps: Sequence[StoredGap]) -> list[StoredGap]:
    """What `gaps`, in order, tell of the numbers above `after` that are not `held`; neighbours of one reason are one.

    Of a gap that is told in part it is not known how many readings the part was.
    """
    found: list[StoredGap] = []
    holes = [(before + 1, following - 1) for before, following in pairwise((after, *held, 2**62))]
    for gap in gaps:
        for begin, end in holes:
            first, last = max(gap.first, begin), min(gap.last, end)
            if first > last:
                continue
            whole = (first, last) == (gap.first, gap.last)
            samples = gap.samples if whole else None
            old = found[-1] if found else None
            if old is not None and (old.last, old.reason) == (first - 1, gap.reason):
                both = None if old.samples is None or samples is None else old.samples + samples
                found[-1] = StoredGap(old.first, last, gap.reason, both)
            else:
                found.append(StoredGap(first, last, gap.reason, samples))
    return found


_STAYS: Mapping[str, tuple[str, ...]] = {kind: cls.kept_here for kind, cls in FACTS.items() if cls.kept_here}
"""By kind of fact: what of it is not for the cloud."""
