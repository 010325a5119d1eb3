"""Group commit: who shares a commit, in what order, and what becomes of those who wait when one fails."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from edgegw.journal import CommitFailed, Journal, JournalError, StorageError, StorageFull, Unwritable
from edgegw.journal.encode import encode
from edgegw.journal.store import Group
from edgegw.journal.writer import GATHERED, Batch
from edgegw.model.facts import SiteConfigured
from tests.journal.parts import NOON, TRIES, Disk, a_journal, block, group, rows, status, stored
from tests.support.ledgers import check


async def outcomes(*futures: asyncio.Future[int]) -> list[int | type[BaseException]]:
    found = await asyncio.gather(*futures, return_exceptions=True)
    return [type(each) if isinstance(each, BaseException) else each for each in found]


class Told:
    """What the journal's listener was told, in order."""

    def __init__(self, journal: Journal) -> None:
        self.heard: list[tuple[int, bool]] = []
        journal.listen(self._hear)

    def _hear(self, batch: Batch, sequence: int, error: JournalError | None) -> None:
        self.heard.append((sequence, error is None))


async def test_those_who_write_in_one_turn_of_the_loop_share_one_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        before = disk.statements.count("COMMIT")
        futures = [journal.commit(group([status(0)]))]
        time.sleep(0.02)  # the loop is busy while the thread is not: it must not run off with the first one alone
        futures += [journal.commit(group([status(n, station=f"CP{n}")])) for n in range(1, 200)]
        assert await outcomes(*futures) == list(range(1, 201))
        assert disk.statements.count("COMMIT") == before + 1
    assert stored(tmp_path) == [str(n) for n in range(200)]
    check(tmp_path)


async def test_turns_of_the_loop_that_each_bring_more_share_one_commit_up_to_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        before = disk.statements.count("COMMIT")
        futures = []
        for n in range(GATHERED + 2):
            futures.append(journal.commit(group([status(n)])))
            time.sleep(0.001)
            await asyncio.sleep(0)
        assert await outcomes(*futures) == list(range(1, GATHERED + 3))
        # One, if the thread has not woken before the second part came.
        assert disk.statements.count("COMMIT") - before in (1, 2)


async def test_what_comes_while_a_commit_is_on_its_way_goes_together_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        before = disk.statements.count("COMMIT")
        gate = asyncio.Event()
        held = asyncio.create_task(_hold_the_writer(journal, gate))
        await asyncio.sleep(0)
        futures = []
        for n in range(50):  # each in a turn of its own
            futures.append(journal.commit(group([status(n)])))
            await asyncio.sleep(0)
        gate.set()
        await held
        assert await outcomes(*futures) == list(range(1, 51))
        assert disk.statements.count("COMMIT") == before + 1


async def _hold_the_writer(journal: Journal, gate: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    await journal.call(lambda store: asyncio.run_coroutine_threadsafe(gate.wait(), loop).result())


async def test_facts_stand_in_the_order_in_which_they_were_queued_and_are_told_so(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        told = Told(journal)

        async def write(first: int) -> None:
            for n in range(first, first + 20):
                order.append(str(n))
                await journal.commit(group([status(n)]))

        order: list[str] = []
        await asyncio.gather(*(write(100 * writer) for writer in range(8)))
        assert told.heard == [(sequence, True) for sequence in range(1, 161)]
    assert stored(tmp_path) == order


async def test_a_group_gets_the_number_of_its_first_fact_and_an_empty_one_waits_its_turn(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        three = journal.commit(group([status(1), status(2), status(3)]))
        barrier = journal.commit(Group())
        one = journal.commit(group([status(4)]))
        await barrier
        assert three.done()
        assert await outcomes(three, one) == [1, 4]


async def test_maintenance_finds_what_was_queued_before_it(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        future = journal.commit(group([status(1)]))
        assert (await journal.call(lambda store: store.heads)).facts == 1
        assert await future == 1


@pytest.mark.parametrize("statement", ["BEGIN", "INSERT INTO facts", "INSERT INTO connectors", "COMMIT"])
async def test_a_failed_commit_fails_all_who_wait_and_all_behind_them_and_nothing_later_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        told = Told(journal)
        await journal.commit(group([status(0)]))
        disk.fail(*[statement] * TRIES)
        together = [journal.commit(group([status(n)])) for n in range(1, 4)]
        await asyncio.sleep(0)
        behind = [journal.commit(group([status(n)])) for n in range(4, 6)]
        assert set(await outcomes(*together)) == {StorageError}
        assert set(await outcomes(*behind)) <= {StorageError, CommitFailed}
        assert [good for _, good in told.heard] == [True] + [False] * 5
        assert await outcomes(journal.commit(group([status(6)]))) == [CommitFailed]
        await journal.reload()
        assert await journal.commit(group([status(7)])) == 2
    assert stored(tmp_path) == ["0", "7"]
    check(tmp_path)


async def test_a_commit_that_reports_an_error_and_is_durable_is_found_and_nobody_hears_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        told = Told(journal)
        await journal.commit(group([status(0)]))
        disk.fail("COMMIT!")
        doubtful = group([status(1), status(2)])
        doubtful.blocks.append(block())
        assert await journal.commit(doubtful) == 2
        assert await journal.commit(group([status(3)])) == 4
        assert all(good for _, good in told.heard)
        assert journal.position("B").head == 1
    assert stored(tmp_path) == ["0", "1", "2", "3"]
    check(tmp_path)


async def test_a_durable_commit_of_readings_alone_is_found_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        disk.fail("COMMIT!")
        await journal.commit(Group(blocks=[block()]))
        await journal.commit(Group(blocks=[block()]))
    assert rows(tmp_path, "SELECT sequence FROM blocks") == [(1,), (2,)]


async def test_a_cursor_whose_commit_failed_is_not_taken_for_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        disk.fail(*["COMMIT"] * TRIES)
        with pytest.raises(StorageError):
            await journal.set_cursor("cloud", "A", "e", 5)
        assert await journal.cursor("cloud", "A") == ("", 0)


async def test_what_is_durable_though_the_file_could_not_be_read_again_is_in_the_reloaded_state_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        disk.fail("COMMIT!", *["open"] * TRIES, "open")
        assert await outcomes(journal.commit(group([status(1)]))) == [StorageError]
        with pytest.raises(StorageError):
            await journal.reload()
        state = await journal.reload()
        assert list(state.connectors) == ["CP01/1/1"]
        assert await journal.commit(group([status(2)])) == 2
    assert stored(tmp_path) == ["1", "2"]
    check(tmp_path)


async def test_the_log_is_moved_into_the_file_before_anything_is_written_behind_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        await journal.commit(group([status(0)]))
        disk.fail(*["COMMIT"] * TRIES)
        assert await outcomes(journal.commit(group([status(1)]))) == [StorageError]
        disk.fail("PRAGMA wal_checkpoint(TRUNCATE)")
        with pytest.raises(StorageError):
            await journal.reload()
        await journal.reload()
        assert (tmp_path / "journal.db-wal").stat().st_size == 0


async def test_what_is_queued_while_the_state_is_read_again_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        disk.fail(*["COMMIT"] * TRIES)
        assert await outcomes(journal.commit(group([status(0)]))) == [StorageError]
        reload = asyncio.create_task(journal.reload())
        await asyncio.sleep(0)
        late = journal.commit(group([status(1)]))  # decided on the state that is being given up
        await reload
        assert await outcomes(late) == [CommitFailed]
        assert await journal.commit(group([status(2)])) == 1
    assert stored(tmp_path) == ["2"]


async def test_a_reload_without_a_failure_parts_the_generations_too(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        reload = asyncio.create_task(journal.reload())
        await asyncio.sleep(0)
        late = journal.commit(group([status(1)]))
        await reload
        assert await outcomes(late) == [CommitFailed]


async def test_a_fault_of_our_own_fails_the_commit_and_the_ledger_goes_on(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        senseless = group([status(1)])
        senseless.cursors[("cloud", "A")] = ("e", object())  # type: ignore[assignment]
        with pytest.raises(JournalError, match="type 'object' is not supported"):
            await journal.commit(senseless)
        await journal.reload()
        assert await journal.commit(group([status(2)])) == 1


def test_a_fact_without_a_stored_form_is_refused_before_anything_is_queued() -> None:
    for wild in (object(), 2**70, "\ud800"):
        with pytest.raises(Unwritable, match="a fact site_configured can't be written down"):
            encode(SiteConfigured(at=NOON, digest="d", configuration={"tariff": wild}))


@pytest.mark.parametrize("faults", [
    ("COMMIT",), ("BEGIN", "COMMIT"), ("INSERT INTO facts", "open"), ("COMMIT!",), ("COMMIT", "COMMIT!"),
    ("COMMIT!", "open", "PRAGMA wal_checkpoint(TRUNCATE)"), ("COMMIT", "COMMIT", "COMMIT!"),
])  # fmt: skip
async def test_an_error_of_the_disk_that_passes_is_nobodys_and_nothing_is_written_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: tuple[str, ...]
) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        await journal.commit(group([status(0)]))
        disk.fail(*faults)
        doubtful = group([status(1), status(2)])
        doubtful.blocks.append(block())
        doubtful.cursors["cloud", "A"] = ("e", 1)
        assert await journal.commit(doubtful) == 2
        assert disk.is_calm
        assert journal.trouble is None
        assert await journal.commit(group([status(3)])) == 4
    assert stored(tmp_path) == ["0", "1", "2", "3"]
    assert rows(tmp_path, "SELECT sequence FROM blocks") == [(1,)]
    assert rows(tmp_path, "SELECT sequence FROM cursors") == [(1,)]
    check(tmp_path)


async def test_trouble_is_told_until_a_write_goes_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        disk.fail(*["COMMIT"] * TRIES)
        assert await outcomes(journal.commit(group([status(1)]))) == [StorageError]
        assert str(journal.trouble).endswith("disk I/O error")
        await journal.reload()
        await journal.commit(group([status(2)]))
        assert journal.trouble is None


async def test_a_full_disk_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path, budget_bytes=400 * 1024) as journal:
        tried = disk.statements.count("BEGIN IMMEDIATE")
        with pytest.raises(StorageFull):
            await journal.commit(group(status(n, info="x" * 1000) for n in range(1000)))
        assert disk.statements.count("BEGIN IMMEDIATE") == tried + 1


async def test_who_gives_up_waiting_does_not_take_the_fact_back(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        given_up = journal.commit(group([status(1)]))
        given_up.cancel()
        assert await journal.commit(group([status(2)])) == 2
    assert stored(tmp_path) == ["1", "2"]


async def test_a_close_writes_what_is_queued(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        future = journal.commit(group([status(1)]))
    assert await future == 1
    assert stored(tmp_path) == ["1"]


async def test_an_idle_writer_moves_the_log_into_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.journal.writer.IDLE_S", 0.01)
    monkeypatch.setattr("edgegw.journal.store.RESTED_FRAMES", 1)
    disk = Disk(monkeypatch)
    async with a_journal(tmp_path) as journal:
        await journal.commit(group([status(1)]))
        async with asyncio.timeout(5):
            while "PRAGMA wal_checkpoint(PASSIVE)" not in disk.statements:
                await asyncio.sleep(0.01)


async def test_who_waits_for_a_stream_to_grow_is_woken_by_the_commit(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        waits = asyncio.create_task(journal.changed("A", 1))
        await journal.commit(group([status(1)]))
        await asyncio.sleep(0)
        assert not waits.done()
        await journal.commit(group([status(2)]))
        await asyncio.wait_for(waits, 5)


async def test_nothing_is_taken_for_the_new_generation_before_its_state_is_there(tmp_path: Path) -> None:
    """Else a batch that was decided on the state before would be durable, and missing in the one that is returned."""
    async with a_journal(tmp_path) as journal:
        before = journal.generation
        reload = asyncio.ensure_future(journal.reload())
        while not reload.done():
            assert journal.generation == before
            await asyncio.sleep(0)
        assert journal.generation == before + 1
