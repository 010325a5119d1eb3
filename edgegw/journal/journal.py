"""The ledger as the hub and the uplink meet it: commits, cursors, positions, reads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from edgegw.journal.boots import boot_id
from edgegw.journal.connection import DATABASE_ERRORS, storage_error
from edgegw.journal.epochs import DAMAGED
from edgegw.journal.errors import CommitFailed, Damaged, JournalError
from edgegw.journal.exchange import set_aside
from edgegw.journal.group import Group
from edgegw.journal.metrics import COMMIT_SECONDS, FACTS, FAILED_COMMITS, HEAD, SAMPLES
from edgegw.journal.reader import Reader
from edgegw.journal.recalling import Lost, Stream
from edgegw.journal.salvage import Working
from edgegw.journal.space import Limits, make_way
from edgegw.journal.store import FILE_NAME, Heads, Store
from edgegw.journal.writer import Batch, Commit, Writer
from edgegw.model.facts import EpochStarted, Fact, PowerRestored, RecordsDropped
from edgegw.model.state import State

log = logging.getLogger("edgegw.journal")

T = TypeVar("T")

Listener = Callable[[Batch, int, JournalError | None], None]
"""Told of each batch in commit order, before those who wait for it: sequence of its first fact, or the error."""


@dataclass(frozen=True, slots=True)
class Position:
    """Newest (`head`) and oldest (`tail`) sequence of a stream held in `epoch`; tail = head + 1 when it is empty."""

    epoch: str
    head: int
    tail: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a store has to say after it was opened, or opened again."""

    heads: Heads
    tails: dict[Stream, int]
    cursors: dict[tuple[str, str], tuple[str, int]]
    beginning: tuple[str, str | None]
    set_aside: list[Path]
    lost: list[Lost]

    @classmethod
    def of(cls, store: Store) -> _Seen:
        tails: dict[Stream, int] = {"A": store.tail("A"), "B": store.tail("B")}
        return cls(store.heads, tails, store.cursors(), store.beginning(), set_aside(store.path), store.lost())


class Journal:
    """One open ledger. `open` needs no event loop; `start` does, and everything after it."""

    def __init__(self, store: Store, limits: Limits | None = None) -> None:
        self._store = store
        self.limits = limits
        """How the storage budget is cut; None: there is none."""
        self._writer: Writer | None = None
        self._listener: Listener | None = None
        self._generation = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._reserved: dict[str, int] = {}
        self._next: dict[str, int] = {}
        self._reserving: dict[str, asyncio.Task[None]] = {}
        self._doubted = False
        self.reader = Reader(store.path, self._doubt)
        self.path = store.path
        self._take_up(_Seen.of(store))
        self.cut_off_at = store.newest_at() if store.abandoned else None
        """After an unclean stop, when the newest fact before it was recorded; None after a clean one."""
        self.boot = boot_id()
        """Which start of the machine this is."""
        self.newest = store.newest()
        """What the newest fact before this start tells of the time."""
        self.retry_salt = bytes.fromhex(store.setting("retry_salt") or "")

    def _take_up(self, seen: _Seen) -> None:
        self._heads, self._tails, self._cursors = seen.heads, seen.tails, seen.cursors
        self.epoch_reason, self.previous_epoch = seen.beginning
        self._lost = seen.lost
        self.set_aside = seen.set_aside
        """Damaged ledgers that lie beside this one, until somebody moves them away."""

    @property
    def trouble(self) -> str | None:
        """Why the ledger takes no writes, for people; None when it does. Any thread."""
        return self._store.trouble

    @property
    def mending(self) -> bool:
        """A damaged file is being salvaged: nothing is written meanwhile, and that may take minutes."""
        return self._store.mending

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        now: Callable[[], datetime],
        budget_bytes: int | None = None,
        working: Working = lambda seconds: None,
    ) -> Journal:
        """Open or create the ledger in `folder`; a damaged one is set aside and salvaged.

        `working` is told of work that takes long, and for how many seconds it may, from whatever thread does it.
        Raises StorageError, StorageFull, InUse or NewerDatabase; the text says what to do.
        """
        if budget_bytes is not None and folder.is_dir():
            try:
                make_way(folder)
            except OSError as error:
                raise storage_error(error, folder / FILE_NAME) from error
        store = Store.open(folder / FILE_NAME, now=now, budget_bytes=budget_bytes, working=working)
        try:
            return cls(store, None if budget_bytes is None else Limits.of(budget_bytes))
        except DATABASE_ERRORS as error:
            store.close()
            raise storage_error(error, store.path) from error

    def state(self) -> State:
        """The durable fold, read from the file. Before `start` only; later use `reload`."""
        assert self._writer is None
        try:
            return self._store.load_state()
        except Damaged as damage:
            self._store.condemn(damage)
            state = self._store.durable()
            self._take_up(_Seen.of(self._store))
            return state

    async def start(self) -> None:
        """Begin to write."""
        self._writer = Writer(self._store, asyncio.get_running_loop(), self._told)

    async def close(self) -> None:
        """Write what is queued, then close the file."""
        await asyncio.gather(*self._reserving.values(), return_exceptions=True)
        writer, self._writer = self._writer, None  # what would be queued from here on would wait for ever
        if writer is not None:
            await writer.close()
        await self.reader.close()
        self._store.close()

    def listen(self, listener: Listener) -> None:
        """Have `listener` told of every batch, in commit order."""
        self._listener = listener

    # Writing

    @property
    def generation(self) -> int:
        """Counts the reloads: a batch of an earlier generation was decided on a state that is given up."""
        return self._generation

    def commit(self, group: Group) -> asyncio.Future[int]:
        """Queue a group; the future gives the sequence of its first fact once it is durable, or raises a JournalError.

        Groups become durable in the order of these calls; an empty one is a barrier. After one has failed, all that
        were queued before a `reload` fail too.
        """
        assert self._writer is not None, "the journal is not started"
        batch = Batch(self._generation, group, asyncio.get_running_loop().create_future())
        self._writer.put(batch)
        return batch.committed

    async def reload(self) -> State:
        """After a failed commit: reopen the file, begin a new generation and return the state that is durable.

        A file that turns out to be damaged is salvaged on the way; then a new epoch has begun. What was queued before
        the return and is not durable fails. Raises as `open`: then try again later.
        """
        assert self._writer is not None
        epoch = self._heads.epoch
        state = await self._writer.reopen(self._generation)
        self._take_up(await self._writer.call(_Seen.of))
        if self._heads.epoch != epoch:
            await self.reader.close()  # it has the file open that was set aside
            self._wake()
        self._doubted = False
        # Last, with nothing awaited behind it: a batch of the new generation that were decided on the state before this
        # one would be durable, and missing in the state that is returned.
        self._generation += 1
        return state

    def _doubt(self, damage: Damaged) -> None:
        """A read has met damage: have the next commit fail, so that whoever writes reloads, which salvages the file."""
        writer = self._writer
        if writer is None or self._doubted:
            return
        self._doubted = True
        log.error("%s", damage)
        writer.post(lambda store: store.condemn(damage))
        self.commit(Group())

    def number(self, counter: str, block: int = 10_000) -> int:
        """The next number of a counter, never given out before, not even before a crash.

        Numbers are reserved in blocks ahead of their use; the next block is reserved when half of one is used, and
        tried for again at each number while the ledger does not take it. Raises CommitFailed when none is left.
        """
        if counter not in self._next:
            raise KeyError(f"counter {counter} was not prepared")
        number = self._next[counter]
        if self._reserved[counter] - number <= block // 2 and counter not in self._reserving:
            task = asyncio.get_running_loop().create_task(self._reserve(counter, block))
            self._reserving[counter] = task
            task.add_done_callback(lambda _: self._reserving.pop(counter))
        if number > self._reserved[counter]:
            raise CommitFailed(f"no {counter} is reserved: the ledger does not take writes")
        self._next[counter] = number + 1
        return number

    async def prepare_counter(self, counter: str, block: int = 10_000) -> None:
        """Reserve the first block of a counter above everything that may have been given out."""
        assert self._writer is not None
        self._reserved[counter] = await self._writer.call(lambda store: store.counter(counter))
        self._next[counter] = self._reserved[counter] + 1
        await self._reserve(counter, block)

    async def _reserve(self, counter: str, block: int) -> None:
        reserved = self._reserved[counter] + block
        with contextlib.suppress(JournalError):  # tried again at the next number
            await self.commit(Group(counters={counter: reserved}))
            self._reserved[counter] = reserved

    def beginning(self, now: datetime) -> list[Fact]:
        """What is to be written down first by who has opened the ledger: a new count, an unclean stop before it."""
        facts = self.begun(now)
        if self.cut_off_at is not None:
            facts.append(PowerRestored(at=now, last_seen_at=self.cut_off_at))
        return facts

    def begun(self, now: datetime) -> list[Fact]:
        """The first facts of an epoch, none once it has some: why it began, and what was lost with the one before."""
        epoch = self._heads.epoch
        if self._heads.facts > 0:
            return []
        return [
            EpochStarted(at=now, epoch=epoch, reason=self.epoch_reason, previous=self.previous_epoch),
            *(
                RecordsDropped(at=now, stream=stream, epoch=its_epoch, first=first, last=last, reason=DAMAGED)
                for stream, its_epoch, first, last in self._lost
            ),
        ]

    # Reading

    def position(self, stream: Stream) -> Position:
        head = self._heads.facts if stream == "A" else self._heads.blocks
        return Position(self._heads.epoch, head, min(self._tails[stream], head + 1))

    async def cursor(self, name: str, stream: Stream) -> tuple[str, int]:
        """(epoch, sequence) up to which the reader `name` is done; ("", 0) at first."""
        return self._cursors.get((name, stream), ("", 0))

    async def set_cursor(self, name: str, stream: Stream, epoch: str, sequence: int) -> None:
        """Note durably how far the reader `name` has come. Raises JournalError."""
        await self.commit(Group(cursors={(name, stream): (epoch, sequence)}))
        self._cursors[name, stream] = (epoch, sequence)

    async def changed(self, stream: Stream, after: int) -> None:
        """Return once the stream has a record with a sequence above `after`."""
        while self.position(stream).head <= after:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                await future
            finally:
                self._waiting.discard(future)

    async def call(self, run: Callable[[Store], T]) -> T:
        """Run a function with the store to itself, between two commits: for maintenance."""
        assert self._writer is not None
        return await self._writer.call(run)

    async def maintain(self, run: Callable[[sqlite3.Connection], T]) -> T:
        """Run statements in one transaction between two commits, as `Store.maintain`; rows may be gone afterwards."""

        def maintained(store: Store) -> tuple[T, dict[Stream, int]]:
            return store.maintain(run), {"A": store.tail("A"), "B": store.tail("B")}

        result, self._tails = await self.call(maintained)
        return result

    def _told(self, commit: Commit) -> None:
        if commit.error is None:
            FACTS.inc(commit.heads.facts - self._heads.facts)
            self._heads = commit.heads
            COMMIT_SECONDS.observe(commit.seconds)
            HEAD.labels("A").set(commit.heads.facts)
            HEAD.labels("B").set(commit.heads.blocks)
        else:
            FAILED_COMMITS.inc()
        for batch, sequence in commit.batches:
            if batch.group.blocks and commit.error is None:
                SAMPLES.inc(sum(len(block.samples) for block in batch.group.blocks))
            if self._listener is not None:
                self._listener(batch, sequence, commit.error)
            if batch.committed.done():
                continue
            if commit.error is None:
                batch.committed.set_result(sequence)
            else:
                batch.committed.set_exception(commit.error)
                batch.committed.exception()  # those who wait raise it; a batch without a waiter is the listener's
        self._wake()

    def _wake(self) -> None:
        """Whoever waits for a stream to grow looks again."""
        for future in list(self._waiting):
            if not future.done():
                future.set_result(None)
