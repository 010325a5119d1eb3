"""Damaging a ledger, and what must hold afterwards."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from edgegw.journal.store import FILE_NAME
from edgegw.journal.verify import verify
from tests.journal.parts import NOON, group, open_journal, rows, status

FACTS, BLOCKS, STATIONS = 300, 60, 7
FACT = "SELECT position, epoch, sequence, id, body, hash, boot FROM facts ORDER BY position"
BLOCK = "SELECT position, epoch, sequence, id, source, body FROM blocks ORDER BY position"


def flip(folder: Path, offset: int, count: int = 16) -> None:
    chance = random.Random(offset)
    file = folder / FILE_NAME
    content = bytearray(file.read_bytes())
    for index in range(offset, min(offset + count, len(content))):
        content[index] ^= chance.randrange(1, 256)
    file.write_bytes(content)


def flip_page(folder: Path, of: str) -> None:
    """Damage the root page of a table, and with it all that lies below."""
    ((root,),) = rows(folder, "SELECT rootpage FROM sqlite_schema WHERE name = ?", of)
    ((page,),) = rows(folder, "PRAGMA page_size")
    flip(folder, (root - 1) * page, 100)


async def reopened(folder: Path) -> dict[str, Any]:
    """Open the ledger, write on, and say what was found."""
    journal = open_journal(folder)
    try:
        state = journal.state()
        began = journal.begun(NOON)
        await journal.start()
        await journal.prepare_counter("n")
        number = journal.number("n")
        cursor = await journal.cursor("cloud", "A")
        sequence = await journal.commit(group([status(999)], state))
        return {
            "reason": journal.epoch_reason, "sequence": sequence, "began": began, "number": number, "cursor": cursor,
            "previous": journal.previous_epoch, "aside": journal.set_aside, "state": state,
        }  # fmt: skip
    finally:
        await journal.close()


def proven(folder: Path, sound: Path, *, exactly: bool = True) -> None:
    """What must hold after any damage: rows are as they were, and with the gaps they are all there ever were."""
    for table, sql, count, stream in (("facts", FACT, FACTS, "A"), ("blocks", BLOCK, BLOCKS, "B")):
        were, held = {row[0]: row for row in rows(sound, sql)}, [row for row in rows(folder, sql) if row[1] == 1]
        assert [row for row in held if were[row[0]] != row] == [], table
        gaps = rows(folder, "SELECT first, last FROM gaps WHERE stream = ? AND epoch = 1", stream)
        named = [number for first, last in gaps for number in range(first, last + 1)]
        assert sorted([row[2] for row in held] + named) == list(range(1, count + 1)), table
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        assert verify(connection, ()).breaks == []
