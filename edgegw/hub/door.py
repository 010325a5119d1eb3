"""The hub itself: the ways in and the ways to look, which its parts carry out, and the rounds of housekeeping."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic as system_monotonic
from typing import Any

from edgegw.core.authorize import Authorization
from edgegw.core.commands import VEILED, sealed
from edgegw.core.configuration import configured
from edgegw.core.context import Context
from edgegw.core.desired import decide_desired, tariffs_due
from edgegw.core.devices import news
from edgegw.core.tariffs import with_tariffs
from edgegw.hub.accounting import Accounting
from edgegw.hub.answering import Answering
from edgegw.hub.asking import Authorizer, Beside
from edgegw.hub.clock import Clock, GivenClock, utc_now
from edgegw.hub.costs import Costs, Reckoned, Shower
from edgegw.hub.dispatch import Dispatch, Executor
from edgegw.hub.keeping import Keep, Keeping, Storage
from edgegw.hub.ledger import Ledger, Published
from edgegw.hub.readings import Readings
from edgegw.hub.tasks import Tasks
from edgegw.hub.timekeeping import Timekeeping
from edgegw.hub.wishes import Wishes
from edgegw.hub.words import Words
from edgegw.journal import Journal, JournalError
from edgegw.journal.blocks import Filling
from edgegw.journal.erase import Chosen
from edgegw.journal.group import Group, NewFact
from edgegw.journal.ids import uuid7
from edgegw.journal.maintenance import Erased, erase
from edgegw.journal.outbox import OutboxRow
from edgegw.journal.space import free_bytes
from edgegw.model import facts as f
from edgegw.model.commands import Asker, Command, Outcome
from edgegw.model.requests import Answer, StationRequest, TokenWord
from edgegw.model.samples import Latest, MeterSample
from edgegw.model.site import Site
from edgegw.model.state import DesiredState, State

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
        self._token_cache_s = token_cache_s
        self._streams: set[asyncio.Queue[tuple[Published, ...]]] = set()
        filling = Filling()
        self._ledger = Ledger(
            journal, self.clock, new_id, self._published, filling.put_back,
            refused=lambda error: self._keeping.refused(error),
        )  # fmt: skip
        self._keeping = Keeping(self._ledger, filling, keep, disk_free)
        self._readings = Readings(self._ledger, self._keeping, filling, lambda: self.site, linger_s)
        self._dispatch = Dispatch(self._ledger, self._context)
        self._wishes = Wishes(self._ledger, self._dispatch, self._context, self.monotonic)
        self._accounting = Accounting(self._ledger, self._context)
        self._answering = Answering(
            self._ledger, self._context, self._readings.riding, self._accounting.heard, self._end_all
        )
        self._priced: tuple[Site, DesiredState | None, Site] | None = None
        self._timekeeping = Timekeeping(self._ledger, self._dispatch, self.clock, self._context)
        self._costs = Costs(self._ledger, self._context, lambda: self.site)
        self._tasks = Tasks()
        self._words = Words(journal, self.clock.now, self.monotonic, self.erase)
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
        return self._answering.busy + self._dispatch.busy

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
        return self._readings.delivered_wh

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
        await self._answering.stop()
        await self._accounting.stop()
        await self._costs.stop()
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
        await self._bring_tariffs_into_force()  # before a station tells what happened since then

    # Ways in

    async def request(self, request: StationRequest, beside: Beside | None = None) -> Answer:
        """Record what a station asserts, decide what it asks, and answer after the commit.

        A retry gets the answer of its first time, also after a restart; a duplicate of one in flight waits for it.
        `beside` hears of a request that is neither. Raises JournalError when it could not be written: then nothing was
        promised.
        """
        return await self._answering.answer(request, beside)

    async def authorization(self, id_token: str, kind: str, place: str) -> Authorization:
        """What a token is worth that was shown at `place`, which is no station: by the local list, the cache, who is
        asked about tokens, or the site's policy. Nothing is written down."""
        return await self._answering.worth(id_token, kind, place)

    async def submit(self, command: Command, *, wait_s: float = 0) -> Outcome:
        """Write a command down, decide it and set it going; on return it is durable.

        A command whose id is known is not taken again: its stored state is returned. With `wait_s` the end is waited
        for that long. Raises JournalError when it could not be written.
        """
        await self._ledger.sound()
        written = self.sealed(command)
        secret = command.args if command.name in VEILED and written is not command else None
        return await self._dispatch.submit(written, wait_s, secret)

    def sealed(self, command: Command) -> Command:
        """`command` as it is written down: without the secrets that it brings."""
        return sealed(command, self.journal.retry_salt)

    async def desire(self, name: str, body: Any) -> None:
        """Bring desired state (CONTRACT: `dn/cfg/{name}`) into force, all of `body` or nothing; durable on return.

        Raises Unfit with what is wrong with it, and JournalError when it could not be written.
        """
        await self._ledger.sound()
        await self._commit(decide_desired(self._ledger.pending, name, body, self._context()))

    async def record(self, *facts: f.Fact, outbox: Sequence[OutboxRow] = ()) -> None:
        """Write down what a neighbour saw, with what follows from it; durable on return. Raises JournalError.

        What stations tell of themselves is written down as far as it is new; the rest is durable already on return.
        `outbox` becomes durable with them.
        """
        if not self._ledger.is_sound:
            await self._ledger.sound()
        facts = news(self._ledger.pending, facts)
        await self._ledger.write(facts, self._readings.riding() if facts else (), outbox=outbox)

    async def erase(self, chosen: Chosen) -> Erased:
        """Erase personal values for good, in memory as well, and write down how many.

        Raises NotErased when that can't be as things are, and JournalError when it could not be written.
        """
        await self._ledger.sound()
        return await erase(self.journal, self.record, self.now(), chosen, self._ledger.blank)

    def observe(self, samples: Sequence[MeterSample]) -> None:
        """Take readings into the blocks being filled; a reading that a bill needs becomes a fact as well."""
        self._readings.observe(samples)

    def account(self, station: str, reference: str, number: int) -> None:
        """Take note of an event of a 2.x transaction that brought nothing to write down."""
        self._accounting.heard(station, reference, number)

    def carry_out(self, names: Iterable[str], executor: Executor) -> None:
        """Have `executor` carry out the commands of these names; it replaces an earlier one."""
        self._dispatch.carry_out(names, executor)

    def carries_out(self, name: str) -> bool:
        """Whether there is an executor for commands of this name."""
        return self._dispatch.carries_out(name)

    def ask_with(self, authorizer: Authorizer) -> None:
        """Have `authorizer` asked about tokens that nobody here knows; it replaces an earlier one."""
        self._answering.asking.authorizer = authorizer

    def show_costs_with(self, shower: Shower) -> None:
        """Have `shower` tell stations what a charge costs; it replaces an earlier one."""
        self._costs.shower = shower

    def can_show_cost(self, station: str) -> None:
        """A station has said that it shows its drivers what a charge costs."""
        self._costs.able.add(station)

    def reckons(self, station: str, reference: str, details: Mapping[str, Any]) -> None:
        """A station has told what it reckons itself that a transaction costs so far (2.1's CostDetailsType)."""
        self._costs.reckons(station, reference, details)

    # Ways to look

    def context(self) -> Context:
        """The world as a decision sees it now; decisions are on `pending`, what is shown is on `state`."""
        return self._context()

    def reckoned(self, transaction: str) -> Reckoned | None:
        """What the station of a transaction showed last of its cost, None where it told nothing."""
        return self._costs.reckoned(transaction)

    def cost_so_far(self, transaction: str) -> str | None:
        """The cost of a running transaction at a station that shows it, as a decimal string."""
        return self._costs.so_far(transaction)

    def doubts(self, station: str) -> list[str]:
        """Ids of transactions that a 2.x station should be asked about: they run, or events of them are missing."""
        return self._accounting.doubts(station)

    def latest(self, source: str) -> Latest | None:
        """The newest reading of a source that was of the present when it came, and its age by the monotonic clock; None
        before the first."""
        return self._readings.latest(source)

    def sources(self) -> Iterable[str]:
        """Sources that have been observed since the start."""
        return self._readings.sources()

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
        await self._readings.flush()

    async def tick(self) -> None:
        """One round of housekeeping: readings that have waited for the linger, held and unanswered commands."""
        if not self._ledger.is_sound:
            return
        with contextlib.suppress(JournalError, sqlite3.Error):
            await self._timekeeping.look()
            await self._keeping.look()
            if self._is_unwritten:
                await self.configure(self.configured)
            await self._readings.look()
            await self._bring_tariffs_into_force()
            await self._dispatch.reconsider()
            await self._dispatch.resolve()
            await self._wishes.look()
            self._costs.look()
            self._words.look(self._tasks)

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(HOUSEKEEPING_S)
            await self.tick()

    def _end_all(self, station: str) -> None:
        """Stop what runs at a station, as a master pass was shown there."""
        for (place, _), id in list(self._ledger.pending.at_evse.items()):
            if place == station:
                order = Command(self._new_id(), "stop_transaction", {"transaction": id}, by=Asker("gateway", "master"))
                self._tasks.begin(self._submitted(order))

    async def _submitted(self, command: Command) -> None:
        with contextlib.suppress(JournalError):  # the card may be shown again
            await self.submit(command)

    async def _bring_tariffs_into_force(self) -> None:
        if due := tariffs_due(self._ledger.pending, self._context()):
            await self._commit(due)

    async def _commit(self, facts: Sequence[f.Fact]) -> None:
        await self._ledger.commit(facts, self._readings.riding() if facts else ())

    def _context(self, told: TokenWord | None = None) -> Context:
        now = self.now()
        return Context(
            site=self.site, now=now, clock=self.clock.state, new_id=self._new_id,
            next_number=self._next_number, register=self._readings.register, retry_salt=self.journal.retry_salt,
            token_cache_s=self._token_cache_s, configured=self.configured, told=told,
            storage_full=self._keeping.level == "full",
        )  # fmt: skip

    def _next_number(self) -> int:
        return self.journal.number("transaction_number")

    def _published(self, sequence: int, facts: Sequence[NewFact]) -> None:
        self._dispatch.published(new.fact for new in facts)
        self._accounting.published(new.fact for new in facts)
        self._costs.published(new.fact for new in facts)
        if self._streams:
            batch = tuple(Published(number, new.fact, new.id) for number, new in enumerate(facts, sequence))
            for queue in self._streams:
                queue.put_nowait(batch)
