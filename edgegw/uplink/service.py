"""The uplink as a service: joins the hub, the journal and a broker.

For the whole of its life it watches the journal grow, writes the cloud's watermarks down and collects what the cloud
must hear of its commands. While there is a connection it publishes, and takes in what comes down:

    birth, retained state ─► both streams (`sync` says what and when) ─► answers as they come
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from edgegw.hub import Hub
from edgegw.journal import Journal, JournalError
from edgegw.journal.rows import dump
from edgegw.mqtt import Message, MqttError, Properties, Will
from edgegw.uplink import metrics
from edgegw.uplink.broker import JSON, Broker, Link
from edgegw.uplink.codec.events import CONTENT_TYPE, ENCODING
from edgegw.uplink.codec.messages import (
    BadMessage,
    Held,
    Nack,
    Place,
    decode_acknowledgement,
    encode_absence,
    encode_presence,
)
from edgegw.uplink.commands import Commands
from edgegw.uplink.live import Key, documents, measured
from edgegw.uplink.source import Source
from edgegw.uplink.sync import Load, Mode, Save, Send, Sync
from edgegw.uplink.topics import DEFAULT_ROOT, STREAMS, Stream, Topics, parse, stream_named

log = logging.getLogger("edgegw.uplink")

CURSOR = "cloud"
STATE_EVERY_S = 1.0
MEASURED_EVERY_S = 10.0
"""Readings change every second; on a mobile link once in ten is enough. Everything else goes out within a second."""
RETRY_S = 1.0
DRAIN_S = 3.0
WILL_DELAY_S = 30

_EVENTS = Properties(content_type=CONTENT_TYPE, user=(ENCODING,))


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """One stream: the newest number, how far the cloud is, how much it lacks and how old the oldest of that is."""

    epoch: str
    head: int
    acknowledged: int
    backlog: int
    oldest_s: float | None


@dataclass(frozen=True, slots=True)
class UplinkStatus:
    """What the page and the metrics show. `trouble` is for people, None when all is well."""

    connected: bool
    broker: str | None
    trouble: str | None
    streams: dict[Stream, StreamStatus]


class Uplink:
    """The service. `broker` connects; everything that is sent comes from the journal and the hub's state."""

    name = "uplink"

    def __init__(
        self,
        *,
        hub: Hub,
        journal: Journal,
        broker: Broker,
        version: str,
        root: str = DEFAULT_ROOT,
        acknowledge: Mode = "watermark",
        max_rate: float = 80.0,
        max_batch: int = 32 * 1024,
        will_delay_s: int = WILL_DELAY_S,
    ) -> None:
        self._hub = hub
        self._journal = journal
        self._broker = broker
        self._version = version
        self._topics = Topics(hub.site.id, root)
        self._will_delay_s = will_delay_s
        self._sync = Sync(mode=acknowledge, max_batch=max_batch, max_rate=max_rate)
        self._source = Source(hub.site.id, journal, hub.now)
        self._commands = Commands(hub, self._topics, self._sync.pace)
        self._wake = asyncio.Event()
        self._unsaved: dict[Stream, Place] = {}
        self._save_waits = asyncio.Event()
        self._oldest: dict[Stream, float | None] = dict.fromkeys(STREAMS)
        self._shown: dict[Key, bytes] = {}
        self._connection = 0
        self._link: Link | None = None
        self._in_trouble = False
        for stream in STREAMS:  # until the cursor is read
            newest = journal.position(stream)
            self._sync.start(stream, Place(newest.epoch, newest.tail - 1), Place(newest.epoch, newest.head))

    def status(self) -> UplinkStatus:
        """How the way to the cloud is, right now."""
        return UplinkStatus(
            connected=self._link is not None,
            broker=None if self._link is None else self._link.endpoint.url,
            trouble=self._broker.trouble if self._link is None else self._sync.trouble,
            streams={stream: self._stream_status(stream) for stream in STREAMS},
        )

    async def run(self, started: Callable[[], None]) -> None:
        """Serve until cancelled. Ready at once: a hub without its cloud works and buffers."""
        for stream in STREAMS:
            epoch, sequence = await self._journal.cursor(CURSOR, stream)
            newest = self._journal.position(stream)
            self._sync.start(
                stream, Place(epoch or newest.epoch, sequence if epoch else 0), Place(newest.epoch, newest.head)
            )
        started()
        always: list[Coroutine[Any, Any, None]] = [self._follow(stream) for stream in STREAMS]
        try:
            async with asyncio.TaskGroup() as group:
                for watch in (*always, self._save(), self._commands.follow(), self._look_after()):
                    group.create_task(watch)
                while True:
                    await self._connect_and_serve()
        finally:
            with contextlib.suppress(TimeoutError, JournalError):
                async with asyncio.timeout(DRAIN_S):
                    await self._write_down()

    # For the whole life

    async def _follow(self, stream: Stream) -> None:
        while True:
            newest = self._journal.position(stream)
            self._sync.grown(stream, Place(newest.epoch, newest.head))
            self._wake.set()
            await self._journal.changed(stream, newest.head)

    async def _save(self) -> None:
        """Write watermarks down; several that come while one is on its way to disk become one."""
        while True:
            await self._save_waits.wait()
            self._save_waits.clear()
            try:
                await self._write_down()
            except JournalError as error:
                log.warning("the cloud's watermark is not written down yet: %s", error)
                self._save_waits.set()
                await asyncio.sleep(RETRY_S)

    def _save_soon(self, save: Save) -> None:
        self._unsaved[save.stream] = save.place
        self._save_waits.set()

    async def _write_down(self) -> None:
        while self._unsaved:
            stream, place = next(iter(self._unsaved.items()))
            await self._journal.set_cursor(CURSOR, stream, place.epoch, place.sequence)
            if self._unsaved[stream] == place:
                del self._unsaved[stream]

    async def _look_after(self) -> None:
        """Keep the figures of status and metrics."""
        while True:
            for stream in STREAMS:
                with contextlib.suppress(sqlite3.Error, ValueError):
                    self._oldest[stream] = await self._oldest_at(stream)
                status = self._stream_status(stream)
                metrics.BACKLOG.labels(stream).set(status.backlog)
                metrics.WATERMARK.labels(stream).set(status.acknowledged)
                metrics.OLDEST_S.labels(stream).set(status.oldest_s or 0.0)
            await asyncio.sleep(5.0)

    async def _oldest_at(self, stream: Stream) -> float | None:
        place = self._sync.acknowledged(stream)
        if stream == "A":
            facts = await self._journal.reader.facts(place.sequence, 1, None, place.epoch)
            return facts[0].recorded_at.timestamp() if facts else None
        blocks = await self._journal.reader.blocks(place.sequence, 1, place.epoch)
        return blocks[0].start.timestamp() if blocks else None

    def _stream_status(self, stream: Stream) -> StreamStatus:
        held = self._held(stream)
        oldest = self._oldest[stream] if held.backlog else None
        return StreamStatus(
            epoch=held.epoch,
            head=held.head,
            acknowledged=held.acknowledged.sequence,
            backlog=held.backlog,
            oldest_s=None if oldest is None else max(0.0, self._hub.now().timestamp() - oldest),
        )

    def _held(self, stream: Stream) -> Held:
        newest = self._journal.position(stream)
        acknowledged = self._sync.acknowledged(stream)
        reached = acknowledged.sequence if acknowledged.epoch == newest.epoch else newest.tail - 1
        return Held(newest.epoch, newest.head, newest.tail, acknowledged, max(0, newest.head - reached))

    # One connection

    async def _connect_and_serve(self) -> None:
        # A number that no will of an older connection carries; equality is all that is asked of it.
        self._connection = max(self._connection + 1, int(self._hub.now().timestamp() * 1000))
        will = Will(self._topics.presence, encode_absence(self._connection), self._will_delay_s)
        link = await self._broker.connect(will)
        metrics.CONNECTIONS.inc()
        try:
            await self._serve(link)
        except* MqttError as errors:
            log.warning("the connection ended: %s", _first(errors))
        finally:
            self._link = None
            self._sync.disconnected()
            for action in self._sync.step(self._hub.monotonic()):
                if isinstance(action, Save):  # without a connection there is nothing else to do
                    self._save_soon(action)
            metrics.CONNECTED.set(0)
            await link.close()

    async def _serve(self, link: Link) -> None:
        try:
            await self._greet(link)
            async with asyncio.TaskGroup() as group:
                group.create_task(link.lost())
                group.create_task(self._receive(link))
                group.create_task(self._publish_states(link))
                group.create_task(self._commands.publish(link))
                await self._publish_events(link, group)
        except asyncio.CancelledError:
            with contextlib.suppress(TimeoutError, MqttError):
                async with asyncio.timeout(DRAIN_S):
                    await link.publish(self._topics.presence, encode_absence(self._connection), retain=True)
            raise

    async def _greet(self, link: Link) -> None:
        await link.subscribe(self._topics.commands, self._topics.acknowledgements)
        streams: dict[str, Held] = {stream: self._held(stream) for stream in STREAMS}
        birth = encode_presence(self._connection, self._hub.now(), self._version, streams)
        await link.publish(self._topics.presence, birth, retain=True, properties=JSON)
        self._shown.clear()
        self._link = link
        metrics.CONNECTED.set(1)
        self._sync.connected(self._hub.monotonic(), link.receive_maximum, link.maximum_packet)

    async def _publish_events(self, link: Link, group: asyncio.TaskGroup) -> None:
        while True:
            self._wake.clear()
            for action in self._sync.step(self._hub.monotonic()):
                match action:
                    case Send():
                        # Tasks start in the order in which they were made, and so do their publishes.
                        group.create_task(self._send(link, action))
                    case Load():
                        group.create_task(self._load(action))
                    case Save():
                        self._save_soon(action)
            self._tell_trouble()
            now = self._hub.monotonic()
            due = self._sync.wake_at(now)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if due is None else max(0.0, due - now)):
                    await self._wake.wait()

    def _tell_trouble(self) -> None:
        """One line when something comes in the way of the events, one when it is gone; the status has the newest."""
        trouble = self._sync.trouble
        if trouble is not None and not self._in_trouble:
            log.warning("events do not reach the cloud: %s", trouble)
        elif trouble is None and self._in_trouble:
            log.info("events reach the cloud again")
        self._in_trouble = trouble is not None

    async def _send(self, link: Link, send: Send) -> None:
        batch = send.batch
        code = await link.publish(self._topics.events(batch.stream), batch.payload, properties=_EVENTS)
        metrics.count_publish("events", code, batch.payload)
        self._sync.published(self._hub.monotonic(), send.token, code)
        self._wake.set()

    async def _load(self, load: Load) -> None:
        while True:
            try:
                batches, end = await self._source.read(load)
                break
            except sqlite3.Error as error:
                log.warning("the journal can't be read yet: %s", error)
                await asyncio.sleep(RETRY_S)
        self._sync.loaded(load, batches, end)
        self._wake.set()

    async def _publish_states(self, link: Link) -> None:
        """The newest of everything, at most once a second each; the readings among it less often."""
        readings: dict[Key, dict[str, Any]] = {}
        measured_at = float("-inf")
        while True:
            made = documents(self._hub.site, self._hub.state)
            if self._hub.monotonic() - measured_at >= MEASURED_EVERY_S:
                measured_at = self._hub.monotonic()
                readings = measured(self._hub.site, made, self._hub.latest)
            for key, document in made.items():
                payload = dump({**document, "measured": readings.get(key, {})}).encode()
                if self._shown.get(key) == payload:
                    continue
                await asyncio.sleep(self._sync.pace.wait(self._hub.monotonic()))
                self._sync.pace.take(self._hub.monotonic())
                code = await link.publish(self._topics.state(*key), payload, retain=True, properties=JSON)
                metrics.count_publish("state", code, payload)
                self._shown[key] = payload
            await asyncio.sleep(STATE_EVERY_S)

    # What comes down

    async def _receive(self, link: Link) -> None:
        async for message in link.messages():
            address = parse(message.topic, self._topics.root)
            if address is not None and address.kind == "ack":
                self._acknowledged(stream_named(address.rest), message)
            elif address is not None and address.kind == "cmd" and len(address.rest) == 1:
                await self._commands.take(link, address.rest[0], message)
            link.acknowledge(message)  # a command has been recorded by now

    def _acknowledged(self, stream: Stream | None, message: Message) -> None:
        try:
            said = decode_acknowledgement(message.payload)
            if stream is None:
                raise BadMessage("no such stream")
        except BadMessage as error:
            log.warning("%s is not understood: %s", message.topic, error)
            return
        now, newest = self._hub.monotonic(), self._journal.position(stream)
        self._sync.grown(stream, Place(newest.epoch, newest.head))
        if isinstance(said, Nack):
            log.info("the cloud asks for stream %s again from %d", stream, said.first)
            self._sync.nack(now, stream, said)
        else:
            self._sync.watermark(now, stream, said.place)
        self._wake.set()


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
