"""The station's CALLs over one connection, each answered once and in their order.

A CALL that needs no commit is answered on the spot. Any other goes to the worker, and so does every one that comes
while the worker is busy. What a CALL asserts is durable when its answer is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from time import perf_counter
from typing import Any, Final

from websockets.exceptions import ConnectionClosed

from edgegw.journal.errors import JournalError
from edgegw.model.requests import BootAnswer
from edgegw.model.samples import MeterSample
from edgegw.stations import metrics, pnc, rpc
from edgegw.stations.acquaintance import Acquaintance
from edgegw.stations.codec import Ask, Enquiry, Incoming, Outgoing, Payload, Tell, Version
from edgegw.stations.interpreter import Interpreter
from edgegw.stations.refusals import Refusals
from edgegw.stations.rpc import Call, Code, Fault, Send
from edgegw.stations.schemas import for_version
from edgegw.stations.surroundings import Surroundings
from edgegw.stations.upstream.presence import Hearing, UpstreamPresence
from edgegw.stations.wire import Wire

log = logging.getLogger("edgegw.stations")

MAX_UNANSWERED: Final = 32
"""CALLs of one station that wait to be answered; beyond, its socket is no longer read until one is."""


class Answers:
    """`take` CALLs as they come, and have `work` run meanwhile, which sends the other answers by `wire`. `presence` is
    the station as another CSMS sees it, which hears what the station says; None where there is no such CSMS."""

    def __init__(
        self,
        known: Acquaintance,
        version: Version,
        around: Surroundings,
        interpreter: Interpreter,
        refusals: Refusals,
        wire: Wire,
        presence: UpstreamPresence | None = None,
    ) -> None:
        self._presence = presence
        self._version: Version = version
        self._known = known
        self._hub = around.hub
        self._contracts = around.contracts
        self._interpreter = interpreter
        self._refusals = refusals
        self._wire = wire
        self._tracing = around.tracing
        self._schemas = for_version(version)
        self._left: asyncio.Queue[tuple[Call | Send, Incoming | None, float] | None] = asyncio.Queue()
        self._waiting = 0

    @property
    def full(self) -> bool:
        """Too many CALLs wait: none may be taken until one of them is answered."""
        return self._waiting >= MAX_UNANSWERED

    async def caught_up(self) -> None:
        """Wait until every CALL that has been taken is answered."""
        await self._left.join()

    def take(self, call: Call | Send) -> bytes | None:
        """The answer to a CALL, where it can be given at once; None when it comes later, or there is none. Never
        raises."""
        if self._waiting:
            self._leave(call, None)
            return None
        incoming = self._interpreter.understand(call, fresh=True)
        if isinstance(incoming, Fault):
            return self._refusals.of_call(call, incoming)
        waits = self._presence is not None and self._presence.answers(call.action)
        if not isinstance(incoming, Tell) or incoming.facts or incoming.follow is not None or waits:
            self._leave(call, incoming)
            return None
        try:
            self._observe(incoming.samples)
            if incoming.event is not None:
                self._hub.account(self._known.station, *incoming.event)
            if incoming.reckoned is not None:
                self._hub.reckons(self._known.station, *incoming.reckoned)
            if self._presence is not None and type(call) is Call:
                self._presence.heard(call, self._version)
        except Exception:
            return self._failed(call)
        return self._answer(call, incoming.reply)

    def _leave(self, call: Call | Send, incoming: Incoming | None) -> None:
        self._waiting += 1
        self._left.put_nowait((call, incoming, perf_counter()))

    def end(self) -> None:
        """No more come; `work` returns when those that wait are done."""
        self._left.put_nowait(None)

    async def work(self, booted: Callable[[BootAnswer], None], follow: Callable[[Outgoing], None]) -> None:
        """Answer what waits. Behind its answer, `booted` is called with that to a boot, `follow` with what follows.
        Whatever is wrong with one of them costs no other."""
        while (item := await self._left.get()) is not None:
            call, incoming, came = item
            boot: BootAnswer | None = None
            answer: bytes | None = None
            try:
                understood = incoming or self._interpreter.understand(call, fresh=False)
                if isinstance(understood, Fault):
                    answer = self._refusals.of_call(call, understood)
                else:
                    serve = self._serve(call, understood)
                    answer, boot = await (serve if self._tracing is None else self._traced(call, serve, came))
                if answer is not None:
                    await self._wire.send(answer)
                metrics.ANSWER_SECONDS.observe(perf_counter() - came)
                if boot is not None:
                    booted(boot)
                if isinstance(understood, Tell) and understood.follow is not None:
                    follow(understood.follow)
            except ConnectionClosed:
                pass  # the reader sees it too; what is still queued is history and is recorded all the same
            except Exception:
                refusal = self._failed(call)
                if answer is None and refusal is not None:
                    with contextlib.suppress(Exception):  # it is told in the log, and the station asks again
                        await self._wire.send(refusal)
            finally:
                self._waiting -= 1
                self._left.task_done()
        self._left.task_done()

    async def _traced(
        self, call: Call | Send, serve: Coroutine[Any, Any, tuple[bytes | None, BootAnswer | None]], came: float
    ) -> tuple[bytes | None, BootAnswer | None]:
        """`serve`, and what becomes of the CALL told as a trace."""
        assert self._tracing is not None
        with self._tracing.frame(self._known.station, call.action, self._version, perf_counter() - came):
            return await serve

    async def _serve(self, call: Call | Send, incoming: Incoming) -> tuple[bytes | None, BootAnswer | None]:
        """The answer to any CALL, as a frame and, of a boot, as the hub gave it."""
        boot: BootAnswer | None = None
        hearing: Hearing | None = None
        if self._presence is not None and type(call) is Call:
            hearing = self._presence.hears(call, self._version)
        try:
            if isinstance(incoming, Enquiry):
                incoming = incoming.then(await pnc.ask(self._contracts, incoming.question))
            begins = isinstance(incoming, Ask) and getattr(incoming.request, "stage", None) == "started"
            if not begins:
                self._observe(incoming.samples)
            if isinstance(incoming, Ask):
                answer = await self._hub.request(incoming.request, hearing)
                if begins:  # what the next car begins with is no reading of the one before
                    self._observe(incoming.samples)
                reply = incoming.reply(answer)
                boot = answer if isinstance(answer, BootAnswer) else None
                if incoming.reckoned is not None:
                    self._hub.reckons(self._known.station, *incoming.reckoned)
            else:
                await self._hub.record(*incoming.facts, outbox=hearing.rows() if hearing is not None else ())
                reply = incoming.reply
                if incoming.event is not None:
                    self._hub.account(self._known.station, *incoming.event)
                if incoming.reckoned is not None:
                    self._hub.reckons(self._known.station, *incoming.reckoned)
            if hearing is not None:
                reply = await hearing.reply(reply)
        except JournalError as error:
            # Not stored, so not acknowledged: the station keeps it and tries again.
            log.error("%s: %s was not stored: %s", self._known.station, call.action, error)
            fault = Fault("not_stored", Code.INTERNAL, "not stored, try again", call.id)
            return self._refusals.of_call(call, fault), None
        except Exception:
            return self._failed(call), None
        return self._answer(call, reply), boot

    def _observe(self, samples: tuple[MeterSample, ...]) -> None:
        if samples:
            self._hub.observe(samples)
            self._known.peculiar.look(samples)

    def _answer(self, call: Call | Send, reply: Payload) -> bytes | None:
        if type(call) is Send:
            return None
        schema = self._schemas.get(call.action, "response", strict=True)
        if schema is not None and (violation := schema.violation(reply)) is not None:
            log.error("%s: the answer to %s would not be valid: %s", self._known.station, call.action, violation.text)
            return self._refusals.of_call(call, Fault("internal", Code.INTERNAL, "", call.id))
        return rpc.result(call.id, reply)

    def _failed(self, call: Call | Send) -> bytes | None:
        log.exception("%s: %s could not be served", self._known.station, call.action)
        return self._refusals.of_call(call, Fault("internal", Code.INTERNAL, "", call.id))
