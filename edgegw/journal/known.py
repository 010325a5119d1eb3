"""What the writer knows of its file without asking it: where it ends, its epochs, boots, counters and cursors."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from edgegw.journal import chain, epochs, memo
from edgegw.journal.group import Group
from edgegw.journal.placing import Ends, Rows


@dataclass(slots=True)
class Known:
    """Read from the file when it is opened, and brought on by each group that is durable."""

    epochs: tuple[memo.EpochRow, ...]
    ends: Ends
    boot: tuple[int, str]
    """The row of `boots` of this boot of the machine: its number, and the id."""
    is_new_boot: bool
    """It has no row yet: the first fact brings it."""
    boots: dict[str, str]
    cursors: dict[tuple[str, str], tuple[str, int]]
    counters: dict[str, int]
    retry_salt: str

    @classmethod
    def read(cls, connection: sqlite3.Connection, boot_id: str) -> Known:
        """What is durable, whatever a failed commit said. Raises sqlite3.Error."""
        one = connection.execute
        named = one("SELECT number, id, started_at, reason FROM epochs ORDER BY number").fetchall()
        epoch = named[-1][0]
        fact = one("SELECT position, sequence, epoch, hash FROM facts ORDER BY position DESC LIMIT 1").fetchone()
        block = one("SELECT position, sequence, epoch FROM blocks ORDER BY position DESC LIMIT 1").fetchone()
        ends = Ends(
            position=max(fact[0] if fact else 0, epochs.floor(connection, epochs.POSITION_FLOOR)),
            sequence=fact[1] if fact and fact[2] == epoch else 0,
            hash=fact[3] if fact else chain.START,
            block_position=block[0] if block else 0,
            block_sequence=block[1] if block and block[2] == epoch else 0,
        )
        boots = one("SELECT number, id FROM boots ORDER BY number DESC LIMIT ?", (memo.BOOTS,)).fetchall()
        numbers = {id: number for number, id in boots}
        return cls(
            epochs=tuple(memo.EpochRow(*row) for row in named),
            ends=ends,
            boot=(numbers.get(boot_id, boots[0][0] + 1 if boots else 1), boot_id),
            is_new_boot=boot_id not in numbers,
            boots={str(number): id for number, id in boots[::-1]},
            cursors=cursors(connection),
            counters=dict(one("SELECT name, reserved FROM counters").fetchall()),
            retry_salt=setting(connection, "retry_salt") or "",
        )

    @property
    def epoch(self) -> tuple[int, str]:
        """The newest row of `epochs`: its number, and the id."""
        return self.epochs[-1].number, self.epochs[-1].id

    def take_up(self, rows: Rows) -> None:
        """These are durable."""
        group = rows.group
        self.ends = rows.ends
        self.cursors |= group.cursors
        self.counters |= group.counters
        if brings_boot(group) and self.is_new_boot:
            self.is_new_boot = False
            number, id = self.boot
            self.boots[str(number)] = id

    def memo(self) -> memo.Memo:
        """What the memo has to say of it."""
        return memo.Memo(
            epochs=self.epochs,
            facts=self.ends.sequence,
            blocks=self.ends.block_sequence,
            position=self.ends.position,
            block_position=self.ends.block_position,
            counters=dict(self.counters),
            cursors=tuple(memo.Cursor(*key, *at) for key, at in self.cursors.items()),
            boots=self.boots,
            retry_salt=self.retry_salt,
        )


def brings_boot(group: Group) -> bool:
    """Whether the boot must have a row for what the group holds."""
    return bool(group.facts) or group.run_began is not None


def setting(connection: sqlite3.Connection, key: str) -> str | None:
    row: Any = connection.execute("SELECT value FROM ledger WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def cursors(connection: sqlite3.Connection) -> dict[tuple[str, str], tuple[str, int]]:
    """Epoch and sequence by name and stream."""
    rows = connection.execute("SELECT name, stream, epoch, sequence FROM cursors").fetchall()
    return {(name, stream): (epoch, sequence) for name, stream, epoch, sequence in rows}
