"""What is kept of one station for the other CSMS, whether there is a connection or not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

import orjson

from edgegw.journal.outbox import NUMBERS_KEPT, NewestSaid, NumberThere, OutboxRow
from edgegw.stations.upstream.message import Message, for_the_ledger
from edgegw.stations.upstream.queue import Queue
from edgegw.stations.upstream.sorts import Sort

log = logging.getLogger("edgegw.stations.upstream")

MOST_SLOTS: Final = 200
"""Of which the newest is remembered: a boot and connectors, whose numbers a station could make up without end."""


class Kept:
    """`queue` holds what is to be told in order, `newest` what was said last in each slot, `again` the slots of which
    it is to be told ahead of the queue, `there` the other CSMS's transaction ids of 1.6 by the gateway's. `woken` is
    set whenever there is more of it. `later` makes a row durable with the next that are."""

    def __init__(
        self,
        station: str,
        queue: Queue,
        later: Callable[[OutboxRow], None],
        newest: Mapping[str, Message],
        there: Mapping[int, int],
    ) -> None:
        self.station = station
        self.queue = queue
        self.later = later
        self.newest = dict(newest)
        self.again: set[str] = set()
        self.there = dict(there)
        self.woken = asyncio.Event()

    def put(self, message: Message, sort: Sort, *, connected: bool) -> None:
        """Take in what was said; what is not kept is only worth it while that CSMS is there."""
        if sort.kind == "newest":
            self._remember(sort.slot, message)
        if connected or message.rank is not None:
            if not self.queue.put(message) and sort.slot in self.newest:
                self.again.add(sort.slot)  # it goes ahead of all that waits
            self.woken.set()

    def _remember(self, slot: str, message: Message) -> None:
        before = self.newest.get(slot)
        if before is None and len(self.newest) >= MOST_SLOTS:
            log.warning("%s: it speaks of more than %d connectors: %s is not kept", self.station, MOST_SLOTS, slot)
            return
        self.newest[slot] = message
        if before is None or (before.payload, before.version) != (message.payload, message.version):
            frame = orjson.dumps([message.action, for_the_ledger(message.payload)]).decode()
            self.later(NewestSaid(self.station, slot, message.version, frame))

    def tell_again(self, prefix: str) -> bool:
        """Have what is in slots of this beginning told again; whether there is any."""
        below = f"{prefix.rstrip('/')}/"
        found = {slot for slot in self.newest if slot == prefix or slot.startswith(below)}
        self.again |= found
        self.woken.set()
        return bool(found)

    def called(self, number: int, there: int) -> NumberThere:
        """The other CSMS calls a transaction so; the newest of them are remembered."""
        self.there[number] = there
        for old in sorted(self.there)[:-NUMBERS_KEPT]:
            del self.there[old]
        return NumberThere(self.station, number, there)
