"""The telling half of a connection to the other CSMS: what it hears of one station, and in which order.

    boot, until that CSMS accepts it ─► statuses ─► all that waits, in order ─► what comes
                                                        └─ a heartbeat when nothing does

A CSMS that lets the boot wait, or rejects it, is told nothing more until it accepts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from edgegw.journal.ids import uuid7
from edgegw.journal.outbox import OutboxRow, Told
from edgegw.stations.codec import Payload
from edgegw.stations.rpc import CallError, CallResult, one_line
from edgegw.stations.schemas import for_version
from edgegw.stations.upstream import metrics, numbers
from edgegw.stations.upstream.kept import Kept
from edgegw.stations.upstream.message import Message
from edgegw.stations.upstream.pace import UpstreamPace
from edgegw.stations.upstream.sorts import BOOT, STATUS, Rank
from edgegw.stations.upstream.wire import Gone, UpstreamWire

log = logging.getLogger("edgegw.stations.upstream")

ATTEMPTS: Final = 3
"""How often a message of a transaction is told to a CSMS that answers with an error which may pass (OCPP 1.6 section
9.1.26, TransactionMessageAttempts)."""

UNANSWERED: Final = 10
"""Connections that may end over one message before it is given up."""

SHORTEST_S: Final = 1.0
LONGEST_S: Final = 86400.0
"""Whatever interval that CSMS asks for, between heartbeats and between boots that it does not accept."""

_MAY_PASS: Final = frozenset({"InternalError", "GenericError"})


class Telling:
    """`run` it over `wire`. `commit` makes rows durable (it never raises). `stands` is told whether that CSMS has
    accepted the boot, and if not, why, for people; `is_here` says whether the station is connected here."""

    def __init__(
        self,
        kept: Kept,
        wire: UpstreamWire,
        pace: UpstreamPace,
        *,
        commit: Callable[[Sequence[OutboxRow]], Awaitable[None]],
        stands: Callable[[bool, str | None], None],
        is_here: Callable[[], bool],
    ) -> None:
        self._kept = kept
        self._station = kept.station
        self._wire = wire
        self._pace = pace
        self._commit = commit
        self._stands = stands
        self._is_here = is_here
        self._heartbeat_s = pace.heartbeat_s

    async def run(self) -> None:
        """Tell until the station has gone and all is told. Raises Gone when the connection ends."""
        kept, queue = self._kept, self._kept.queue
        await self._boot()
        while True:
            while kept.again:
                slot = min(kept.again)
                kept.again.discard(slot)
                await self._tell_again(kept.newest[slot])
            message = await queue.next()
            if message is None:
                if not await self._rest():
                    return
            elif message.version != self._wire.version:
                self._give_up(message, "unknown", "it was said in another version of OCPP")
            else:
                await self._tell(message)

    # The boot

    async def _boot(self) -> None:
        """Tell the boot until it is accepted, then the statuses. Without one that it could tell, a station that comes
        back without having rebooted tells none either."""
        kept = self._kept
        while (boot := kept.newest.get(BOOT)) is not None and boot.version == self._wire.version:
            answer = await self._call(boot, uuid7())
            if self._accepts(answer):
                break
            self._stands(False, "it does not accept the station's boot")
            log.warning(
                "%s: upstream does not accept its boot; asked again in %.0f s", self._station, self._heartbeat_s
            )
            await asyncio.sleep(self._heartbeat_s)
        self._stands(True, None)
        log.info("%s: upstream is there", self._station)
        kept.again |= {slot for slot in kept.newest if slot.startswith(STATUS)}
        kept.again.discard(BOOT)

    def _accepts(self, answer: CallResult | CallError) -> bool:
        if isinstance(answer, CallError):
            return False
        interval = answer.payload.get("interval")
        if isinstance(interval, int | float) and not isinstance(interval, bool) and interval > 0:
            self._heartbeat_s = min(max(float(interval), SHORTEST_S), LONGEST_S)
        return answer.payload.get("status") == "Accepted"

    async def _tell_again(self, message: Message) -> None:
        if message.version == self._wire.version:
            answer = await self._call(message, uuid7())
            if message.action == "BootNotification":
                self._accepts(answer)

    async def _rest(self) -> bool:
        """Wait until there may be something to tell, with a heartbeat when there is none for long; False when the
        station has gone."""
        woken = self._kept.woken
        woken.clear()
        try:
            async with asyncio.timeout(self._heartbeat_s if self._is_here() else self._pace.linger_s):
                await woken.wait()
        except TimeoutError:
            if not self._is_here():
                return False
            await self._wire.call(uuid7(), "Heartbeat", {}, self._pace.answer_s)
        return True

    # A message

    async def _call(self, message: Message, id: str, payload: Payload | None = None) -> CallResult | CallError:
        payload = message.payload if payload is None else payload
        answer = await self._wire.call(id, message.action, payload, self._pace.answer_s)
        if isinstance(answer, CallResult):
            schema = for_version(self._wire.version).get(message.action, "response", strict=False)
            violation = schema.violation(answer.payload) if schema is not None else None
            if violation is not None:
                log.warning(
                    "%s: upstream's answer to %s is not valid: %s", self._station, message.action, violation.text
                )
        return answer

    async def _tell(self, message: Message) -> None:
        """Tell one message to its end. Raises Gone; then it is told again over the next connection."""
        while True:
            try:
                payload = numbers.for_there(
                    message.action, message.payload, message.version, message.number, self._kept.there
                )
            except numbers.NoNumber:
                self._give_up(message, "unknown", "upstream does not know the transaction")
                return
            message.tries += 1
            try:
                answer = await self._call(message, message.id, payload)
            except Gone:
                if message.tries >= UNANSWERED:
                    self._give_up(message, "unanswered", f"upstream did not answer it {message.tries} times")
                raise
            there = answer.payload.get("transactionId") if isinstance(answer, CallResult) else None
            starts = message.action == "StartTransaction"
            if isinstance(answer, CallResult) and (not starts or type(there) is int):
                await self._told(message, answer, there if starts else None)
                return
            code = answer.code if isinstance(answer, CallError) else "no transactionId"
            passes = isinstance(answer, CallResult) or answer.code in _MAY_PASS
            message.settle(answer if isinstance(answer, CallError) else None)
            if not passes or message.rank != Rank.TRANSACTION or message.tries >= ATTEMPTS:
                self._give_up(message, "refused", f"upstream refuses it: {one_line(code, 40)}")
                return
            await asyncio.sleep(self._pace.retry_s * message.tries)

    async def _told(self, message: Message, answer: CallResult, there: int | None) -> None:
        metrics.MESSAGES.labels("told").inc()
        rows: list[OutboxRow] = []
        if there is not None:
            message.there = there
            if message.number is not None:
                rows.append(self._kept.called(message.number, there))
        if message.saved:
            rows.append(Told((message.position,)))
        self._kept.queue.done(message)
        message.settle(answer)
        if rows and message.rank == Rank.TRANSACTION:
            await self._commit(rows)  # told twice it could begin a second transaction there
        else:
            for row in rows:
                self._kept.later(row)
        if message.action == "BootNotification" and not self._accepts(answer):
            self._stands(False, None)
            await self._boot()

    def _give_up(self, message: Message, outcome: str, why: str) -> None:
        metrics.MESSAGES.labels(outcome).inc()
        log.warning("%s: %s of %s is not told: %s", self._station, message.action, message.at.isoformat(), why)
        self._kept.queue.done(message)
        message.settle(None)
        if message.saved:
            self._kept.later(Told((message.position,)))
