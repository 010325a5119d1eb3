"""CALLs to one station over one connection: one in flight, the others in line, each with its deadline."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from websockets.exceptions import ConnectionClosed

from edgegw.stations import metrics, rpc
from edgegw.stations.codec import Payload, Version
from edgegw.stations.errors import InvalidCall, NoAnswer, StationBusy, StationError, StationOffline
from edgegw.stations.rpc import CallError, CallResult
from edgegw.stations.schemas import for_version

log = logging.getLogger("edgegw.stations")

MAX_WAITING: Final = 16
"""CALLs to one station that wait for their turn."""

MIN_PATIENCE: Final = 0.25
"""A CALL whose turn comes with less than this share of its time left is not sent: nobody would see the answer."""

MUTE_AFTER: Final = 5
"""CALLs in a row without an answer after which the connection is ended: a new one is the only cure that is known."""


class Websocket(Protocol):
    """What a link needs of a connection; `connection.StationConnection` is one. `recv` and `send` raise
    ConnectionClosed when it has ended."""

    async def recv(self, decode: bool | None = None) -> str | bytes: ...
    async def send(self, message: bytes, *, text: bool | None = None) -> None: ...
    async def ping(self) -> Awaitable[float]: ...
    async def close(self, code: int = 1000, reason: str = "") -> None: ...


class Calls:
    """The CALLs of a link. `on_mute` is called when MUTE_AFTER of them in a row brought no answer."""

    def __init__(self, websocket: Websocket, station: str, version: Version, *, on_mute: Callable[[], None]) -> None:
        self.closed = False
        self._websocket = websocket
        self._station = station
        self._version = version
        self._schemas = for_version(version)
        self._on_mute = on_mute
        self._ready = asyncio.Event()
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._current: tuple[str, asyncio.Future[CallResult | CallError]] | None = None
        self._given_up: deque[rpc.MessageId] = deque(maxlen=16)
        self._unanswered = 0

    @property
    def ready(self) -> bool:
        return self._ready.is_set() and not self.closed

    async def drained(self) -> None:
        """Wait until the CALL in flight, and those in line, have ended."""
        async with self._turn:
            pass

    def begin(self) -> bool:
        """The station may be called from now on. False when it already might."""
        if self._ready.is_set():
            return False
        self._ready.set()
        return True

    def end(self) -> None:
        """The connection is gone: everyone who waits is told at once."""
        self.closed = True
        self._ready.set()
        if self._current is not None and not self._current[1].done():
            self._current[1].set_exception(NoAnswer("the connection ended"))

    async def call(self, action: str, payload: Mapping[str, Any], timeout_s: float) -> Payload:
        """Send a CALL and return the payload of its CALLRESULT, which has passed the tolerant schema.

        `timeout_s` covers the wait for the boot, for the turn and for the answer. Raises an error of
        `edgegw.stations.errors`: NothingSent when the station has not seen the CALL, StationError for its
        CALLERROR, NoAnswer when what it did is not known.
        """
        self._check(action, payload)
        if self.closed:
            raise StationOffline(f"{self._station} is not connected")
        if self._waiting >= MAX_WAITING:
            raise StationBusy(f"{self._waiting} calls wait for {self._station} already")
        deadline = asyncio.get_running_loop().time() + timeout_s
        self._waiting += 1
        try:
            await self._wait_turn(deadline)
        finally:
            self._waiting -= 1
        try:
            if self.closed:
                raise StationOffline(f"{self._station} is not connected")
            if deadline - asyncio.get_running_loop().time() < MIN_PATIENCE * timeout_s:
                raise StationBusy(f"{self._station} was busy with an earlier call")
            return await self._exchange(action, payload, deadline)
        finally:
            self._turn.release()

    def _check(self, action: str, payload: Mapping[str, Any]) -> None:
        schema = self._schemas.get(action, "request", strict=True)
        if schema is None:
            raise InvalidCall(f"OCPP {self._version} has no action {action[:50]}")
        if (violation := schema.violation(payload)) is not None:
            raise InvalidCall(f"{action} {violation.text}")

    async def _wait_turn(self, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                await self._ready.wait()
        except TimeoutError:
            raise StationOffline(f"{self._station} is connected but has not booted") from None
        try:
            async with asyncio.timeout_at(deadline):
                await self._turn.acquire()
        except TimeoutError:
            raise StationBusy(f"{self._station} was busy with earlier calls") from None

    async def _exchange(self, action: str, payload: Mapping[str, Any], deadline: float) -> Payload:
        message_id = str(uuid.uuid4())
        answered: asyncio.Future[CallResult | CallError] = asyncio.get_running_loop().create_future()
        self._current = (message_id, answered)
        metrics.sent(action).inc()
        try:
            async with asyncio.timeout_at(deadline):
                await self._websocket.send(rpc.call(message_id, action, payload), text=True)
                answer = await answered
        except TimeoutError:
            metrics.CALLS.labels("no_answer").inc()
            self._unanswered += 1
            if self._unanswered >= MUTE_AFTER:
                log.warning("%s: %d calls without an answer, hanging up", self._station, self._unanswered)
                self._on_mute()
            raise NoAnswer(f"{self._station} did not answer {action} in time") from None
        except (ConnectionClosed, NoAnswer):
            metrics.CALLS.labels("lost").inc()
            raise NoAnswer(f"the connection to {self._station} ended before it answered {action}") from None
        finally:
            self._current = None
            if not answered.done() or answered.cancelled():
                self._given_up.append(message_id)
            answered.cancel()
        self._unanswered = 0
        return await self._judge(action, answer)

    async def _judge(self, action: str, answer: CallResult | CallError) -> Payload:
        if isinstance(answer, CallError):
            metrics.CALLS.labels("error").inc()
            raise StationError(answer.code, answer.description)
        schema = self._schemas.get(action, "response", strict=False)
        violation = schema.violation(answer.payload) if schema is not None else None
        if violation is None:
            metrics.CALLS.labels("result").inc()
            return answer.payload
        metrics.CALLS.labels("invalid").inc()
        log.warning("%s: its answer to %s is not valid: %s", self._station, action, violation.text)
        if self._version == "2.1":
            with contextlib.suppress(ConnectionClosed):
                refusal = rpc.result_error(answer.id, violation.code, violation.text)
                await self._websocket.send(refusal, text=True)
        raise NoAnswer(f"{self._station} answered {action} with something invalid: {violation.text}")

    def take(self, answer: CallResult | CallError) -> None:
        """Give an answer to who waits for it; drop it, counted, when nobody does."""
        if isinstance(answer, CallError) and answer.of_result:
            log.warning("%s: could not use our answer: %s", self._station, answer.code)
            metrics.BAD_FRAMES.labels("result_error").inc()
        elif self._current is not None and answer.id == self._current[0] and not self._current[1].done():
            self._current[1].set_result(answer)
        else:
            # An answer to nothing is never answered; a late one says that the time given was too short.
            metrics.BAD_FRAMES.labels("late_answer" if answer.id in self._given_up else "unsolicited_answer").inc()
