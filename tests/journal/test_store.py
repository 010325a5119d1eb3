"""The file: opened, refused, full, damaged, brought to a newer schema, and read back as it was written."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edgegw.journal import InUse, Journal, NewerDatabase, StorageError, StorageFull, migrations
from edgegw.journal.blocks import OpenBlock
from edgegw.journal.connection import PAGE_BYTES
from edgegw.journal.store import Group
from edgegw.model.facts import PolicyLimitChanged
from edgegw.model.samples import MeterSample
from tests.journal.parts import NOON, a_journal, block, group, open_journal, rows, status, stored
from tests.support.ledgers import check

BUDGET = 400 * 1024
"""Room for the tables and a little more."""

NOBODY = 65534


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


async def test_a_new_ledger_is_at_its_beginning(tmp_path: Path) -> None:
    async with a_journal(tmp_path / "var" / "lib") as journal:
        for stream in ("A", "B"):
            position = journal.position(stream)
            assert (position.head, position.tail) == (0, 1)
            assert len(position.epoch) == 16
        assert await journal.cursor("cloud", "A") == ("", 0)


async def test_both_streams_count_on_by_themselves_in_one_epoch_over_restarts(tmp_path: Path) -> None:
    epochs = set()
    for round in range(1, 4):
        async with a_journal(tmp_path) as journal:
            whole = group([status(round), status(round)])
            whole.blocks.append(block())
            assert await journal.commit(whole) == 2 * round - 1
            facts, blocks = journal.position("A"), journal.position("B")
            assert (facts.head, facts.tail, blocks.head, blocks.tail) == (2 * round, 1, round, 1)
            epochs |= {facts.epoch, blocks.epoch}
    assert len(epochs) == 1
    assert rows(tmp_path, "SELECT sequence FROM blocks ORDER BY position") == [(1,), (2,), (3,)]
    check(tmp_path)


async def test_commits_are_flushed_to_the_disk_each(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        pragmas = await journal.call(
            lambda store: [
                store._connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("journal_mode", "synchronous", "page_size")
            ]
        )
    assert pragmas == ["wal", 2, PAGE_BYTES]  # 2 is FULL


async def test_a_block_that_has_no_stored_form_is_given_up_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wild = OpenBlock("stations/CP01/1", 0.0, [MeterSample("stations/CP01/1", NOON, {"import_wh": 2**70})])
    async with a_journal(tmp_path) as journal:
        await journal.commit(Group(blocks=[block(), wild, block(source="meters/row")]))
        assert journal.position("B").head == 2
    assert "1 readings of stations/CP01/1 can't be written and are given up" in caplog.text
    assert [source for (source,) in rows(tmp_path, "SELECT source FROM blocks")] == ["meters/grid", "meters/row"]


async def test_a_row_that_a_fact_took_away_is_gone_from_its_table(tmp_path: Path) -> None:
    limit = PolicyLimitChanged(at=NOON, target="site", limit_a=10.0, by="cloud")
    async with a_journal(tmp_path) as journal:
        await journal.commit(group([limit]))
        await journal.commit(group([PolicyLimitChanged(at=NOON, target="site", by="cloud")]))
    assert rows(tmp_path, "SELECT * FROM limits") == []
    check(tmp_path)


async def test_a_cursor_is_where_it_was_left_after_a_restart(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.set_cursor("cloud", "A", "e", 5)
        await journal.set_cursor("cloud", "B", "e", 2)
        await journal.set_cursor("cloud", "A", "e", 7)
        assert await journal.cursor("cloud", "A") == ("e", 7)
    async with a_journal(tmp_path) as journal:
        assert await journal.cursor("cloud", "A") == ("e", 7)
        assert await journal.cursor("cloud", "B") == ("e", 2)


# Refused


async def test_a_ledger_has_one_process_and_the_next_may_have_it_after_that(tmp_path: Path) -> None:
    async with a_journal(tmp_path):
        with pytest.raises(InUse, match=rf"journal\.db: process {os.getpid()} works on this ledger; stop it first"):
            open_journal(tmp_path)
    await open_journal(tmp_path).close()


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    await open_journal(tmp_path).close()
    rows(tmp_path, "PRAGMA user_version = 99")
    before = (tmp_path / "journal.db").read_bytes()
    with pytest.raises(NewerDatabase, match=r"schema 99, this version of edgegw knows up to \d+; .*before-99\.db"):
        open_journal(tmp_path)
    assert (tmp_path / "journal.db").read_bytes() == before


@pytest.fixture
def somebody_else() -> Iterator[Path]:
    """A folder that the process can't write for the length of a test, whoever runs it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "store"
        folder.mkdir()
        folder.chmod(0o555)
        Path(name).chmod(0o755)
        was = os.geteuid()
        if was == 0:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(was)
            folder.chmod(0o755)


def test_a_folder_that_can_not_be_written_is_named(somebody_else: Path) -> None:
    for folder in (somebody_else, somebody_else / "below"):
        with pytest.raises(StorageError, match=f"{folder}: the storage folder can't be written; give it to the user"):
            open_journal(folder)


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=f"{tmp_path}/file: File exists"):
        open_journal(tmp_path / "file")


# Full


async def fill(journal: Journal) -> int:
    """Write blocks until the budget is used up; how many there was room for."""
    for count in range(1000):
        try:
            await journal.commit(Group(blocks=[block(200)]))
        except StorageFull:
            return count
    raise AssertionError("the budget does not hold")


async def test_a_full_ledger_says_so_and_works_again_when_there_is_room(tmp_path: Path) -> None:
    async with a_journal(tmp_path, budget_bytes=BUDGET) as journal:
        await journal.commit(group([status(1)]))
        assert await fill(journal) > 10
        state = await journal.reload()
        assert list(state.connectors) == ["CP01/1/1"]
        await fill(journal)  # it is still full, and says so as often as it is asked
        await journal.reload()
        await journal.call(lambda store: store._connection.execute("DELETE FROM blocks WHERE position <= 10"))
        assert await journal.commit(group([status(2)])) == 2
    assert stored(tmp_path) == ["1", "2"]
    check(tmp_path)


async def test_a_full_ledger_opens_and_a_larger_budget_lets_it_grow(tmp_path: Path) -> None:
    async with a_journal(tmp_path, budget_bytes=BUDGET) as journal:
        await fill(journal)
    assert (tmp_path / "journal.db").stat().st_size <= BUDGET
    async with a_journal(tmp_path, budget_bytes=BUDGET) as journal:
        with pytest.raises(StorageFull, match="no space left on the disk or in the storage budget"):
            await journal.commit(group(status(n) for n in range(200)))
    async with a_journal(tmp_path, budget_bytes=2 * BUDGET) as journal:
        assert await journal.commit(group(status(n) for n in range(200))) == 1
    check(tmp_path)


# Migrations


def pretend(monkeypatch: pytest.MonkeyPatch, *more: str) -> None:
    """Be a version of edgegw that has these migrations after today's."""
    known = migrations.scripts()
    later = [(len(known) + index, sql) for index, sql in enumerate(more, 1)]
    monkeypatch.setattr(migrations, "scripts", lambda: known + later)


async def test_a_migration_keeps_every_row_and_a_backup_that_the_old_version_reads(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.commit(group([status(1), status(2)]))
        epoch = journal.position("A").epoch
    today = version(tmp_path / "journal.db")
    with pytest.MonkeyPatch.context() as newer:
        pretend(newer, "CREATE TABLE notes (text TEXT) STRICT;", "ALTER TABLE notes ADD COLUMN at TEXT;")
        async with a_journal(tmp_path) as journal:
            assert (journal.position("A").epoch, journal.position("A").head) == (epoch, 2)
            assert await journal.commit(group([status(3)])) == 3
        assert version(tmp_path / "journal.db") == today + 2
        await open_journal(tmp_path).close()  # a second start has nothing to do
    backup = tmp_path / f"journal.before-{today + 2}.db"
    files = {backup.name, "journal.contents", "journal.db", "journal.lock", "journal.memo"}
    assert {path.name for path in tmp_path.iterdir()} == files
    assert version(backup) == today
    check(tmp_path)
    with pytest.raises(NewerDatabase, match=backup.name):
        open_journal(tmp_path)
    backup.replace(tmp_path / "journal.db")
    await open_journal(tmp_path).close()
    assert stored(tmp_path) == ["1", "2"]


async def test_a_migration_that_fails_leaves_the_file_as_it_was_with_all_its_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.commit(group([status(1)]))
    today = version(tmp_path / "journal.db")
    with monkeypatch.context() as newer:
        pretend(newer, "CREATE TABLE notes (text TEXT) STRICT;", "DROP TABLE facts; ALTER TABLE no_such ADD COLUMN x;")
        told = f"no such table: no_such: the migration to schema {today + 2} failed, and the file is as it was"
        with pytest.raises(StorageError, match=told):
            open_journal(tmp_path)
    assert version(tmp_path / "journal.db") == today
    assert rows(tmp_path, "SELECT name FROM sqlite_schema WHERE name = 'notes'") == []
    await open_journal(tmp_path).close()
    assert stored(tmp_path) == ["1"]


async def test_a_backup_that_can_not_be_made_stops_the_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_journal(tmp_path).close()
    today = version(tmp_path / "journal.db")
    pretend(monkeypatch, "CREATE TABLE notes (text TEXT) STRICT;")
    (tmp_path / f"journal.before-{today + 1}.part").mkdir()
    with pytest.raises(StorageError):
        open_journal(tmp_path)
    assert version(tmp_path / "journal.db") == today


def test_migrations_are_numbered_from_one_without_a_gap() -> None:
    assert [number for number, _ in migrations.scripts()] == list(range(1, len(migrations.scripts()) + 1))
