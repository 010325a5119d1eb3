"""A damaged ledger: set aside whole, and everything that can be read of it taken over into a new one.

Rows keep their epoch, number, position, identity and hash. Tables are read by ranges of their keys (`ranges`); a fact
counts as read only when it is what its hash says, a block when its packing says so. What is missing then becomes gaps
with the reason `damaged`; rows of the fold that are missing are folded again from the facts. New records count in a new
epoch.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from edgegw.core.fold import apply, fold
from edgegw.journal import chain, contents, epochs, header
from edgegw.journal.connection import DATABASE_ERRORS, connect
from edgegw.journal.errors import Damaged
from edgegw.journal.exchange import exchange, part_of, remove, whole_of
from edgegw.journal.memo import Memo, settle_folder
from edgegw.journal.migrations import migrate
from edgegw.journal.packing import unpack
from edgegw.journal.ranges import Ranges
from edgegw.journal.rows import load, load_fact, stamp
from edgegw.journal.soundness import Chained
from edgegw.journal.space import free_bytes
from edgegw.journal.statements import COLUMNS, columns
from edgegw.model.facts import FACTS
from edgegw.model.state import TABLES, State

log = logging.getLogger("edgegw.journal")

Working = Callable[[float], None]
"""Told now and then that the work goes on, and that it may take so many seconds until it says so again."""

WORKING_EVERY_S = 5.0
WORKING_S = 60.0

ROWS_A_COMMIT = 500
SPANS = (
    "INSERT INTO spans SELECT max(position), min(position), min(started_at), max(started_at) FROM blocks "
    "GROUP BY position / 32"
)
FARTHEST = 1_000_000
"""So far behind the last key that is known a table is searched when its end can't be read."""

MARGIN_BYTES = 64 * 1024 * 1024
"""Room that a salvage leaves on the disk, or it leaves the readings where they are."""

FIRST_NUMBER_AT = 1_700_000_000
"""A counter of which nothing is known goes on from the seconds since then: more than one number a second was never
given out, and 31 bits last until 2092."""


def salvage(path: Path, memo: Memo | None, damage: Damaged, now: datetime, working: Working) -> Path:
    """Put a sound ledger in the place of the damaged one at `path`; where the old one lies now.

    Nobody may have it open. Raises OSError, StorageFull or StorageError, and then nothing has changed.
    """
    log.error("%s; what can be read of it is taken over into a new ledger", damage)
    part, whole = part_of(path), whole_of(path)
    for each in (part, whole):
        remove(each)
    before = header.mend(path, lambda file: contents.restore(file) or header.opens(file))
    if before is not None:
        log.error("the header of %s was %s and is written anew, so that the rest can be read", path, before)
    try:
        _build(path, part, memo, now, working)
    except BaseException:
        remove(part)
        raise
    part.replace(whole)
    settle_folder(path.parent)
    aside = path.with_name(f"{path.stem}.damaged-{now:%Y%m%dT%H%M%S%fZ}.db")
    exchange(path, aside)
    log.error("the damaged ledger is kept as %s; move it away when nobody wants to look into it any more", aside)
    return aside


def _build(path: Path, part: Path, memo: Memo | None, now: datetime, working: Working) -> None:
    with contextlib.closing(connect(part, None)) as new:
        # It is not the ledger before it is whole, so until then nothing has to last.
        new.execute("PRAGMA journal_mode = MEMORY")
        new.execute("PRAGMA synchronous = OFF")
        migrate(new, part)
        with contextlib.ExitStack() as closing:
            old = _opened(path)
            if old is not None:
                closing.enter_context(contextlib.closing(old))
            _Salvage(old, new, path, memo, now, _pulse(working)).run()
    with part.open("rb") as file:
        os.fsync(file.fileno())


def _opened(path: Path) -> sqlite3.Connection | None:
    """The damaged file, read-only, with what is sound of its log; None when it is no database at all."""
    try:
        old = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    except DATABASE_ERRORS:
        return None
    try:
        old.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except DATABASE_ERRORS:
        old.close()
        return None
    return old


def _pulse(working: Working) -> Callable[[], None]:
    last = monotonic() - WORKING_EVERY_S

    def beat() -> None:
        nonlocal last
        if monotonic() - last >= WORKING_EVERY_S:
            last = monotonic()
            working(WORKING_S)

    return beat


class _Salvage:
    """One salvage, from `old` (None: nothing can be read) into the empty ledger `new`."""

    def __init__(
        self, old: sqlite3.Connection | None, new: sqlite3.Connection, path: Path, memo: Memo | None,
        now: datetime, beat: Callable[[], None],
    ) -> None:  # fmt: skip
        self._old = old
        self._new = new
        self._path = path
        self._memo = memo
        self._now = now
        self._beat = beat

    def run(self) -> None:
        new, at = self._new, stamp(self._now)
        self._take("epochs")
        self._take("boots")
        self._remember()
        names = [dict(new.execute(f"SELECT number, id FROM {table}").fetchall()) for table in ("epochs", "boots")]
        chained = Chained(*names)
        self._take("facts", chained.holds)
        new.executemany("DELETE FROM facts WHERE position = ?", [(position,) for position in chained.doubtful])
        self._take("personal", self._is_committed)
        folded = {table for table in TABLES if not self._take(table, _is_row(table))}
        for table in ("anchors", "gaps", "cursors", "untold", "newest_said", "numbers_there"):
            self._take(table)
        self._take("ledger", epochs.is_setting)
        counted = self._take("counters")
        if self._has_room():
            self._take("blocks", _is_block)
            new.execute(SPANS)
        else:
            log.error("no room on the disk for the readings a second time: they stay in the file set aside")
        self._refold(folded)
        self._supply(counted)
        new.execute("BEGIN")
        epochs.keep_position(new, new.execute("SELECT coalesce(max(position), 0) FROM facts").fetchone()[0])
        lost = epochs.note_missing(new, self._memo, at)
        epochs.begin(new, "salvage", at)
        new.execute("COMMIT")
        facts, blocks = (new.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("facts", "blocks"))
        log.error(
            "%d facts and %d blocks of readings taken over, %d and %d known to be lost",
            facts, blocks, lost["A"], lost["B"],
        )  # fmt: skip

    def _take(self, table: str, holds: Callable[[Mapping[str, Any]], bool] = lambda row: True) -> bool:
        """Take over every row of a table that can be read and that `holds`; False when something was amiss."""
        if self._old is None:
            return False
        try:
            had = {row[1] for row in self._old.execute(f"PRAGMA table_info({table})")}
        except DATABASE_ERRORS:
            return False
        info = self._new.execute(f"PRAGMA table_info({table})").fetchall()
        names = [row[1] for row in info if row[1] in had]
        if not names:
            return not had and self._old_is_older(table)
        key = _key(self._new, table, info)
        put = f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        whole, batch = True, list[tuple[Any, ...]]()
        for row in self._rows(table, key, names):
            if row is None:
                whole = False
                continue
            try:
                good = holds(dict(zip(names, row, strict=True)))
            except Exception:  # what damage has made of it can be anything
                good = False
            if not good:
                whole = False
                continue
            batch.append(row)
            if len(batch) >= ROWS_A_COMMIT:
                whole &= self._put(put, batch)
                batch.clear()
        return self._put(put, batch) and whole

    def _old_is_older(self, table: str) -> bool:
        """Whether the old file is of a schema that had no such table, so that nothing of it is missing."""
        assert self._old is not None
        try:
            (version,) = self._old.execute("PRAGMA user_version").fetchone()
            (newest,) = self._new.execute("PRAGMA user_version").fetchone()
        except DATABASE_ERRORS:
            return False
        return bool(version < newest)

    def _rows(self, table: str, key: str | None, names: list[str]) -> Iterator[tuple[Any, ...] | None]:
        """The rows of a table that can be read, and None where some can't."""
        assert self._old is not None
        old, chosen = self._old, ", ".join(names)
        if key is None:  # a few rows, of a key that can't be halved
            try:
                yield from old.execute(f"SELECT {chosen} FROM {table}")
            except DATABASE_ERRORS:
                yield None
            return

        def fetch(first: int, last: int) -> Iterable[tuple[Any, ...]]:
            self._beat()
            return old.execute(
                f"SELECT {key}, {chosen} FROM {table} WHERE {key} BETWEEN ? AND ? ORDER BY {key}", (first, last)
            )

        ranges = Ranges(fetch)
        for row in ranges.rows(0, self._end_of(table, key)):
            yield row[1:]
        if ranges.lost:
            yield None

    def _end_of(self, table: str, key: str) -> int:
        """A key behind which the table holds nothing that could be read."""
        assert self._old is not None
        with contextlib.suppress(*DATABASE_ERRORS):
            (end,) = self._old.execute(f"SELECT max({key}) FROM {table}").fetchone()
            if end is None or isinstance(end, int):
                return end or 0
        memo = self._memo
        return FARTHEST + (0 if memo is None else max(memo.position, memo.block_position))

    def _put(self, sql: str, rows: list[tuple[Any, ...]]) -> bool:
        new = self._new
        new.execute("BEGIN")
        try:
            new.executemany(sql, rows)
        except (sqlite3.IntegrityError, OverflowError):
            new.execute("ROLLBACK")
        else:
            new.execute("COMMIT")
            return True
        new.execute("BEGIN")
        for row in rows:  # one of them is of a type that its column can't hold
            with contextlib.suppress(sqlite3.IntegrityError, OverflowError):
                new.execute(sql, row)
        new.execute("COMMIT")
        return False

    def _remember(self) -> None:
        """Put back from the memo which epochs and boots there were, where the file no longer tells."""
        if self._memo is None:
            return
        self._new.execute("BEGIN")
        epochs.adopt(self._new, self._memo.epochs)
        self._new.executemany(
            "INSERT OR IGNORE INTO boots (number, id, started_at) VALUES (?, ?, '')", self._memo.boots.items()
        )
        self._new.execute("COMMIT")

    def _is_committed(self, row: Mapping[str, Any]) -> bool:
        """Whether a personal value is the one that its fact is committed to."""
        fact = self._new.execute("SELECT body FROM facts WHERE position = ?", (row["position"],)).fetchone()
        return fact is not None and orjson.loads(fact[0])[row["field"]] == {
            "commitment": chain.commitment(row["salt"], row["value"])
        }

    def _has_room(self) -> bool:
        """Whether the disk takes the blocks, which are most of a ledger, a second time."""
        taken = sum(
            each.stat().st_size for suffix in ("", "-wal")
            if (each := self._path.with_name(f"{self._path.name}{suffix}")).exists()
        )  # fmt: skip
        return free_bytes(self._path.parent) >= taken + MARGIN_BYTES

    def _refold(self, tables: set[str]) -> None:
        """Fold the facts again for rows that are missing in `tables`; those that could be read count as they are."""
        if not tables:
            return
        new, state = self._new, State()
        known = {table: {key for (key,) in new.execute(f"SELECT key FROM {table}")} for table in tables}
        new.execute("BEGIN")
        for fact in _facts(new):
            self._beat()
            changes = fold(state, fact)
            apply(state, changes)
            for change in changes:
                if change.table not in tables or change.key in known[change.table]:
                    continue
                if change.row is None:
                    new.execute(f"DELETE FROM {change.table} WHERE key = ?", (change.key,))
                else:
                    row = columns(change.table, change.key, change.row)
                    new.execute(
                        f"INSERT OR REPLACE INTO {change.table} ({COLUMNS[change.table]}) "
                        f"VALUES ({', '.join('?' * len(row))})",
                        row,
                    )
        new.execute("COMMIT")

    def _supply(self, counted: bool) -> None:
        """What a ledger can't be without, from the memo where the file no longer gives it."""
        new, memo = self._new, self._memo
        if not counted and memo is None:
            log.error("nothing tells which transaction numbers were given out: counting goes on far above them")
            epochs.keep_counters(new, max(0, int(self._now.timestamp()) - FIRST_NUMBER_AT))
        new.execute("BEGIN")
        if memo is not None:
            epochs.recall(new, memo)
        new.execute("INSERT OR IGNORE INTO ledger (key, value) VALUES ('retry_salt', ?)", (secrets.token_hex(32),))
        new.execute("COMMIT")


def _is_row(table: str) -> Callable[[Mapping[str, Any]], bool]:
    cls = TABLES[table]

    def holds(row: Mapping[str, Any]) -> bool:
        load(cls, orjson.loads(row["body"]))
        return True

    return holds


def _is_block(row: Mapping[str, Any]) -> bool:
    return isinstance(orjson.loads(unpack(row["body"], row["started_at"])), dict)


def _key(connection: sqlite3.Connection, table: str, info: list[Any]) -> str | None:
    """The name of a table's whole-numbered key: its rowid's, or the first column of a primary key that is one."""
    first = next((row for row in info if row[5] == 1), None)
    if first is not None and first[2] == "INTEGER":
        return str(first[1])
    (without_rowid,) = connection.execute("SELECT wr FROM pragma_table_list WHERE name = ?", (table,)).fetchone()
    return None if without_rowid else "rowid"


def _facts(connection: sqlite3.Connection) -> Iterator[Any]:
    """Every fact of a kind that this version knows, in order, with its personal values."""
    hidden = connection.execute("SELECT position, field, value FROM personal ORDER BY position")
    ahead = hidden.fetchone()
    for position, kind, at, body in connection.execute("SELECT position, type, at, body FROM facts ORDER BY position"):
        values = orjson.loads(body)
        for name in FACTS[kind].personal if kind in FACTS else ():
            values[name] = None
        while ahead is not None and ahead[0] <= position:
            if ahead[0] == position:
                values[ahead[1]] = ahead[2]
            ahead = hidden.fetchone()
        if kind in FACTS:
            yield load_fact(kind, at, values)
