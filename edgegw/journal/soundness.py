"""Whether a file is sound, as it should be looked into after an unclean stop, and whether facts are what they say."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from edgegw.journal import chain
from edgegw.journal.errors import Damaged

CHECKED_WHOLE_BYTES = 512 * 1024 * 1024
SLOWEST_BYTES_S = 5e6
"""What a worn memory card still reads in a second."""

CHECKED_FACTS = 20_000
"""The newest facts, which the cloud may not have yet, are proven by their hashes: 0.1 s here, where SQLite's own check
sees no change inside of a value."""

CHAINED = (
    "position", "epoch", "sequence", "id", "type", "subject", "at", "recorded_at", "clock", "body", "hash", "boot",
)  # fmt: skip


def check(connection: sqlite3.Connection, path: Path, working: Callable[[float], None]) -> None:
    """Look through the file behind `connection` for damage. Raises Damaged, and sqlite3.Error.

    A large one without its readings, which are most of it: a start must not wait for minutes, and a reading that is
    damaged comes to light when it is read. `working` is told how many seconds it may take, on a slow card.
    """
    size = path.stat().st_size
    working(10.0 + size / SLOWEST_BYTES_S)
    tables = ["(1)"]
    if size > CHECKED_WHOLE_BYTES:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        tables = [f"('{name}')" for (name,) in names if name != "blocks" and not name.startswith("sqlite_")]
    for table in tables:
        (told,) = connection.execute(f"PRAGMA quick_check{table}").fetchone()
        if told != "ok":
            raise Damaged(f"{path}: the database is damaged ({told.splitlines()[-1]})")


def check_newest(connection: sqlite3.Connection, path: Path) -> None:
    """Prove the newest facts by their hashes. Raises Damaged, and sqlite3.Error."""
    names = [dict(connection.execute(f"SELECT number, id FROM {table}").fetchall()) for table in ("epochs", "boots")]
    chained = Chained(*names)
    columns = ", ".join(CHAINED)
    for row in connection.execute(
        f"SELECT {columns} FROM facts WHERE position > (SELECT max(position) FROM facts) - ? ORDER BY position",
        (CHECKED_FACTS,),
    ):
        if not chained.holds(dict(zip(CHAINED, row, strict=True))):
            raise Damaged(f"{path}: fact {row[2]} is not what was written")


class Chained:
    """Whether facts, told in order of their position, are what their hashes say. `epochs` and `boots`: ids by number.

    Behind a fact that is missing one can't be told from its hash, and passes, to be `doubtful` if the next one fails.
    """

    def __init__(self, epochs: Mapping[int, str], boots: Mapping[int, str]) -> None:
        self._epochs = epochs
        self._boots = boots
        self._position = 0
        self._held = True
        self._unproven = False
        self.doubtful: list[int] = []
        """Positions behind a missing one whose hash their next does not go on from: one of the two is damaged."""
        self._before: frozenset[bytes] = frozenset({chain.START})
        """What the hash of the fact at `_position` may be: as it is stored there, or as it follows from what is."""

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether the fact with these columns (CHAINED) is what it says; it may be told twice in a row."""
        if row["position"] != self._position:
            try:
                self._held = self._links(row)
            except (TypeError, ValueError, AttributeError):  # what damage has made of it can be anything
                self._held = False
        return self._held

    def _links(self, row: Mapping[str, Any]) -> bool:
        position, stored = row["position"], row["hash"]
        before = self._before if position == self._position + 1 else frozenset()
        epoch, boot = self._epochs.get(row["epoch"]), row.get("boot")
        self._position, self._before = position, frozenset({stored})
        was_unproven, self._unproven = self._unproven, True
        if not isinstance(orjson.loads(row["body"]), dict) or len(stored) != len(chain.START):
            return False
        if epoch is None or not (boot is None or boot in self._boots):
            return True
        texts = [row[name] for name in ("id", "type", "subject", "at", "recorded_at", "clock", "body")]
        texts += [] if boot is None else [self._boots[boot]]
        links = {chain.link(each, epoch, str(row["sequence"]), *texts) for each in before}
        self._before |= links
        if links and stored not in links:
            if was_unproven:
                self.doubtful.append(position - 1)
            return False
        self._unproven = not links
        return True
