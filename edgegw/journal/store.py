"""The SQLite file: opening, writing one group of records in one transaction, reading back at boot.

Everything here runs on one thread, the writer's, once the store is open. A group is written with few statements of
many rows each: Python's sqlite3 gives up the interpreter lock for every statement that it steps, and each time has to
win it back from the event loop.
"""

from __future__ import annotations

import contextlib
import errno
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
from edgegw.journal.blocks import OpenBlock, close
from edgegw.journal.errors import Damaged, JournalError, StorageError, StorageFull
from edgegw.journal.ids import Salts, uuid7
from edgegw.journal.migrations import migrate
from edgegw.journal.rows import dump, load, stamp
from edgegw.model.facts import FACTS, Clock, Fact
from edgegw.model.state import TABLES, Change, State
from edgegw.model.value import value

Stream = Literal["A", "B"]
FILE_NAME = "journal.db"
PAGE_BYTES = 4096

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

    def __init__(self, path: Path, budget_bytes: int | None, connection: sqlite3.Connection) -> None:
        self.path = path
        self._budget_bytes = budget_bytes
        self._connection = connection
        self._statements: dict[tuple[str, str, int], str] = {}
        self._shapes = _shapes()
        self._salts = Salts()
        self.refresh()

    @classmethod
    def open(cls, path: Path, *, now: datetime, budget_bytes: int | None = None) -> Store:
        """Open or create the database at `path` and bring it to today's schema.

        Raises StorageError with what is wrong and where, StorageFull, NewerDatabase or Damaged.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(error, path) from error
        connection = _connect(path, budget_bytes)
        try:
            migrate(connection, path)
            if connection.execute("SELECT count(*) FROM epochs").fetchone()[0] == 0:
                connection.execute("BEGIN IMMEDIATE")
                epoch = secrets.token_hex(8)
                connection.execute("INSERT INTO epochs VALUES (1, ?, ?, 'new ledger')", (epoch, stamp(now)))
                connection.execute("INSERT INTO ledger VALUES ('retry_salt', ?)", (secrets.token_hex(32),))
                connection.execute("COMMIT")
            return cls(path, budget_bytes, connection)
        except (sqlite3.Error, JournalError) as error:
            connection.close()
            raise storage_error(error, path) from error

    def reopen(self) -> None:
        """Close and open the file again, so that nothing is believed but what it says. Raises as `open`."""
        self._connection.close()
        self._connection = _connect(self.path, self._budget_bytes)
        self.refresh()

    def close(self) -> None:
        self._connection.close()

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

    def set_setting(self, key: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO ledger VALUES (?, ?)", (key, value))

    def counter(self, name: str) -> int:
        row = self._connection.execute("SELECT reserved FROM counters WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def cursors(self) -> dict[tuple[str, str], tuple[str, int]]:
        rows = self._connection.execute("SELECT name, stream, epoch, sequence FROM cursors").fetchall()
        return {(name, stream): (epoch, sequence) for name, stream, epoch, sequence in rows}

    def load_state(self) -> State:
        """The fold as it is on disk: all of what is current and the newest of what is history."""
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

        Raises StorageFull, StorageError or Damaged. Then the group may be durable all the same (an fsync that failed
        late): call `reopen` and read the state again before trusting anything.
        """
        facts, personal, position, sequence, digest = self._fact_rows(group.facts)
        blocks, block_position, block_sequence = self._block_rows(group.blocks)
        newest = {(change.table, change.key): change.row for change in group.changes}
        execute = self._connection.execute
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
            execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):  # the reopening that follows drops it with the connection
                    execute("ROLLBACK")
            raise storage_error(error, self.path) from error
        self._position, self._sequence, self._hash = position, sequence, digest
        self._block_position, self._block_sequence = block_position, block_sequence

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
        for block in (closed for opened in filled for closed in close(opened)):
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
        """Insert rows given as one flat list of values, by statements of 64, 8 and 1 rows that stay prepared."""
        width = columns.count(",") + 1
        done, total = 0, len(values) // width
        for size in (64, 8, 1):
            sql = self._statements.get((table, columns, size))
            if sql is None:
                row = f"({', '.join('?' * width)})"
                sql = f"INSERT INTO {table} ({columns}) VALUES {', '.join([row] * size)}"
                if replace:
                    # Not OR REPLACE, which would take the row out of every index and put it in again.
                    news = (f"{name} = excluded.{name}" for name in columns.split(", ") if name != "key")
                    sql += f" ON CONFLICT (key) DO UPDATE SET {', '.join(news)}"
                self._statements[table, columns, size] = sql
            while total - done >= size:
                self._connection.execute(sql, values[done * width : (done + size) * width])
                done += size


def _connect(path: Path, budget_bytes: int | None) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    except sqlite3.Error as error:
        raise storage_error(error, path) from error
    try:
        # FULL and not NORMAL: NORMAL loses acknowledged commits in a power cut. The checkpoint is the writer's, when
        # it is idle; the automatic one comes only when it never is.
        connection.executescript(
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 8388608;"
        )
        if budget_bytes is not None:
            connection.execute(f"PRAGMA max_page_count = {max(64, budget_bytes // PAGE_BYTES)}")
    except sqlite3.Error as error:
        connection.close()
        raise storage_error(error, path) from error
    return connection


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


def storage_error(error: Exception, path: Path) -> JournalError:
    """The error of ours that says what an OSError or sqlite3.Error means for the database at `path`."""
    if isinstance(error, JournalError):
        return error
    text = str(error).lower()
    full = "full" in text or (isinstance(error, OSError) and error.errno == errno.ENOSPC)
    if full:
        return StorageFull(f"{path}: no space left on the disk or in the storage budget")
    if "malformed" in text or "not a database" in text:
        return Damaged(f"{path}: the database is damaged ({error}); move it away and start again, or restore a backup")
    if isinstance(error, PermissionError) or "readonly" in text or "unable to open" in text:
        return StorageError(f"{path.parent}: the storage folder can't be written; give it to the user edgegw runs as")
    return StorageError(f"{path}: {error}")
