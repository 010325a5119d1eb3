"""The SQLite file: opening, writing one group of records in one transaction, reading back at boot.

Everything here runs on one thread, the writer's, once the store is open. A group is written with few statements of
many rows each: Python's sqlite3 gives up the interpreter lock for every statement that it steps, and each time has to
win it back from the event loop.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import orjson

from edgegw.core.fold import KEPT, apply
from edgegw.journal import chain
from edgegw.journal.blocks import Block, OpenBlock, close
from edgegw.journal.connection import Lock, connect, settle, storage_error
from edgegw.journal.errors import JournalError
from edgegw.journal.ids import Salts, uuid7
from edgegw.journal.migrations import migrate
from edgegw.journal.rows import dump, load, stamp
from edgegw.model.facts import FACTS, Clock, Fact
from edgegw.model.state import TABLES, Change, State
from edgegw.model.value import value

log = logging.getLogger("edgegw.journal")

Stream = Literal["A", "B"]
FILE_NAME = "journal.db"
ROWS_A_STATEMENT = (256, 128, 64, 32, 16, 8, 4, 2, 1)

_EXTRA: Mapping[str, Callable[[Any], tuple[str, ...]]] = {
    "transactions": lambda row: (row.station, row.reference, row.state, stamp(row.started_at)),
    "commands": lambda row: (row.state,),
}
"""Columns beside key and body, by table."""

_COLUMNS: Mapping[str, str] = {
    table: {"transactions": "key, body, station, reference, state, started_at", "commands": "key, body, state"}.get(
        table, "key, body"
    )
    for table in TABLES
}
_FIXED: Mapping[str, frozenset[str]] = {"transactions": frozenset({"key", "station", "reference"})}
"""Columns that a row keeps for life: an update that names one rewrites the row's entry in every index over it."""

_FACT_COLUMNS = "position, epoch, sequence, id, type, subject, transaction_id, at, recorded_at, clock, body, hash"
_BLOCK_COLUMNS = "position, epoch, sequence, id, source, started_at, ended_at, samples, body"


@value()
class NewFact:
    """A fact on its way to the ledger, with the identity that makes its insertion idempotent."""

    id: str
    fact: Fact
    recorded_at: datetime
    clock: Clock


@dataclass(slots=True)
class Group:
    """What one transaction writes."""

    facts: list[NewFact] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    blocks: list[OpenBlock] = field(default_factory=list)
    cursors: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)


@value()
class Heads:
    """Newest sequence numbers of both streams in `epoch`, 0 before the first."""

    epoch: str
    facts: int
    blocks: int


class Store:
    """One open database. Not thread-safe: its owner is the writer thread."""

    def __init__(self, path: Path, budget_bytes: int | None, connection: sqlite3.Connection, held: Lock) -> None:
        self.path = path
        self._budget_bytes = budget_bytes
        self._connection = connection
        self._held = held
        self._statements: dict[tuple[str, str, int], str] = {}
        self._shapes = _shapes()
        self._salts = Salts()
        self.refresh()

    @classmethod
    def open(cls, path: Path, *, now: datetime, budget_bytes: int | None = None) -> Store:
        """Open or create the database at `path` and bring it to today's schema.

        Raises StorageError with what is wrong and where, StorageFull, InUse, NewerDatabase or Damaged.
        """
        with contextlib.ExitStack() as undo:
            try:
                path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
                held = Lock(path)
                undo.callback(held.give_back)
                connection = undo.enter_context(contextlib.closing(connect(path, budget_bytes)))
                migrate(connection, path)
                if connection.execute("SELECT count(*) FROM epochs").fetchone()[0] == 0:
                    connection.execute("BEGIN IMMEDIATE")
                    epoch = secrets.token_hex(8)
                    connection.execute("INSERT INTO epochs VALUES (1, ?, ?, 'new ledger')", (epoch, stamp(now)))
                    connection.execute("INSERT INTO ledger VALUES ('retry_salt', ?)", (secrets.token_hex(32),))
                    connection.execute("COMMIT")
                store = cls(path, budget_bytes, connection, held)
            except (sqlite3.Error, OSError, JournalError) as error:
                raise storage_error(error, path) from error
            undo.pop_all()
            return store

    def reopen(self) -> None:
        """Close and open the file again, so that nothing is believed but what it says. Raises as `open`."""
        self._connection.close()
        self._connection = connect(self.path, self._budget_bytes)
        try:
            settle(self._connection)
            self.refresh()
        except sqlite3.Error as error:
            raise storage_error(error, self.path) from error

    def close(self) -> None:
        self._connection.close()
        self._held.release()

    def refresh(self) -> None:
        """Read the heads again from the file: what is durable, whatever a failed commit said."""
        one = self._connection.execute
        self._epoch, self.epoch = one("SELECT number, id FROM epochs ORDER BY number DESC LIMIT 1").fetchone()
        last = one("SELECT position, sequence, epoch, hash FROM facts ORDER BY position DESC LIMIT 1").fetchone()
        self._position: int = last[0] if last else 0
        self._hash: bytes = last[3] if last else chain.START
        self._sequence = last[1] if last and last[2] == self._epoch else 0
        last = one("SELECT position, sequence, epoch FROM blocks ORDER BY position DESC LIMIT 1").fetchone()
        self._block_position = last[0] if last else 0
        self._block_sequence = last[1] if last and last[2] == self._epoch else 0

    @property
    def abandoned(self) -> bool:
        """The process that had this ledger before did not close it."""
        return self._held.abandoned

    def beginning(self) -> tuple[str, str | None]:
        """Why the epoch began, and the id of the one before."""
        rows = self._connection.execute("SELECT reason, id FROM epochs ORDER BY number DESC LIMIT 2").fetchall()
        return rows[0][0], rows[1][1] if len(rows) > 1 else None

    def newest_at(self) -> datetime | None:
        """When the newest fact was recorded; None before the first."""
        row = self._connection.execute("SELECT recorded_at FROM facts ORDER BY position DESC LIMIT 1").fetchone()
        return None if row is None else datetime.fromisoformat(row[0])

    @property
    def heads(self) -> Heads:
        return Heads(self.epoch, self._sequence, self._block_sequence)

    def tail(self, stream: Stream) -> int:
        """The oldest sequence of the stream that is still held in this epoch; head + 1 when none is."""
        table = "facts" if stream == "A" else "blocks"
        sql = f"SELECT min(position), sequence FROM {table} WHERE epoch = ?"
        row = self._connection.execute(sql, (self._epoch,)).fetchone()
        head = self._sequence if stream == "A" else self._block_sequence
        return head + 1 if row[1] is None else int(row[1])

    def setting(self, key: str) -> str | None:
        row = self._connection.execute("SELECT value FROM ledger WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def counter(self, name: str) -> int:
        row = self._connection.execute("SELECT reserved FROM counters WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def cursors(self) -> dict[tuple[str, str], tuple[str, int]]:
        rows = self._connection.execute("SELECT name, stream, epoch, sequence FROM cursors").fetchall()
        return {(name, stream): (epoch, sequence) for name, stream, epoch, sequence in rows}

    def load_state(self) -> State:
        """The fold as it is on disk: all of what is current and the newest of what is history. Raises as `open`."""
        try:
            return self._load_state()
        except sqlite3.Error as error:
            raise storage_error(error, self.path) from error

    def _load_state(self) -> State:
        state = State()
        for table, cls in TABLES.items():
            rows: Iterable[tuple[str, str]]
            select = f"SELECT key, body FROM {table}"
            if table not in KEPT:
                rows = self._connection.execute(select).fetchall()
            else:
                rows = self._connection.execute(f"{select} ORDER BY rowid DESC LIMIT {KEPT[table]}").fetchall()[::-1]
                running = {"transactions": "state = 'active'", "commands": "state IN ('received', 'dispatched')"}
                if table in running:
                    found = dict(self._connection.execute(f"{select} WHERE {running[table]}").fetchall())
                    rows = (found | dict(rows)).items()
            apply(state, (Change(table, key, load(cls, orjson.loads(body))) for key, body in rows))
        return state

    def write(self, group: Group) -> None:
        """Write a group in one transaction. On return it is durable.

        Raises StorageFull, StorageError or Damaged. Then it is not, as far as the file lets itself be read; call
        `reopen` and read the state again before trusting anything.
        """
        facts, personal, position, sequence, digest = self._fact_rows(group.facts)
        blocks, block_position, block_sequence = self._block_rows(group.blocks)
        newest = {(change.table, change.key): change.row for change in group.changes}
        execute = self._connection.execute
        complete = False
        try:
            execute("BEGIN IMMEDIATE")
            self._insert("facts", _FACT_COLUMNS, facts)
            self._insert("personal", "position, field, value, salt", personal)
            self._insert("blocks", _BLOCK_COLUMNS, blocks)
            self._upsert(newest)
            for (name, stream), (epoch, at) in group.cursors.items():
                execute("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?)", (name, stream, epoch, at))
            for counter, reserved in group.counters.items():
                execute("INSERT OR REPLACE INTO counters VALUES (?, ?)", (counter, reserved))
            complete = True
            execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):  # the reopening that follows drops it with the connection
                    execute("ROLLBACK")
            if not (complete and (facts or blocks) and self._came_through(digest, block_position)):
                raise storage_error(error, self.path) from error
        self._position, self._sequence, self._hash = position, sequence, digest
        self._block_position, self._block_sequence = block_position, block_sequence

    def _came_through(self, digest: bytes, block_position: int) -> bool:
        """Whether the group that ends at these is durable, though its COMMIT reported an error.

        It happens; and who is told of a failure does again what was done.
        """
        try:
            self.reopen()
        except JournalError:
            return False
        return (self._hash, self._block_position) == (digest, block_position)

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file, as far as readers let it, away from anyone's answer."""
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _fact_rows(self, new: Sequence[NewFact]) -> tuple[list[Any], list[Any], int, int, bytes]:
        position, sequence, digest = self._position, self._sequence, self._hash
        epoch = self.epoch
        rows: list[Any] = []
        personal: list[Any] = []
        for item in new:
            fact = item.fact
            position += 1
            sequence += 1
            names, hidden, subject_field, prefix = self._shapes[type(fact)]
            body = {name: getattr(fact, name) for name in names}
            for name in hidden:
                value = body[name]
                if value is not None:
                    salt = self._salts.take(chain.SALT_BYTES)
                    body[name] = {"commitment": chain.commitment(salt, value)}
                    personal += (position, name, value, salt)
            subject = f"{prefix}/{getattr(fact, subject_field)}" if subject_field else ""
            columns = (
                item.id, fact.type, subject, stamp(fact.at), stamp(item.recorded_at), item.clock, dump(body),
            )  # fmt: skip
            digest = chain.link(digest, epoch, str(sequence), *columns)
            rows += (
                position, self._epoch, sequence, *columns[:3], body.get("transaction"), *columns[3:], digest,
            )  # fmt: skip
        return rows, personal, position, sequence, digest

    def _block_rows(self, filled: Sequence[OpenBlock]) -> tuple[list[Any], int, int]:
        position, sequence = self._block_position, self._block_sequence
        rows: list[Any] = []
        for block in (closed for opened in filled for closed in _closed(opened)):
            position += 1
            sequence += 1
            rows += (
                position, self._epoch, sequence, uuid7(), block.source, block.started_at, block.ended_at,
                block.samples, block.body,
            )  # fmt: skip
        return rows, position, sequence

    def _upsert(self, newest: Mapping[tuple[str, str], Any]) -> None:
        rows: dict[str, list[Any]] = {}
        for (table, key), row in newest.items():
            if row is None:
                self._connection.execute(f"DELETE FROM {table} WHERE key = ?", (key,))
            else:
                rows.setdefault(table, []).extend((key, dump(row), *_EXTRA.get(table, _nothing)(row)))
        for table, values in rows.items():
            self._insert(table, _COLUMNS[table], values, replace=True)

    def _insert(self, table: str, columns: str, values: Sequence[Any], *, replace: bool = False) -> None:
        """Insert rows given as one flat list of values, by statements of 2^n rows, which stay prepared."""
        width = columns.count(",") + 1
        done, total = 0, len(values) // width
        for size in ROWS_A_STATEMENT:
            sql = self._statements.get((table, columns, size))
            if sql is None:
                row = f"({', '.join('?' * width)})"
                sql = f"INSERT INTO {table} ({columns}) VALUES {', '.join([row] * size)}"
                if replace:
                    # Not OR REPLACE, which would take the row out of every index and put it in again.
                    fixed = _FIXED.get(table, frozenset({"key"}))
                    news = (f"{name} = excluded.{name}" for name in columns.split(", ") if name not in fixed)
                    sql += f" ON CONFLICT (key) DO UPDATE SET {', '.join(news)}"
                self._statements[table, columns, size] = sql
            while total - done >= size:
                self._connection.execute(sql, values[done * width : (done + size) * width])
                done += size


def _closed(opened: OpenBlock) -> list[Block]:
    """The stored form of a block; nothing of one that has none, as it would be tried again with every commit."""
    try:
        return close(opened)
    except (TypeError, ValueError, OverflowError) as error:
        log.error("%d readings of %s can't be written and are given up: %s", len(opened.samples), opened.source, error)
        return []


def _nothing(row: Any) -> tuple[str, ...]:
    return ()


def _shapes() -> dict[type[Fact], tuple[tuple[str, ...], tuple[str, ...], str, str]]:
    """By fact class: names of the body's fields, the personal ones, and the field and collection of its subject."""
    found = {}
    for cls in FACTS.values():
        names = tuple(item.name for item in fields(cls) if item.name != "at")
        collection, name = cls.subject if cls.subject is not None else ("", "")
        found[cls] = (names, cls.personal, name, collection)
    return found
