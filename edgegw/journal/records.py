"""Facts and blocks as their rows are, on a connection of one's own: what the ledger's proofs and copies are made of."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from edgegw.journal import chain
from edgegw.journal.errors import Damaged, StorageError
from edgegw.journal.migrations import newer, scripts
from edgegw.journal.rows import load_fact
from edgegw.model.facts import FACTS, Fact
from edgegw.model.value import value

PAGE_ROWS = 500
"""Rows of one read: a long one would keep the write-ahead log from being moved into the file."""

_RECORD = (
    "SELECT f.position, e.id, f.sequence, f.id, f.type, f.subject, f.at, f.recorded_at, f.clock, f.body, b.id, f.hash "
    "FROM facts f JOIN epochs e ON e.number = f.epoch LEFT JOIN boots b ON b.number = f.boot"
)


@value()
class Record:
    """A fact as it is hashed: `body` is its JSON to the letter, with commitments where personal values were."""

    position: int
    epoch: str
    sequence: int
    id: str
    type: str
    subject: str
    at: str
    recorded_at: str
    clock: str
    body: str
    boot: str | None
    hash: bytes

    def linked(self, previous: bytes) -> bytes:
        """The hash that the fact has to have behind a fact of hash `previous`."""
        booted = () if self.boot is None else (self.boot,)
        return chain.link(
            previous, self.epoch, str(self.sequence), self.id, self.type, self.subject, self.at, self.recorded_at,
            self.clock, self.body, *booted,
        )  # fmt: skip


@value()
class Personal:
    """A personal value that a fact holds the commitment of."""

    value: str
    salt: bytes


@contextlib.contextmanager
def looked_into(path: Path) -> Iterator[sqlite3.Connection]:
    """The ledger at `path`, read-only, also beside the gateway that writes it.

    Raises StorageError, NewerDatabase or Damaged with what to do, and sqlite3.Error.
    """
    if not path.exists():
        raise StorageError(f"{path}: there is no ledger; the gateway makes it when it first runs (storage.path)")
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    with contextlib.closing(connection):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        newest = scripts()[-1][0]
        if version > newest:
            raise newer(path, version)
        if version == 0:
            raise Damaged(f"{path}: this is no ledger of edgegw")
        if version < newest:
            raise StorageError(
                f"{path}: the ledger has schema {version}, and this version looks into schema {newest}; "
                "the gateway brings it there when it starts"
            )
        yield connection


def records(connection: sqlite3.Connection, first: int = 1, last: int | None = None) -> Iterator[Record]:
    """The facts from position `first` to `last`, in order."""
    end = 2**62 if last is None else last
    position = first - 1
    while rows := connection.execute(
        f"{_RECORD} WHERE f.position > ? AND f.position <= ? ORDER BY f.position LIMIT ?", (position, end, PAGE_ROWS)
    ).fetchall():
        yield from (Record(*row) for row in rows)
        position = rows[-1][0]


def records_of(connection: sqlite3.Connection, transaction: str) -> list[Record]:
    """The facts of one transaction, in order."""
    rows = connection.execute(f"{_RECORD} WHERE f.transaction_id = ? ORDER BY f.position", (transaction,))
    return [Record(*row) for row in rows.fetchall()]


def personal_of(connection: sqlite3.Connection, record: Record) -> Mapping[str, Personal]:
    """What is held of a fact's personal values, by field."""
    rows = connection.execute("SELECT field, value, salt FROM personal WHERE position = ?", (record.position,))
    return {field: Personal(told, salt) for field, told, salt in rows.fetchall()}


def body_of(record: Record, personal: Mapping[str, Personal]) -> dict[str, Any]:
    """A fact's body with its personal values in place, None where they were erased."""
    body: dict[str, Any] = orjson.loads(record.body)
    for name in FACTS[record.type].personal if record.type in FACTS else ():
        body[name] = personal[name].value if name in personal else None
    return body


def fact_of(record: Record, personal: Mapping[str, Personal]) -> Fact | None:
    """The fact itself; None of a type that only a newer version knows."""
    if record.type not in FACTS:
        return None
    return load_fact(record.type, datetime.fromisoformat(record.at), body_of(record, personal))
