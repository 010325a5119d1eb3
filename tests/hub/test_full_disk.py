"""A disk that is really full: ext4 of a few MiB on a loop device, filled by somebody else to the last block."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgegw.hub import Hub, Keep
from edgegw.journal import Journal, StorageFull
from edgegw.journal.connection import settle
from edgegw.journal.space import MIB, Ballast, Limits
from edgegw.journal.store import FILE_NAME
from edgegw.model import facts as f
from edgegw.model.requests import TransactionAnswer, TransactionRequest
from edgegw.model.samples import MeterSample
from tests.support.clock import FakeClock
from tests.support.filesystem import LoopFilesystem, Unavailable
from tests.support.hubs import a_hub, start, stop
from tests.support.ledgers import check, facts_in

BUDGET = 16 * MIB
LIMITS = Limits.of(BUDGET)
SIZE_MIB = 24

pytestmark = pytest.mark.usefixtures("no_pause")


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.hub.ledger.RELOAD_PAUSE_S", 0.01)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[LoopFilesystem]:
    try:
        with LoopFilesystem(tmp_path / "disk", SIZE_MIB) as mounted:
            yield mounted
    except Unavailable as error:
        pytest.skip(f"NOT TESTED, a disk that is really full: {error}")


def a_kept_hub(disk: LoopFilesystem, clock: FakeClock, **options: Any) -> Any:
    return a_hub(disk.folder / "ledger", clock, keep=Keep(), budget_bytes=BUDGET, **options)


async def insist(hub: Hub, request: TransactionRequest) -> TransactionAnswer:
    """Ask as a station does: again when there was no answer."""
    for _ in range(5):
        try:
            answer = await hub.request(request)
        except StorageFull:
            continue
        assert isinstance(answer, TransactionAnswer)
        return answer
    raise AssertionError("it is never answered")


def level(hub: Hub) -> str | None:
    return hub.storage.level if hub.storage is not None else None


async def test_a_disk_that_fills_up_costs_nothing_that_was_answered(disk: LoopFilesystem) -> None:
    """The whole story: charging, full, refused, ended, room, charging."""
    clock = FakeClock()
    async with a_kept_hub(disk, clock) as hub:
        begun = await insist(hub, start(clock))
        hub.observe([MeterSample("meters/grid", clock.now(), {"power_w": 5})])
        hoard = disk.fill()
        refused = await insist(hub, start(clock, "CP02"))  # before the hub has looked: the ballast pays
        await hub.tick()
        assert level(hub) == "full"
        assert refused.authorization in ("accepted", "not_now")
        assert (await insist(hub, start(clock, "CP02", 2))).authorization == "not_now"
        for quarter in range(1, 5):
            clock.advance(900)
            hub.observe([MeterSample("stations/CP01/1", clock.now(), {"import_wh": 1_000_000 + 2000 * quarter})])
            await hub.tick()
        ended = await insist(hub, stop(clock, begun))
        assert ended.cost == "20.00"
        hoard.unlink()
        await hub.tick()
        await hub.tick()
        assert level(hub) == "ample"
        assert Ballast(disk.folder / "ledger", LIMITS.ballast).is_laid
        clock.advance(60)
        assert (await insist(hub, start(clock))).authorization == "accepted"
    facts = check(disk.folder / "ledger")
    types = [fact.type for fact in facts]
    assert types.count("cdr_closed") >= 1
    assert sum(isinstance(fact, f.TransactionMetered) and fact.transaction == begun.transaction for fact in facts) >= 5
    assert "storage_pressed" in types
    assert types.index("storage_recovered") > types.index("cdr_closed")


async def test_a_gateway_starts_on_a_full_disk_and_ends_what_runs(disk: LoopFilesystem) -> None:
    clock = FakeClock()
    async with a_kept_hub(disk, clock) as hub:
        begun = await insist(hub, start(clock))
    disk.fill()
    async with a_kept_hub(disk, clock) as hub:
        assert level(hub) == "full"
        assert [row.id for row in await hub.journal.reader.transactions()] == [begun.transaction]
        assert (await insist(hub, start(clock, "CP02"))).authorization == "not_now"
        clock.advance(3600)
        assert (await insist(hub, stop(clock, begun))).cost == "20.00"
    check(disk.folder / "ledger")


async def test_a_full_disk_without_a_ledger_says_where_and_what_to_do(disk: LoopFilesystem) -> None:
    folder = disk.folder / "ledger"
    folder.mkdir()
    disk.fill()
    with pytest.raises(StorageFull, match=rf"^{folder}: the disk is full.*; make room there \(journalctl"):
        Journal.open(folder, now=FakeClock().now, budget_bytes=BUDGET)
    assert not (folder / FILE_NAME).exists()


async def test_readings_give_the_disk_back_what_others_take(disk: LoopFilesystem) -> None:
    clock = FakeClock()
    async with a_kept_hub(disk, clock) as hub:
        values = {f"power_l{phase}_w": phase * 1.5 for phase in range(1, 4)}
        for minute in range(600):
            clock.advance(60)
            hub.observe([MeterSample(f"meters/m{n}", clock.now(), values) for n in range(20)])
            if minute % 50 == 0:
                await hub.flush()
        await hub.journal.call(lambda store: settle(store._connection))  # the log may hold all of it yet
        size = (disk.folder / "ledger" / FILE_NAME).stat().st_size
        disk.fill(leaving=LIMITS.soft // 2)
        for _ in range(5):
            await hub.tick()
            clock.advance(61)
        assert level(hub) in ("pressed", "ample")
        assert (disk.folder / "ledger" / FILE_NAME).stat().st_size < size / 2
        assert hub.journal.position("B").tail == hub.journal.position("B").head
        assert (await insist(hub, start(clock))).authorization == "accepted"
    assert any(isinstance(fact, f.RecordsDropped) for fact in facts_in(disk.folder / "ledger" / FILE_NAME))
