"""The reference consumer. MQTT -> rows -> commit -> watermark, for one site or many.

What arrives is gathered while the last commit is under way and becomes one transaction with the watermarks; only after
the commit the sites are told how far they are durable. Nothing else is needed for nothing to be lost: the sites'
journals are the queue, so the session at the broker is a clean one, and a restart asks for what follows the watermark.

Several may run side by side when each has its own `--sites`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from edgegw.cloud.project import Statement, Values, rows
from edgegw.cloud.receive import Key, Receiver
from edgegw.cloud.store import Store, StoreError, WrongDatabase
from edgegw.mqtt import Brokers, Link, Message, MqttError
from edgegw.uplink.codec.events import BadBatch, decode
from edgegw.uplink.codec.messages import (
    BadMessage,
    Nack,
    Place,
    decode_presence,
    encode_nack,
    encode_watermark,
)
from edgegw.uplink.topics import DEFAULT_ROOT, STREAMS, Stream, Topics, parse, stream_named

log = logging.getLogger("edgegw.cloud")

T = TypeVar("T")

NACK_EVERY_S = 5.0
"""The same numbers are not asked for again before this: what was asked for needs time to come."""
RETRY_S = 1.0
MAX_GATHERED = 256
"""Messages in one transaction at most."""


class Consumer:
    """One consumer. `sites` None takes every site under `root`."""

    def __init__(
        self,
        *,
        brokers: Brokers,
        store: Store,
        monotonic: Callable[[], float],
        root: str = DEFAULT_ROOT,
        sites: tuple[str, ...] | None = None,
    ) -> None:
        self._brokers = brokers
        self._store = store
        self._monotonic = monotonic
        self._root = root
        self._sites = sites
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._receivers: dict[Key, Receiver] = {}
        self._asked: dict[Key, tuple[int, float]] = {}
        self._arrived: list[Message] = []
        self._waits = asyncio.Event()
        self.events = 0
        """Events accepted and committed since the start."""

    async def run(self, connected: Callable[[str], None]) -> None:
        """Serve until cancelled; `connected(url)` is called at each connection. Raises WrongDatabase."""
        try:
            while True:
                try:
                    await self._open()
                    await self._connect_and_serve(connected)
                except WrongDatabase:
                    raise
                except StoreError as error:
                    log.error("the database is not usable: %s", error)
                    await asyncio.sleep(RETRY_S)
        finally:
            await self._on_thread(self._store.close)
            self._thread.shutdown()

    async def _open(self) -> None:
        await self._on_thread(self._store.close)
        await self._on_thread(self._store.open)
        durable = await self._on_thread(self._store.watermarks)
        self._receivers = {key: Receiver(at) for key, at in durable.items()}

    async def _connect_and_serve(self, connected: Callable[[str], None]) -> None:
        while True:
            link = await self._brokers.connect()
            unusable: BaseException | None = None
            try:
                self._arrived.clear()
                self._asked.clear()
                await link.subscribe(*self._filters())
                connected(link.endpoint.url)
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._collect(link))
                    group.create_task(self._write(link))
            except* MqttError as errors:
                log.warning("the connection ended: %s", _first(errors))
            except* StoreError as errors:
                unusable = _first(errors)  # what is raised here would come out in a group again
            finally:
                await link.close()
            if unusable is not None:
                raise unusable

    def _filters(self) -> Iterable[str]:
        for site in self._sites or ("+",):
            topics = Topics(site, self._root)
            yield from (topics.events("A"), topics.events("B"), topics.presence)

    async def _collect(self, link: Link) -> None:
        async for message in link.messages():
            self._arrived.append(message)
            self._waits.set()

    async def _write(self, link: Link) -> None:
        while True:
            await self._waits.wait()
            taken = self._arrived[:MAX_GATHERED]
            del self._arrived[:MAX_GATHERED]
            if not self._arrived:
                self._waits.clear()
            await self._handle(link, taken)

    async def _handle(self, link: Link, messages: list[Message]) -> None:
        """Make one transaction of the messages; then, and only then, say so."""
        gathered: dict[Statement, list[Values]] = {}
        before: dict[Key, int] = {}
        greeted: list[tuple[str, Message]] = []
        for message in messages:
            address = parse(message.topic, self._root)
            if address is None or address.direction != "up":
                continue
            if address.kind == "presence":
                greeted.append((address.site, message))
            elif address.kind == "evt" and (stream := stream_named(address.rest)) is not None:
                self._accept(address.site, stream, message, gathered, before)
        moves = {key: (was, self._receivers[key].watermark) for key, was in before.items()}
        moved = {key: move for key, move in moves.items() if move[0] != move[1]}
        if moved:
            await self._on_thread(lambda: self._store.commit(gathered, moved))
        for message in messages:
            link.acknowledge(message)
        for key in before:
            await self._tell(link, key)
        for site, message in greeted:
            await self._greet(link, site, message)

    def _accept(
        self,
        site: str,
        stream: Stream,
        message: Message,
        gathered: dict[Statement, list[Values]],
        before: dict[Key, int],
    ) -> None:
        try:
            events = decode(message.payload)
        except BadBatch as error:
            log.error("a batch of site %s, stream %s is no batch: %s", site, stream, error)
            return
        for event in events:
            key = Key(site, event.epoch, stream)
            receiver = self._receivers.setdefault(key, Receiver())
            before.setdefault(key, receiver.watermark)
            for accepted in receiver.take(event):
                self.events += 1
                for statement, values in rows(key, accepted):
                    gathered.setdefault(statement, []).append(values)

    async def _tell(self, link: Link, key: Key) -> None:
        """The watermark, and what is missing after it."""
        receiver = self._receivers[key]
        topic = Topics(key.site, self._root).acknowledgement(key.stream)
        await link.publish(topic, encode_watermark(Place(key.epoch, receiver.watermark)))
        missing = receiver.missing
        if missing is None:
            return
        first, asked_at = self._asked.get(key, (0, 0.0))
        now = self._monotonic()
        if first != missing[0] or now - asked_at >= NACK_EVERY_S:
            self._asked[key] = (missing[0], now)
            log.info("site %s: stream %s lacks %d to %d", key.site, key.stream, *missing)
            await link.publish(topic, encode_nack(Nack(key.epoch, *missing)))

    async def _greet(self, link: Link, site: str, message: Message) -> None:
        """A site has connected, or we have: say how far it is durable, and ask for what may be lost on the way."""
        try:
            streams = decode_presence(message.payload)
        except BadMessage as error:
            log.error("the presence of site %s is not understood: %s", site, error)
            return
        for stream in STREAMS:
            if streams is None or (held := streams.get(stream)) is None:
                continue
            topic = Topics(site, self._root).acknowledgement(stream)
            for epoch in dict.fromkeys((held.acknowledged.epoch, held.epoch)):
                await link.publish(topic, encode_watermark(Place(epoch, self._watermark(Key(site, epoch, stream)))))
            at = held.acknowledged
            watermark = self._watermark(Key(site, at.epoch, stream))
            if message.retain or at.sequence > watermark:
                last = max(at.sequence, watermark + 1)
                await link.publish(topic, encode_nack(Nack(at.epoch, watermark + 1, last)))

    def _watermark(self, key: Key) -> int:
        receiver = self._receivers.get(key)
        return 0 if receiver is None else receiver.watermark

    async def _on_thread(self, run: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, run)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
