"""The first epoch of a ledger, and a new one where numbers were lost."""

from __future__ import annotations

import logging
import secrets
import sqlite3
from datetime import datetime

from edgegw.journal import epochs, memo
from edgegw.journal.rows import stamp

log = logging.getLogger("edgegw.journal")


def begin(connection: sqlite3.Connection, noted: memo.Memo | None, now: datetime) -> bool:
    """Begin the first epoch of a new ledger, or a new one where the memo knows of numbers that the file does not hold.

    True when one was begun.
    """
    newest = connection.execute("SELECT number, id FROM epochs ORDER BY number DESC LIMIT 1").fetchone()
    if newest is not None and (noted is None or not epochs.is_behind(connection, noted)):
        return False
    at = stamp(now)
    connection.execute("BEGIN IMMEDIATE")
    if noted is None:
        connection.execute("INSERT INTO ledger VALUES ('retry_salt', ?)", (secrets.token_hex(32),))
        epochs.begin(connection, "new ledger", at)
    else:
        epochs.recall(connection, noted)
        lost = epochs.note_missing(connection, noted, at)
        log.error("%d facts and %d blocks of readings are lost with the ledger that held them", lost["A"], lost["B"])
        epochs.begin(connection, "lost", at)
    connection.execute("COMMIT")
    return True
