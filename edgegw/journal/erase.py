"""Erases personal values for good: beside the facts, and in the tables that are their fold.

A fact holds only a salted commitment, so without value and salt nothing can be learned from it, and the chain still
holds. What is erased is overwritten (`secure_delete`), unused pages go back to the disk, and the write-ahead log is
moved into the file and cut off, so that the bytes are in no file of the ledger any more. Copies elsewhere (backups,
files set aside, what the cloud was sent) are not reached: `copies` names those in the ledger's folder.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import orjson

from edgegw.journal.errors import JournalError
from edgegw.journal.rows import stamp
from edgegw.journal.store import FILE_NAME
from edgegw.model.commands import ENDED
from edgegw.model.value import changed, value

STEP_ROWS = 500
"""Values that go in one transaction: a few ms of the writer's time."""

Rule = Literal["token", "transaction", "before", "words"]

_ENDED = ", ".join(repr(state) for state in sorted(ENDED))


class NotErased(JournalError):
    """It can't be erased as things are; the text says why, and what to do."""


@value()
class Chosen:
    """Whose values: one of an id `token`, a `transaction` (the hub's id), or all that is `before` a time; with `words`
    of those only what drivers said to the kiosk, behind the fact at position `after`."""

    token: str | None = None
    transaction: str | None = None
    before: datetime | None = None
    words: bool = False
    after: int = 0

    @property
    def rule(self) -> Rule:
        if self.before is None:
            return "token" if self.token is not None else "transaction"
        return "words" if self.words else "before"


@dataclass(slots=True)
class Found:
    """What is there to erase: (position, field) of values beside facts, and keys of rows, by table."""

    values: list[tuple[int, str]] = field(default_factory=list)
    rows: dict[str, list[str]] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        return sum(len(keys) for keys in self.rows.values())


def find(connection: sqlite3.Connection, chosen: Chosen) -> Found:
    """What `chosen` names in the ledger, read-only. Raises NotErased, and sqlite3.Error."""
    if chosen.token is not None:
        return _of_token(connection, chosen.token)
    if chosen.transaction is not None:
        return _of_transaction(connection, chosen.transaction)
    assert chosen.before is not None
    if chosen.words:
        return Found(_words(connection, chosen.before, chosen.after))
    return _before(connection, stamp(chosen.before))


def erase_values(connection: sqlite3.Connection, values: Sequence[tuple[int, str]]) -> int:
    """Erase values beside facts, inside the caller's transaction; how many were still there."""
    before = connection.total_changes
    connection.executemany("DELETE FROM personal WHERE position = ? AND field = ?", values)
    return connection.total_changes - before


def erase_rows(connection: sqlite3.Connection, rows: Mapping[str, Sequence[str]]) -> int:
    """Take what is personal out of rows of the fold, inside the caller's transaction; how many were changed."""
    before = connection.total_changes
    for table, keys in rows.items():
        blanks = ", ".join(f"'$.{name}', NULL" for name in PERSONAL[table])
        sql = f"UPDATE {table} SET body = json_set(body, {blanks}) WHERE key = ?"
        if table in WHOLE:
            sql = f"DELETE FROM {table} WHERE key = ?"
        connection.executemany(sql, [(key,) for key in keys])
    return connection.total_changes - before


def blanked(table: str, row: Any) -> Any:
    """A row of the fold in memory without what is personal; None when nothing is left of it."""
    return None if table in WHOLE else changed(row, **dict.fromkeys(PERSONAL[table]))


PERSONAL: Mapping[str, tuple[str, ...]] = {
    "transactions": ("id_token",),
    "commands": ("id_token", "private"),
    "tokens": ("id_token",),
    "listed": ("id_token",),
}
"""Fields of rows of the fold that identify a person."""

WHOLE = frozenset({"tokens", "listed"})
"""Tables whose rows are about nothing but a token: they go whole."""


def copies(folder: Path) -> list[Path]:
    """Other files in the ledger's folder that hold copies of it, as of when they were made."""
    live = {FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"}
    kinds = (".db", ".db-wal", ".damaged", ".part")
    return sorted(
        path
        for path in folder.glob("journal.*")
        if path.is_file() and path.name not in live and any(kind in path.name for kind in kinds)
    )


def _of_token(connection: sqlite3.Connection, token: str) -> Found:
    # Station, cloud and list write a token in capitals or not (OCPP 1.6: CiString20). Some values are JSON that names
    # it among others: a change of the local list, the arguments of a command.
    quoted = orjson.dumps(token).decode()
    named = "body ->> 'id_token' = ?1 COLLATE NOCASE"
    for what, sql in (
        ("the token is on the local list, in part {}: take it out there first",
         f"SELECT body ->> 'shard' FROM listed WHERE body ->> 'status' IS NOT NULL AND {named}"),
        ("reservation {} of this token holds: cancel it first", f"SELECT key FROM reservations WHERE {named}"),
        ("transaction {} of this token is running: erase it when it has ended",
         f"SELECT key FROM transactions WHERE state = 'active' AND {named}"),
    ):  # fmt: skip
        if (row := connection.execute(f"{sql} LIMIT 1", (token,)).fetchone()) is not None:
            raise NotErased(what.format(row[0]))
    untold = "SELECT station FROM untold WHERE instr(lower(frame), lower(?)) LIMIT 1"
    if (row := connection.execute(untold, (quoted,)).fetchone()) is not None:
        text = f"what {row[0]} said of this token waits for the CSMS of ocpp.upstream: erase it when that has been told"
        raise NotErased(f"{text}, or when ocpp.upstream.keep is over")
    values = connection.execute(
        "SELECT position, field FROM personal WHERE value = ? COLLATE NOCASE OR instr(lower(value), lower(?))",
        (token, quoted),
    ).fetchall()
    private = f"{named} OR instr(lower(body ->> 'private'), lower(?2))"
    rows = {
        "transactions": _keys(connection, f"SELECT key FROM transactions WHERE {named}", token),
        "commands": _keys(connection, f"SELECT key FROM commands WHERE {private}", token, quoted),
        "tokens": _keys(connection, "SELECT key FROM tokens WHERE key = ? COLLATE NOCASE", token),
        "listed": _keys(connection, f"SELECT key FROM listed WHERE {named}", token),
    }
    return Found(values, rows)


def _of_transaction(connection: sqlite3.Connection, transaction: str) -> Found:
    row = connection.execute(
        "SELECT state, body ->> 'remote_start' FROM transactions WHERE key = ?", (transaction,)
    ).fetchone()
    if row is not None and row[0] == "active":
        raise NotErased(f"transaction {transaction} is running: erase it when it has ended")
    values = connection.execute(
        "SELECT p.position, p.field FROM facts f JOIN personal p ON p.position = f.position WHERE f.transaction_id = ?",
        (transaction,),
    ).fetchall()
    if row is None and not values:
        raise NotErased(f"there is no transaction {transaction!r}; the page and `journal show` name them")
    command = None if row is None else row[1]
    if command is not None:
        values += connection.execute(
            "SELECT p.position, p.field FROM personal p JOIN facts f ON f.position = p.position "
            "WHERE f.type = 'command_received' AND f.body ->> 'command' = ?",
            (command,),
        ).fetchall()
    rows = {
        "transactions": _keys(connection, "SELECT key FROM transactions WHERE key = ?", transaction),
        "commands": _keys(connection, "SELECT key FROM commands WHERE key = ?", command),
    }
    return Found(values, {table: _still_named(connection, table, keys) for table, keys in rows.items()})


def _before(connection: sqlite3.Connection, before: str) -> Found:
    # A transaction goes as a whole, by its end; what is still under way stays.
    values = connection.execute(
        "SELECT p.position, p.field FROM personal p JOIN facts f ON f.position = p.position "
        "LEFT JOIN transactions t ON t.key = f.transaction_id "
        "LEFT JOIN commands c ON f.type = 'command_received' AND c.key = f.body ->> 'command' "
        "WHERE f.at < ?1 AND (t.key IS NULL OR (t.state = 'ended' AND t.body ->> 'ended_at' < ?1)) "
        f"AND (c.key IS NULL OR (c.state IN ({_ENDED}) AND c.body ->> 'at' < ?1))",
        (before,),
    ).fetchall()
    ended = "SELECT key FROM transactions WHERE state = 'ended' AND body ->> 'ended_at' < ?"
    rows = {
        "transactions": _keys(connection, ended, before),
        "commands": _keys(
            connection, f"SELECT key FROM commands WHERE state IN ({_ENDED}) AND body ->> 'at' < ?", before
        ),
        "tokens": _keys(connection, "SELECT key FROM tokens WHERE body ->> 'at' < ?", before),
    }
    return Found(values, {table: _still_named(connection, table, keys) for table, keys in rows.items()})


_SAID = "f.type IN ('voice_interaction', 'voice_proposed')"
"""Facts that hold what drivers said, or what was made of it."""


AHEAD = timedelta(days=2)
"""What was said so long after it was to be erased was told by a clock that has been put right since."""


def _words(connection: sqlite3.Connection, before: datetime, after: int) -> list[tuple[int, str]]:
    return connection.execute(
        "SELECT p.position, p.field FROM personal p JOIN facts f ON f.position = p.position "
        f"WHERE p.position > ? AND {_SAID} AND (f.at < ? OR f.at > ?)",
        (after, stamp(before), stamp(before + AHEAD)),
    ).fetchall()


def oldest_words(connection: sqlite3.Connection, after: int) -> tuple[int, datetime | None]:
    """Where, behind the fact at position `after`, what a driver said stands first, and when he did; None when it stands
    nowhere: then the position is the newest fact's."""
    row = connection.execute(
        "SELECT p.position, f.at FROM personal p JOIN facts f ON f.position = p.position "
        f"WHERE p.position > ? AND {_SAID} ORDER BY p.position LIMIT 1",
        (after,),
    ).fetchone()
    if row is not None:
        return row[0], datetime.fromisoformat(row[1])
    (newest,) = connection.execute("SELECT coalesce(max(position), 0) FROM facts").fetchone()
    return newest, None


def _still_named(connection: sqlite3.Connection, table: str, keys: Sequence[str]) -> list[str]:
    """Of rows those that still hold something personal."""
    held = " OR ".join(f"body ->> '{name}' IS NOT NULL" for name in PERSONAL[table])
    sql = f"SELECT 1 FROM {table} WHERE key = ? AND ({held})"
    return [key for key in keys if connection.execute(sql, (key,)).fetchone() is not None]


def _keys(connection: sqlite3.Connection, sql: str, *values: Any) -> list[str]:
    return [key for (key,) in connection.execute(sql, values).fetchall()]
