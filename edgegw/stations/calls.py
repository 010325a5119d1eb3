"""CALLs to one station over one connection: one in flight, the others in line (`turns`), each with its deadline."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from math import inf
from time import perf_counter
from typing import Final

from websockets.exceptions import ConnectionClosed

from edgegw.core.secrets import Hiding
from edgegw.journal.ids import uuid7
from edgegw.stations import metrics, rpc
from edgegw.stations.codec import Payload, Version
from edgegw.stations.directions import SAID_BY_STATIONS
from edgegw.stations.errors import InvalidAnswer, InvalidCall, NoAnswer, StationBusy, StationError, StationOffline
from edgegw.stations.rpc import CallError, CallResult
from edgegw.stations.schemas import Violation, for_version
from edgegw.stations.tolerances import Reception
from edgegw.stations.turns import Priority, Turns

log = logging.getLogger("edgegw.stations")

MAX_WAITING: Final = 16
"""CALLs to one station of one priority that wait for their turn: reports in a queue keep no stop out."""

MIN_PATIENCE: Final = 0.25
"""A CALL whose turn comes with less than this share of its time left is not sent: nobody would see the answer."""

GRACE_S: Final[Mapping[Priority, float]] = {Priority.COMMAND: 15.0, Priority.COMFORT: 5.0}
"""What is in flight has so many seconds from when a CALL for safety waits behind it, or half of that one's time. Then
nobody waits for its answer any more: a station that is mute, or slow with a list, keeps no limit and no stop out. Who
gives a CALL up may send the next (OCPP-J 1.6 section 4.1.1). An answer that comes later shows that it is not mute."""

MUTE_AFTER: Final = 5
"""CALLs in a row without an answer after which the connection is ended: a new one is the only cure that is known."""

_PLAIN: Final = frozenset({
    "ClearChargingProfile", "CostUpdated", "SendLocalList", "SetChargingProfile", "SetDefaultTariff",
    "UpdateDynamicSchedule",
})  # fmt: skip
"""CALLs that hold no secret, and are too long or too frequent to be looked through for one."""


def _nobody() -> None:
    """Who is told when the connection has ended."""


class Calls:
    """The CALLs of a link, sent by `send`, which raises ConnectionClosed at its end. `on_mute` is called when
    MUTE_AFTER of them in a row brought no answer, `on_answer` with the station when the first answer comes, be it an
    error; `reception` takes in the answers, and `hiding` knows what must not be told again of what was said."""

    def __init__(
        self,
        send: Callable[[bytes], Awaitable[None]],
        station: str,
        version: Version,
        *,
        on_mute: Callable[[], None],
        on_answer: Callable[[str], None],
        reception: Reception,
        hiding: Hiding,
    ) -> None:
        self.closed = False
        self._send = send
        self._station = station
        self._version = version
        self._schemas = for_version(version)
        self._on_mute = on_mute
        self._on_answer = on_answer
        self._answered = False
        self._reception = reception
        self._hiding = hiding
        self._turns = Turns()
        self._current: tuple[str, asyncio.Future[CallResult | CallError]] | None = None
        self._patience: tuple[Priority, asyncio.Timeout] | None = None
        self._given_up: deque[rpc.MessageId] = deque(maxlen=16)
        self._unanswered = 0

    @property
    def ready(self) -> bool:
        return self._turns.opened and not self.closed

    async def drained(self) -> None:
        """Wait until the CALL in flight, and those in line, have ended."""
        await self._turns.idle()

    def begin(self) -> bool:
        """The station may be called from now on. False when it already might, or has gone."""
        if self._turns.opened or self.closed:
            return False
        self._turns.open()
        return True

    def end(self) -> None:
        """The connection is gone: everyone who waits is told at once."""
        self.closed = True
        self._turns.end()
        if self._current is not None and not self._current[1].done():
            self._current[1].set_exception(NoAnswer("the connection ended"))
        # Whose this is holds this object: untied, both are freed at once, where a ring would wait for the collector.
        self._on_mute = _nobody

    async def call(self, action: str, payload: Mapping[str, object], timeout_s: float, priority: Priority) -> Payload:
        """Send a CALL and return the payload of its CALLRESULT, mended where it had to be.

        `timeout_s` covers the wait for the boot, for the turn and for the answer. Raises an error of
        `edgegw.stations.errors`: NothingSent when the station has not seen the CALL, StationError for its
        CALLERROR, NoAnswer when what it did is not known.
        """
        self._check(action, payload)
        if self._turns.waiting(priority) >= MAX_WAITING:
            raise StationBusy(f"{MAX_WAITING} calls wait for {self._station} already")
        deadline = asyncio.get_running_loop().time() + timeout_s
        if priority is Priority.SAFETY:
            self._hurry(timeout_s / 2)
        await self._wait_turn(priority, deadline)
        try:
            if self.closed:
                raise StationOffline(f"{self._station} is not connected")
            if deadline - asyncio.get_running_loop().time() < MIN_PATIENCE * timeout_s:
                raise StationBusy(f"{self._station} was busy with an earlier call")
            return await self._exchange(action, payload, deadline, priority)
        finally:
            self._turns.release()

    def _hurry(self, most_s: float = inf) -> None:
        """Something for safety waits: what is in flight has its grace left, and no more."""
        if self._patience is None or (grace_s := GRACE_S.get(self._patience[0])) is None:
            return
        patience = self._patience[1]
        ends, latest = patience.when(), asyncio.get_running_loop().time() + min(grace_s, most_s)
        if ends is not None and latest < ends and not patience.expired():
            patience.reschedule(latest)

    def _check(self, action: str, payload: Mapping[str, object]) -> None:
        schema = self._schemas.get(action, "request", strict=True)
        if schema is None:
            raise InvalidCall(f"OCPP {self._version} has no action {action[:50]}")
        if action in SAID_BY_STATIONS:
            raise InvalidCall(f"{action} is what a station says, it can't be sent to one")
        if (violation := schema.violation(payload)) is not None:
            raise InvalidCall(f"{action} {violation.text}")

    async def _wait_turn(self, priority: Priority, deadline: float) -> None:
        try:
            has_turn = await self._turns.take(priority, deadline)
        except TimeoutError:
            if not self._turns.opened:
                raise StationOffline(f"{self._station} is connected but has not booted") from None
            raise StationBusy(f"{self._station} was busy with earlier calls") from None
        if not has_turn:
            raise StationOffline(f"{self._station} is not connected")

    async def _exchange(
        self, action: str, payload: Mapping[str, object], deadline: float, priority: Priority
    ) -> Payload:
        if action not in _PLAIN:
            self._hiding.of(payload)
        message_id = uuid7()  # uuid4 is a system call: with a thousand stations at once they were most of a stall
        answered: asyncio.Future[CallResult | CallError] = asyncio.get_running_loop().create_future()
        self._current = (message_id, answered)
        metrics.sent(action).inc()
        began = perf_counter()
        try:
            async with asyncio.timeout_at(deadline) as patience:
                self._patience = priority, patience
                if self._turns.waiting(Priority.SAFETY):
                    self._hurry()
                await self._send(rpc.call(message_id, action, payload))
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
            self._current = self._patience = None
            if not answered.done() or answered.cancelled():
                self._given_up.append(message_id)
            answered.cancel()
        metrics.CALL_SECONDS.observe(perf_counter() - began)
        self._unanswered = 0
        if not self._answered:
            self._answered = True
            self._on_answer(self._station)
        return await self._judge(action, answer)

    async def _judge(self, action: str, answer: CallResult | CallError) -> Payload:
        if isinstance(answer, CallError):
            metrics.CALLS.labels("error").inc()
            raise StationError(self._hiding.text(answer.code), self._hiding.text(answer.description))
        taken = self._reception.take(action, "response", answer.payload)
        if not isinstance(taken, Violation):
            metrics.CALLS.labels("result").inc()
            return taken or {}
        metrics.CALLS.labels("invalid").inc()
        log.warning("%s: its answer to %s is not valid: %s", self._station, action, taken.text)
        if self._version == "2.1":
            with contextlib.suppress(ConnectionClosed):
                refusal = rpc.result_error(answer.id, taken.code, taken.text)
                await self._send(refusal)
        raise InvalidAnswer(
            f"the answer of {self._station} to {action} breaks OCPP {self._version} at {taken.text}",
            taken.code, self._hiding.of(answer.payload),
        )  # fmt: skip

    def take(self, answer: CallResult | CallError) -> None:
        """Give an answer to who waits for it; drop it, counted, when nobody does."""
        if isinstance(answer, CallError) and answer.of_result:
            log.warning("%s: could not use our answer: %s", self._station, answer.code)
            metrics.BAD_FRAMES.labels("result_error").inc()
        elif self._current is not None and answer.id == self._current[0] and not self._current[1].done():
            self._current[1].set_result(answer)
        else:
            # An answer to nothing is never answered; a late one says that the time given was too short.
            is_late = answer.id in self._given_up
            metrics.BAD_FRAMES.labels("late_answer" if is_late else "unsolicited_answer").inc()
            if is_late:
                self._unanswered = 0
