"""Statements of many rows each, which stay prepared: Python gives up the interpreter lock at every one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from edgegw.journal.rows import dump, stamp
from edgegw.model.state import TABLES

ROWS_A_STATEMENT = (256, 128, 64, 32, 16, 8, 4, 2, 1)

_EXTRA: Mapping[str, Callable[[Any], tuple[str, ...]]] = {
    "transactions": lambda row: (row.station, row.reference, row.state, stamp(row.started_at)),
    "commands": lambda row: (row.state,),
}
"""Columns beside key and body, by table."""

COLUMNS: Mapping[str, str] = {
    table: {"transactions": "key, body, station, reference, state, started_at", "commands": "key, body, state"}.get(
        table, "key, body"
    )
    for table in TABLES
}
_FIXED: Mapping[str, frozenset[str]] = {"transactions": frozenset({"key", "station", "reference"})}
"""Columns that a row keeps for life: an update that names one rewrites the row's entry in every index over it."""


def upsert(connection: sqlite3.Connection, newest: Mapping[tuple[str, str], Any]) -> None:
    """Write rows of the fold by (table, key), or take them out where there is None."""
    rows: dict[str, list[Any]] = {}
    for (table, key), row in newest.items():
        if row is None:
            connection.execute(f"DELETE FROM {table} WHERE key = ?", (key,))
        else:
            rows.setdefault(table, []).extend(columns(table, key, row))
    for table, values in rows.items():
        insert(connection, table, COLUMNS[table], values, replace=True)


def columns(table: str, key: str, row: Any) -> tuple[str, ...]:
    """The values of COLUMNS for a row of the fold."""
    extra = _EXTRA.get(table)
    return (key, dump(row)) if extra is None else (key, dump(row), *extra(row))


def insert(
    connection: sqlite3.Connection, table: str, columns: str, values: Sequence[Any], *, replace: bool = False
) -> None:
    """Insert rows given as one flat list of values, by statements of 2^n rows."""
    width = columns.count(",") + 1
    done, total = 0, len(values) // width
    for size in ROWS_A_STATEMENT:
        sql = _sql(table, columns, size, replace)
        while total - done >= size:
            connection.execute(sql, values[done * width : (done + size) * width])
            done += size


@cache
def _sql(table: str, columns: str, size: int, replace: bool) -> str:
    row = f"({', '.join('?' * (columns.count(',') + 1))})"
    sql = f"INSERT INTO {table} ({columns}) VALUES {', '.join([row] * size)}"
    if replace:
        # Not OR REPLACE, which would take the row out of every index and put it in again.
        fixed = _FIXED.get(table, frozenset({"key"}))
        news = (f"{name} = excluded.{name}" for name in columns.split(", ") if name not in fixed)
        sql += f" ON CONFLICT (key) DO UPDATE SET {', '.join(news)}"
    return sql
