"""A link: one live websocket of one station, from its opening to its end.

Each direction has one CALL in flight (OCPP-J 1.6 section 4.1.1) and neither waits for the other:

- `receive` takes frames as they come. An answer goes to the caller that waits for its message id. A CALL that only
  brings samples is answered on the spot; one that needs a commit goes to the worker, and so does every CALL that
  comes while the worker is busy, so that CALLs are answered in their order.
- `call` takes its turn among the callers, sends, and waits (`edgegw.stations.calls`).

Nothing is sent to a station whose boot has not been answered; some reboot for ever when it is. A station that is known
and reconnects without a boot counts as booted after `SETTLE_S`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from websockets.exceptions import ConnectionClosed

from edgegw.core.authorize import group_of
from edgegw.core.local_list import effective, status_of
from edgegw.core.security import is_kept_out
from edgegw.core.stations import registration_of
from edgegw.core.variables import key_of
from edgegw.journal.errors import JournalError
from edgegw.model.requests import BootAnswer
from edgegw.model.samples import MeterSample
from edgegw.model.site import ChargingStation
from edgegw.model.state import ListedToken, Reservation, Transaction
from edgegw.stations import metrics, pnc, rpc, timing
from edgegw.stations.calls import Calls, Websocket
from edgegw.stations.codec import (
    Ask,
    Codec,
    Enquiry,
    Incoming,
    ListEntry,
    NotSupported,
    Outgoing,
    Payload,
    Peer,
    Tell,
    Unprocessable,
)
from edgegw.stations.errors import CallFailed
from edgegw.stations.gathering import Gathering
from edgegw.stations.known import Limits, known_of
from edgegw.stations.liveness import PING_EVERY_S, Signs, verdict
from edgegw.stations.peculiar import Peculiar
from edgegw.stations.pnc import Contracts
from edgegw.stations.quirkfiles import Families
from edgegw.stations.rpc import Call, Code, Fault, Send
from edgegw.stations.schemas import Kind, Violation, elsewhere, for_version
from edgegw.stations.skew import News
from edgegw.stations.taps import Taps
from edgegw.stations.tolerances import Reception, Tolerances
from edgegw.stations.turns import Priority, priority_of

if TYPE_CHECKING:
    from edgegw.hub import Hub

log = logging.getLogger("edgegw.stations")

SETTLE_S: Final = 10.0
"""A known station that reconnects and sends no boot counts as booted after this long."""

MAX_UNSERVED_CALLS: Final = 32
"""CALLs of one station that wait to be answered; beyond, its socket is no longer read until one is."""

MAX_LINES: Final = 20
LINES_EVERY_S: Final = 60.0
"""So many refused frames of one connection have a line in the log within this time; beyond, they are only counted: a
station that sends nothing else must not fill the disk."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `call_timeout_s`: how long a CALL may wait for its turn and its answer, unless its caller says.
    `calm_s`: how long a station that has come is left alone, about, before errands that can wait are done there."""

    call_timeout_s: float = 30.0
    settle_s: float = SETTLE_S
    ping_every_s: float = PING_EVERY_S
    calm_s: float = 10.0


class Link:
    """Serve `websocket` with `run`; `call` the station meanwhile, from any task of the same loop.

    `configured` is the station as the site knows it, None when the configuration does not name it; such a station is
    served only its BootNotification until it is accepted. `on_ready` is called when the station has become ready to be
    called, `on_answer` when it has answered a first CALL. `taps` see each raw frame. `families` are the known quirks of
    stations; `on_learned` is called with a quirk that was seen and its evidence, `on_clock` when the station's clock
    has gone wrong or right. `tolerances` counts what the station is let off with.
    """

    def __init__(
        self,
        websocket: Websocket,
        station: str,
        codec: Codec,
        hub: Hub,
        *,
        configured: ChargingStation | None = None,
        address: str | None = None,
        timing: Timing | None = None,
        on_ready: Callable[[Link], None] | None = None,
        on_answer: Callable[[Link], None] | None = None,
        contracts: Contracts = pnc.nobody,
        taps: Taps | None = None,
        families: Families | None = None,
        on_learned: Callable[[Link, str, str], None] | None = None,
        on_clock: Callable[[Link, News], None] | None = None,
        tolerances: Tolerances | None = None,
    ) -> None:
        self.station = station
        self.codec = codec
        self.address = address
        self.replaced = False
        """Another connection of the same station has taken over; set by the server."""
        self.doubted = False
        """Another address has tried to take over; set by the server, so that it is written down once."""
        self.fell_silent = False
        """It left MUTE_AFTER CALLs in a row without an answer, and was hung up on."""
        self.booted = False
        """A BootNotification came in this connection, and was not rejected."""
        self._websocket = websocket
        self._hub = hub
        self._timing = timing or Timing()
        self._on_ready = on_ready
        self._on_answer = on_answer
        self._contracts = contracts
        self._on_clock = on_clock
        self._taps = taps or Taps(hub.now)
        self._version = codec.version
        self._schemas = for_version(codec.version)
        self._reception = Reception(station, codec.version, tolerances or Tolerances(hub.now))
        self._evses = configured.evses if configured else ()
        self._reports_phases = configured.reports_phases if configured else None
        is_known = registration_of(hub.state, station, hub.site) == "accepted"
        self._admitted = is_known and not is_kept_out(hub.site, hub.state.stations.get(station))
        self.peculiar = Peculiar(
            hub, station, configured, families or Families(()), self._active,
            lambda quirk, evidence: on_learned(self, quirk, evidence) if on_learned is not None else None,
        )  # fmt: skip
        self.clock = self.peculiar.clock()
        self._settling: asyncio.TimerHandle | None = None
        self.signs = Signs(hub.monotonic())
        self._heartbeat_s: float = hub.site.heartbeat_s
        self._unserved: asyncio.Queue[tuple[Call | Send, Incoming | None] | None] = asyncio.Queue()
        self._serving = 0
        self._waits_for_frame = False
        self._boot: BootAnswer | None = None
        self._calls = Calls(
            self._send, station, codec.version, on_mute=self._fall_silent, on_answer=self._first_answer,
            reception=self._reception,
        )  # fmt: skip
        self.gathering = Gathering()
        self.limits = Limits(hub.monotonic)
        self._known = known_of(hub, station, self._evses, self.limits)
        self._follow_ups: set[asyncio.Task[None]] = set()
        self._guests: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[None] | None = None
        self._lines = 0
        self._lines_since = self.signs.heard_at

    # The life of the connection

    async def run(self) -> str:
        """Serve until the connection ends; returns why it ended, for the log and the journal."""
        loop = asyncio.get_running_loop()
        worker = loop.create_task(self._work(), name=f"{self.station} worker")
        watch = loop.create_task(self._watch(), name=f"{self.station} watch")
        if self._may_be_served():
            self._settling = loop.call_later(self._timing.settle_s, self._set_ready)
        try:
            await self._read()
            return "closed"
        except ConnectionClosed as end:
            return _reason(end)
        finally:
            self._calls.end()
            self.gathering.end()
            for guest in tuple(self._guests):
                guest.cancel()
            if self._settling is not None:
                self._settling.cancel()
            watch.cancel()
            # What the station has said is history, so it is still written down; only the answers get lost.
            try:
                self._unserved.put_nowait(None)
                await worker
            finally:
                worker.cancel()
                ending = [*filter(None, [self._closing]), *self._follow_ups]
                await asyncio.gather(worker, watch, *ending, return_exceptions=True)
                self._settling = None
                self.peculiar.end()

    @property
    def closed(self) -> bool:
        return self._calls.closed

    def while_here(self, task: asyncio.Task[None]) -> None:
        """Cancel `task` when the connection ends."""
        self._guests.add(task)
        task.add_done_callback(self._guests.discard)

    async def drained(self) -> None:
        """Wait until every CALL that has come is answered and none of ours waits for its answer."""
        await self._unserved.join()
        await self._calls.drained()

    @property
    def ready(self) -> bool:
        """The station may be called: its boot has been answered, or it has settled without one."""
        return self._calls.ready

    def close(self, code: int, reason: str) -> None:
        """Stop at once: who waits for an answer is told, and the closing handshake goes on behind."""
        self._calls.end()
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._websocket.close(code, reason))

    async def is_alive(self, within_s: float) -> bool:
        """Whether a pong or any frame comes within `within_s` seconds from now."""
        asked = self._hub.monotonic()
        if not self.peculiar.quirk.pings:
            return asked - self.signs.heard_at <= self._heartbeat_s
        try:
            async with asyncio.timeout(within_s):
                await (await self._websocket.ping())
        except TimeoutError:
            return self.signs.heard_at > asked
        except ConnectionClosed:
            return False
        return True

    async def _watch(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(self._timing.ping_every_s)
                now = self._hub.monotonic()
                if verdict(self.signs, now, self._heartbeat_s) == "gone":
                    log.warning("%s: nothing heard for %.0f s, hanging up", self.station, now - self.signs.heard_at)
                    self.close(1001, "silent")
                    return
                if not self.peculiar.quirk.pings:
                    continue
                self.peculiar.missed(self.signs)
                self.signs.pinged_at = now
                pong = asyncio.ensure_future(await self._websocket.ping())
                pong.add_done_callback(self._ponged)

    def _ponged(self, pong: asyncio.Future[float]) -> None:
        if not pong.cancelled() and pong.exception() is None:
            self.signs.ponged_at = self._hub.monotonic()

    def _set_ready(self) -> None:
        if self._calls.begin() and self._on_ready is not None:
            self._on_ready(self)

    def _first_answer(self) -> None:
        if self._on_answer is not None:
            self._on_answer(self)

    def _fall_silent(self) -> None:
        self.fell_silent = True
        metrics.SILENT.inc()
        self.close(1011, "mute")

    # From the station

    async def _read(self) -> None:
        receive = self._websocket.recv
        while True:
            self._waits_for_frame = True
            data = await receive(decode=False)
            self._waits_for_frame = False
            answer = self.receive(data)
            if answer is not None:
                await self._websocket.send(answer, text=True)
            if self._serving >= MAX_UNSERVED_CALLS:
                await self._unserved.join()

    @property
    def has_room(self) -> bool:
        """`receive` may be called from outside: the reader waits, and not too many CALLs do."""
        return self._waits_for_frame and self._serving < MAX_UNSERVED_CALLS

    def receive(self, data: bytes | str) -> bytes | None:
        """Take one websocket message; returns what is to be sent at once. Never raises and never waits."""
        if not self._taps.listeners:
            return self._receive(data)
        self._taps.tell(self.station, "in", data)
        answer = self._receive(data)
        if answer is not None:
            self._taps.tell(self.station, "out", answer)
        return answer

    def _receive(self, data: bytes | str) -> bytes | None:
        self.signs.heard_at = self._hub.monotonic()
        frame = rpc.parse(data, self._version)
        if isinstance(frame, Fault) and (meant := self._reception.meant(data, frame.reason)) is not None:
            frame = rpc.parse(meant, self._version)
        if isinstance(frame, Call | Send):
            if self._serving:
                self._leave_to_worker(frame, None)
                return None
            incoming = self._understand(frame)
            if isinstance(incoming, Fault):
                return self._refusal(frame, incoming)
            if not isinstance(incoming, Tell) or incoming.facts or incoming.follow is not None:
                self._leave_to_worker(frame, incoming)
                return None
            return self._tell(frame, incoming)
        if isinstance(frame, Fault):
            self._count(frame, "", len(data))
            return None if frame.id is None else rpc.error(frame.id, frame.code, frame.text, self._version)
        self._calls.take(frame)
        return None

    def _leave_to_worker(self, call: Call | Send, incoming: Incoming | None) -> None:
        self._serving += 1
        self._unserved.put_nowait((call, incoming))

    async def _work(self) -> None:
        while (item := await self._unserved.get()) is not None:
            call, incoming = item
            try:
                understood = incoming or self._understand(call)
                if isinstance(understood, Fault):
                    answer = self._refusal(call, understood)
                else:
                    answer = await self._serve(call, understood)
                if answer is not None:
                    await self._send(answer)
                if self._boot is not None:
                    self._booted(self._boot)
                if isinstance(understood, Tell) and understood.follow is not None:
                    self._follow(understood.follow)
            except ConnectionClosed:
                pass  # the reader sees it too; what is still queued is history and is recorded all the same
            finally:
                self._serving -= 1
                self._unserved.task_done()
        self._unserved.task_done()

    def _understand(self, call: Call | Send) -> Incoming | Fault:
        """Validate and translate. Never raises: a codec that fails costs this CALL, not the connection."""
        action = call.action
        # A SEND that comes as a CALL, as stations without SEND have it, is taken and answered with nothing.
        kind: Kind = "send" if type(call) is Send or action in self._schemas.sends else "request"
        taken = self._reception.take(action, kind, call.payload)
        if taken is None and (named := self._reception.named(action)) is not None:
            call.action = named
            return self._understand(call)
        if taken is None:
            metrics.received(metrics.UNKNOWN).inc()
            return Fault("unknown_action", Code.NOT_IMPLEMENTED, elsewhere(action, self._version), call.id)
        metrics.received(action).inc()
        if isinstance(taken, Violation):
            return Fault("invalid_payload", taken.code, taken.text, call.id)
        if action != "BootNotification" and not self._may_be_served():
            return Fault("not_accepted", Code.SECURITY, "this station has not been accepted", call.id)
        try:
            incoming = self._dated(action, taken, self.codec.incoming(action, taken, self.peer()))
        except NotSupported:
            return Fault("not_supported", Code.NOT_SUPPORTED, "this gateway does nothing with this action", call.id)
        except Unprocessable as refused:
            return Fault("unprocessable", refused.code, refused.text, call.id)
        except Exception:
            log.exception("%s: %s could not be translated", self.station, action)
            return Fault("internal", Code.INTERNAL, "", call.id)
        if isinstance(incoming, Tell) and incoming.part is not None and self.gathering.take(incoming.part):
            incoming.facts = ()
        return incoming

    def _tell(self, call: Call | Send, tell: Tell) -> bytes | None:
        """Serve a CALL that needs no commit."""
        try:
            self._observe(tell.samples)
            if tell.event is not None:
                self._hub.account(self.station, *tell.event)
        except Exception:
            return self._failed(call)
        return self._answer(call, tell.reply)

    def _observe(self, samples: tuple[MeterSample, ...]) -> None:
        if samples:
            self._hub.observe(samples)
            self.peculiar.look(samples)

    async def _serve(self, call: Call | Send, incoming: Incoming) -> bytes | None:
        """Serve any CALL; what it asserts is durable when the answer is returned."""
        try:
            if isinstance(incoming, Enquiry):
                incoming = incoming.then(await pnc.ask(self._contracts, incoming.question))
            begins = isinstance(incoming, Ask) and getattr(incoming.request, "stage", None) == "started"
            if not begins:
                self._observe(incoming.samples)
            if isinstance(incoming, Ask):
                answer = await self._hub.request(incoming.request)
                if begins:  # what the next car begins with is no reading of the one before
                    self._observe(incoming.samples)
                reply = incoming.reply(answer)
                self._boot = answer if isinstance(answer, BootAnswer) else None
            else:
                await self._hub.record(*incoming.facts)
                reply = incoming.reply
                if incoming.event is not None:
                    self._hub.account(self.station, *incoming.event)
        except JournalError as error:
            # Not stored, so not acknowledged: the station keeps it and tries again.
            log.error("%s: %s was not stored: %s", self.station, call.action, error)
            return self._refusal(call, Fault("not_stored", Code.INTERNAL, "not stored, try again", call.id))
        except Exception:
            return self._failed(call)
        return self._answer(call, reply)

    def _answer(self, call: Call | Send, reply: Payload) -> bytes | None:
        if type(call) is Send:
            return None
        schema = self._schemas.get(call.action, "response", strict=True)
        if schema is not None and (violation := schema.violation(reply)) is not None:
            log.error("%s: the answer to %s would not be valid: %s", self.station, call.action, violation.text)
            return self._refusal(call, Fault("internal", Code.INTERNAL, "", call.id))
        return rpc.result(call.id, reply)

    def _refusal(self, call: Call | Send, fault: Fault) -> bytes | None:
        self._count(fault, call.action if call.action in self._schemas.actions else "a made-up action", 0)
        return rpc.error(call.id, fault.code, fault.text, self._version) if type(call) is Call else None

    def _failed(self, call: Call | Send) -> bytes | None:
        log.exception("%s: %s could not be served", self.station, call.action)
        return self._refusal(call, Fault("internal", Code.INTERNAL, "", call.id))

    def _booted(self, answer: BootAnswer) -> None:
        self._boot = None
        self._heartbeat_s = answer.interval_s
        self._admitted = answer.status == "accepted"
        if answer.status != "rejected":
            self.booted = True
            if self.clock.skew_s is None:
                self.clock = self.peculiar.clock()  # now it is known of which family it is
            if quiet_s := self.peculiar.quirk.quiet_after_boot_s:
                if self._settling is not None:
                    self._settling.cancel()
                self._settling = asyncio.get_running_loop().call_later(quiet_s, self._set_ready)
            else:
                self._set_ready()

    def _may_be_served(self) -> bool:
        if not self._admitted:
            state = self._hub.state.stations.get(self.station)
            is_accepted = state is not None and state.registration == "accepted" and state.admitted is not False
            self._admitted = is_accepted and not is_kept_out(self._hub.site, state)
        return self._admitted

    def _count(self, fault: Fault, action: str, size: int) -> None:
        metrics.BAD_FRAMES.labels(fault.reason).inc()
        now = self._hub.monotonic()
        if now - self._lines_since >= LINES_EVERY_S:
            self._lines, self._lines_since = 0, now
        self._lines += 1
        if self._lines > MAX_LINES:
            return
        what = f"{action}, {fault.text}" if action else f"{fault.text}, {size} bytes"
        log.warning("%s: OCPP %s frame refused: %s (%s)", self.station, self._version, fault.reason, what)
        if self._lines == MAX_LINES:
            log.warning("%s: more refused frames are only counted for a minute", self.station)

    def _dated(self, action: str, payload: Payload, incoming: Incoming) -> Incoming:
        """Hold the station's clock against ours, which only tells while ours is set, and put its times right."""
        if self._hub.clock.state == "unsynced":
            return incoming
        now = self._hub.now()
        told = timing.present(action, payload)
        if told is not None and not self._serving:
            news = self.clock.tell(told, now)
            if news is not None and self._on_clock is not None:
                self._on_clock(self, news)
        return timing.put_right(incoming, payload, self.clock, now)

    def peer(self) -> Peer:
        peculiar = self.peculiar
        return Peer(
            self.station, self._evses, self._reports_phases, self._active, self._by_reference, self._hub.now(),
            reservation=self._reservation, reserved_as=self._reserved_as, local_list=self._local_list,
            variable=self._variable, transaction=self._transaction, group=self._group, cost=self._hub.cost_so_far,
            known=self._known, quirk=peculiar.quirk, meanings=peculiar.meanings, lasting_a=peculiar.lasting_a.get,
            volts=peculiar.volts,
        )  # fmt: skip

    def _active(self, evse: int) -> Transaction | None:
        state = self._hub.state
        key = state.at_evse.get((self.station, evse))
        return state.transactions.get(key) if key is not None else None

    def _by_reference(self, reference: str) -> Transaction | None:
        state = self._hub.state
        key = state.by_reference.get((self.station, reference))
        return state.transactions.get(key) if key is not None else None

    def _group(self, id_token: str) -> str | None:
        return group_of(self._hub.state, self._hub.site, id_token)

    def _transaction(self, id: str) -> Transaction | None:
        known = self._hub.state.transactions.get(id)
        return known if known is not None and known.station == self.station else None

    def _reservation(self, id: str) -> Reservation | None:
        held = self._hub.state.reservations.get(id)
        return held if held is not None and held.station == self.station else None

    def _reserved_as(self, number: int) -> Reservation | None:
        held = self._hub.state.reservations.values()
        return next((row for row in held if (row.station, row.number) == (self.station, number)), None)

    def _local_list(self) -> Iterator[ListEntry]:
        now = self._hub.now()
        for row in effective(self._hub.state, self._hub.site):
            expires_at = row.expires_at if isinstance(row, ListedToken) else None
            yield ListEntry(row.id_token, status_of(row, now), row.group, row.language, expires_at)

    def _variable(self, component: str, variable: str, instance: str | None) -> str | None:
        row = self._hub.state.variables.get(key_of(self.station, component, variable, instance))
        return row.value if row is not None else None

    async def _send(self, data: bytes) -> None:
        if self._taps.listeners:
            self._taps.tell(self.station, "out", data)
        await self._websocket.send(data, text=True)

    # To the station

    @property
    def patience_s(self) -> float:
        """How long an answer, or the next part of a report, may take."""
        return self._timing.call_timeout_s

    def _follow(self, outgoing: Outgoing) -> None:
        """Send what follows from something that the station said, behind its answer."""
        task = asyncio.get_running_loop().create_task(self._follow_up(outgoing), name=f"{self.station} follow-up")
        self._follow_ups.add(task)
        task.add_done_callback(self._follow_ups.discard)

    async def _follow_up(self, outgoing: Outgoing) -> None:
        try:
            ending = outgoing.ending(await self.call(outgoing.action, outgoing.payload))
            trouble = None if ending.state == "done" else ending.reason or ending.state
        except CallFailed as error:
            trouble = str(error)
        if trouble is not None and not self.closed:
            log.warning("%s: %s, sent by the gateway itself: %s", self.station, outgoing.action, trouble)

    async def call(
        self,
        action: str,
        payload: Mapping[str, Any],
        timeout_s: float | None = None,
        priority: Priority | None = None,
    ) -> Payload:
        """Send a CALL and return the payload of its result: see `Calls.call`. `priority` is the action's own when its
        caller does not say."""
        patience_s = self._timing.call_timeout_s if timeout_s is None else timeout_s
        return await self._calls.call(
            action, payload, patience_s, priority_of(action) if priority is None else priority
        )


def _reason(end: ConnectionClosed) -> str:
    """Why a connection ended: who closed it, and with which code of RFC 6455 section 7.4."""
    if end.rcvd is not None and end.rcvd_then_sent is not False:
        return f"closed by the station: {end.rcvd.code} {rpc.one_line(end.rcvd.reason, 60)}".strip()
    if end.sent is not None:
        if end.sent.code == 1009:
            metrics.BAD_FRAMES.labels("too_big").inc()
        return f"closed by the gateway: {end.sent.code} {end.sent.reason}".strip()
    return "connection lost"
