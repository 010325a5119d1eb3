"""One group's rows in one transaction, and looking whether they are there.

With few statements of many rows each: Python's sqlite3 gives up the interpreter lock for every statement that it
steps, and each time has to win it back from the event loop.
"""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import datetime

from edgegw.journal.connection import DATABASE_ERRORS
from edgegw.journal.known import Known, brings_boot
from edgegw.journal.outbox import write
from edgegw.journal.placing import BLOCK_COLUMNS, BLOCK_WIDTH, FACT_COLUMNS, FACT_WIDTH, Rows
from edgegw.journal.rows import stamp
from edgegw.journal.statements import insert, upsert

_BOOT = "INSERT OR IGNORE INTO boots (number, id, started_at) VALUES (?, ?, ?)"
_RUN = (
    "INSERT INTO boots (id, started_at) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at"
)


def transact(connection: sqlite3.Connection, rows: Rows, known: Known, now: datetime) -> None:
    """Write the rows; on return they are durable. Raises one of DATABASE_ERRORS: then they may be all the same, once
    `rows.reached_commit`."""
    group, execute = rows.group, connection.execute
    try:
        execute("BEGIN IMMEDIATE")
        if known.is_new_boot and brings_boot(group):
            execute(_BOOT, (*known.boot, stamp(now)))
        insert(connection, "facts", FACT_COLUMNS, rows.facts)
        insert(connection, "personal", "position, field, value, salt", rows.personal)
        insert(connection, "blocks", BLOCK_COLUMNS, rows.blocks)
        if rows.span is not None:
            execute("INSERT INTO spans VALUES (?, ?, ?, ?)", rows.span)
        upsert(connection, {(change.table, change.key): change.row for change in group.changes})
        for (name, stream), (epoch, at) in group.cursors.items():
            execute("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?)", (name, stream, epoch, at))
        for counter, reserved in group.counters.items():
            execute("INSERT OR REPLACE INTO counters VALUES (?, ?)", (counter, reserved))
        write(connection, group.outbox)
        if group.run_began is not None:
            execute(_RUN, (known.boot[1], stamp(group.run_began)))
        rows.reached_commit = True
        execute("COMMIT")
    except DATABASE_ERRORS:
        if connection.in_transaction:
            with contextlib.suppress(*DATABASE_ERRORS):  # the reopening that follows drops it with the connection
                execute("ROLLBACK")
        raise


def found(connection: sqlite3.Connection, rows: Rows) -> list[bool]:
    """For each place of a fact or block of `rows` that is taken: whether it is taken by that one.

    Raises one of DATABASE_ERRORS.
    """
    return [
        bool(same)
        for table, values, width in (("facts", rows.facts, FACT_WIDTH), ("blocks", rows.blocks, BLOCK_WIDTH))
        for position, id in zip(values[::width], values[3::width], strict=True)
        for (same,) in connection.execute(f"SELECT id = ? FROM {table} WHERE position = ?", (id, position))
    ]
