"""What stations said and another CSMS is still to be told: rows that commit together with the facts.

They are no facts and have no fold: a row is there until its frame was told, or until there is no room for it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from edgegw.journal.rows import stamp
from edgegw.model.value import value

NUMBERS_KEPT = 200
"""Transaction ids of a station that are remembered, the newest."""


@value()
class Untold:
    """A frame that is to be told. `rank`: the lowest goes first when room is short."""

    position: int
    station: str
    version: str
    rank: int
    at: datetime
    frame: str
    number: int | None = None


@value()
class NewestSaid:
    """A frame that replaces the one before in its slot."""

    station: str
    slot: str
    version: str
    frame: str


@value()
class NumberThere:
    """What the other CSMS calls the 1.6 transaction `number` of a station."""

    station: str
    number: int
    there: int


@value()
class Told:
    """These rows were told."""

    positions: tuple[int, ...]


OutboxRow = Untold | NewestSaid | NumberThere | Told


@value()
class Backlog:
    """What is to be told of one station; `version` is that of the newest frame."""

    count: int
    oldest_at: datetime
    version: str


@value()
class Outbox:
    """What the ledger holds at a start. `end` is the newest position that may be in use."""

    end: int
    backlogs: dict[str, Backlog]
    newest: tuple[NewestSaid, ...]
    numbers: tuple[NumberThere, ...]


UNTOLD = "position, station, version, rank, at, number, frame"


def write(connection: sqlite3.Connection, rows: Iterable[OutboxRow]) -> None:
    """Inside the caller's transaction; written twice, rows are there once. Raises sqlite3.Error."""
    execute = connection.execute
    for row in rows:
        if isinstance(row, Untold):
            values = (row.position, row.station, row.version, row.rank, stamp(row.at), row.number, row.frame)
            execute(f"INSERT OR REPLACE INTO untold ({UNTOLD}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        elif isinstance(row, NewestSaid):
            execute(
                "INSERT OR REPLACE INTO newest_said (station, slot, version, frame) VALUES (?, ?, ?, ?)",
                (row.station, row.slot, row.version, row.frame),
            )
        elif isinstance(row, NumberThere):
            execute(
                "INSERT OR REPLACE INTO numbers_there (station, number, there) VALUES (?, ?, ?)",
                (row.station, row.number, row.there),
            )
            execute(
                "DELETE FROM numbers_there WHERE station = ?1 AND number <= (SELECT number FROM numbers_there "
                "WHERE station = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
                (row.station, NUMBERS_KEPT),
            )
        else:
            connection.executemany("DELETE FROM untold WHERE position = ?", [(each,) for each in row.positions])


def thin_out(connection: sqlite3.Connection, station: str, count: int) -> list[int]:
    """Give up `count` rows of a station, those of the lowest rank and of these the oldest; the ranks that went."""
    rows = connection.execute(
        "SELECT position, rank FROM untold WHERE station = ? ORDER BY rank, position LIMIT ?", (station, count)
    ).fetchall()
    connection.executemany("DELETE FROM untold WHERE position = ?", [(position,) for position, _ in rows])
    return [rank for _, rank in rows]


def expire(connection: sqlite3.Connection, before: datetime) -> list[tuple[str, int]]:
    """Give up what was said before a time; station and rank of each row that went."""
    gone = connection.execute("DELETE FROM untold WHERE at < ? RETURNING station, rank", (stamp(before),)).fetchall()
    return [(str(station), int(rank)) for station, rank in gone]


def untold(rows: Sequence[Sequence[object]]) -> list[Untold]:
    """The values of rows that were read as UNTOLD."""
    return [
        Untold(position, station, version, rank, datetime.fromisoformat(at), frame, number)  # type: ignore[arg-type]
        for position, station, version, rank, at, number, frame in rows
    ]
