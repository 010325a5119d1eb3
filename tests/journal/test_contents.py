"""The table of contents is kept in a copy: damage to it costs no record."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from edgegw.journal.contents import keep, path_of, restore
from edgegw.journal.store import FILE_NAME
from tests.journal.damage import BLOCKS, FACTS, flip, proven, reopened
from tests.journal.parts import a_journal, rows


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
    async with a_journal(tmp_path):
        pass
    ledger = tmp_path / FILE_NAME
    path = path_of(ledger)
    before = path.stat().st_mtime_ns
    with closing(sqlite3.connect(ledger)) as connection:
        keep(connection, ledger)
        assert path.stat().st_mtime_ns == before
        connection.execute("CREATE TABLE another (a)")
        connection.commit()
        keep(connection, ledger)
    assert path.stat().st_mtime_ns != before
    assert not restore(ledger)


def test_a_copy_of_another_ledger_changes_nothing(folder: Path, tmp_path: Path) -> None:
    ledger = folder / FILE_NAME
    head, body = path_of(ledger).read_bytes().split(b"\n", 1)
    changed = {**orjson.loads(head), "rows": "of another"}
    path_of(ledger).write_bytes(orjson.dumps(changed) + b"\n" + body)
    before = ledger.read_bytes()
    assert not restore(ledger)
    assert ledger.read_bytes() == before
