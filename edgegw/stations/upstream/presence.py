"""One station as the other CSMS sees it: what it hears of the station, and the life of a connection there.

The station's own boot is answered by the gateway alone. What is heard is `kept` until it is told (`telling`); what that
CSMS asks goes to `orders`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from edgegw.journal.outbox import OutboxRow
from edgegw.model.requests import Answer, StationRequest, TokenWord
from edgegw.stations.codec import Payload, Version
from edgegw.stations.rpc import Call, CallResult, Code
from edgegw.stations.schemas import for_version
from edgegw.stations.upstream import answers, metrics, numbers
from edgegw.stations.upstream.authority import answers_itself, asked_about, is_asked
from edgegw.stations.upstream.kept import Kept
from edgegw.stations.upstream.message import Message, message_id
from edgegw.stations.upstream.orders import Refused, Station, UpstreamOrders
from edgegw.stations.upstream.pace import UpstreamPace
from edgegw.stations.upstream.sorts import Rank, Sort, sort_of
from edgegw.stations.upstream.telling import Telling
from edgegw.stations.upstream.wire import Gone, UpstreamWire

if TYPE_CHECKING:
    from edgegw.hub import Hub
    from edgegw.stations.settings import AuthorityTable

log = logging.getLogger("edgegw.stations.upstream")


class UpstreamPresence:
    """`link` is the station's connection here while it is ready. `positions` gives the next number of a message,
    `commit` makes rows durable (it never raises)."""

    def __init__(
        self,
        hub: Hub,
        kept: Kept,
        table: AuthorityTable,
        wait_s: float,
        pace: UpstreamPace,
        positions: Callable[[], int],
        commit: Callable[[Sequence[OutboxRow]], Awaitable[None]],
    ) -> None:
        self.station = kept.station
        self.kept = kept
        self.queue = kept.queue
        self.woken = kept.woken
        self.link: Station | None = None
        self.version: Version | None = None
        """Of the station's newest connection, or of what waits."""
        self.connected = False
        """That CSMS has accepted the boot."""
        self.trouble: str | None = None
        """Why it is not connected, for people."""
        self._hub = hub
        self._table = table
        self._wait_s = wait_s
        self._pace = pace
        self._positions = positions
        self._commit = commit
        self._reports: set[int] = set()

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
        self.kept.put(message, sort, connected=self.connected)

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

    # The connection

    @property
    def wanted(self) -> bool:
        """There is somebody to present, or something to tell."""
        return self.link is not None or (self.queue.count > 0 and self.version is not None)

    async def live(self, wire: UpstreamWire) -> None:
        """Present the station over `wire`, until it has gone and all is told. Raises Gone when the connection ends."""
        told = Telling(
            self.kept, wire, self._pace, commit=self._commit, stands=self._stand,
            is_here=lambda: self.link is not None,
        )  # fmt: skip
        reading = asyncio.create_task(wire.run(), name=f"{self.station} upstream reader")
        serving = asyncio.create_task(self._serve(wire), name=f"{self.station} upstream orders")
        telling = asyncio.create_task(told.run(), name=f"{self.station} upstream teller")
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

    def _stand(self, connected: bool, trouble: str | None) -> None:
        self.connected, self.trouble = connected, trouble

    # What the other CSMS asks

    async def _serve(self, wire: UpstreamWire) -> None:
        orders = UpstreamOrders(
            self._hub, self.station, wire.version, self._table, self.kept.there, self.kept.tell_again, self._reports.add
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

    async def _answer(self, orders: UpstreamOrders, call: Call, version: Version) -> Payload:
        answer = await orders.carry_out(call, self.link)
        schema = for_version(version).get(call.action, "response", strict=True)
        if schema is not None and (violation := schema.violation(answer)) is not None:
            log.warning(
                "%s: its answer to %s is passed on, but is not valid: %s", self.station, call.action, violation.text
            )
        return answer


class Hearing:
    """One CALL that the other CSMS hears of, while it is served here. It is `hub.asking.Beside`."""

    def __init__(self, presence: UpstreamPresence, message: Message, sort: Sort) -> None:
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
            return (self._presence.kept.called(message.number or 0, message.there or 0),) if told else ()
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
