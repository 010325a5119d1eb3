"""The SQLite file: opening, writing one group of records in one transaction, reading back at boot.

Everything here runs on one thread, the writer's, once the store is open.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from edgegw.core.clock import Newest
from edgegw.journal import epochs, memo, recalling
from edgegw.journal.beginning import begin
from edgegw.journal.boots import boot_id
from edgegw.journal.connection import DATABASE_ERRORS, PAGE_BYTES, Lock, connect, may_pass, settle, storage_error
from edgegw.journal.errors import Damaged, JournalError, StorageError, StorageFull
from edgegw.journal.frames import frames
from edgegw.journal.group import Group
from edgegw.journal.known import Known, cursors, setting
from edgegw.journal.opening import NOT_WHAT_WAS_WRITTEN, opening
from edgegw.journal.placing import Rows, place
from edgegw.journal.recalling import Lost, Stream
from edgegw.journal.salvage import Working, salvage
from edgegw.journal.space import Room, measure
from edgegw.journal.writing import found, transact
from edgegw.model.state import State
from edgegw.model.value import value

log = logging.getLogger("edgegw.journal")

T = TypeVar("T")

FILE_NAME = "journal.db"
RESTED_FRAMES = 12288
"""Pages in the write-ahead log from which on it is worth moving them into the file."""
PAUSES_S = (0.02, 0.2)
"""After an error of the disk a group is tried again after each of these."""

NOTED_EVERY_S = 900.0
"""How often the memo follows a ledger that is written all the time."""


@value()
class Heads:
    """Newest sequence numbers of both streams in `epoch`, 0 before the first."""

    epoch: str
    facts: int
    blocks: int


class Store:
    """One open database. Not thread-safe: its owner is the writer thread."""

    def __init__(
        self,
        path: Path,
        budget_bytes: int | None,
        connection: sqlite3.Connection,
        held: Lock,
        now: Callable[[], datetime],
        working: Working,
    ) -> None:
        self.path = path
        self.trouble: str | None = None
        """Why the last try to write has failed, while none has gone well since."""
        self.mending = False
        """A damaged file is being salvaged, which takes its time."""
        self._budget_bytes = budget_bytes
        self._connection = connection
        self._held = held
        self._now = now
        self._working = working
        self._log = path.with_name(f"{path.name}-wal")
        self._moved = b"", 0
        """Of the log with these salts, how many pages are in the file."""
        self._damage: Damaged | None = None
        self._noted: memo.Memo | None = None
        self._before: memo.Memo | None = None
        """How far the ledger had come before it was opened again, until a write or `durable` has gone well since."""
        self._noted_at = time.monotonic()
        self.refresh()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        now: Callable[[], datetime],
        budget_bytes: int | None = None,
        working: Working = lambda seconds: None,
    ) -> Store:
        """Open or create the database at `path` and bring it to today's schema; a damaged one is salvaged.

        After an unclean stop the file is checked first; `working` is told how long the start may take for it. Raises
        StorageError with what is wrong and where, StorageFull, InUse or NewerDatabase.
        """

        def made(connection: sqlite3.Connection, held: Lock) -> Store:
            return cls(path, budget_bytes, connection, held, now, working)

        return opening(path, budget_bytes, now, working, made, cls.note)

    def reopen(self) -> None:
        """Close and open the file again, so that nothing is believed but what it says. Raises as `open`."""
        if self._before is None:
            self._before = self._known.memo()
        self._connection.close()
        self._connection = connect(self.path, self._budget_bytes)
        try:
            settle(self._connection)
            self.refresh()
        except DATABASE_ERRORS as error:
            raise storage_error(error, self.path) from error

    def close(self) -> None:
        with contextlib.suppress(*DATABASE_ERRORS):  # what can't be read can't be noted
            self.note()
        self._connection.close()
        self._held.release()

    def durable(self) -> State:
        """Open the file again and read its fold; a file that turns out to be damaged is salvaged first.

        Numbers that were acknowledged and are not there any more end the epoch, so that they are not given out twice.
        Raises as `open`: then try again later.
        """
        before = self._before or self._known.memo()
        try:
            if self._damage is not None:
                raise self._damage
            self.reopen()
            if begin(self._connection, before, self._now()):
                self.refresh()
            state = self.load_state()
        except Damaged as damage:
            self._damage = damage
            self.mending = True
            try:
                self._connection.close()
                salvage(self.path, before, damage, self._now(), self._working)
                self._damage = None
                self.reopen()
                state = self.load_state()
            except OSError as error:
                raise storage_error(error, self.path) from error
            finally:
                self.mending = False
        self._before = None
        self.note()
        return state

    def condemn(self, damage: Damaged) -> None:
        """Somebody has read what can't be: take no more writes until `durable` has salvaged the file."""
        self._damage = damage

    # The memo beside the file

    def note(self) -> None:
        """Write the memo, if it would say anything new."""
        now = self._known.memo()
        if now != self._noted and memo.write(self.path, now):
            self._noted = now
        self._noted_at = time.monotonic()

    def note_now_and_then(self) -> None:
        if time.monotonic() - self._noted_at >= NOTED_EVERY_S:
            self.note()

    def refresh(self) -> None:
        """Read again from the file what is known of it."""
        self._known = Known.read(self._connection, boot_id())

    @property
    def abandoned(self) -> bool:
        """The process that had this ledger before did not close it."""
        return self._held.abandoned

    def beginning(self) -> tuple[str, str | None]:
        """Why the epoch began, and the id of the one before."""
        return recalling.beginning(self._connection)

    def lost(self) -> list[Lost]:
        """What was found to be lost when the newest epoch began."""
        return recalling.lost(self._connection)

    def newest(self) -> Newest | None:
        """What the newest fact tells of the time; None before the first."""
        return recalling.newest(self._connection, self._known.boot[1])

    def newest_at(self) -> datetime | None:
        """When the newest fact was recorded; None before the first."""
        return recalling.newest_at(self._connection)

    @property
    def heads(self) -> Heads:
        return Heads(self._known.epoch[1], self._known.ends.sequence, self._known.ends.block_sequence)

    def tail(self, stream: Stream) -> int:
        """The oldest sequence of the stream that is still held in this epoch; head + 1 when none is."""
        table = "facts" if stream == "A" else "blocks"
        sql = f"SELECT sequence FROM {table} WHERE epoch = ? ORDER BY position LIMIT 1"
        row = self._connection.execute(sql, (self._known.epoch[0],)).fetchone()
        head = self._known.ends.sequence if stream == "A" else self._known.ends.block_sequence
        return head + 1 if row is None else int(row[0])

    def maintain(self, run: Callable[[sqlite3.Connection], T]) -> T:
        """Run statements that are no record's, such as what retention takes out, in one transaction of their own.

        Raises what `run` raises, StorageFull, StorageError or Damaged; then nothing of it is done.
        """
        if self._damage is not None:
            raise self._damage
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            result = run(connection)
            connection.execute("COMMIT")
        except Exception as error:
            if connection.in_transaction:
                with contextlib.suppress(*DATABASE_ERRORS):
                    connection.execute("ROLLBACK")
            if isinstance(error, DATABASE_ERRORS):
                failure = storage_error(error, self.path)
                if isinstance(failure, Damaged):
                    self.condemn(failure)
                elif not isinstance(failure, StorageFull):
                    self.reopen()  # behind an fsync that failed nothing may be written
                raise failure from error
            raise
        return result

    def room(self, disk: int) -> Room:
        """How much may still be written, with `disk` bytes free. Raises StorageError."""
        try:
            return measure(self._connection, disk)
        except DATABASE_ERRORS as error:
            raise storage_error(error, self.path) from error

    def give_back(self, size: int) -> None:
        """Return at most `size` bytes of unused pages to the disk, in one transaction.

        Raises StorageFull, StorageError or Damaged.
        """
        try:
            pages = size // PAGE_BYTES
            # As a script: `execute` steps once through what has no columns, and that is one page. Only the checkpoint
            # makes the file shorter.
            self._connection.executescript(f"PRAGMA incremental_vacuum({pages}); PRAGMA wal_checkpoint(PASSIVE)")
        except DATABASE_ERRORS as error:
            raise storage_error(error, self.path) from error

    def scrub(self) -> bool:
        """Leave nothing of what was deleted in any file: give all unused pages back and cut the log off.

        False when a reader still needs the log. Raises StorageFull, StorageError.
        """
        try:
            self._connection.executescript("PRAGMA incremental_vacuum")  # `execute` would give back one page of them
            (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except DATABASE_ERRORS as error:
            raise storage_error(error, self.path) from error
        return not busy

    def setting(self, key: str) -> str | None:
        return setting(self._connection, key)

    def counter(self, name: str) -> int:
        return max(self._known.counters.get(name, 0), epochs.floor(self._connection, epochs.COUNTER_FLOOR))

    def cursors(self) -> dict[tuple[str, str], tuple[str, int]]:
        return cursors(self._connection)

    def load_state(self) -> State:
        """The fold as it is on disk: all of what is current and the newest of what is history. Raises as `open`."""
        try:
            return recalling.fold_of(self._connection)
        except DATABASE_ERRORS as error:
            raise storage_error(error, self.path) from error
        except NOT_WHAT_WAS_WRITTEN as error:
            raise Damaged(f"{self.path}: a row of the fold is damaged ({error})") from error

    def write(self, group: Group) -> None:
        """Write a group in one transaction. On return it is durable, once.

        An error of the disk may pass, and a COMMIT that reported one may be durable all the same. So the file is opened
        again, the group's own rows are looked for, and what is not there is tried again, after each of PAUSES_S.

        Raises StorageFull, StorageError or Damaged. Then it is not, as far as the file lets itself be read; call
        `durable` before trusting anything.
        """
        if self._damage is not None:
            raise self._damage
        rows = place(group, self._known.ends, self._known.epoch, self._known.boot)
        is_doubtful = False
        for pause_s in (*PAUSES_S, None):
            try:
                if not (is_doubtful and self._finds(rows)):
                    transact(self._connection, rows, self._known, self._now())
                self._take_up(rows)
                return
            except (*DATABASE_ERRORS, JournalError) as error:
                failure = storage_error(error, self.path)
                if failure is not error:
                    failure.__cause__ = error
            self.trouble = str(failure)
            if pause_s is None or not may_pass(failure):
                break
            is_doubtful = True
            log.warning("%s; looking whether it is written after all, and trying again", failure)
            time.sleep(pause_s)
        if isinstance(failure, Damaged):
            self.condemn(failure)
        elif rows.reached_commit:
            with contextlib.suppress(JournalError):
                if self._finds(rows):
                    self._take_up(rows)
                    return
        raise failure

    def _finds(self, rows: Rows) -> bool:
        """Whether the group is in the file, opened anew; a group without rows of its own never is.

        Raises as `open`, and when less is there than was before the group: `durable` sees to that.
        """
        base = self._known.ends
        self.reopen()
        if not (rows.facts or rows.blocks):
            return False
        held = found(self._connection, rows)
        if held and all(held):  # one transaction wrote them: all of them or none
            return True
        if held or self._known.ends != base:
            raise StorageError(f"{self.path}: the file is not what it was before an error of the disk")
        return False

    def _take_up(self, rows: Rows) -> None:
        """The group is durable."""
        self._known.take_up(rows)
        self.trouble = self._before = None
        if rows.group.counters:
            self.note()  # before anyone gives a number out

    def rest(self) -> None:
        """Nobody waits for the ledger: move the write-ahead log into the file once it is long enough to be worth it.

        A page that many commits have changed is written to the file once for all of them, so moving the log after each
        commit would write twice as much (tests/bench/wear.py).
        """
        salts, count = frames(self._log)
        if count - (self._moved[1] if salts == self._moved[0] else 0) >= RESTED_FRAMES:
            _, _, moved = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self._moved = salts, moved
