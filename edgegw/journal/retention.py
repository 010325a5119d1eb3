"""What goes from the ledger, in which order, and what is written of it.

Only the oldest go, so that what is held of a stream is one run of numbers up to the newest; the newest of each stream
never goes, as the count goes on from it. By age, and by want of room, it is the samples first, delivered ones before
others because they are older, and then facts that the cloud has durably. A fact that it does not have never goes, nor
one of a transaction that runs, nor any after that. Each step is one short transaction: the rows, what is personal in
them, the signed anchor from which the chain is proven from there on, and a row in `gaps` that says what is not held.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from edgegw.core.matching import CLOCK_FLOOR
from edgegw.journal.rows import stamp
from edgegw.model.commands import ENDED
from edgegw.model.value import value

Stream = Literal["A", "B"]
Reason = Literal["delivered", "expired", "dropped"]
"""`delivered`: the cloud has it, and storage.keep is over. `expired`: it is over, and the cloud does not have it.
`dropped`: there was no room."""

CLOUD = "cloud"
"""Name of the cursor that says what the cloud has durably."""

TOLD = "told"
"""Name of the cursor that says up to where facts tell of what was given up."""

STEP_ROWS = 200
"""Rows that go in one transaction: 2 ms of the writer's time, which a commit beside it does not feel."""

HISTORY_ROWS = 250
"""Rows of a table of history that one transaction looks at."""

_DELETE = {
    "A": ("DELETE FROM personal WHERE position <= ?", "DELETE FROM facts WHERE position <= ?"),
    "B": ("DELETE FROM blocks WHERE position <= ?", "DELETE FROM spans WHERE position <= ?"),
}
_OLDEST = {
    "A": "SELECT position, epoch, sequence, recorded_at, clock <> 'unsynced', transaction_id, NULL FROM facts "
    "WHERE position < (SELECT max(position) FROM facts) ORDER BY position LIMIT ?",
    "B": "SELECT position, epoch, sequence, started_at, 1, NULL, samples FROM blocks "
    "WHERE position < (SELECT max(position) FROM blocks) ORDER BY position LIMIT ?",
}

Place = tuple[int, int]
"""Number of an epoch, and a sequence in it."""


@value()
class Held:
    """A row as retention sees it. `at` as text that sorts; `is_dated`: by a clock that was set."""

    position: int
    epoch: int
    sequence: int
    at: str
    is_dated: bool
    transaction: str | None
    samples: int | None


@value()
class Rule:
    """What may go of a stream: rows older than `before` (None: of any age) that the cloud has, which is everything up
    to `delivered`, and with `others` also those that it does not have."""

    before: str | None
    delivered: Place
    others: bool


@value()
class Gap:
    """Numbers `first` to `last` that are not held any more."""

    epoch: int
    first: int
    last: int
    reason: Reason
    samples: int | None


@value()
class Told:
    """What a fact has to tell of: numbers of an epoch, by its id, that were given up."""

    stream: Stream
    epoch: str
    first: int
    last: int
    reason: str
    samples: int | None


def plan(rows: Sequence[Held], rule: Rule, running: frozenset[str]) -> int:
    """How many of `rows`, the oldest of a stream in order, go. `running` are transactions that stay whole.

    A row that no clock has dated goes with the first dated one behind it, as nobody knows how old it is.
    """
    count = 0
    for index, row in enumerate(rows, 1):
        if row.transaction is not None and row.transaction in running:
            break
        if not rule.others and (row.epoch, row.sequence) > rule.delivered:
            break
        if rule.before is not None:
            if not row.is_dated:
                continue
            if row.at >= rule.before:
                break
        count = index
    return count


def gaps_of(rows: Iterable[Held], rule: Rule) -> list[Gap]:
    """What is to be written of rows that go: a gap for each run of numbers of one fate."""
    found: list[Gap] = []
    for row in rows:
        is_delivered = (row.epoch, row.sequence) <= rule.delivered
        reason: Reason = "dropped" if rule.before is None else "delivered" if is_delivered else "expired"
        last = found[-1] if found else None
        if last is not None and (last.epoch, last.last, last.reason) == (row.epoch, row.sequence - 1, reason):
            samples = None if row.samples is None else (last.samples or 0) + row.samples
            found[-1] = Gap(last.epoch, last.first, row.sequence, reason, samples)
        else:
            found.append(Gap(row.epoch, row.sequence, row.sequence, reason, row.samples))
    return found


def prune(
    connection: sqlite3.Connection,
    stream: Stream,
    rule: Rule,
    *,
    now: datetime,
    running: frozenset[str] = frozenset(),
    anchor: Callable[[sqlite3.Connection, int], object],
) -> list[Gap]:
    """One step, inside the caller's transaction; nothing when nothing may go.

    `anchor` signs the chain at a position before the facts up to it go. Raises what it raises, and sqlite3.Error.
    """
    floor = stamp(CLOCK_FLOOR)
    rows = [
        Held(position, epoch, sequence, at, bool(dated) and at >= floor, transaction, samples)
        for position, epoch, sequence, at, dated, transaction, samples in connection.execute(
            _OLDEST[stream], (STEP_ROWS,)
        ).fetchall()
    ]
    going = rows[: plan(rows, rule, running)]
    if not going:
        return []
    last = going[-1].position
    if stream == "A":
        anchor(connection, last)
    for sql in _DELETE[stream]:
        connection.execute(sql, (last,))
    found = gaps_of(going, rule)
    for gap in found:
        _write(connection, stream, gap, stamp(now))
    return found


def _write(connection: sqlite3.Connection, stream: Stream, gap: Gap, at: str) -> None:
    """What the cloud has had is one growing row; of the rest each step has its own, whose samples are counted."""
    if gap.reason == "delivered":
        grown = connection.execute(
            "UPDATE gaps SET last = ?, samples = samples + ?, at = ? "
            "WHERE stream = ? AND epoch = ? AND last = ? AND reason = 'delivered'",
            (gap.last, gap.samples, at, stream, gap.epoch, gap.first - 1),
        )
        if grown.rowcount:
            return
    connection.execute(
        "INSERT INTO gaps (stream, epoch, first, last, reason, samples, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (stream, gap.epoch, gap.first, gap.last, gap.reason, gap.samples, at),
    )


def delivered(connection: sqlite3.Connection, stream: Stream) -> Place:
    """Up to where the cloud has the stream durably; before everything when it has nothing."""
    return _cursor(connection, CLOUD, stream)


def _cursor(connection: sqlite3.Connection, name: str, stream: Stream) -> Place:
    row = connection.execute(
        "SELECT e.number, c.sequence FROM cursors c JOIN epochs e ON e.id = c.epoch WHERE c.name = ? AND c.stream = ?",
        (name, stream),
    ).fetchone()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def untold(connection: sqlite3.Connection) -> list[Told]:
    """What was given up and no fact tells of yet, neighbours put together, oldest first of each stream."""
    found: list[Told] = []
    for stream in ("A", "B"):
        epoch, sequence = _cursor(connection, TOLD, stream)
        rows = connection.execute(
            "SELECT e.id, g.first, g.last, g.reason, g.samples FROM gaps g JOIN epochs e ON e.number = g.epoch "
            "WHERE g.stream = ? AND g.reason IN ('expired', 'dropped') AND (g.epoch, g.first) > (?, ?) "
            "ORDER BY g.epoch, g.first",
            (stream, epoch, sequence),
        )
        for id, first, last, reason, samples in rows.fetchall():
            old = found[-1] if found else None
            if old is not None and (old.stream, old.epoch, old.last, old.reason) == (stream, id, first - 1, reason):
                whole = None if samples is None else (old.samples or 0) + samples
                found[-1] = Told(stream, id, old.first, last, reason, whole)
            else:
                found.append(Told(stream, id, first, last, reason, samples))
    return found


_HISTORY: Mapping[str, str] = {
    "transactions": "json_extract(body, '$.ended_at')",
    "commands": f"state IN ({', '.join(repr(state) for state in sorted(ENDED))}) AND json_extract(body, '$.at')",
    "answers": "json_extract(body, '$.at')",
    "tokens": "json_extract(body, '$.at')",
}
HISTORY: tuple[str, ...] = tuple(_HISTORY)
"""Tables whose rows become history."""


def prune_history(connection: sqlite3.Connection, table: str, after: int, before: str) -> int | None:
    """Look at the next rows of a table behind rowid `after`, and take out those that ended before `before`.

    Returns the rowid to go on from, None at the end. Inside the caller's transaction. What a station without a clock
    has dated stays: an answer that is gone would let a late retry be taken for something new.
    """
    rows = connection.execute(
        f"SELECT rowid FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?", (after, HISTORY_ROWS)
    ).fetchall()
    if not rows:
        return None
    last = int(rows[-1][0])
    connection.execute(
        f"DELETE FROM {table} WHERE rowid > ? AND rowid <= ? AND {_HISTORY[table]} BETWEEN ? AND ?",
        (after, last, stamp(CLOCK_FLOOR), before),
    )
    return last
