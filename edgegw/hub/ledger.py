"""The two states of the hub and the commits between them: pending to decide on, durable to show."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from edgegw.core.consequences import consequences
from edgegw.core.fold import apply, fold
from edgegw.hub.clock import Clock
from edgegw.hub.tasks import Tasks
from edgegw.journal import Journal, JournalError, Unwritable
from edgegw.journal.blocks import OpenBlock
from edgegw.journal.encode import encode
from edgegw.journal.erase import blanked
from edgegw.journal.group import Group, NewFact
from edgegw.journal.outbox import OutboxRow
from edgegw.journal.writer import Batch
from edgegw.model.facts import Fact
from edgegw.model.state import Change, State
from edgegw.model.value import value

log = logging.getLogger("edgegw.hub")

RELOAD_PAUSE_S = 1.0
"""After a failed commit the ledger is tried again this often."""


@value()
class Published:
    """A durable fact, as `changes` streams it."""

    sequence: int
    fact: Fact
    id: str


class Ledger:
    """Folds facts into `pending`, commits them, and folds them into `state` once they are durable.

    `published` is told of each durable batch of facts, with the sequence of its first, `returned` of blocks of readings
    that could not be written, and `refused` of a commit that failed.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        new_id: Callable[[], str],
        published: Callable[[int, Sequence[NewFact]], None],
        returned: Callable[[OpenBlock], object],
        refused: Callable[[JournalError], None],
    ) -> None:
        self.journal = journal
        self.state = journal.state()
        self.pending = copy_of(self.state)
        self.clock = clock
        self._new_id = new_id
        self._published = published
        self._returned = returned
        self._refused = refused
        self._sound = asyncio.Event()
        self._sound.set()
        self._tasks = Tasks()
        journal.listen(self._committed)

    async def stop(self) -> None:
        await self._tasks.end()

    @property
    def is_sound(self) -> bool:
        """False from a failed commit until the durable state is read again: no decision is worth anything then."""
        return self._sound.is_set()

    async def sound(self) -> None:
        await self._sound.wait()

    def write(
        self,
        facts: Sequence[Fact],
        blocks: Sequence[OpenBlock] = (),
        changes: Iterable[Change] | None = None,
        run_began: datetime | None = None,
        cursors: Mapping[tuple[str, str], tuple[str, int]] | None = None,
        outbox: Sequence[OutboxRow] = (),
    ) -> asyncio.Future[int]:
        """Fold facts, with what follows from each, into pending and queue them; the future is done when durable.

        `changes` is the fold of the facts where their decision has made it. `run_began`: the facts correct the clock,
        and this is when the machine began by the corrected one. `cursors` and `outbox` become durable with them.
        """
        group = Group(blocks=list(blocks), run_began=run_began, cursors=dict(cursors or {}), outbox=list(outbox))
        try:
            encoded = [encode(fact) for fact in facts]
        except Unwritable as error:  # before it is folded, so that only who wrote it hears of it
            return self._turned_away(group, error)
        if facts:
            now, pending = self.clock.now(), self.pending
            clock = self.clock.state if run_began is None else "corrected"
            newest: dict[tuple[str, str], Change] = {}
            if changes is not None:
                # What follows from a decision's facts tells of commands, plans and reservations: from behind as well.
                apply(pending, changes)
                newest = {(change.table, change.key): change for change in changes}
            for fact, made in zip(facts, encoded, strict=True):
                # What follows is told from the state before the fact and stands behind it.
                follows = consequences(pending, fact)
                for each in (fact, *follows) if changes is None else follows:
                    folded = fold(pending, each)
                    apply(pending, folded)
                    for change in folded:
                        newest[change.table, change.key] = change
                group.facts.append(NewFact(self._new_id(), fact, now, clock, made))
                group.facts += [NewFact(self._new_id(), each, now, clock, encode(each)) for each in follows]
            group.changes += newest.values()
        return self.journal.commit(group)

    def _turned_away(self, group: Group, error: JournalError) -> asyncio.Future[int]:
        log.error("%s", error)
        for block in group.blocks:
            self._returned(block)
        failed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        failed.set_exception(error)
        failed.exception()  # who waits raises it; without one it is in the log
        return failed

    async def commit(
        self,
        facts: Sequence[Fact],
        blocks: Sequence[OpenBlock] = (),
        cursors: Mapping[tuple[str, str], tuple[str, int]] | None = None,
    ) -> None:
        """Write and wait until it is durable; nothing at all is a barrier behind all that was written before.

        Raises JournalError. A caller that is cancelled does not cancel the commit.
        """
        await self.write(facts, blocks, cursors=cursors)

    async def blank(self, rows: Mapping[str, Sequence[str]]) -> None:
        """Take what is personal out of rows that memory holds, named by table and key; durable on return.

        Raises JournalError. Rows that memory does not hold are left alone.
        """
        pending = self.pending
        changes = [
            Change(table, key, blanked(table, row))
            for table, keys in rows.items()
            for key in keys
            if (row := getattr(pending, table).get(key)) is not None
        ]
        apply(pending, changes)
        await self.journal.commit(Group(changes=changes))

    def _committed(self, batch: Batch, sequence: int, error: JournalError | None) -> None:
        """On the event loop, in commit order: the batch is durable, or it failed."""
        if error is not None:
            # What was decided before an earlier failure may fail after all is well again.
            if self._sound.is_set() and batch.generation == self.journal.generation:
                log.error("a commit failed, the ledger is read again: %s", error)
                self._sound.clear()
                self._refused(error)
                self._tasks.begin(self._recover())
            for block in batch.group.blocks:
                self._returned(block)
            return
        apply(self.state, batch.group.changes)
        if batch.group.facts:
            self._published(sequence, batch.group.facts)

    async def _recover(self) -> None:
        """Read the durable state again and let the waiting in, as soon as the file lets itself be read."""
        while True:
            try:
                durable = await self.journal.reload()
                break
            except Exception as error:  # whatever it is, without its ledger the hub can only try again
                log.error("the ledger can't be read: %s", error)
            await asyncio.sleep(RELOAD_PAUSE_S)
        self.state = durable
        self.pending = copy_of(durable)
        if begun := self.journal.begun(self.clock.now()):
            self.write(begun)  # the file was damaged, and its salvage has begun a new epoch
        self._sound.set()


def copy_of(state: State) -> State:
    """A state with tables of its own; the rows are shared, as they never change."""
    return replace(state, **{name: dict(getattr(state, name)) for name in State.__dataclass_fields__})
