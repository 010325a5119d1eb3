"""The table of contents is kept in a copy: damage to it costs no record."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from edgegw.journal.contents import path_of, restore
from edgegw.journal.store import FILE_NAME
from tests.journal.damage import BLOCKS, FACTS, flip, proven, reopened
from tests.journal.parts import a_journal, group, rows, status

LOOK = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM facts').fetchall(); c.close()"


def pages_of(folder: Path) -> list[int]:
    pages: list[int] = orjson.loads(path_of(folder / FILE_NAME).read_bytes().split(b"\n")[0])["pages"]
    return pages


def test_the_copy_names_the_pages_that_sqlite_says_hold_the_schema(folder: Path) -> None:
    try:
        known = rows(folder, "SELECT pageno FROM dbstat WHERE name = 'sqlite_schema' ORDER BY pageno")
    except sqlite3.OperationalError:
        pytest.skip("this SQLite has no dbstat")
    assert len(known) > 5
    assert sorted(pages_of(folder)) == [page for (page,) in known]


async def test_damage_to_any_page_of_the_table_of_contents_costs_no_record(folder: Path, sound: Path) -> None:
    ((size,),) = rows(folder, "PRAGMA page_size")
    for page in pages_of(folder):
        flip(folder, (page - 1) * size + (100 if page == 1 else 0), 200)
    assert (await reopened(folder))["reason"] == "salvage"
    assert rows(folder, "SELECT count(*) FROM facts WHERE epoch = 1") == [(FACTS,)]
    assert rows(folder, "SELECT count(*) FROM blocks") == [(BLOCKS,)]
    proven(folder, sound)


async def test_the_copy_follows_new_tables_and_is_left_alone_otherwise(tmp_path: Path) -> None:
    ledger = tmp_path / FILE_NAME
    times = []
    for sql in ("SELECT 1", "CREATE TABLE another (a)", "SELECT 1"):
        async with a_journal(tmp_path):
            times.append(path_of(ledger).stat().st_mtime_ns)
        with closing(sqlite3.connect(ledger)) as connection:
            connection.execute(sql)
    async with a_journal(tmp_path):
        times.append(path_of(ledger).stat().st_mtime_ns)
    assert times[0] == times[1] < times[2] == times[3]
    assert not restore(ledger)


async def test_making_the_copy_leaves_the_ledger_locked_for_its_writer(tmp_path: Path) -> None:
    """Closing any handle of the file drops the locks that SQLite holds in this process, and another's last connection
    would take the log away."""
    async with a_journal(tmp_path) as journal:
        assert rows(tmp_path, "SELECT count(*) FROM facts") == [(0,)]
        subprocess.run([sys.executable, "-c", LOOK, str(tmp_path / FILE_NAME)], check=True)
        await journal.commit(group([status(1)]))
        assert (tmp_path / f"{FILE_NAME}-wal").exists()
        subprocess.run([sys.executable, "-c", LOOK, str(tmp_path / FILE_NAME)], check=True)
        assert (tmp_path / f"{FILE_NAME}-wal").exists()


def test_a_copy_of_another_ledger_changes_nothing(folder: Path, tmp_path: Path) -> None:
    ledger = folder / FILE_NAME
    head, body = path_of(ledger).read_bytes().split(b"\n", 1)
    changed = {**orjson.loads(head), "rows": "of another"}
    path_of(ledger).write_bytes(orjson.dumps(changed) + b"\n" + body)
    before = ledger.read_bytes()
    assert not restore(ledger)
    assert ledger.read_bytes() == before
