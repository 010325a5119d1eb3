"""How a budget is cut, when room is short, and the ballast."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegw.journal import StorageFull
from edgegw.journal.connection import PAGE_BYTES, connect
from edgegw.journal.space import MIB, Ballast, Limits, Room, level, make_way, measure
from tests.journal.parts import a_journal

SMALL, LARGE = Limits.of(16 * MIB), Limits.of(2048 * MIB)


def room(left: int, disk: int | None = None) -> Room:
    return Room(file=left, unused=0, disk=left if disk is None else disk, taken=0)


@pytest.mark.parametrize("budget", [16 * MIB, 100 * MIB, 2048 * MIB])
def test_database_log_and_ballast_together_are_the_budget(budget: int) -> None:
    limits = Limits.of(budget)
    assert limits.file + limits.log + limits.ballast == budget
    assert 0 < limits.hard < limits.soft < limits.file / 2


def test_a_large_budget_has_a_ballast_of_16_mib_and_a_small_one_a_part() -> None:
    assert (LARGE.ballast, SMALL.ballast) == (16 * MIB, MIB)


@pytest.mark.parametrize(
    ("left", "stands"),
    [(SMALL.soft, "ample"), (SMALL.soft - 1, "pressed"), (SMALL.hard, "pressed"), (SMALL.hard - 1, "full")],
)
def test_the_limits_part_ample_pressed_and_full(left: int, stands: str) -> None:
    assert level("ample", room(left), SMALL, ballast=True) == stands
    assert level("ample", Room(10 * MIB, 0, left, 0), SMALL, ballast=True) == stands
    assert level("ample", Room(left, 0, 10 * MIB, 0), SMALL, ballast=True) == stands


def test_what_was_short_is_ample_again_with_half_as_much_more() -> None:
    assert level("pressed", room(SMALL.soft), SMALL, ballast=True) == "pressed"
    assert level("pressed", room(SMALL.soft * 3 // 2), SMALL, ballast=True) == "ample"
    assert level("full", room(SMALL.hard), SMALL, ballast=True) == "full"
    assert level("full", room(SMALL.hard * 3 // 2), SMALL, ballast=True) == "pressed"


def test_without_its_ballast_a_ledger_is_full_however_much_is_free() -> None:
    assert level("ample", room(100 * MIB), SMALL, ballast=False) == "full"


async def test_the_room_counts_free_pages_and_what_the_file_may_grow(tmp_path: Path) -> None:
    async with a_journal(tmp_path, budget_bytes=16 * MIB) as journal:
        before = await journal.call(lambda store: store.room(5))
        assert before.file + before.taken - before.unused == SMALL.pages(PAGE_BYTES) * PAGE_BYTES
        assert before.disk == before.left == 5
        await journal.maintain(lambda connection: connection.execute("CREATE TABLE big AS SELECT zeroblob(1048576) x"))
        grown = await journal.call(lambda store: store.room(5))
        await journal.maintain(lambda connection: connection.execute("DROP TABLE big"))
        after = await journal.call(lambda store: store.room(5))
    assert before.file - grown.file >= MIB
    assert after.unused - grown.unused >= MIB
    assert before.file - after.file < MIB // 4


async def test_unused_pages_go_back_to_the_disk_step_by_step(tmp_path: Path) -> None:
    async with a_journal(tmp_path, budget_bytes=16 * MIB) as journal:
        await journal.maintain(lambda connection: connection.execute("CREATE TABLE big AS SELECT zeroblob(4194304) x"))
        await journal.maintain(lambda connection: connection.execute("DROP TABLE big"))
        unused = (await journal.call(lambda store: store.room(0))).unused
        await journal.call(lambda store: store.give_back(MIB))
        assert (await journal.call(lambda store: store.room(0))).unused == unused - MIB
        await journal.call(lambda store: store.give_back(8 * MIB))
        assert (await journal.call(lambda store: store.room(0))).unused == 0
        assert (tmp_path / "journal.db").stat().st_size < MIB


def test_a_step_that_fails_leaves_nothing_and_the_ledger_goes_on(tmp_path: Path) -> None:
    connection = connect(tmp_path / "journal.db", None)
    assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    assert measure(connection, 7).disk == 7
    connection.close()


def test_the_ballast_takes_its_blocks_and_gives_them_back(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path, MIB)
    assert not ballast.is_laid
    assert not ballast.remove()
    ballast.lay()
    assert ballast.is_laid
    assert ballast.path.stat().st_blocks * 512 >= MIB
    assert ballast.remove()
    assert not ballast.is_laid
    assert list(tmp_path.iterdir()) == []


def test_a_ballast_that_is_only_promised_is_not_laid(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path, MIB)
    with ballast.path.open("wb") as sparse:
        sparse.truncate(MIB)
    assert not ballast.is_laid


def test_before_a_ledger_is_opened_on_a_full_disk_its_ballast_goes(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path, MIB)
    ballast.lay()
    make_way(tmp_path, lambda _: MIB)
    assert ballast.is_laid
    make_way(tmp_path, lambda _: 0 if ballast.is_laid else MIB)
    assert not ballast.is_laid
    with pytest.raises(StorageFull, match=f"{tmp_path}: the disk is full.*make room"):
        make_way(tmp_path, lambda _: 0)
