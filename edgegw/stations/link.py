"""A link: one live websocket of one station, from its opening to its end.

Each direction has one CALL in flight (OCPP-J 1.6 section 4.1.1) and neither waits for the other. A frame's way:

- `receive` gets it as it came and reads it (`rpc`). An answer goes to who waits for its message id (`calls`), what
  cannot be read is refused (`refusals`), a CALL is answered (`answers`).
- There it is validated, mended, translated and its times put right (`interpreter`), with what is known of the station
  (`acquaintance`); the hub observes or commits; the answer is validated and sent, at once or by the worker.
- `call` takes its turn among the callers, sends, and waits (`calls`).

Nothing is sent to a station whose boot has not been answered; some reboot for ever when it is. A station that is known
and reconnects without a boot counts as booted after `SETTLE_S`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from websockets.exceptions import ConnectionClosed

from edgegw.model.requests import BootAnswer
from edgegw.stations import metrics, rpc
from edgegw.stations.acquaintance import Acquaintance
from edgegw.stations.answers import Answers
from edgegw.stations.calls import Calls
from edgegw.stations.codec import Codec, Outgoing, Payload, Peer
from edgegw.stations.errors import CallFailed
from edgegw.stations.gathering import Gathering
from edgegw.stations.interpreter import Interpreter
from edgegw.stations.known import Limits
from edgegw.stations.peculiar import Peculiar
from edgegw.stations.refusals import Refusals
from edgegw.stations.rpc import Call, Fault, Send
from edgegw.stations.skew import StationClock
from edgegw.stations.surroundings import Nobody, Surroundings, Witness
from edgegw.stations.tolerances import Reception
from edgegw.stations.turns import Priority, priority_of
from edgegw.stations.watch import Watch
from edgegw.stations.wire import Websocket, Wire

log = logging.getLogger("edgegw.stations")

NOBODY: Final = Nobody()


class Link:
    """Serve `websocket` with `run`; `call` the station meanwhile, from any task of the same loop. `witness` is told
    what is seen; `address` is where the station connects from."""

    def __init__(
        self,
        websocket: Websocket,
        station: str,
        codec: Codec,
        around: Surroundings,
        witness: Witness = NOBODY,
        *,
        address: str | None = None,
    ) -> None:
        self.station = station
        self.codec = codec
        self.address = address
        self.replaced = False
        """Another connection of the same station has taken over; set by `links`."""
        self.doubted = False
        """Another address has tried to take over; set by `links`, so that it is written down once."""
        self.fell_silent = False
        """It left MUTE_AFTER CALLs in a row without an answer, and was hung up on."""
        self.booted = False
        """A BootNotification came in this connection, and was not rejected."""
        self.visited = self.visiting = False
        """What is done at a station that has come was begun, and goes on; set by the server."""
        self.hiding = around.discretion.of(station)
        """Hides what is secret in what the station says, and what was in what it was told."""
        self.gathering = Gathering()
        hub, version = around.hub, codec.version
        self._websocket = websocket
        self._witness = witness
        self._taps = around.taps
        self._timing = around.timing
        self._monotonic = hub.monotonic
        self._version = version
        self._known = known = Acquaintance(station, around, witness)
        self._watch = Watch(websocket, station, known.peculiar, hub.site.heartbeat_s, hub.monotonic)
        self._refusals = Refusals(station, version, hub.monotonic)
        wire = Wire(websocket, station, around.taps)
        self._reception = reception = Reception(station, version, around.tolerances)
        interpreter = Interpreter(known, codec, reception, self.gathering)
        self._presence = around.forwarding.presence(station) if around.forwarding is not None else None
        self._answers = Answers(known, version, around, interpreter, self._refusals, wire, self._presence)
        self._calls = Calls(
            wire.send, station, version, on_mute=self._fall_silent, on_answer=witness.answered, reception=reception,
            hiding=self.hiding,
        )  # fmt: skip
        self._waits_for_frame = False
        self._settling: asyncio.TimerHandle | None = None
        self._follow_ups: set[asyncio.Task[None]] = set()
        self._guests: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[None] | None = None

    # The life of the connection

    async def run(self) -> str:
        """Serve until the connection ends; returns why it ended, for the log and the journal."""
        loop = asyncio.get_running_loop()
        worker = loop.create_task(self._answers.work(self._booted, self._follow), name=f"{self.station} worker")
        watch = loop.create_task(self._watch.keep(self._timing.ping_every_s, self.close), name=f"{self.station} watch")
        if self._known.may_be_served():
            self._settling = loop.call_later(self._timing.settle_s, self._set_ready)
        try:
            await self._read()
            return "closed"
        except ConnectionClosed as end:
            return _reason(end)
        finally:
            self._calls.end()
            self.gathering.end()
            if self._presence is not None:
                self._presence.gone(self)
            for guest in tuple(self._guests):
                guest.cancel()
            if self._settling is not None:
                self._settling.cancel()
            watch.cancel()
            # What the station has said is history, so it is still written down; only the answers get lost.
            try:
                self._answers.end()
                await worker
            finally:
                worker.cancel()
                ending = [*filter(None, [self._closing]), *self._follow_ups]
                await asyncio.gather(worker, watch, *ending, return_exceptions=True)
                self._settling = None

    @property
    def closed(self) -> bool:
        return self._calls.closed

    def while_here(self, task: asyncio.Task[None]) -> None:
        """Cancel `task` when the connection ends."""
        self._guests.add(task)
        task.add_done_callback(self._guests.discard)

    async def drained(self) -> None:
        """Wait until every CALL that has come is answered and none of ours waits for its answer."""
        await self._answers.caught_up()
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
        return await self._watch.is_alive(within_s)

    def _set_ready(self) -> None:
        if self._calls.begin():
            if self._presence is not None:
                self._presence.come(self, self._version)
            self._witness.ready(self)

    def _fall_silent(self) -> None:
        self.fell_silent = True
        metrics.SILENT.inc()
        self.close(1011, "mute")

    # The station

    @property
    def peculiar(self) -> Peculiar:
        return self._known.peculiar

    @property
    def clock(self) -> StationClock:
        return self._known.clock

    @property
    def limits(self) -> Limits:
        """What it has accepted on this connection."""
        return self._known.limits

    def peer(self) -> Peer:
        """The station as a codec sees it, now."""
        return self._known.peer()

    # From the station

    async def _read(self) -> None:
        receive, answers = self._websocket.recv, self._answers
        while True:
            self._waits_for_frame = True
            data = await receive(decode=False)
            self._waits_for_frame = False
            answer = self.receive(data)
            if answer is not None:
                await self._websocket.send(answer, text=True)
            if answers.full:
                await answers.caught_up()

    @property
    def has_room(self) -> bool:
        """`receive` may be called from outside: the reader waits, and not too many CALLs do."""
        return self._waits_for_frame and not self._answers.full

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
        self._watch.signs.heard_at = self._monotonic()
        frame = rpc.parse(data, self._version)
        if isinstance(frame, Fault) and (meant := self._reception.meant(data, frame.reason)) is not None:
            frame = rpc.parse(meant, self._version)
        if isinstance(frame, Call | Send):
            return self._answers.take(frame)
        if isinstance(frame, Fault):
            return self._refusals.of_frame(frame, len(data))
        self._calls.take(frame)
        return None

    def _booted(self, answer: BootAnswer) -> None:
        self._watch.heartbeat_s = answer.interval_s
        self._known.booted(answer)
        if answer.status == "rejected":
            return
        is_late = self.ready and not self.booted
        self.booted = True
        if is_late:  # it had counted as booted, and was visited as one that only lost its connection
            self._witness.ready(self)
        elif quiet_s := self.peculiar.quirk.quiet_after_boot_s:
            if self._settling is not None:
                self._settling.cancel()
            self._settling = asyncio.get_running_loop().call_later(quiet_s, self._set_ready)
        else:
            self._set_ready()

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
        payload: Mapping[str, object],
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
