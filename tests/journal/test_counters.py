"""Counters: a number is given out once, whatever happens between."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edgegw.journal import CommitFailed, Journal, StorageError
from edgegw.journal.store import Group
from tests.journal.parts import TRIES, Disk, a_journal, open_journal, rows


async def reserved(journal: Journal) -> None:
    """Wait until a reservation that is on its way has come."""
    await asyncio.sleep(0)
    await journal.commit(Group())


async def test_numbers_count_up_from_one(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.prepare_counter("n", 10)
        assert [journal.number("n", 10) for _ in range(5)] == [1, 2, 3, 4, 5]


async def test_a_number_is_given_out_only_when_it_is_reserved_on_disk(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.prepare_counter("n", 10)
        for _ in range(100):
            number = journal.number("n", 10)
            ((ahead,),) = rows(tmp_path, "SELECT reserved FROM counters")
            assert number <= ahead
            await reserved(journal)


async def test_after_a_crash_counting_goes_on_above_all_that_may_have_been_given_out(tmp_path: Path) -> None:
    given: list[int] = []
    for _ in range(3):
        journal = open_journal(tmp_path)
        await journal.start()
        await journal.prepare_counter("n", 10)
        given += [journal.number("n", 10) for _ in range(4)]
        await journal.close()  # nothing is written here that a crash would not leave
    assert given == [1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24]


async def test_a_reservation_that_failed_is_tried_again_at_the_next_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        await journal.prepare_counter("n", 10)
        assert [journal.number("n", 10) for _ in range(4)] == [1, 2, 3, 4]
        disk.fail(*["COMMIT"] * TRIES)
        assert journal.number("n", 10) == 5  # half of the block is used: this one asks for more
        with pytest.raises(StorageError):
            await journal.commit(Group(cursors={("a", "A"): ("e", 1)}))
        await journal.reload()
        assert journal.number("n", 10) == 6
        await reserved(journal)
        assert [journal.number("n", 10) for _ in range(14)] == list(range(7, 21))


async def test_without_a_reserved_number_none_is_given_and_the_ledger_that_works_again_gives_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        disk.fail(*["COMMIT"] * TRIES)
        await journal.prepare_counter("n", 10)
        await journal.reload()
        with pytest.raises(CommitFailed, match="no n is reserved"):
            journal.number("n", 10)
        await reserved(journal)
        assert journal.number("n", 10) == 1


async def test_a_counter_that_was_not_prepared_is_a_mistake_of_ours(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        with pytest.raises(KeyError):
            journal.number("n")
