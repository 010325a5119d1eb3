"""The reference consumer. MQTT -> rows -> commit -> watermark, for one site or many.

    broker ─► read, put in order ─► one transaction with the watermarks ─► PUBACK, and the sites are told
              while the last one is being committed    (on a thread of its own)

What arrives while a commit is under way becomes the next one. Only after a commit the broker is acknowledged and the
sites are told how far they are durable. Nothing else is needed for nothing to be lost: the sites' journals are the
queue, so the session at the broker may be a clean one, and a restart asks for what follows the watermark.

Several run side by side when each has its own share of the sites. A second one of the same share stands by: the
database lets only one of them in.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import random as uniform
from time import time_ns
from typing import TypeVar

from edgegw.cloud.intake import Intake, Taken
from edgegw.cloud.poison import unread
from edgegw.cloud.receive import Accepted, Key
from edgegw.cloud.rows import REJECTED_TYPE
from edgegw.cloud.share import Share
from edgegw.cloud.store import Store, StoreError, Unstorable, WrongDatabase
from edgegw.mqtt import Backoff, Brokers, Link, Message, MqttError
from edgegw.uplink.codec.events import BadBatch
from edgegw.uplink.codec.messages import (
    BadMessage,
    Held,
    Nack,
    Place,
    decode_presence,
    encode_nack,
    encode_watermark,
)
from edgegw.uplink.topics import DEFAULT_ROOT, STREAMS, Stream, Topics, parse, stream_named

log = logging.getLogger("edgegw.cloud")

T = TypeVar("T")

Stored = Callable[[str, Sequence[str], int], None]
"""Told of what was stored: the site, its events' trace contexts, and when (`time.time_ns`) the transaction began."""

LONGEST_RETRY_S = 30.0
"""Between two tries of a database that is not usable."""
STANDBY_S = 1.0
MAX_GATHERED = 10_000
"""Events in one transaction, about: a message is never divided."""
MAX_REFUSED = 20
"""Events that the database may refuse of one transaction: beyond that it is the database that is wrong."""
FILTERS_AT_ONCE = 8
"""In one SUBSCRIBE: AWS IoT Core takes no more."""


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A message and what it brought, or why it could not be read."""

    link: Link
    message: Message
    taken: Taken
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class _Greeting:
    """A site has said that it is there, or we have come to hear of it (`late`)."""

    site: str
    streams: dict[str, Held]
    late: bool


class Consumer:
    """One consumer of the sites of `share`."""

    def __init__(
        self,
        *,
        brokers: Brokers,
        store: Store,
        monotonic: Callable[[], float],
        share: Share | None = None,
        random: Callable[[], float] = uniform,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        stored: Stored | None = None,
    ) -> None:
        """`stored` is told of events with a trace context, once they are durable."""
        self._brokers = brokers
        self._store = store
        self._monotonic = monotonic
        self._now = now
        self._stored = stored
        self._share = share or Share(DEFAULT_ROOT)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._backoff = Backoff(random, maximum_s=LONGEST_RETRY_S)
        self._trouble: str | None = None
        self._durable: dict[Key, int] = {}
        self._intake = Intake({})
        self._arrived: list[_Arrived] = []
        self._arrival = asyncio.Event()
        self._asking = asyncio.Event()
        self._untold: set[Key] = set()
        self._greetings: list[_Greeting] = []
        self._telling = asyncio.Event()
        self._subscribed: set[str] = set()
        self.events = 0
        """Events accepted and committed since the start."""
        self.rejected = 0
        """Events and messages among what came that could not be read or stored."""

    async def run(self, connected: Callable[[str], None], standby: Callable[[], None] = lambda: None) -> None:
        """Serve until cancelled. Raises WrongDatabase.

        `connected(url)` is called at each connection, `standby()` when another ingest has our share.
        """
        try:
            while True:
                opened = False
                try:
                    await self._open(standby)
                    opened = True
                    if self._trouble is not None and self._trouble.startswith("open"):
                        self._is_well()
                    await self._serve(connected)
                except WrongDatabase:
                    raise
                except StoreError as error:
                    self._is_ill(f"{'write' if opened else 'open'}: {error}")
                    await asyncio.sleep(self._backoff.next())
        finally:
            await self._on_thread(self._store.close)
            self._thread.shutdown()

    def _is_ill(self, trouble: str) -> None:
        """One line for each trouble, however often it comes back."""
        if trouble != self._trouble:
            log.error("the database is not usable (%s); it is tried again less and less often", trouble)
        self._trouble = trouble

    def _is_well(self) -> None:
        if self._trouble is not None:
            log.info("the database is usable again")
            self._trouble = None
            self._backoff.reset()

    async def _open(self, standby: Callable[[], None]) -> None:
        await self._on_thread(self._store.close)
        await self._on_thread(self._store.open)
        share = str(self._share)
        waiting = False
        while not await self._on_thread(lambda: self._store.claim(share)):
            if not waiting:
                log.info("another ingest has %s: standing by", share)
                standby()
            waiting = True
            await asyncio.sleep(STANDBY_S)
        if waiting:
            log.info("the other ingest of %s is gone: taking over", share)
        self._durable = await self._on_thread(self._store.watermarks)
        self._intake = Intake(self._durable)
        self._arrived.clear()
        self._untold.clear()

    async def _serve(self, connected: Callable[[str], None]) -> None:
        failed: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write())
                group.create_task(self._stay_connected(connected))
        except* StoreError as errors:
            failed = _first(errors)  # what is raised here would come out in a group again
        if failed is not None:
            raise failed

    async def _stay_connected(self, connected: Callable[[str], None]) -> None:
        while True:
            link = await self._brokers.connect()
            self._greetings.clear()
            self._subscribed.clear()
            try:
                await link.subscribe(*self._share.filters())
                connected(link.endpoint.url)
                async with asyncio.TaskGroup() as group:
                    for task in (self._collect(link), self._tell(link), self._ask(link), self._watch(link)):
                        group.create_task(task)
            except* MqttError as errors:
                log.warning("the connection ended: %s", _first(errors))
            finally:
                await link.close()

    async def _watch(self, link: Link) -> None:
        """Leave a connection that works for the broker that is preferred to it, or for renewed credentials."""
        raise MqttError(await self._brokers.outdated(link))

    # In

    async def _collect(self, link: Link) -> None:
        async for message in link.messages():
            address = parse(message.topic, self._share.root)
            if address is None or address.direction != "up" or not self._share.takes(address.site):
                link.acknowledge(message)
            elif address.kind == "evt" and (stream := stream_named(address.rest)) is not None:
                self._take(link, address.site, stream, message)
                await asyncio.sleep(0)  # a backlog must not keep the others from their turn
            else:
                if address.kind == "presence":
                    self._greeted(address.site, message)
                link.acknowledge(message)

    def _take(self, link: Link, site: str, stream: Stream, message: Message) -> None:
        try:
            taken = self._intake.take(site, stream, message.payload, self._now(), self._monotonic())
            self._arrived.append(_Arrived(link, message, taken))
            self._asking.set()
        except BadBatch as error:
            self._arrived.append(_Arrived(link, message, Taken(), str(error)))
        self._arrival.set()

    def _greeted(self, site: str, message: Message) -> None:
        try:
            streams = decode_presence(message.payload)
        except BadMessage as error:
            log.error("the presence of site %s is not understood: %s", site, error)
            streams = {}
        self._greetings.append(_Greeting(site, streams or {}, message.retain))
        self._telling.set()

    # To the database

    async def _write(self) -> None:
        while True:
            await self._arrival.wait()
            arrived: list[_Arrived] = []
            events = 0
            while self._arrived and events < MAX_GATHERED:
                events += len(self._arrived[0].taken.accepted)
                arrived.append(self._arrived.pop(0))
            if not self._arrived:
                self._arrival.clear()
            await self._commit([accepted for each in arrived for accepted in each.taken.accepted])
            for each in arrived:
                taken = each.taken if each.unread is None else await self._put_aside(each.message, each.unread)
                await self._commit([] if taken is each.taken else taken.accepted)
                each.link.acknowledge(each.message)
                self._untold |= taken.keys
            self._telling.set()

    async def _commit(self, accepted: list[Accepted]) -> None:
        """One transaction; what the database refuses is set apart. Raises StoreError."""
        if not accepted:
            return
        began_ns = time_ns()
        await self._on_thread(lambda: self._commit_or_divide(accepted, [MAX_REFUSED]))
        self._is_well()
        if self._stored is not None:
            self._tell_stored(accepted, began_ns, self._stored)
        for item in accepted:
            self._durable[item.key] = item.event.sequence
            self.rejected += item.event.type == REJECTED_TYPE
        self.events += len(accepted)

    def _tell_stored(self, accepted: list[Accepted], began_ns: int, stored: Stored) -> None:
        traced: dict[str, list[str]] = {}
        for item in accepted:
            if item.event.traceparent is not None:
                traced.setdefault(item.key.site, []).append(item.event.traceparent)
        for site, traceparents in traced.items():
            stored(site, traceparents, began_ns)

    def _commit_or_divide(self, accepted: list[Accepted], patience: list[int]) -> None:
        try:
            self._store.commit(accepted)
        except Unstorable as error:
            if len(accepted) > 1:
                middle = len(accepted) // 2
                self._commit_or_divide(accepted[:middle], patience)
                self._commit_or_divide(accepted[middle:], patience)
                return
            patience[0] -= 1
            if patience[0] < 0:
                raise
            [refused] = accepted
            event = refused.event
            log.error(
                "site %s: stream %s, event %d is put into rejected: %s",
                refused.key.site, refused.key.stream, event.sequence, error,
            )  # fmt: skip
            self.rejected += 1
            self._store.commit([replace(refused, event=unread(event, str(error), self._now()))])

    async def _put_aside(self, message: Message, reason: str) -> Taken:
        """A message of which nothing can be read: kept, asked for again, and in the end passed over."""
        address = parse(message.topic, self._share.root)
        assert address is not None
        stream = stream_named(address.rest)
        assert stream is not None, "it came as events of a stream"
        site, payload = address.site, message.payload
        kept = await self._on_thread(lambda: self._store.put_aside(site, stream, reason, payload))
        self.rejected += 1
        log.error("a batch of site %s, stream %s is no batch: %s", site, stream, reason)
        taken = self._intake.unreadable(site, stream, payload, self._now(), self._monotonic(), kept=kept)
        if taken.accepted:
            gap = taken.accepted[0].event
            log.error("site %s: stream %s goes on without %d to %d", site, stream, gap.first, gap.sequence)
        self._asking.set()
        return taken

    # Back to the sites

    async def _tell(self, link: Link) -> None:
        """Watermarks of what is durable, and answers to those who come."""
        while True:
            await self._telling.wait()
            self._telling.clear()
            greetings, self._greetings = self._greetings, []
            untold, self._untold = self._untold, set()
            new = await self._subscribe_to(link, greetings)
            publishes = [self._publish_watermark(link, key) for key in untold]
            publishes += [self._greet(link, each, late=each.late or each.site in new) for each in greetings]
            await asyncio.gather(*publishes)

    async def _subscribe_to(self, link: Link, greetings: Iterable[_Greeting]) -> set[str]:
        """The sites among those that greeted which we now listen to, and did not before."""
        if not self._share.discovers:
            return set()
        new = {each.site for each in greetings} - self._subscribed
        filters = [name for site in sorted(new) for name in self._share.filters_of(site)]
        for first in range(0, len(filters), FILTERS_AT_ONCE):
            await link.subscribe(*filters[first : first + FILTERS_AT_ONCE])
        self._subscribed |= new
        return new

    async def _publish_watermark(self, link: Link, key: Key) -> None:
        topic = Topics(key.site, self._share.root).acknowledgement(key.stream)
        await link.publish(topic, encode_watermark(Place(key.epoch, self._durable.get(key, 0))))

    async def _greet(self, link: Link, greeting: _Greeting, *, late: bool) -> None:
        """Say how far the site is durable, and ask for what may be lost on the way."""
        for stream in STREAMS:
            held = greeting.streams.get(stream)
            if held is None:
                continue
            for epoch in dict.fromkeys((held.acknowledged.epoch, held.epoch)):
                await self._publish_watermark(link, Key(greeting.site, epoch, stream))
            nack = self._intake.greeted(greeting.site, stream, held, late=late)
            if nack is not None:
                topic = Topics(greeting.site, self._share.root).acknowledgement(stream)
                await link.publish(topic, encode_nack(nack))

    async def _ask(self, link: Link) -> None:
        """Ask for what is missing, each time later."""
        while True:
            asks = self._intake.asks
            for key, first, last in asks.due(self._monotonic()):
                log.info("site %s: stream %s lacks %d to %d", key.site, key.stream, first, last)
                topic = Topics(key.site, self._share.root).acknowledgement(key.stream)
                await link.publish(topic, encode_nack(Nack(key.epoch, first, last)))
            self._asking.clear()
            wake_at = asks.wake_at()
            wait_s = None if wake_at is None else max(0.0, wake_at - self._monotonic())
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._asking.wait()

    async def _on_thread(self, run: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, run)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
