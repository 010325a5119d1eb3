"""Group commit: one thread writes what many wait for.

Batches queue up while a commit is on its way to the disk, and the next commit takes them all, so the number of fsyncs
does not grow with the number of writers. Each batch belongs to a generation: when a commit fails, what was decided on
top of it must not reach the disk either, so the writer refuses every batch of that generation until the hub has
reloaded its state and begun the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import Any, Generic, TypeVar

from edgegw.journal.connection import DATABASE_ERRORS
from edgegw.journal.errors import CommitFailed, JournalError
from edgegw.journal.group import Group
from edgegw.journal.store import Heads, Store
from edgegw.model.state import State

T = TypeVar("T")

GROUP_FACTS = 1024
"""A commit takes at most about this many facts, so that nobody waits for a giant one."""

GATHERED = 256
"""This many batches are not kept waiting for more: the disk could be working by now."""

IDLE_S = 0.5
"""After this long without work the write-ahead log is moved into the file."""


@dataclass(slots=True)
class Batch:
    """What commits together. `committed` gets the sequence of the batch's first fact, or CommitFailed."""

    generation: int
    group: Group
    committed: asyncio.Future[int]


@dataclass(frozen=True, slots=True)
class Commit:
    """What the event loop is told of a commit: its batches with the sequence of their first fact, or the error."""

    batches: list[tuple[Batch, int]]
    heads: Heads
    error: JournalError | None
    seconds: float


@dataclass(slots=True)
class _Call(Generic[T]):
    """A function that the writer thread runs between two commits, with the store to itself."""

    run: Callable[[Store], T]
    done: asyncio.Future[T]


class _Stop:
    """The last thing in the queue."""


class Writer:
    """Owns the store's thread. `told` is called on the event loop once for each commit, in commit order."""

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop, told: Callable[[Commit], None]) -> None:
        self._store = store
        self._loop = loop
        self._told = told
        self._queue: SimpleQueue[list[Batch] | _Call[Any] | _Stop] = SimpleQueue()
        self._gathered: list[Batch] = []
        self._failed_generation = -1
        self._thread = threading.Thread(target=self._work, name="edgegw-journal", daemon=True)
        self._thread.start()

    def put(self, batch: Batch) -> None:
        """Queue a batch for the next commit.

        Batches are handed over in one piece, in the first turn of the event loop that brings no more of them: the
        thread would wake at the first one and pay a whole commit for it while the others are still being made. With 50
        stations that talk without a pause, a commit serves half as many again as when each turn is handed over.
        """
        if not self._gathered:
            self._loop.call_soon(self._turn_ended, 0)
        self._gathered.append(batch)

    def _turn_ended(self, gathered: int) -> None:
        """One more turn of the loop is over; `gathered` batches had come before it."""
        if gathered < len(self._gathered) < GATHERED:
            self._loop.call_soon(self._turn_ended, len(self._gathered))
        else:
            self._hand_over()

    def _hand_over(self) -> None:
        if self._gathered:
            self._queue.put(self._gathered)
            self._gathered = []

    async def call(self, run: Callable[[Store], T]) -> T:
        """Run `run(store)` on the writer's thread after everything queued so far, and return what it returns."""
        done: asyncio.Future[T] = self._loop.create_future()
        self._hand_over()
        self._queue.put(_Call(run, done))
        return await asyncio.shield(done)

    def post(self, run: Callable[[Store], object]) -> None:
        """Have `run(store)` run on the writer's thread after everything queued so far; nobody waits for it."""
        self._hand_over()
        self._queue.put(_Call(run, self._loop.create_future()))

    async def reopen(self, generation: int) -> State:
        """Read the file anew and return the state that is durable, as `Store.durable`. Raises as that.

        Batches of `generation`, and of older ones, are refused from there on: they were decided on another state.
        """

        def run(store: Store) -> State:
            self._failed_generation = max(self._failed_generation, generation)
            return store.durable()

        return await self.call(run)

    async def close(self) -> None:
        """Write what is queued and end the thread."""
        self._hand_over()
        self._queue.put(_Stop())
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        dirty = False
        while True:
            try:
                item = self._queue.get(timeout=IDLE_S if dirty else None)
            except Empty:
                with contextlib.suppress(*DATABASE_ERRORS):  # a checkpoint that can't be made now is made later
                    self._store.rest()
                dirty = False
                continue
            batches, then = self._gather(item)
            if batches:
                self._commit(batches)
                dirty = True
            if isinstance(then, _Call):
                self._run(then)
            elif then is not None:
                return

    def _gather(self, item: list[Batch] | _Call[Any] | _Stop) -> tuple[list[Batch], _Call[Any] | _Stop | None]:
        """Take from the queue, from `item` on, the batches of the next commit, and what ended their row."""
        batches: list[Batch] = []
        facts = 0
        while isinstance(item, list):
            batches += item
            facts += sum(len(batch.group.facts) for batch in item)
            if facts >= GROUP_FACTS:
                return batches, None
            try:
                item = self._queue.get_nowait()
            except Empty:
                return batches, None
        return batches, item

    def _commit(self, batches: list[Batch]) -> None:
        good = [batch for batch in batches if batch.generation > self._failed_generation]
        stale = [batch for batch in batches if batch.generation <= self._failed_generation]
        if stale:
            error = CommitFailed("an earlier commit failed, and this was decided on top of it")
            self._tell(Commit([(batch, 0) for batch in stale], self._store.heads, error, 0.0))
        if not good:
            return
        group = good[0].group if len(good) == 1 else merge([batch.group for batch in good])
        sequence = self._store.heads.facts + 1
        placed = []
        for batch in good:
            placed.append((batch, sequence))
            sequence += len(batch.group.facts)
        failure: JournalError | None = None
        began = perf_counter()
        try:
            self._store.write(group)
        except JournalError as error:
            failure = error
            self._failed_generation = max(batch.generation for batch in good)
        except Exception as error:  # whatever it was, those who wait must be told
            failure = CommitFailed(f"{type(error).__name__}: {error}")
            self._failed_generation = max(batch.generation for batch in good)
        self._tell(Commit(placed, self._store.heads, failure, perf_counter() - began))
        self._store.note_now_and_then()

    def _run(self, call: _Call[Any]) -> None:
        try:
            result = call.run(self._store)
        except Exception as error:
            self._tell_call(call.done.set_exception, error, call.done)
        else:
            self._tell_call(call.done.set_result, result, call.done)

    def _tell_call(self, tell: Callable[[Any], None], value: object, done: asyncio.Future[Any]) -> None:
        def deliver() -> None:
            if not done.done():
                tell(value)

        self._on_loop(deliver)

    def _tell(self, commit: Commit) -> None:
        self._on_loop(lambda: self._told(commit))

    def _on_loop(self, deliver: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
            self._loop.call_soon_threadsafe(deliver)


def merge(groups: list[Group]) -> Group:
    """One group that writes what `groups` write one after the other."""
    whole = Group()
    for group in groups:
        whole.facts += group.facts
        whole.changes += group.changes
        whole.blocks += group.blocks
        whole.cursors |= group.cursors
        whole.counters |= group.counters
        whole.outbox += group.outbox
        whole.run_began = group.run_began or whole.run_began
    return whole
