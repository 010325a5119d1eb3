"""Copies of a ledger, and the way back from one."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest

from edgegw.journal import Damaged, InUse, NewerDatabase, StorageError
from edgegw.journal import backup as backup_module
from edgegw.journal.backup import MARGIN, backup, restore
from edgegw.journal.store import FILE_NAME
from edgegw.model.requests import TransactionAnswer
from tests.journal.parts import a_journal, block, group, rows, status, stored
from tests.journal.proofs import charge, verified
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, start


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm")))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder / "copy.db"


async def numbered(folder: Path, first: int, count: int) -> None:
    async with a_journal(folder) as journal:
        await journal.commit(group(status(number) for number in range(first, first + count)))


# Copies


async def test_a_copy_is_made_beside_the_gateway_that_writes(tmp_path: Path, target: Path) -> None:
    store = tmp_path / "store"
    async with a_journal(store) as journal:
        await journal.commit(group(status(number) for number in range(500)))
        copying = asyncio.create_task(asyncio.to_thread(backup, store / FILE_NAME, target))
        number = 500
        while not copying.done():
            await journal.commit(group([status(number)]))
            number += 1
        made = await copying
    assert 500 <= made.facts == made.head <= number
    assert made.bytes == target.stat().st_size
    target.rename(target.with_name(FILE_NAME))
    assert stored(target.parent) == [str(each) for each in range(made.facts)]
    assert verified(target.parent).breaks == []


async def test_a_copy_is_one_file_for_its_owner_without_the_private_key(tmp_path: Path, target: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path / "store", clock) as hub:
        await charge(hub, clock)
    backup(tmp_path / "store" / FILE_NAME, target)
    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


async def test_a_copy_never_takes_the_place_of_a_file_unasked(tmp_path: Path, target: Path) -> None:
    await numbered(tmp_path / "store", 0, 3)
    target.write_text("mine")
    with pytest.raises(StorageError, match="there is a file already"):
        backup(tmp_path / "store" / FILE_NAME, target)
    assert target.read_text() == "mine"
    assert backup(tmp_path / "store" / FILE_NAME, target, replace=True).facts == 3


async def test_a_copy_that_is_not_sound_is_not_kept(tmp_path: Path, target: Path) -> None:
    await numbered(tmp_path / "store", 0, 3)
    rows(tmp_path / "store", "UPDATE facts SET body = '{}' WHERE position = 2")
    target.write_text("the last good one")
    with pytest.raises(Damaged, match="the copy is not sound: fact 2: it is not as it was written"):
        backup(tmp_path / "store" / FILE_NAME, target, replace=True)
    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]
    assert target.read_text() == "the last good one"


async def test_a_target_that_can_not_be_written_is_named(tmp_path: Path, target: Path) -> None:
    await numbered(tmp_path / "store", 0, 3)
    with pytest.raises(StorageError, match="nowhere"):
        backup(tmp_path / "store" / FILE_NAME, tmp_path / "nowhere" / "copy.db")


# The way back


async def test_a_restored_ledger_goes_on_in_a_new_epoch(tmp_path: Path, target: Path) -> None:
    store, clock = tmp_path / "store", FakeClock()
    async with a_hub(store, clock) as hub:
        id = await charge(hub, clock)
        old = hub.journal.position("A")
    backup(store / FILE_NAME, target)
    async with a_hub(store, clock) as hub:
        late = await charge(hub, clock)
        newest = hub.journal.position("A")
    done = restore(target, store, clock.now())
    assert done.epoch != old.epoch
    assert done.aside is not None
    clock.advance(60)
    async with a_hub(store, clock) as hub:
        assert hub.journal.position("A").epoch == done.epoch
        assert await hub.journal.reader.transaction(id) is not None
        assert await hub.journal.reader.transaction(late) is None
        first = (await hub.journal.reader.facts(epoch=done.epoch))[0]
    assert first.body == {"epoch": done.epoch, "reason": "restore", "previous": old.epoch}
    assert verified(store).breaks == []
    # What the old count had given out behind the copy is told for the cloud, which may lack some of it.
    assert rows(store, "SELECT epoch, first, last FROM gaps WHERE stream = 'A'") == [(1, old.head + 1, newest.head)]


async def test_the_ledger_before_is_set_aside_whole(tmp_path: Path, target: Path) -> None:
    store = tmp_path / "store"
    await numbered(store, 0, 3)
    backup(store / FILE_NAME, target)
    await numbered(store, 3, 2)
    done = restore(target, store, FakeClock().now())
    assert stored(store) == ["0", "1", "2"]
    assert done.aside == str(store / "journal.aside-20260302T120000Z.db")
    aside = tmp_path / "aside"
    aside.mkdir()
    Path(done.aside).rename(aside / FILE_NAME)
    assert stored(aside) == ["0", "1", "2", "3", "4"]


async def test_no_transaction_number_is_given_twice(tmp_path: Path, target: Path) -> None:
    store, clock = tmp_path / "store", FakeClock()
    async with a_hub(store, clock):
        pass
    backup(store / FILE_NAME, target)
    given = set()
    for _ in range(3):  # each run reserves numbers of its own
        async with a_hub(store, clock) as hub:
            given.add(await _number(hub, clock))
    restore(target, store, clock.now())
    async with a_hub(store, clock) as hub:
        assert await _number(hub, clock) > max(given)


async def test_the_numbers_of_a_ledger_that_can_not_be_read_are_told_by_its_memo(tmp_path: Path, target: Path) -> None:
    store, clock = tmp_path / "store", FakeClock()
    async with a_hub(store, clock):
        pass
    backup(store / FILE_NAME, target)
    for _ in range(3):
        async with a_hub(store, clock) as hub:
            given = await _number(hub, clock)
    (store / FILE_NAME).write_bytes(b"not a database" * 1000)
    done = restore(target, store, clock.now())
    assert done.guessed is False
    async with a_hub(store, clock) as hub:
        assert await _number(hub, clock) > given


async def test_where_nothing_tells_of_the_numbers_a_million_is_left_free(tmp_path: Path, target: Path) -> None:
    store, clock = tmp_path / "store", FakeClock()
    async with a_hub(store, clock) as hub:
        given = await _number(hub, clock)
    backup(store / FILE_NAME, target)
    done = restore(target, tmp_path / "new machine", clock.now())
    assert (done.guessed, done.aside) == (True, None)
    async with a_hub(tmp_path / "new machine", clock) as hub:
        assert given + MARGIN < await _number(hub, clock) < 2**31


async def test_nothing_is_restored_while_a_gateway_runs(tmp_path: Path, target: Path) -> None:
    store = tmp_path / "store"
    await numbered(store, 0, 3)
    backup(store / FILE_NAME, target)
    async with a_journal(store) as journal:
        await journal.commit(group([status(3)]))
        with pytest.raises(InUse, match="stop it first"):
            restore(target, store, FakeClock().now())
        await journal.commit(group([status(4)]))
    assert stored(store) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("spoil", "error", "words"),
    [
        ("UPDATE facts SET body = '{}' WHERE position = 2", Damaged, "the copy is not sound"),
        ("PRAGMA user_version = 99", NewerDatabase, "the database has schema 99"),
        ("PRAGMA user_version = 0", Damaged, "this is no ledger of edgegw"),
    ],
)
async def test_a_copy_that_is_no_good_leaves_all_as_it_was(
    tmp_path: Path, target: Path, spoil: str, error: type[Exception], words: str
) -> None:
    store = tmp_path / "store"
    await numbered(store, 0, 3)
    backup(store / FILE_NAME, target)
    target.rename(target.with_name(FILE_NAME))
    rows(target.parent, spoil)
    before = names(store)
    with pytest.raises(error, match=words):
        restore(target.with_name(FILE_NAME), store, FakeClock().now())
    assert names(store) == before
    await numbered(store, 3, 1)
    assert stored(store) == ["0", "1", "2", "3"]


async def test_a_file_that_is_not_there_or_no_database_is_said_so(tmp_path: Path, target: Path) -> None:
    with pytest.raises(StorageError, match="there is no such file"):
        restore(target, tmp_path / "store", FakeClock().now())
    target.write_bytes(b"not a database" * 1000)
    with pytest.raises(Damaged):
        restore(target, tmp_path / "store", FakeClock().now())


async def test_a_restore_that_fails_at_its_last_step_leaves_the_ledger(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    await numbered(store, 0, 3)
    backup(store / FILE_NAME, target)
    await numbered(store, 3, 1)

    def full(path: Path, now: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup_module, "_set_aside", full)
    with pytest.raises(StorageError, match="no space left"):
        restore(target, store, FakeClock().now())
    assert stored(store) == ["0", "1", "2", "3"]


async def test_the_end_of_a_run_that_was_cut_off_is_not_lost_with_its_log(tmp_path: Path, target: Path) -> None:
    store = tmp_path / "store"
    async with a_journal(store) as journal:
        held = group([status(0)])
        held.blocks.append(block())
        await journal.commit(held)
        # As after a power cut: what was committed lies in the write-ahead log alone.
        crashed = tmp_path / "crashed"
        crashed.mkdir()
        for suffix in ("", "-wal"):
            (crashed / f"{FILE_NAME}{suffix}").write_bytes((store / f"{FILE_NAME}{suffix}").read_bytes())
    made = backup(crashed / FILE_NAME, target)
    assert (made.facts, made.blocks) == (1, 1)


async def _number(hub: Any, clock: FakeClock) -> int:
    clock.advance(1)
    begun = await hub.request(start(clock))
    assert isinstance(begun, TransactionAnswer)
    assert begun.number is not None
    return begun.number
