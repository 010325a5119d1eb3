"""What a ledger has to say to who has just opened it: its fold, how it began, how far the time had come."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import orjson

from edgegw.core.clock import Newest
from edgegw.core.fold import KEPT, apply
from edgegw.journal import epochs
from edgegw.journal.rows import load
from edgegw.model.state import TABLES, Change, State

Stream = Literal["A", "B"]
Lost = tuple[Stream, str, int, int]
"""A stream, the id of an epoch, and the first and last number that is lost there."""


def fold_of(connection: sqlite3.Connection) -> State:
    """The fold as it is on disk: all of what is current and the newest of what is history."""
    state = State()
    for table, cls in TABLES.items():
        rows: Iterable[tuple[str, str]]
        select = f"SELECT key, body FROM {table}"
        if table not in KEPT:
            rows = connection.execute(select)  # of the local list there may be 50,000
        else:
            rows = connection.execute(f"{select} ORDER BY rowid DESC LIMIT {KEPT[table]}").fetchall()[::-1]
            running = {"transactions": "state = 'active'", "commands": "state IN ('received', 'dispatched')"}
            if table in running:
                found = dict(connection.execute(f"{select} WHERE {running[table]}").fetchall())
                rows = (found | dict(rows)).items()
        apply(state, (Change(table, key, load(cls, orjson.loads(body))) for key, body in rows))
    return state


def beginning(connection: sqlite3.Connection) -> tuple[str, str | None]:
    """Why the epoch began, and the id of the one before."""
    rows = connection.execute("SELECT reason, id FROM epochs ORDER BY number DESC LIMIT 2").fetchall()
    return rows[0][0], rows[1][1] if len(rows) > 1 else None


def lost(connection: sqlite3.Connection) -> list[Lost]:
    """What was found to be lost when the newest epoch began."""
    return connection.execute(
        "SELECT g.stream, e.id, g.first, g.last FROM gaps g JOIN epochs e ON e.number = g.epoch "
        "WHERE g.reason = ? AND g.at = (SELECT started_at FROM epochs ORDER BY number DESC LIMIT 1) "
        "ORDER BY g.stream, g.epoch, g.first",
        (epochs.DAMAGED,),
    ).fetchall()


def newest(connection: sqlite3.Connection, this_boot: str) -> Newest | None:
    """What the newest fact tells of the time; None before the first."""
    row = connection.execute(
        "SELECT f.recorded_at, f.clock, b.id, b.started_at FROM facts f LEFT JOIN boots b ON b.number = f.boot "
        "ORDER BY f.position DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    recorded_at, clock, boot, began = row
    if boot != this_boot or not began:
        return Newest(datetime.fromisoformat(recorded_at))
    return Newest(datetime.fromisoformat(recorded_at), clock, datetime.fromisoformat(began))


def newest_at(connection: sqlite3.Connection) -> datetime | None:
    """When the newest fact was recorded; None before the first."""
    row = connection.execute("SELECT recorded_at FROM facts ORDER BY position DESC LIMIT 1").fetchone()
    return None if row is None else datetime.fromisoformat(row[0])
