"""Damaged, lost and old files: what can be read is taken over, what can't is named, and the ledger is written on."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from edgegw.journal import Journal, JournalError, memo, salvage
from edgegw.journal.group import Group
from edgegw.journal.outbox import NewestSaid, NumberThere, Untold
from edgegw.journal.ranges import Ranges
from edgegw.journal.store import FILE_NAME
from edgegw.model.state import State
from tests.journal.damage import BLOCKS, FACTS, STATIONS, flip, flip_page, proven, reopened
from tests.journal.parts import NOON, Disk, a_journal, block, group, open_journal, rows, status

SPOTS = [*range(0, 56, 5), *range(64, 100, 5), *(random.Random(1).randrange(100, 150_000) for _ in range(40))]


@pytest.mark.parametrize("spot", SPOTS)
async def test_wherever_bytes_are_flipped_the_ledger_runs_and_every_number_is_held_or_named(
    folder: Path, sound: Path, spot: int
) -> None:
    flip(folder, spot % (folder / FILE_NAME).stat().st_size, (1, 16, 1024)[spot % 3])
    found = await reopened(folder)
    if found["reason"] == "salvage":
        assert found["sequence"] == 1
        assert len(found["aside"]) == 1
        assert found["previous"] == rows(sound, "SELECT id FROM epochs")[0][0]
        assert found["number"] > 10_000
        proven(folder, sound)
    else:
        assert found["sequence"] == FACTS + 1


async def test_a_letter_that_changed_in_a_fact_costs_that_fact_alone(folder: Path, sound: Path) -> None:
    content = (folder / FILE_NAME).read_bytes()
    assert content.count(b'"info":"151"') == 1
    (folder / FILE_NAME).write_bytes(content.replace(b'"info":"151"', b'"info":"157"'))
    assert (await reopened(folder))["reason"] == "salvage"
    assert rows(folder, "SELECT stream, first, last FROM gaps") == [("A", 152, 152)]
    proven(folder, sound)


async def test_what_another_csms_is_to_be_told_is_taken_over(folder: Path) -> None:
    said = [Untold(number, "CP01", "1.6", 3, NOON, f'[2,"{number}","StopTransaction",{{}}]', 5) for number in (3, 9)]
    there = [NumberThere("CP01", 5, 7001), NewestSaid("CP01", "boot", "1.6", "[]")]
    async with a_journal(folder) as journal:
        await journal.commit(Group(outbox=[*said, *there]))
    flip_page(folder, "facts")
    async with a_journal(folder) as journal:
        outbox = await journal.reader.outbox()
        assert journal.epoch_reason == "salvage"
        assert await journal.reader.untold("CP01", 0, 10) == said
        assert [*outbox.numbers, *outbox.newest] == there


@pytest.mark.parametrize("table", ["facts", "blocks", "connectors", "tokens", "epochs", "boots", "cursors", "ledger"])
async def test_the_loss_of_a_whole_table_is_made_good_or_named(folder: Path, sound: Path, table: str) -> None:
    flip_page(folder, table)
    found = await reopened(folder)
    assert found["reason"] == "salvage"
    assert found["cursor"] == (found["previous"], 100)
    assert len(found["state"].connectors) == STATIONS
    proven(folder, sound)
    lost = {"facts": (FACTS, 0), "blocks": (0, BLOCKS)}.get(table, (0, 0))
    (began, *dropped) = found["began"]
    assert (began.reason, began.previous) == ("salvage", found["previous"])
    assert [(fact.stream, fact.first, fact.last, fact.reason) for fact in dropped] == [
        (stream, 1, count, "damaged") for stream, count in zip("AB", lost, strict=True) if count
    ]
    if not lost[0]:
        assert len(found["state"].tokens) == FACTS / 3
    assert rows(folder, "SELECT value FROM ledger WHERE key = 'retry_salt'") == rows(
        sound, "SELECT value FROM ledger WHERE key = 'retry_salt'"
    )


@pytest.mark.parametrize("content", [b"not what it was" * 1000, b"SQLite format 3\0", b"\0" * 9000])
async def test_what_is_no_database_is_set_aside_and_a_new_ledger_runs(
    folder: Path, sound: Path, content: bytes
) -> None:
    (folder / FILE_NAME).write_bytes(content)
    found = await reopened(folder)
    assert (found["reason"], found["sequence"], found["cursor"][1]) == ("salvage", 1, 100)
    assert found["aside"][0].read_bytes() == content
    assert found["number"] > 10_000
    proven(folder, sound)


@pytest.mark.parametrize("left", [0, 512, 5000, 60_000])
async def test_a_file_that_was_cut_off_is_taken_over_as_far_as_it_goes(folder: Path, sound: Path, left: int) -> None:
    os.truncate(folder / FILE_NAME, left)
    found = await reopened(folder)
    assert found["reason"] == ("lost" if left == 0 else "salvage")
    proven(folder, sound)


async def test_a_ledger_that_is_gone_begins_anew_with_what_the_memo_kept(folder: Path, sound: Path) -> None:
    (folder / FILE_NAME).unlink()
    found = await reopened(folder)
    assert (found["reason"], found["sequence"], found["number"]) == ("lost", 1, 10_001)
    assert found["previous"] == found["cursor"][0] == rows(sound, "SELECT id FROM epochs")[0][0]
    proven(folder, sound)


async def test_an_old_copy_in_the_place_of_the_ledger_ends_its_epoch(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.commit(group([status(1)]))
    shutil.copy(tmp_path / FILE_NAME, tmp_path / "old")
    async with a_journal(tmp_path) as journal:
        await journal.commit(group([status(2), status(3)]))
    (tmp_path / "old").replace(tmp_path / FILE_NAME)
    async with a_journal(tmp_path) as journal:
        assert (journal.epoch_reason, journal.position("A").head) == ("lost", 0)
        await journal.commit(group([status(4)]))
    assert rows(tmp_path, "SELECT stream, epoch, first, last, reason FROM gaps") == [("A", 1, 2, 3, "damaged")]
    assert rows(tmp_path, "SELECT position, epoch, sequence FROM facts") == [(1, 1, 1), (4, 2, 1)]


async def test_a_clean_stop_needs_no_check_and_no_new_epoch(folder: Path) -> None:
    for _ in range(2):
        async with a_journal(folder) as journal:
            assert (journal.epoch_reason, journal.set_aside) == ("new ledger", [])


async def test_a_memo_that_can_not_be_believed_is_written_anew(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    memo.path_of(folder / FILE_NAME).write_bytes(b'{"epochs": []}\nsum\n')
    assert (await reopened(folder))["reason"] == "new ledger"
    assert "can't be believed" in caplog.text
    assert memo.read(folder / FILE_NAME) is not None


async def test_without_ledger_and_memo_numbers_go_on_far_above_those_given_out(folder: Path) -> None:
    (folder / FILE_NAME).write_bytes(b"nothing" * 1000)
    memo.path_of(folder / FILE_NAME).unlink()
    assert (await reopened(folder))["number"] == int(NOON.timestamp()) - salvage.FIRST_NUMBER_AT + 1


async def test_what_was_lost_goes_with_the_log_that_is_sound(folder: Path, sound: Path) -> None:
    """Facts that only the write-ahead log holds are taken over too."""
    async with a_journal(folder) as journal:
        await journal.commit(group([status(400)]))
        live = folder / "live"
        live.mkdir()
        for name in (FILE_NAME, f"{FILE_NAME}-wal", "journal.memo"):
            shutil.copy(folder / name, live / name)
    (live / "journal.lock").write_text("1\n")
    flip_at = (folder / FILE_NAME).stat().st_size
    assert flip_at
    ((root,),) = rows(sound, "SELECT rootpage FROM sqlite_schema WHERE name = 'facts_of_transaction'")
    ((page,),) = rows(sound, "PRAGMA page_size")
    flip(live, (root - 1) * page, 100)
    found = await reopened(live)
    assert rows(live, "SELECT count(*) FROM facts WHERE epoch = 1") == [(FACTS + 1,)]
    assert found["reason"] in ("salvage", "new ledger")


# At run time


async def recovered(journal: Journal) -> State:
    """What the hub does after a commit has failed."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await journal.reload()
            except JournalError:
                await asyncio.sleep(0.01)


async def written_anew(journal: Journal, state: State) -> None:
    """A commit that finds nothing of the file in memory."""
    await journal.call(lambda store: store.reopen())
    whole = group([status(500)], state)
    whole.blocks.append(block())
    await journal.commit(whole)


@pytest.mark.parametrize("table", ["connectors", "facts", "blocks"])
async def test_a_write_that_meets_damage_fails_and_the_ledger_is_salvaged_while_it_runs(
    folder: Path, sound: Path, table: str
) -> None:
    journal = open_journal(folder)
    state = journal.state()
    await journal.start()
    try:
        flip_page(folder, table)
        with pytest.raises(JournalError):
            await written_anew(journal, state)
        state = await recovered(journal)
        assert (journal.epoch_reason, journal.position("A").head) == ("salvage", 0)
        assert journal.begun(NOON)[0].type == "epoch_started"
        assert await journal.commit(group([status(501)], state)) == 1
        assert [fact.body["info"] for fact in await journal.reader.facts()] == ["501"]
        assert not journal.mending
    finally:
        await journal.close()
    assert len(list(folder.glob("journal.damaged-*.db"))) == 1


async def test_a_read_that_meets_damage_has_the_ledger_salvaged(folder: Path) -> None:
    rows(folder, "UPDATE blocks SET body = x'00ff' WHERE position = 30")
    async with a_journal(folder) as journal:
        told: list[JournalError | None] = []
        journal.listen(lambda batch, sequence, error: told.append(error))
        epoch = journal.position("B").epoch
        with pytest.raises(JournalError, match="a record is damaged"):
            await journal.reader.blocks(0, 100, epoch)
        await journal.call(lambda store: None)
        await asyncio.sleep(0)
        assert [type(error).__name__ for error in told] == ["Damaged"]
        await recovered(journal)
        assert len(await journal.reader.blocks(0, 100, epoch)) == BLOCKS - 1
        assert rows(folder, "SELECT stream, first, last FROM gaps") == [("B", 30, 30)]


async def test_acknowledged_facts_that_an_error_of_the_disk_takes_with_it_end_the_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        await journal.commit(group([status(1), status(2)]))
        rows(tmp_path, "DELETE FROM facts WHERE position = 2")
        disk.fail("COMMIT")
        with pytest.raises(JournalError, match="is not what it was before an error of the disk"):
            await journal.commit(group([status(3)]))
        await recovered(journal)
        assert (journal.epoch_reason, await journal.commit(group([status(4)]))) == ("lost", 1)
    assert rows(tmp_path, "SELECT position, epoch, sequence FROM facts") == [(1, 1, 1), (3, 2, 1)]
    assert rows(tmp_path, "SELECT first, last FROM gaps") == [(2, 2)]


# Cut off on the way


@pytest.mark.parametrize("step", range(6))
async def test_a_salvage_that_is_cut_off_anywhere_is_ended_by_the_next_start(
    folder: Path, sound: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    flip_page(folder, "connectors")
    replace, steps = Path.replace, iter(range(10))

    def cut(self: Path, target: Any) -> Path:
        if next(steps) == step:
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as power:
        power.setattr(Path, "replace", cut)
        try:
            open_journal(folder)._store.close()
        except KeyboardInterrupt:
            pass
        else:
            assert step >= 3
    assert (await reopened(folder))["reason"] == "salvage"
    proven(folder, sound)


async def test_without_room_for_the_readings_they_stay_in_the_file_set_aside(
    folder: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(salvage, "free_bytes", lambda folder: 1024)
    flip_page(folder, "connectors")
    assert (await reopened(folder))["reason"] == "salvage"
    assert rows(folder, "SELECT count(*) FROM blocks") == [(0,)]
    assert rows(folder, "SELECT count(*) FROM facts WHERE epoch = 1") == [(FACTS,)]
    proven(folder, sound)


async def test_a_salvage_that_has_no_room_leaves_all_as_it_was(
    folder: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flip_page(folder, "connectors")

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(salvage._Salvage, "run", full)
        with pytest.raises(JournalError):
            open_journal(folder)
    assert not list(folder.glob("*damaged*")) + list(folder.glob("*salvage*"))
    assert (await reopened(folder))["reason"] == "salvage"


def test_the_start_is_told_how_long_a_check_may_take(folder: Path) -> None:
    told: list[float] = []
    open_journal(folder, working=told.append)._store.close()
    assert told == [pytest.approx(10.0, abs=1.0)]


# Ranges


def bad(first: int, last: int, *broken: int) -> Callable[[int, int], Iterator[tuple[int]]]:
    def fetch(low: int, high: int) -> Iterator[tuple[int]]:
        for key in range(max(low, first), min(high, last) + 1):
            if key in broken:
                raise sqlite3.DatabaseError("malformed")
            yield (key,)

    return fetch


@pytest.mark.parametrize("broken", [(), (1,), (50,), (100,), (1, 2, 3, 50, 52, 99, 100), tuple(range(10, 90))])
def test_every_row_that_can_be_read_is_found(broken: tuple[int, ...]) -> None:
    ranges = Ranges(bad(1, 100, *broken))
    found = sorted({key for (key,) in ranges.rows(0, 1000)})
    assert found == [key for key in range(1, 101) if key not in broken]
    assert ranges.lost is bool(broken)


def test_a_table_of_which_nothing_can_be_read_is_given_up() -> None:
    calls = 0

    def fetch(low: int, high: int) -> Iterator[tuple[int]]:
        nonlocal calls
        calls += 1
        raise sqlite3.DatabaseError("malformed")
        yield (low,)

    assert list(Ranges(fetch).rows(0, 2**40)) == []
    assert 100_000 <= calls < 200_000


# What one has met


async def test_a_name_in_the_schema_that_is_no_text_any_more_is_damage(folder: Path, sound: Path) -> None:
    """SQLite names it in its message, and Python can't read that."""
    content = (folder / FILE_NAME).read_bytes()
    assert content.count(b"CREATE TABLE facts") == 1
    (folder / FILE_NAME).write_bytes(content.replace(b"CREATE TABLE facts", b"CREATE TABLE f\xc4cts"))
    assert (await reopened(folder))["reason"] == "salvage"
    proven(folder, sound)


async def test_a_setting_of_the_ledger_that_is_no_number_any_more_is_damage(folder: Path, sound: Path) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        connection.execute("INSERT INTO ledger VALUES ('position_floor', '51h')")
    found = await reopened(folder)
    assert (found["reason"], found["sequence"]) == ("salvage", 1)
    assert rows(folder, "SELECT count(*) FROM facts WHERE epoch = 1") == [(FACTS,)]
    proven(folder, sound)


async def test_behind_a_lost_fact_nothing_is_taken_over_that_contradicts_what_follows(
    folder: Path, sound: Path
) -> None:
    """One run of bytes spoils a fact and the hash of the next: which of that and the one after is wrong, nobody can
    tell."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        connection.execute("DELETE FROM facts WHERE position = 100")
        connection.execute("UPDATE facts SET hash = zeroblob(32) WHERE position = 101")
    assert (await reopened(folder))["reason"] == "salvage"
    assert rows(folder, "SELECT stream, first, last FROM gaps") == [("A", 100, 102)]
    proven(folder, sound)
