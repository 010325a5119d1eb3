"""The hub itself."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic as system_monotonic
from typing import Any

from edgegw.core.authorize import Authorization, decide_authorize, decide_boot, is_known, token_decided
from edgegw.core.configuration import configured
from edgegw.core.context import Context
from edgegw.core.desired import decide_desired, tariffs_due
from edgegw.core.fold import apply
from edgegw.core.matching import asked_for, retry_key
from edgegw.core.tariffs import with_tariffs
from edgegw.core.transactions import decide_transaction, is_history
from edgegw.hub.asking import Asking, Authorizer
from edgegw.hub.clock import Clock, GivenClock, utc_now
from edgegw.hub.dispatch import Dispatch, Executor
from edgegw.hub.keeping import Keep, Keeping, Storage
from edgegw.hub.ledger import Ledger, Published, Tasks
from edgegw.hub.metering import Metering
from edgegw.hub.timekeeping import Timekeeping
from edgegw.hub.wishes import Wishes
from edgegw.journal import CommitFailed, Journal, JournalError
from edgegw.journal.blocks import Filling
from edgegw.journal.erase import Chosen
from edgegw.journal.group import Group, NewFact
from edgegw.journal.ids import uuid7
from edgegw.journal.maintenance import Erased, erase
from edgegw.journal.space import free_bytes
from edgegw.model import facts as f
from edgegw.model.commands import Command, Outcome
from edgegw.model.requests import (
    Answer,
    BootRequest,
    StationRequest,
    TokenQuestion,
    TokenWord,
    TransactionAnswer,
    TransactionRequest,
)
from edgegw.model.samples import Latest, MeterSample
from edgegw.model.site import Site
from edgegw.model.state import Change, DesiredState, State

RIDE_S = 2.0
"""Readings older than this go to disk with the next fact; younger ones wait for company."""

HOUSEKEEPING_S = 1.0


class Hub:
    """Owner of the state and of everything that is written. One a process; all methods on one event loop."""

    def __init__(
        self,
        site: Site,
        journal: Journal,
        *,
        now: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = system_monotonic,
        clock: Clock | None = None,
        new_id: Callable[[], str] = uuid7,
        linger_s: float = 15.0,
        token_cache_s: float = 7 * 86400.0,
        keep: Keep | None = None,
        disk_free: Callable[[Path], int] = free_bytes,
    ) -> None:
        """`clock` tells the time; without one, `now` does and is always right. `keep` says what leaves the ledger when;
        without it everything stays. `disk_free` tells how many bytes may be written in a folder's file system."""
        self.configured = site
        """The site as the configuration has it; `site` has the prices that rule."""
        self.journal = journal
        self.clock = GivenClock(now, monotonic) if clock is None else clock
        self._run_began = self.clock.begin(journal.newest)
        self.now = self.clock.now
        self.monotonic = self.clock.monotonic
        self._new_id = new_id
        self._linger_s = linger_s
        self._token_cache_s = token_cache_s
        self._filling = Filling()
        self._metering = Metering()
        self._latest: dict[str, tuple[MeterSample, float]] = {}
        self._in_flight: dict[str, asyncio.Future[TransactionAnswer]] = {}
        self._streams: set[asyncio.Queue[tuple[Published, ...]]] = set()
        self._requests = 0
        self._ledger = Ledger(
            journal, self.clock, new_id, self._published, self._filling.put_back,
            refused=lambda error: self._keeping.refused(error),
        )  # fmt: skip
        self._keeping = Keeping(self._ledger, self._filling, keep, disk_free)
        self._dispatch = Dispatch(self._ledger, self._context)
        self._wishes = Wishes(self._ledger, self._dispatch, self._context, self.monotonic)
        self._asking = Asking(self._told_late)
        self._priced: tuple[Site, DesiredState | None, Site] | None = None
        self._timekeeping = Timekeeping(self._ledger, self._dispatch, self.clock, self._context)
        self._tasks = Tasks()
        self._is_unwritten = False
        """The configuration in force is no fact yet: the ledger had no room for it."""

    @property
    def site(self) -> Site:
        """The site as decisions see it: the configuration, with the price lists of the highest revision."""
        configured, lists = self.configured, self._ledger.pending.desired.get("tariffs")
        priced = self._priced
        if priced is None or priced[0] is not configured or priced[1] is not lists:
            priced = self._priced = configured, lists, with_tariffs(configured, lists)
        return priced[2]

    @property
    def state(self) -> State:
        """What is durable. Read-only."""
        return self._ledger.state

    @property
    def busy(self) -> int:
        """Requests and commands under way: a drain waits for 0."""
        return self._requests + self._dispatch.busy

    @property
    def storage(self) -> Storage | None:
        """How much room the ledger has; None while nobody watches it."""
        return self._keeping.storage

    def keep(self, keep: Keep) -> None:
        """Follow another word on what leaves the ledger when."""
        self._keeping.keep = keep

    @property
    def delivered_wh(self) -> int:
        """Energy that flowed in transactions since the start, by the stations' registers; it never falls."""
        return self._metering.delivered_wh

    async def start(self) -> None:
        """Begin to write. Commands that were under way when the last run ended are resolved from here on; stations that
        were connected when it was killed are not any more.
        """
        await self.journal.start()
        await self._keeping.begin()
        await self.journal.prepare_counter("transaction_number")
        with contextlib.suppress(JournalError):  # a full disk is no reason not to start
            await self.journal.commit(Group(run_began=self._run_began))
            await self.record(*self._beginning())
        self._tasks.begin(self._keep_house())

    def _beginning(self) -> list[f.Fact]:
        """What a start makes known: a new count, an unclean stop, and links that went with the last process."""
        now = self.now()
        cut_off = [row.id for row in self.state.stations.values() if row.connected]
        ended = [f.StationDisconnected(at=now, station=id, reason="gateway ended") for id in cut_off]
        return [*self.journal.beginning(now), *ended]

    async def stop(self) -> None:
        """Commit what is gathered, and end. The journal stays open: its owner closes it."""
        await self._tasks.end()
        await self._asking.stop()
        await self._dispatch.stop()
        with contextlib.suppress(JournalError):
            if self._keeping.takes_samples:
                await self.flush()
            else:
                await self._keeping.end()
        await self._ledger.stop()

    async def configure(self, site: Site) -> None:
        """Bring a configuration into force; what money or limits depend on is a fact when it changed.

        Raises JournalError when it could not be written: one in force already is written later, another is not taken.
        """
        digest, configuration = configured(with_tariffs(site, self._ledger.pending.desired.get("tariffs")))
        known = self._ledger.pending.site.get("site")
        if known is None or known.digest != digest:
            self._is_unwritten = self._is_unwritten or site is self.configured
            await self.record(f.SiteConfigured(at=self.now(), digest=digest, configuration=configuration))
        self.configured, self._is_unwritten = site, False

    # Ways in

    async def request(self, request: StationRequest) -> Answer:
        """Record what a station asserts, decide what it asks, and answer after the commit.

        A retry gets the answer of its first time, also after a restart; a duplicate of one in flight waits for it.
        Raises JournalError when it could not be written: then nothing was promised.
        """
        self._requests += 1
        try:
            if not self._ledger.is_sound:
                await self._ledger.sound()
            if isinstance(request, TransactionRequest):
                return await self._transaction(request)
            if isinstance(request, BootRequest):
                boot = decide_boot(self._ledger.pending, request, self._context())
                await self._commit(boot.facts)
                return boot.answer
            told = await self._told(request.id_token, request.kind, request.station, None)
            authorization = decide_authorize(self._ledger.pending, request, self._context(told))
            await self._commit(authorization.facts)
            return authorization.answer
        finally:
            self._requests -= 1

    async def submit(self, command: Command, *, wait_s: float = 0) -> Outcome:
        """Write a command down, decide it and set it going; on return it is durable.

        A command whose id is known is not taken again: its stored state is returned. With `wait_s` the end is waited
        for that long. Raises JournalError when it could not be written.
        """
        await self._ledger.sound()
        return await self._dispatch.submit(command, wait_s)

    async def desire(self, name: str, body: Any) -> None:
        """Bring desired state (CONTRACT: `dn/cfg/{name}`) into force, all of `body` or nothing; durable on return.

        Raises Unfit with what is wrong with it, and JournalError when it could not be written.
        """
        await self._ledger.sound()
        await self._commit(decide_desired(self._ledger.pending, name, body, self._context()))

    async def record(self, *facts: f.Fact) -> None:
        """Write down what a neighbour saw, with what follows from it; durable on return. Raises JournalError."""
        if not self._ledger.is_sound:
            await self._ledger.sound()
        await self._ledger.write(facts, self._riding() if facts else ())

    async def erase(self, chosen: Chosen) -> Erased:
        """Erase personal values for good, in memory as well, and write down how many.

        Raises NotErased when that can't be as things are, and JournalError when it could not be written.
        """
        await self._ledger.sound()
        return await erase(self.journal, self.record, self.now(), chosen, self._ledger.blank)

    def observe(self, samples: Sequence[MeterSample]) -> None:
        """Take readings into the blocks being filled; a reading that a bill needs becomes a fact as well."""
        monotonic = self.monotonic()
        ledger = self._ledger
        for sample in samples:
            self._latest[sample.source] = (sample, monotonic)
            if self._filling.add(sample, monotonic):
                if self._keeping.takes_samples:
                    ledger.write((), (self._filling.take_source(sample.source),))
                else:
                    self._filling.hold(sample.source)
            if ledger.is_sound:
                facts = self._metering.facts(ledger.pending, self.site, sample)
                if facts:
                    ledger.write(facts, self._riding())

    def carry_out(self, names: Iterable[str], executor: Executor) -> None:
        """Have `executor` carry out the commands of these names; it replaces an earlier one."""
        self._dispatch.carry_out(names, executor)

    def carries_out(self, name: str) -> bool:
        """Whether there is an executor for commands of this name."""
        return self._dispatch.carries_out(name)

    def ask_with(self, authorizer: Authorizer) -> None:
        """Have `authorizer` asked about tokens that nobody here knows; it replaces an earlier one."""
        self._asking.authorizer = authorizer

    # Ways to look

    def latest(self, source: str) -> Latest | None:
        """The newest reading of a source and its age by the monotonic clock; None before the first."""
        found = self._latest.get(source)
        return None if found is None else Latest(found[0], self.monotonic() - found[1])

    def sources(self) -> Iterable[str]:
        """Sources that have been observed since the start."""
        return self._latest.keys()

    async def changes(self) -> AsyncIterator[tuple[Published, ...]]:
        """Each durable batch of facts from now on, in order."""
        queue: asyncio.Queue[tuple[Published, ...]] = asyncio.Queue()
        self._streams.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._streams.discard(queue)

    # Inside

    async def flush(self) -> None:
        """Commit every reading that is in a block being filled."""
        await self._ledger.commit((), self._filling.take(float("inf")))

    async def tick(self) -> None:
        """One round of housekeeping: readings that have waited for the linger, held and unanswered commands."""
        if not self._ledger.is_sound:
            return
        with contextlib.suppress(JournalError, sqlite3.Error):
            await self._timekeeping.look()
            await self._keeping.look()
            if self._is_unwritten:
                await self.configure(self.configured)
            if self._filling.waits_since(self.monotonic() - self._linger_s):
                await self._ledger.commit((), self._riding())
            if due := tariffs_due(self._ledger.pending, self._context()):
                await self._commit(due)
            await self._dispatch.reconsider()
            await self._dispatch.resolve()
            await self._wishes.look()

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(HOUSEKEEPING_S)
            await self.tick()

    async def _commit(self, facts: Sequence[f.Fact]) -> None:
        await self._ledger.commit(facts, self._riding() if facts else ())

    def _riding(self) -> Sequence[Any]:
        return self._filling.take(self.monotonic() - RIDE_S) if self._keeping.takes_samples else ()

    def _context(self, told: TokenWord | None = None) -> Context:
        now = self.now()
        return Context(
            site=self.site, now=now, clock=self.clock.state, new_id=self._new_id,
            next_number=self._next_number, register=self._register, retry_salt=self.journal.retry_salt,
            token_cache_s=self._token_cache_s, configured=self.configured, told=told,
            storage_full=self._keeping.level == "full",
        )  # fmt: skip

    def _next_number(self) -> int:
        return self.journal.number("transaction_number")

    def _register(self, station: str, evse: int) -> tuple[datetime, int] | None:
        found = self._latest.get(f"stations/{station}/{evse}")
        if found is None or "import_wh" not in found[0].values:
            return None
        return found[0].at, int(found[0].values["import_wh"])

    async def _transaction(self, request: TransactionRequest) -> TransactionAnswer:
        key = retry_key(self._ledger.pending, request, self.journal.retry_salt)
        if (running := self._in_flight.get(key)) is not None:
            return await asyncio.shield(running)
        if self._may_have_come_before(request, key):
            if (stored := await self._answered_before(request, key)) is not None:
                return stored
            if (running := self._in_flight.get(key)) is not None:  # it came while the ledger was searched
                return await asyncio.shield(running)
        done: asyncio.Future[TransactionAnswer] = asyncio.get_running_loop().create_future()
        self._in_flight[key] = done
        try:
            told = await self._told_of_start(request)
            decision = decide_transaction(self._ledger.pending, request, key, self._context(told))
            await self._ledger.write(decision.facts, self._riding() if decision.facts else (), decision.changes)
            done.set_result(decision.answer)
        except BaseException as error:
            done.set_exception(error if isinstance(error, JournalError) else CommitFailed("the request was given up"))
            done.exception()  # a duplicate that waits raises it; without one nobody has to
            raise
        finally:
            del self._in_flight[key]
        return decision.answer

    async def _told_of_start(self, request: TransactionRequest) -> TokenWord | None:
        """What is answered about the token that something begins with. Not for what is history by now, where it can
        change nothing, nor for what was asked for by who knows the token."""
        if request.id_token is None or self._asking.authorizer is None or request.stage == "ended":
            return None
        context = self._context()
        if is_history(request, context.now) or asked_for(self._ledger.pending, request, context) is not None:
            return None
        return await self._told(request.id_token, request.id_token_kind, request.station, request.evse)

    async def _told(self, id_token: str, kind: str, station: str, evse: int | None) -> TokenWord | None:
        """What is answered about a token that nobody here knows; None when it is known, or for no answer in time."""
        if self._asking.authorizer is None or is_known(self._ledger.pending, id_token, self._context()):
            return None
        word = await self._asking.ask(TokenQuestion(id_token=id_token, kind=kind, station=station, evse=evse))
        await self._ledger.sound()
        return word

    async def _told_late(self, question: TokenQuestion, word: TokenWord) -> None:
        found = Authorization(word.status, "cloud", word.group, word.language, word.expires_at)
        with contextlib.suppress(JournalError):  # then it is asked for again
            await self.record(
                token_decided(
                    found, at=self.now(), station=question.station, id_token=question.id_token, kind=question.kind
                )
            )

    def _may_have_come_before(self, request: TransactionRequest, key: str) -> bool:
        """Whether memory holds the request's answer, or the request is so old that only the ledger would."""
        answers = self._ledger.pending.answers
        if key in answers:
            return True
        oldest = next(iter(answers.values()), None)
        return oldest is not None and request.at < oldest.at

    async def _answered_before(self, request: TransactionRequest, key: str) -> TransactionAnswer | None:
        """The stored answer of a request that came before, from memory or, for an old one, from the ledger."""
        stored = self._ledger.pending.answers.get(key)
        if stored is None:
            stored = await self.journal.reader.answer(key)
            if stored is None and request.reference is not None:
                old = await self.journal.reader.transaction_by_reference(request.station, request.reference)
                pending = self._ledger.pending
                if old is not None and (old.station, old.reference) not in pending.by_reference:
                    apply(pending, (Change("transactions", old.id, old),))
            stored = stored or self._ledger.pending.answers.get(key)
        if stored is None:
            return None
        await self._ledger.commit(())  # its commit may still be on its way: nothing is said before it is durable
        return TransactionAnswer(**stored.answer)

    def _published(self, sequence: int, facts: Sequence[NewFact]) -> None:
        self._dispatch.published(new.fact for new in facts)
        if self._streams:
            batch = tuple(Published(number, new.fact, new.id) for number, new in enumerate(facts, sequence))
            for queue in self._streams:
                queue.put_nowait(batch)
