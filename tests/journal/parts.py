"""Parts for the ledger's tests: a journal on a temporary folder, facts to put in, a disk that fails on demand."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edgegw.core.fold import apply, fold
from edgegw.journal import Journal, opening
from edgegw.journal import store as store_module
from edgegw.journal.blocks import OpenBlock
from edgegw.journal.connection import storage_error
from edgegw.journal.encode import encode
from edgegw.journal.group import Group, NewFact
from edgegw.journal.ids import uuid7
from edgegw.journal.store import FILE_NAME
from edgegw.model.facts import Fact, StationStatusChanged
from edgegw.model.samples import MeterSample
from edgegw.model.state import State

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def status(number: int = 0, **changed: Any) -> StationStatusChanged:
    """A small fact; `number` tells one from another."""
    values: dict[str, Any] = {
        "at": NOON + timedelta(seconds=number), "station": "CP01", "evse": 1, "connector": 1, "status": "available",
        "info": str(number),
    }  # fmt: skip
    return StationStatusChanged(**values | changed)


def group(facts: Iterable[Fact], state: State | None = None) -> Group:
    """What the hub queues for `facts`, which are folded into `state`."""
    state = State() if state is None else state
    whole = Group()
    for fact in facts:
        changes = fold(state, fact)
        apply(state, changes)
        whole.changes += changes
        whole.facts.append(NewFact(uuid7(), fact, NOON, "synced", encode(fact)))
    return whole


def block(count: int = 3, source: str = "meters/grid", since: datetime = NOON) -> OpenBlock:
    samples = [MeterSample(source, since + timedelta(seconds=n), {"import_wh": n}) for n in range(count)]
    return OpenBlock(source, 0.0, samples)


def open_journal(folder: Path, **options: Any) -> Journal:
    return Journal.open(folder, now=lambda: NOON, **options)


@asynccontextmanager
async def a_journal(folder: Path, **options: Any) -> AsyncIterator[Journal]:
    """A started journal on `folder`, closed afterwards."""
    journal = open_journal(folder, **options)
    await journal.start()
    try:
        yield journal
    finally:
        await journal.close()


def rows(folder: Path, sql: str, *values: Any) -> list[Any]:
    """What SQLite alone reads in the ledger of `folder`."""
    connection = sqlite3.connect(folder / FILE_NAME)
    try:
        found = connection.execute(sql, values).fetchall()
        connection.commit()
        return found
    finally:
        connection.close()


def stored(folder: Path) -> list[str]:
    """The numbers of the `status` facts in the ledger, in its order."""
    return [info for (info,) in rows(folder, "SELECT body ->> 'info' FROM facts ORDER BY position")]


TRIES = 3
"""How often the ledger tries a commit that meets an error of the disk."""


class Disk:
    """Under every connection that a store opens from now on: counts statements, and fails those it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements: list[str] = []
        self._faults: list[tuple[str, bool]] = []
        real = store_module.connect

        def connect(path: Path, budget_bytes: int | None) -> Any:
            try:
                self.count("open")
            except sqlite3.Error as error:
                raise storage_error(error, path) from error
            return _Connection(real(path, budget_bytes), self)

        monkeypatch.setattr(opening, "connect", connect)
        monkeypatch.setattr(store_module, "connect", connect)
        monkeypatch.setattr(store_module, "PAUSES_S", (0.0, 0.0))

    def fail(self, *statements: str) -> None:
        """Have the next statement that begins so report an I/O error; with `!` behind, after it took effect."""
        self._faults += [(statement.removesuffix("!"), statement.endswith("!")) for statement in statements]

    @property
    def is_calm(self) -> bool:
        """Everything that was to fail has failed."""
        return not self._faults

    def calm(self) -> None:
        """Forget what has not failed yet."""
        self._faults.clear()

    def count(self, sql: str) -> bool:
        """Note a statement; raises when it is to fail at once, and returns whether it is to fail afterwards."""
        self.statements.append(sql)
        if not self._faults or not sql.startswith(self._faults[0][0]):
            return False
        _, late = self._faults.pop(0)
        if not late:
            raise io_error()
        return True


class _Connection:
    def __init__(self, real: sqlite3.Connection, disk: Disk) -> None:
        self._real = real
        self._disk = disk

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        late = self._disk.count(sql)
        cursor = self._real.execute(sql, values)
        if late:
            raise io_error()
        return cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def io_error() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return error
