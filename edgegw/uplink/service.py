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
from collections.abc import Callable, Coroutine, Mapping
from time import perf_counter, time_ns
from typing import Any

from edgegw.hub import Hub
from edgegw.journal import Journal, JournalError
from edgegw.journal.group import Group
from edgegw.journal.retention import CLOUD as CURSOR
from edgegw.model.contracts import Question, Word
from edgegw.mqtt import Message, MqttError, Properties, Will
from edgegw.tracing import Tracing
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
from edgegw.uplink.desired import Desired
from edgegw.uplink.live import Key, configuration, documents
from edgegw.uplink.parking import Parking
from edgegw.uplink.requests import Requests
from edgegw.uplink.source import Source
from edgegw.uplink.states import States
from edgegw.uplink.status import StreamStatus, UplinkStatus, delivery
from edgegw.uplink.sync import Action, Load, Mode, Park, Save, Send, Sync
from edgegw.uplink.topics import DEFAULT_ROOT, STREAMS, Stream, Topics, parse, stream_named

log = logging.getLogger("edgegw.uplink")

CONNECTION = "connection"
"""The counter of connections."""
RETRY_S = 1.0
DRAIN_S = 3.0
WILL_DELAY_S = 30

_EVENTS = Properties(content_type=CONTENT_TYPE, user=(ENCODING,))


class _Outdated(MqttError):
    """The connection works, and is given up for a better one."""


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
        tracing: Tracing | None = None,
    ) -> None:
        self._hub = hub
        self._journal = journal
        self._broker = broker
        self._version = version
        self._topics = Topics(hub.site.id, root)
        self._will_delay_s = will_delay_s
        self._sync = Sync(mode=acknowledge, max_batch=max_batch, max_rate=max_rate)
        self._tracing = tracing
        self._source = (
            Source(hub.site.id, journal, hub.now)
            if tracing is None
            else Source(hub.site.id, journal, hub.now, tracing.traceparent)
        )
        self._commands = Commands(hub, self._topics, self._sync.pace)
        self._requests = Requests(hub, self._topics, self._sync.pace)
        self._desired = Desired(hub)
        hub.ask_with(self._requests.authorize)
        self._wake = asyncio.Event()
        self._states = States(hub, self._topics, self._sync.pace, self._documents)
        self._parking = Parking(hub, journal, self._sync, self._wake.set)
        self._unsaved: dict[Stream, Place] = {}
        self._save_waits = asyncio.Event()
        self._oldest: dict[Stream, float | None] = dict.fromkeys(STREAMS)
        self._connection = 0
        self._link: Link | None = None
        self._ended_why: str | None = None
        self._in_trouble = False
        for stream in STREAMS:  # until the cursor is read
            newest = journal.position(stream)
            self._sync.start(stream, Place(newest.epoch, newest.tail - 1), Place(newest.epoch, newest.head))
        self._delivery = delivery(self.status())

    def status(self) -> UplinkStatus:
        """How the way to the cloud is, right now."""
        return UplinkStatus(
            connected=self._link is not None,
            broker=None if self._link is None else self._link.endpoint.url,
            trouble=self._broker.trouble or self._ended_why if self._link is None else self._sync.trouble,
            streams={stream: self._stream_status(stream) for stream in STREAMS},
        )

    async def ask(self, name: str, payload: Mapping[str, Any]) -> dict[str, Any] | None:
        """Ask the cloud on `up/req/{name}`: its answer, or None when there is none within 2 s."""
        return await self._requests.ask(name, payload)

    async def voice_token(self, model: str) -> dict[str, str] | None:
        """A short-lived token for the live model, with its `expires_at`; None when the cloud gives none within 2 s."""
        return await self._requests.voice_token(model)

    async def enquire(self, question: Question) -> Word | None:
        """Ask the cloud about the certificates of a car; None when it has nothing to say in time."""
        return await self._requests.enquire(question)

    async def run(self, started: Callable[[], None]) -> None:
        """Serve until cancelled. Ready at once: a hub without its cloud works and buffers."""
        for stream in STREAMS:
            epoch, sequence = await self._journal.cursor(CURSOR, stream)
            newest = self._journal.position(stream)
            self._sync.start(
                stream,
                Place(epoch or newest.epoch, sequence if epoch else 0),
                Place(newest.epoch, newest.head),
                self._parking.known(stream),
            )
        started()
        always: list[Coroutine[Any, Any, None]] = [self._follow(stream) for stream in STREAMS]
        try:
            async with asyncio.TaskGroup() as group:
                for watch in (
                    *always, self._save(), self._commands.follow(), self._parking.run(), self._look_after(),
                ):  # fmt: skip
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
        if self._tracing is not None and save.stream == "A":
            self._tracing.durable(save.place.epoch, save.place.sequence)
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
            self._delivery = delivery(self.status())
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
            parked=self._parking.count(stream),
        )

    def _held(self, stream: Stream) -> Held:
        newest = self._journal.position(stream)
        acknowledged = self._sync.acknowledged(stream)
        reached = acknowledged.sequence if acknowledged.epoch == newest.epoch else newest.tail - 1
        return Held(newest.epoch, newest.head, newest.tail, acknowledged, max(0, newest.head - reached))

    # One connection

    async def _count_connection(self) -> None:
        """Give the next connection a number that no will of an older one carries, also after a restart at which the
        clock is behind; the time keeps it growing where another ledger has taken the place of this."""
        with contextlib.suppress(JournalError, sqlite3.Error):
            known = await self._journal.call(lambda store: store.counter(CONNECTION))
            self._connection = max(self._connection, known)
        self._connection = max(self._connection + 1, int(self._hub.now().timestamp() * 1000))
        with contextlib.suppress(JournalError):
            await self._journal.commit(Group(counters={CONNECTION: self._connection}))

    async def _connect_and_serve(self) -> None:
        await self._count_connection()
        will = Will(self._topics.presence, encode_absence(self._connection), self._will_delay_s)
        link = await self._broker.connect(will)
        metrics.CONNECTIONS.inc()
        outdated = False
        try:
            await self._serve(link)
        except* _Outdated as errors:
            outdated = True
            log.info("a new connection is made: %s", _first(errors))
        except* MqttError as errors:
            self._ended_why = str(_first(errors))
            log.warning("the connection ended: %s", self._ended_why)
        finally:
            self._link = self._requests.link = None
            by_us = not link.ended
            self._states.ended(by_us=by_us)
            self._sync.disconnected(self._hub.monotonic(), link.reason, 0 if by_us else link.unanswered)
            for action in self._sync.step(self._hub.monotonic()):
                self._act_offline(action)
            metrics.CONNECTED.set(0)
            # Without a goodbye the broker tells of our absence, but only if we are not back within the will's delay.
            await (link.abort() if outdated else link.close())

    def _act_offline(self, action: Action) -> None:
        """What is to be done with or without a connection."""
        match action:
            case Save():
                self._save_soon(action)
            case Park():
                self._parking.soon(action)

    async def _serve(self, link: Link) -> None:
        try:
            await self._greet(link)
            async with asyncio.TaskGroup() as group:
                group.create_task(link.lost())
                group.create_task(self._receive(link))
                group.create_task(self._commands.publish(link))
                group.create_task(self._watch(link))
                await self._states.publish(link)
                group.create_task(self._states.run(link))
                await self._publish_events(link, group)
        except asyncio.CancelledError:
            with contextlib.suppress(TimeoutError, MqttError):
                async with asyncio.timeout(DRAIN_S):
                    await link.publish(self._topics.presence, encode_absence(self._connection), retain=True)
            raise

    async def _greet(self, link: Link) -> None:
        topics = self._topics
        await link.subscribe(topics.commands, topics.acknowledgements, topics.responses, topics.desired)
        streams: dict[str, Held] = {stream: self._held(stream) for stream in STREAMS}
        birth = encode_presence(self._connection, self._hub.now(), self._version, streams)
        await link.publish(self._topics.presence, birth, retain=True, properties=JSON)
        self._states.begin()
        self._ended_why = None
        self._link = self._requests.link = link
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
                    case _:
                        self._act_offline(action)
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
        batch, began, began_ns = send.batch, perf_counter(), time_ns()
        code = await link.publish(self._topics.events(batch.stream), batch.payload, properties=_EVENTS)
        metrics.count_publish("events", code, batch.payload)
        metrics.PUBLISH_SECONDS.observe(perf_counter() - began)
        if self._tracing is not None and batch.stream == "A":
            self._tracing.published(batch.epoch, batch.first, batch.last, began_ns, code)
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

    async def _watch(self, link: Link) -> None:
        raise _Outdated(await self._broker.outdated(link))

    def _documents(self) -> Mapping[Key, Mapping[str, Any]]:
        site, state = self._hub.site, self._hub.state
        made = documents(site, state, self._hub.now()) | configuration(site, state, self._desired.refused)
        return {**made, ("uplink", site.id): {"id": site.id, **self._delivery}}

    # What comes down

    async def _receive(self, link: Link) -> None:
        async for message in link.messages():
            address = parse(message.topic, self._topics.root)
            if address is not None and address.kind == "ack":
                self._acknowledged(stream_named(address.rest), message)
            elif address is not None and address.kind == "cmd" and len(address.rest) == 1:
                await self._commands.take(link, address.rest[0], message)
            elif address is not None and address.kind == "res" and len(address.rest) == 1:
                self._requests.take(address.rest[0], message)
            elif address is not None and address.kind == "cfg":
                await self._desired.take("/".join(address.rest), message)
            link.acknowledge(message)  # a command has been recorded by now

    def _acknowledged(self, stream: Stream | None, message: Message) -> None:
        try:
            said = decode_acknowledgement(message.payload)
            if stream is None:
                raise BadMessage("no such stream")
        except BadMessage as error:
            metrics.ACKNOWLEDGEMENTS.labels(stream or "other", "bad").inc()
            log.warning("%s is not understood: %s", message.topic, error)
            return
        metrics.ACKNOWLEDGEMENTS.labels(stream, "nack" if isinstance(said, Nack) else "watermark").inc()
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
