"""Beginning a new count of numbers, and saying which of the old ones are not held. Inside the caller's transaction."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from typing import Literal

from edgegw.journal.memo import EpochRow, Memo

Stream = Literal["A", "B"]

DAMAGED = "damaged"
"""Reason of a gap: it was in a file that could not be read there, or that is gone."""

POSITION_FLOOR, COUNTER_FLOOR = "position_floor", "counter_floor"
"""Keys in `ledger`: positions and counters' numbers up to these are taken, though nothing may be held of them."""

_HELD: Mapping[Stream, str] = {
    "A": "SELECT epoch, sequence, sequence FROM facts ORDER BY position",
    "B": "SELECT epoch, sequence, sequence FROM blocks ORDER BY position",
}

Gap = tuple[int, int, int]
"""Number of an epoch, first and last number in it."""


def begin(connection: sqlite3.Connection, reason: str, at: str) -> str:
    """Begin a new epoch; its id."""
    epoch = secrets.token_hex(8)
    connection.execute(
        "INSERT INTO epochs (number, id, started_at, reason) SELECT coalesce(max(number), 0) + 1, ?, ?, ? FROM epochs",
        (epoch, at, reason),
    )
    return epoch


def note_missing(connection: sqlite3.Connection, memo: Memo | None, at: str) -> dict[Stream, int]:
    """Write a gap for every number that is not held, as far as it is known to have been given; how many, by stream.

    `memo` tells how far its last epoch had come; that epoch, with those before it, is known to the ledger afterwards.
    """
    ends: dict[Stream, dict[int, int]] = {"A": {}, "B": {}}
    if memo is not None:
        number = adopt(connection, memo.epochs)
        ends = {"A": {number: memo.facts}, "B": {number: memo.blocks}}
        keep_position(connection, memo.position)
    lost: dict[Stream, int] = {}
    for stream, held in _HELD.items():
        gaps = connection.execute(
            "SELECT epoch, first, last FROM gaps WHERE stream = ? ORDER BY epoch, first", (stream,)
        ).fetchall()
        found = list(missing(merge(connection.execute(held), gaps), ends[stream]))
        connection.executemany(
            "INSERT INTO gaps (stream, epoch, first, last, reason, samples, at) VALUES (?, ?, ?, ?, ?, NULL, ?)",
            [(stream, *gap, DAMAGED, at) for gap in found],
        )
        lost[stream] = sum(last - first + 1 for _, first, last in found)
    return lost


def is_behind(connection: sqlite3.Connection, memo: Memo) -> bool:
    """Whether the memo knows of numbers that the ledger does not hold: it is an old copy, or has lost its end."""
    newest = connection.execute("SELECT number, id FROM epochs ORDER BY number DESC LIMIT 1").fetchone()
    if newest[1] != memo.newest.id:
        known = connection.execute("SELECT 1 FROM epochs WHERE id = ?", (memo.newest.id,)).fetchone()
        return known is None
    for table, noted in (("facts", memo.facts), ("blocks", memo.blocks)):
        row = connection.execute(f"SELECT sequence, epoch FROM {table} ORDER BY position DESC LIMIT 1").fetchone()
        if (row[0] if row is not None and row[1] == newest[0] else 0) < noted:
            return True
    return False


def recall(connection: sqlite3.Connection, memo: Memo) -> None:
    """Put in place from the memo what a ledger can't be without, as far as it does not have it itself."""
    connection.execute("INSERT OR IGNORE INTO ledger (key, value) VALUES ('retry_salt', ?)", (memo.retry_salt,))
    connection.executemany(
        "INSERT INTO counters VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET reserved = max(reserved, ?2)",
        list(memo.counters.items()),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO cursors (name, stream, epoch, sequence) VALUES (?, ?, ?, ?)",
        [(cursor.name, cursor.stream, cursor.epoch, cursor.sequence) for cursor in memo.cursors],
    )


def adopt(connection: sqlite3.Connection, epochs: Iterable[EpochRow]) -> int:
    """Write down epochs that the ledger does not know, in front of those that follow; the number of the last of them.

    A number that is another epoch's here is not taken again: then the epoch gets the next one.
    """
    number = 0
    for row in epochs:
        known = connection.execute("SELECT number FROM epochs WHERE id = ?", (row.id,)).fetchone()
        if known is None:
            (taken,) = connection.execute("SELECT count(*) FROM epochs WHERE number = ?", (row.number,)).fetchone()
            (newest,) = connection.execute("SELECT coalesce(max(number), 0) FROM epochs").fetchone()
            known = (newest + 1 if taken else row.number,)
            connection.execute(
                "INSERT INTO epochs (number, id, started_at, reason) VALUES (?, ?, ?, ?)",
                (*known, row.id, row.started_at, row.reason),
            )
        number = int(known[0])
    return number


def is_setting(row: Mapping[str, str]) -> bool:
    """Whether a row of `ledger` can be what it says. Raises ValueError."""
    return row["key"] not in (POSITION_FLOOR, COUNTER_FLOOR) or 0 <= int(row["value"]) < 2**53


def keep_position(connection: sqlite3.Connection, position: int) -> None:
    """See to it that no new fact is put at a position up to this one."""
    _raise_floor(connection, POSITION_FLOOR, position)


def keep_counters(connection: sqlite3.Connection, number: int) -> None:
    """See to it that no counter gives out a number up to this one."""
    _raise_floor(connection, COUNTER_FLOOR, number)


def floor(connection: sqlite3.Connection, key: str) -> int:
    row = connection.execute("SELECT value FROM ledger WHERE key = ?", (key,)).fetchone()
    return 0 if row is None else int(row[0])


def _raise_floor(connection: sqlite3.Connection, key: str, number: int) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO ledger (key, value) VALUES (?, ?)", (key, str(max(number, floor(connection, key))))
    )


def missing(known: Iterable[Gap], ends: Mapping[int, int]) -> Iterator[Gap]:
    """The numbers between and before those `known`, in order, of each epoch, and up to its number in `ends`."""
    left = dict(ends)
    epoch, upto = 0, 0
    for its_epoch, first, last in known:
        if its_epoch != epoch:
            if left.pop(epoch, 0) > upto:
                yield epoch, upto + 1, ends[epoch]
            epoch, upto = its_epoch, 0
        if first > upto + 1:
            yield epoch, upto + 1, first - 1
        upto = max(upto, last)
    for epoch_left, end in left.items():
        begun = upto if epoch_left == epoch else 0
        if end > begun:
            yield epoch_left, begun + 1, end
