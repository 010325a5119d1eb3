"""One station as the other CSMS sees it: what it hears of the station, and the life of a connection there.

    connect ─► boot, until that CSMS accepts it ─► statuses ─► all that waits, in order ─► what comes
                                                                    └─ a heartbeat when nothing does

The station's own boot is answered by the gateway alone. A CSMS that lets the boot wait, or rejects it, is told nothing
more until it accepts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from edgegw.journal.ids import uuid7
from edgegw.journal.outbox import NewestSaid, NumberThere, OutboxRow, Told
from edgegw.model.requests import Answer, StationRequest, TokenWord
from edgegw.stations.codec import Payload, Version
from edgegw.stations.rpc import Call, CallError, CallResult, Code, one_line
from edgegw.stations.schemas import for_version
from edgegw.stations.upstream import answers, metrics, numbers
from edgegw.stations.upstream.authority import answers_itself, asked_about, is_asked
from edgegw.stations.upstream.message import Message, kept, message_id
from edgegw.stations.upstream.orders import Orders, Refused, Station
from edgegw.stations.upstream.queue import Queue
from edgegw.stations.upstream.sorts import BOOT, STATUS, Rank, Sort, sort_of
from edgegw.stations.upstream.wire import Gone, Wire

if TYPE_CHECKING:
    from edgegw.hub import Hub
    from edgegw.stations.settings import AuthorityTable

log = logging.getLogger("edgegw.stations.upstream")

ATTEMPTS: Final = 3
"""How often a message of a transaction is told to a CSMS that answers with an error which may pass (OCPP 1.6 section
9.1.26, TransactionMessageAttempts)."""

UNANSWERED: Final = 10
"""Connections that may end over one message before it is given up."""

_MAY_PASS: Final = frozenset({"InternalError", "GenericError"})


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: how long that CSMS may take to answer a CALL, how long a station that has gone is still presented, the
    time between tries of a message, until the first heartbeat and the next boot where that CSMS does not say, and
    between connections at first and at most."""

    answer_s: float = 30.0
    linger_s: float = 10.0
    retry_s: float = 10.0
    heartbeat_s: float = 300.0
    first_pause_s: float = 5.0
    longest_pause_s: float = 300.0


class Presence:
    """`link` is the station's connection here while it is ready. `positions` gives the next number of a message,
    `commit` makes rows durable (it never raises), and `later` with the next of them."""

    def __init__(
        self,
        hub: Hub,
        station: str,
        table: AuthorityTable,
        wait_s: float,
        pace: Pace,
        queue: Queue,
        positions: Callable[[], int],
        commit: Callable[[Sequence[OutboxRow]], asyncio.Future[None]],
        later: Callable[[OutboxRow], None],
        newest: Mapping[str, Message],
        there: Mapping[int, int],
    ) -> None:
        self.station = station
        self.queue = queue
        self.link: Station | None = None
        self.version: Version | None = None
        """Of the station's newest connection, or of what waits."""
        self.connected = False
        """That CSMS has accepted the boot."""
        self.trouble: str | None = None
        """Why it is not connected, for people."""
        self.woken = asyncio.Event()
        self._hub = hub
        self._table = table
        self._wait_s = wait_s
        self._pace = pace
        self._positions = positions
        self._commit = commit
        self._later = later
        self._newest = dict(newest)
        self._there = dict(there)
        self._heartbeat_s = pace.heartbeat_s
        self._reports: set[int] = set()
        self._again: set[str] = set()

    # For the link

    def come(self, link: Station, version: Version) -> None:
        """The station is ready over `link`."""
        self.link, self.version = link, version
        self.woken.set()

    def gone(self, link: Station) -> None:
        if self.link is link:
            self.link = None
            self.woken.set()

    def answers(self, action: str) -> bool:
        """Whether an action that the gateway answers on the spot has to wait for the other CSMS."""
        return answers_itself(self._table, action)

    def heard(self, call: Call, version: Version) -> None:
        """A CALL was answered that needed no commit."""
        hearing = self.hears(call, version)
        if hearing is not None:
            hearing.put()

    def hears(self, call: Call, version: Version) -> Hearing | None:
        """What becomes of a CALL that is about to be served; None for one that the other CSMS does not hear of."""
        action, payload = call.action, call.payload
        sort = sort_of(action, payload)
        if sort.kind == "not_told" or (sort.kind == "question" and not is_asked(self._table, action)):
            return None
        if sort.kind == "report" and payload.get("requestId") not in self._reports:
            return None
        rank = sort.rank if sort.kind == "kept" else None
        if action == "TransactionEvent":
            payload = numbers.with_start_of(payload, self.station, self._hub.state)
        message = Message(
            self._positions(), self.station, version, action, payload,
            message_id(self.station, action, payload, rank), self._hub.now(), rank,
            numbers.number_of(action, payload, version, self.station, self._hub.state),
        )  # fmt: skip
        return Hearing(self, message, sort)

    # For a hearing

    def put(self, message: Message, sort: Sort) -> None:
        if sort.kind == "newest":
            self._keep_newest(sort.slot, message)
        if self.connected or message.rank is not None:
            if not self.queue.put(message) and sort.kind == "newest":
                self._again.add(sort.slot)  # it goes ahead of all that waits
            self.woken.set()

    def _keep_newest(self, slot: str, message: Message) -> None:
        before = self._newest.get(slot)
        self._newest[slot] = message
        if before is None or (before.payload, before.version) != (message.payload, message.version):
            self._later(NewestSaid(self.station, slot, message.version, orjson.dumps(
                [message.action, kept(message.payload)]
            ).decode()))  # fmt: skip

    async def ask(self, message: Message, sort: Sort) -> Payload | None:
        """What the other CSMS answers, None for nothing in time; the message is told in any case, if it is kept."""
        nameless = message.number is None and message.version == "1.6" and message.action in numbers.SPEAK
        if nameless or not self.connected or not self.queue.at_once:
            metrics.ANSWERS.labels("away").inc()
            return None
        message.answer = asyncio.get_running_loop().create_future()
        self.put(message, sort)
        try:
            async with asyncio.timeout(self._wait_s):
                answer = await asyncio.shield(message.answer)
        except TimeoutError:
            metrics.ANSWERS.labels("late").inc()
            message.gone = message.rank is None and not message.tries  # a question that nobody waits for any more
            log.warning("%s: no answer to %s within %.1f s, decided here", self.station, message.action, self._wait_s)
            return None
        metrics.ANSWERS.labels("in_time" if isinstance(answer, CallResult) else "error").inc()
        return answer.payload if isinstance(answer, CallResult) else None

    def has_say(self, request: StationRequest) -> bool:
        return asked_about(self._table, request)

    def called(self, number: int, there: int) -> NumberThere:
        """The other CSMS calls a transaction so."""
        self._there[number] = there
        return NumberThere(self.station, number, there)

    # The connection

    @property
    def wanted(self) -> bool:
        """There is somebody to present, or something to tell."""
        return self.link is not None or (self.queue.count > 0 and self.version is not None)

    async def live(self, wire: Wire) -> None:
        """Present the station over `wire`, until it has gone and all is told. Raises Gone when the connection ends."""
        reading = asyncio.create_task(wire.run(), name=f"{self.station} upstream reader")
        serving = asyncio.create_task(self._serve(wire), name=f"{self.station} upstream orders")
        telling = asyncio.create_task(self._tell_all(wire), name=f"{self.station} upstream teller")
        try:
            await asyncio.wait({reading, telling}, return_when=asyncio.FIRST_COMPLETED)
            if not telling.done():
                raise Gone(reading.result())
            telling.result()
        finally:
            self.connected = False
            self.queue.away()
            self._reports.clear()
            for task in (reading, serving, telling):
                task.cancel()
            await asyncio.gather(reading, serving, telling, return_exceptions=True)

    async def _boot(self, wire: Wire) -> None:
        """Tell the boot until it is accepted, then the statuses. Without one that it could tell, a station that comes
        back without having rebooted tells none either."""
        self.connected = False
        while (boot := self._newest.get(BOOT)) is not None and boot.version == wire.version:
            answer = await self._call(wire, boot, uuid7())
            if self._accepts(answer):
                break
            self.trouble = "it does not accept the station's boot"
            log.warning("%s: upstream does not accept its boot; asked again in %.0f s", self.station, self._heartbeat_s)
            await asyncio.sleep(self._heartbeat_s)
        self.connected, self.trouble = True, None
        log.info("%s: upstream is there", self.station)
        self._again |= {slot for slot in self._newest if slot.startswith(STATUS)}
        self._again.discard(BOOT)

    def _accepts(self, answer: CallResult | CallError) -> bool:
        if isinstance(answer, CallError):
            return False
        interval = answer.payload.get("interval")
        if isinstance(interval, int | float) and not isinstance(interval, bool) and interval > 0:
            self._heartbeat_s = min(float(interval), 86400.0)
        return answer.payload.get("status") == "Accepted"

    async def _tell_all(self, wire: Wire) -> None:
        await self._boot(wire)
        while True:
            while self._again:
                slot = min(self._again)
                self._again.discard(slot)
                await self._tell_again(wire, self._newest[slot])
            message = await self.queue.next()
            if message is None:
                if not await self._rest(wire):
                    return
                continue
            if message.version != wire.version:
                self._give_up(message, "unknown", "it was said in another version of OCPP")
                continue
            await self._tell(wire, message)
            if message.action == "BootNotification" and not self.connected:
                await self._boot(wire)

    async def _rest(self, wire: Wire) -> bool:
        """Wait until there may be something to tell, with a heartbeat when there is none for long; False when the
        station has gone."""
        self.woken.clear()
        try:
            async with asyncio.timeout(self._pace.linger_s if self.link is None else self._heartbeat_s):
                await self.woken.wait()
        except TimeoutError:
            if self.link is None:
                return False
            await wire.call(uuid7(), "Heartbeat", {}, self._pace.answer_s)
        return True

    async def _tell_again(self, wire: Wire, message: Message) -> None:
        if message.version == wire.version:
            answer = await self._call(wire, message, uuid7())
            if message.action == "BootNotification":
                self._accepts(answer)

    async def _call(
        self, wire: Wire, message: Message, id: str, payload: Payload | None = None
    ) -> CallResult | CallError:
        payload = message.payload if payload is None else payload
        answer = await wire.call(id, message.action, payload, self._pace.answer_s)
        if isinstance(answer, CallResult):
            schema = for_version(wire.version).get(message.action, "response", strict=False)
            violation = schema.violation(answer.payload) if schema is not None else None
            if violation is not None:
                log.warning(
                    "%s: upstream's answer to %s is not valid: %s", self.station, message.action, violation.text
                )
        return answer

    async def _tell(self, wire: Wire, message: Message) -> None:
        """Tell one message to its end. Raises Gone; then it is told again over the next connection."""
        while True:
            try:
                payload = numbers.for_there(
                    message.action, message.payload, message.version, message.number, self._there
                )
            except numbers.NoNumber:
                self._give_up(message, "unknown", "upstream does not know the transaction")
                return
            message.tries += 1
            try:
                answer = await self._call(wire, message, message.id, payload)
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
                rows.append(self.called(message.number, there))
        if message.saved:
            rows.append(Told((message.position,)))
        self.queue.done(message)
        if message.action == "BootNotification":
            self.connected = self._accepts(answer)
        message.settle(answer)
        if rows and message.rank == Rank.TRANSACTION:
            await self._commit(rows)  # told twice it could begin a second transaction there
        else:
            for row in rows:
                self._later(row)

    def _give_up(self, message: Message, outcome: str, why: str) -> None:
        metrics.MESSAGES.labels(outcome).inc()
        log.warning("%s: %s of %s is not told: %s", self.station, message.action, message.at.isoformat(), why)
        self.queue.done(message)
        message.settle(None)
        if message.saved:
            self._later(Told((message.position,)))

    # What the other CSMS asks

    async def _serve(self, wire: Wire) -> None:
        orders = Orders(
            self._hub, self.station, wire.version, self._table, self._there, self._tell_slots_again, self._reports.add
        )
        while True:
            call = await wire.calls.get()
            try:
                await wire.answer(call.id, await self._answer(orders, call, wire.version))
                metrics.ORDERS.labels("taken").inc()
            except Refused as no:
                metrics.ORDERS.labels("refused").inc()
                log.info("%s: %s of upstream is refused: %s", self.station, call.action, no)
                with contextlib.suppress(Gone):
                    await wire.refuse(call.id, no.code, no.text)
            except Gone:
                return
            except Exception:
                metrics.ORDERS.labels("failed").inc()
                log.exception("%s: %s of upstream could not be served", self.station, call.action)
                with contextlib.suppress(Gone):
                    await wire.refuse(call.id, Code.INTERNAL, "")

    async def _answer(self, orders: Orders, call: Call, version: Version) -> Payload:
        answer = await orders.carry_out(call, self.link)
        schema = for_version(version).get(call.action, "response", strict=True)
        if schema is not None and (violation := schema.violation(answer)) is not None:
            log.warning(
                "%s: its answer to %s is passed on, but is not valid: %s", self.station, call.action, violation.text
            )
        return answer

    def _tell_slots_again(self, prefix: str) -> bool:
        """Have what is in slots of this beginning told again; whether there is any."""
        below = f"{prefix.rstrip('/')}/"
        found = {slot for slot in self._newest if slot == prefix or slot.startswith(below)}
        self._again |= found
        self.woken.set()
        return bool(found)


class Hearing:
    """One CALL that the other CSMS hears of, while it is served here. It is `hub.asking.Beside`."""

    def __init__(self, presence: Presence, message: Message, sort: Sort) -> None:
        self._presence = presence
        self._message = message
        self._sort = sort
        self._theirs: Payload | None = None
        self._is_new = False
        """It is written down here; a repeated request is not, and was told when it came first."""

    async def word(self, request: StationRequest) -> TokenWord | None:
        """What the other CSMS, where it has the say, says of the request's token within the time for it."""
        if not self._presence.has_say(request):
            return None
        self._theirs = await self._presence.ask(self._message, self._sort)
        return answers.word(request, self._theirs) if self._theirs is not None else None

    def rows(self, answer: Answer | None = None) -> Sequence[OutboxRow]:
        """What is to be durable before the station is answered."""
        message = self._message
        self._is_new = True
        if message.rank is None or message.rank < Rank.NOTICE:
            return ()
        if answer is not None and message.version == "1.6":
            message.number = numbers.answered(message.action, answer)
        if message.gone:
            told = message.there is not None and message.number is not None
            return (self._presence.called(message.number or 0, message.there or 0),) if told else ()
        message.saved = True
        return (message.row,)

    def put(self) -> None:
        """It is durable, or need not be: it may be told."""
        if not self._message.queued:
            self._presence.put(self._message, self._sort)

    async def reply(self, reply: Payload) -> Payload:
        """What the station is answered, the gateway's answer being `reply`."""
        message = self._message
        if self._presence.answers(message.action):
            self._theirs = await self._presence.ask(message, self._sort)
        elif self._is_new:
            self.put()
        if self._theirs is None or (message.version == "1.6" and message.rank is not None):
            return reply
        return answers.joined(message.version, message.action, reply, self._theirs)
