"""The hub's housekeeping of the disk: what goes, what is refused, what is told, and that it all comes back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edgegw.core.configuration import configured
from edgegw.hub import Ending, Hub, Keep
from edgegw.hub import keeping as keeping_module
from edgegw.journal import JournalError, retention
from edgegw.journal.anchors import public_key
from edgegw.journal.blocks import KEPT_SAMPLES
from edgegw.journal.space import MIB, Ballast, Limits
from edgegw.journal.verify import verify
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import AuthorizeAnswer, AuthorizeRequest, TransactionAnswer
from edgegw.model.samples import MeterSample
from edgegw.model.site import Tariff
from tests.journal.parts import rows
from tests.support.clock import FakeClock, Machine
from tests.support.disks import disk_of
from tests.support.hubs import a_hub, a_site, start, stop
from tests.support.ledgers import facts_in
from tests.support.world import event

BUDGET = 4 * MIB
LIMITS = Limits.of(BUDGET)
KEEP = Keep(facts_s=400 * 86400.0, samples_s=30 * 86400.0, delivers=True)


class Disk:
    """Says how much is free on a disk; the ballast takes its part of that."""

    def __init__(self, free: int = 100 * MIB) -> None:
        self.free = free

    def __call__(self, folder: Path) -> int:
        return self.free + (0 if Ballast(folder, LIMITS.ballast).is_laid else LIMITS.ballast)


def a_kept_hub(folder: Path, clock: FakeClock, disk: Disk | None = None, **options: Any) -> Any:
    options = {"keep": KEEP, "budget_bytes": BUDGET, **options}
    return a_hub(folder, clock, disk_free=disk or Disk(), **options)


async def write_blocks(hub: Hub, count: int, source: str = "meters/grid") -> None:
    """As many blocks of three readings each."""
    for _ in range(count):
        hub.observe([MeterSample(source, hub.now() + timedelta(seconds=n), {"power_w": n}) for n in range(3)])
        await hub.flush()


async def write_facts(hub: Hub, size: int) -> None:
    """Facts of 4 kB until about `size` bytes are written."""
    for number in range(size // 4096):
        await hub.record(f.StationStatusChanged(
            at=hub.now(), station="CP01", evse=1, connector=1, status="available", info=f"{number} " + "x" * 4000,
        ))  # fmt: skip


async def acknowledge(hub: Hub, stream: retention.Stream, sequence: int | None = None) -> None:
    place = hub.journal.position(stream)
    await hub.journal.set_cursor(retention.CLOUD, stream, place.epoch, place.head if sequence is None else sequence)


def level(hub: Hub) -> str | None:
    return hub.storage.level if hub.storage is not None else None


def told(folder: Path, *types: str) -> list[f.Fact]:
    return [fact for fact in facts_in(folder / "journal.db") if fact.type in types]


def dropped(folder: Path) -> list[tuple[Any, ...]]:
    facts = told(folder, "records_dropped")
    return [
        (fact.stream, fact.first, fact.last, fact.reason, fact.samples)
        for fact in facts
        if isinstance(fact, f.RecordsDropped)
    ]


# Room on the disk


async def test_with_room_the_ballast_is_laid_and_nothing_is_said(tmp_path: Path) -> None:
    async with a_kept_hub(tmp_path, FakeClock()) as hub:
        assert level(hub) == "ample"
        await hub.tick()
        assert level(hub) == "ample"
        assert Ballast(tmp_path, LIMITS.ballast).is_laid
    assert told(tmp_path, "storage_pressed", "storage_recovered", "records_dropped") == []


async def test_a_short_disk_costs_the_oldest_readings_and_each_is_told_of(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        await write_blocks(hub, 5)
        disk.free = LIMITS.soft - 1
        await hub.tick()
        assert level(hub) == "pressed"
        assert hub.state.site["site"].storage == "pressed"
        facts = hub.journal.position("A")
        assert (facts.tail, hub.journal.position("B").tail) == (1, 5)
        disk.free = LIMITS.soft * 2
        await hub.tick()
        assert level(hub) == "ample"
        assert hub.state.site["site"].storage is None
    assert rows(tmp_path, "SELECT stream, first, last, reason, samples FROM gaps") == [("B", 1, 4, "dropped", 12)]
    assert dropped(tmp_path) == [("B", 1, 4, "dropped", 12)]
    kinds = [fact.type for fact in told(tmp_path, "storage_pressed", "storage_recovered")]
    assert kinds == ["storage_pressed", "storage_recovered"]


async def test_readings_go_before_facts_and_facts_only_when_the_cloud_has_them(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        await write_facts(hub, 5 * 4096)
        await write_blocks(hub, 3)
        await acknowledge(hub, "A", 4)
        disk.free = LIMITS.soft - 1
        await hub.tick()
        assert (hub.journal.position("A").tail, hub.journal.position("B").tail) == (5, 3)
        assert rows(tmp_path, "SELECT position FROM anchors") == [(4,)]
    assert rows(tmp_path, "SELECT stream, first, last, samples FROM gaps ORDER BY stream") == [
        ("A", 1, 4, None), ("B", 1, 2, 6),
    ]  # fmt: skip


async def test_without_a_cloud_no_fact_goes_for_room(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk, keep=Keep(delivers=False)) as hub:
        await write_facts(hub, 5 * 4096)
        await acknowledge(hub, "A")  # of a cloud that there was
        disk.free = LIMITS.soft - 1
        await hub.tick()
        assert hub.journal.position("A").tail == 1


async def test_the_facts_of_a_running_transaction_stay_whole(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        before = hub.journal.position("A").head
        begun = await hub.request(start(clock))
        await write_facts(hub, 2 * 4096)
        await acknowledge(hub, "A")
        disk.free = LIMITS.soft - 1
        await hub.tick()
        assert hub.journal.position("A").tail == before + 1
        clock.advance(3600)
        await hub.request(stop(clock, begun))
        await acknowledge(hub, "A")
        last = hub.journal.position("A").head
        await hub.tick()
        assert hub.journal.position("A").tail == last


async def test_with_nothing_left_to_go_readings_wait_and_facts_have_the_rest(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        disk.free = LIMITS.soft - 1
        await hub.tick()
        hub.observe([MeterSample("meters/grid", clock.now(), {"power_w": 1})])
        clock.advance(20)
        await hub.record(f.MeterStale(at=clock.now(), meter="grid", reason="test"))
        await hub.tick()
        assert (level(hub), hub.journal.position("B").head) == ("pressed", 0)
        begun = await hub.request(start(clock))
        assert begun.authorization == "accepted"
        disk.free = LIMITS.soft * 2
        await hub.tick()
        assert hub.journal.position("B").head == 1


# A full disk


async def test_on_a_full_disk_nothing_new_begins_and_what_runs_ends_with_its_bill(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        ran: list[Command] = []

        async def executor(command: Command, remote_start_id: int) -> Ending:
            ran.append(command)
            return Ending("done")

        hub.carry_out(["start_transaction"], executor)
        await hub.record(f.StationConnected(at=clock.now(), station="CP02", ocpp="1.6"))
        begun = await hub.request(start(clock))
        disk.free = LIMITS.hard - 1
        await hub.tick()
        assert level(hub) == "full"
        assert not Ballast(tmp_path, LIMITS.ballast).is_laid
        head = hub.journal.position("A").head

        asked = await hub.request(AuthorizeRequest(station="CP02", at=clock.now(), id_token="CARD1"))
        assert asked == AuthorizeAnswer("not_now", None, None)
        assert hub.journal.position("A").head == head, "a refusal takes no room"
        other = await hub.request(start(clock, "CP02"))
        assert other.authorization == "not_now"
        outcome = await hub.submit(Command("c", "start_transaction", {"station": "CP02", "evse": 2, "id_token": "X"}))
        assert (outcome.state, ran) == ("rejected", [])
        assert "disk is full" in str(outcome.reason)

        clock.advance(3600)
        to_end = await hub.request(AuthorizeRequest(station="CP01", at=clock.now(), id_token="CARD1"))
        assert to_end.status == "accepted"
        ended = await hub.request(stop(clock, begun))
        assert isinstance(ended, TransactionAnswer)
        assert ended.cost == "20.00"

        disk.free = 100 * MIB
        await hub.tick()
        assert level(hub) == "ample"
        assert Ballast(tmp_path, LIMITS.ballast).is_laid
        clock.advance(60)
        again = await hub.request(start(clock))
        assert again.authorization == "accepted"
    levels = [
        fact.level if isinstance(fact, f.StoragePressed) else "ample"
        for fact in told(tmp_path, "storage_pressed", "storage_recovered")
    ]
    assert levels == ["pressed", "full", "ample"]


async def test_a_token_that_comes_to_a_car_that_is_only_plugged_in_is_told_not_now(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        await hub.request(event(clock, "started", 0, id_token=None))
        disk.free = LIMITS.hard - 1
        await hub.tick()
        for number in (1, 2):
            shown = await hub.request(event(clock, "updated", number, id_token="CARD1"))
            assert isinstance(shown, TransactionAnswer)
            assert shown.authorization == "not_now"
        disk.free = 100 * MIB
        await hub.tick()
        shown = await hub.request(event(clock, "updated", 3, id_token="CARD1"))
        assert shown.authorization == "accepted"


async def test_what_began_while_the_station_was_offline_is_under_way(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        disk.free = LIMITS.hard - 1
        await hub.tick()
        late = await hub.request(event(clock, "started", 0, id_token="CARD1", offline=True))
        assert late.authorization == "accepted"
        told_late = await hub.request(start(clock, at=clock.now() - timedelta(hours=1)))
        assert told_late.authorization == "accepted"


async def test_readings_that_memory_can_not_hold_are_counted_and_told(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        disk.free = LIMITS.hard - 1
        await hub.tick()
        hub.observe([MeterSample("meters/grid", clock.now(), {"power_w": 1})] * (KEPT_SAMPLES + 70))
        clock.advance(120)
        await hub.tick()
        assert hub.journal.position("B").head == 0
        disk.free = 100 * MIB
        for _ in range(3):
            await hub.tick()
        assert hub.journal.position("B").head > 0
    assert dropped(tmp_path) == [("B", None, None, "not_written", 70)]
    assert rows(tmp_path, "SELECT sum(samples) FROM blocks") == [(KEPT_SAMPLES,)]


async def test_a_hub_that_stops_on_a_full_disk_tells_what_goes_with_its_memory(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        disk.free = LIMITS.hard - 1
        await hub.tick()
        hub.observe([MeterSample("meters/grid", clock.now(), {"power_w": 1})] * 7)
    assert dropped(tmp_path) == [("B", None, None, "not_written", 7)]


async def test_a_hub_that_starts_on_a_full_disk_serves_and_tells_the_end_of_it(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        begun = await hub.request(start(clock))
        disk.free = LIMITS.hard - 1
        await hub.tick()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        assert level(hub) == "full"
        clock.advance(3600)
        ended = await hub.request(stop(clock, begun))
        assert ended.cost == "20.00"
        await hub.tick()
        disk.free = 100 * MIB
        await hub.tick()
        assert level(hub) == "ample"
    kinds = [fact.type for fact in told(tmp_path, "storage_pressed", "storage_recovered")]
    assert kinds == ["storage_pressed", "storage_pressed", "storage_recovered"]


async def test_a_commit_without_room_stops_new_ones_at_once_and_gives_the_ballast_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegw.hub.ledger.RELOAD_PAUSE_S", 0.01)
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        disk_of(hub).fates.append("full")
        disk.free = 0
        with pytest.raises(JournalError):
            await hub.record(f.MeterStale(at=clock.now(), meter="grid", reason="test"))
        assert level(hub) == "full"
        assert not Ballast(tmp_path, LIMITS.ballast).is_laid


async def test_a_budget_without_room_leaves_the_ballast_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegw.hub.ledger.RELOAD_PAUSE_S", 0.01)
    clock = FakeClock()
    async with a_kept_hub(tmp_path, clock) as hub:
        disk_of(hub).fates.append("full")
        with pytest.raises(JournalError):
            await hub.record(f.MeterStale(at=clock.now(), meter="grid", reason="test"))
        assert level(hub) == "full"
        assert Ballast(tmp_path, LIMITS.ballast).is_laid


async def test_a_configuration_that_found_no_room_is_written_when_there_is_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegw.hub.ledger.RELOAD_PAUSE_S", 0.01)
    clock = FakeClock()
    async with a_kept_hub(tmp_path, clock) as hub:
        fates = disk_of(hub).fates
        hub.configured = changed = a_site(name="renamed", offline_unknown="accept", tariffs={})
        for site in (changed, a_site(tariffs={"default": Tariff("default", Decimal("9.00"))})):
            fates.append("full")
            with pytest.raises(JournalError):
                await hub.configure(site)
            await hub.record()  # it is sound again
        assert hub.configured is changed, "one that is not in force yet is not taken"
        await hub.tick()
        digest, _ = configured(changed)
        assert hub.state.site["site"].digest == digest
    assert len(told(tmp_path, "site_configured")) == 2


# The budget


async def test_a_budget_full_of_facts_that_the_cloud_lacks_refuses_and_then_drains(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_kept_hub(tmp_path, clock) as hub:
        await write_blocks(hub, 20)
        begun = await hub.request(start(clock))
        while level(hub) != "full":
            await write_facts(hub, 16 * 4096)
            await hub.tick()
        assert hub.journal.position("A").tail == 1, "no fact that the cloud lacks is given up"
        assert hub.journal.position("B").tail == 20
        refused = await hub.request(start(clock, "CP02"))
        assert refused.authorization == "not_now"
        clock.advance(3600)
        ended = await hub.request(stop(clock, begun))
        assert ended.cost == "20.00"
        size = sum(path.stat().st_size for path in tmp_path.iterdir() if path.name != "site.key")
        assert size <= BUDGET
        await acknowledge(hub, "A")
        await hub.tick()
        assert level(hub) == "ample"
        clock.advance(60)
        assert (await hub.request(start(clock))).authorization == "accepted"
    facts, readings = sorted(dropped(tmp_path), key=lambda gap: gap[0])  # told in either order
    assert readings == ("B", 1, 19, "dropped", 57)
    assert (facts[:2], facts[3]) == (("A", 1), "dropped")


async def test_a_ledger_under_constant_pressure_keeps_the_newest_and_tells_once_a_minute(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk(LIMITS.soft - 1)
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        for _ in range(30):
            await write_blocks(hub, 2)
            await hub.tick()
            clock.advance(5)
        assert hub.journal.position("B").tail >= 57
    gone = [each for each in dropped(tmp_path) if each[1] is not None]
    assert len(gone) <= 4
    assert [first for _, first, *_ in gone[1:]] == [last + 1 for _, _, last, *_ in gone[:-1]]


# By age


async def rounds(hub: Hub, clock: FakeClock) -> None:
    clock.advance(keeping_module.ROUND_S + 1)
    for _ in range(20):
        await hub.tick()


async def test_what_is_older_than_keep_goes_if_the_cloud_has_it(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_kept_hub(tmp_path, clock) as hub:
        await write_facts(hub, 3 * 4096)
        await write_blocks(hub, 3)
        await acknowledge(hub, "A")
        await acknowledge(hub, "B")
        old_facts, old_blocks = hub.journal.position("A").head, hub.journal.position("B").head
        clock.advance(31 * 86400)
        await write_facts(hub, 4096)
        await write_blocks(hub, 1)
        await rounds(hub, clock)
        assert (hub.journal.position("A").tail, hub.journal.position("B").tail) == (1, old_blocks + 1)
        clock.advance(370 * 86400)
        await rounds(hub, clock)
        assert hub.journal.position("A").tail == old_facts + 1
    assert dropped(tmp_path) == []
    gaps = rows(tmp_path, "SELECT stream, first, last, reason FROM gaps ORDER BY stream")
    assert gaps[0] == ("A", 1, old_facts, "delivered")
    assert ("B", 1, old_blocks, "delivered") in gaps


async def test_readings_older_than_keep_go_untold_to_the_cloud_but_not_untold(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_kept_hub(tmp_path, clock) as hub:
        await write_blocks(hub, 3)
        clock.advance(401 * 86400)
        await write_blocks(hub, 1)
        await rounds(hub, clock)
        assert (hub.journal.position("A").tail, hub.journal.position("B").tail) == (1, 4)
    assert dropped(tmp_path) == [("B", 1, 3, "expired", 9)]


async def test_without_a_cloud_facts_go_by_age_alone(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_kept_hub(tmp_path, clock, keep=Keep(delivers=False)) as hub:
        old = hub.journal.position("A").head
        clock.advance(401 * 86400)
        await write_facts(hub, 4096)
        await rounds(hub, clock)
        assert hub.journal.position("A").tail == old + 1
    assert dropped(tmp_path) == [("A", 1, old, "expired", None)]


async def test_nothing_goes_by_age_while_the_time_is_not_known(tmp_path: Path) -> None:
    clock = Machine()
    async with a_kept_hub(tmp_path, clock) as hub:
        await write_blocks(hub, 3)
        clock.advance(31 * 86400)
        await write_blocks(hub, 1)
        await rounds(hub, clock)
        assert hub.journal.position("B").tail == 1
        clock.vouched = True
        clock.set(datetime(2026, 6, 1, tzinfo=UTC))
        await rounds(hub, clock)
        assert hub.journal.position("B").tail == 4


async def test_when_much_has_gone_by_age_the_file_shrinks(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_kept_hub(tmp_path, clock) as hub:
        await write_facts(hub, LIMITS.soft * 2)
        await acknowledge(hub, "A")
        clock.advance(401 * 86400)
        await write_facts(hub, 4096)
        await rounds(hub, clock)
        assert (tmp_path / "journal.db").stat().st_size < LIMITS.soft


async def test_tables_of_history_shrink_with_the_facts_and_answers_are_forgotten(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_kept_hub(tmp_path, clock) as hub:
        begun = await hub.request(start(clock))
        clock.advance(3600)
        await hub.request(stop(clock, begun))
        await acknowledge(hub, "A")
        running = await hub.request(start(clock))
        clock.advance(401 * 86400)
        await rounds(hub, clock)
    assert rows(tmp_path, "SELECT key FROM transactions") == [(running.transaction,)]
    assert rows(tmp_path, "SELECT count(*) FROM answers") == [(0,)]


# What is left


async def test_what_is_left_is_proven_from_the_anchor_on_and_nothing_is_missing_unexplained(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        await write_facts(hub, 5 * 4096)
        await write_blocks(hub, 4)
        await acknowledge(hub, "A", 4)
        disk.free = LIMITS.soft - 1
        await hub.tick()
        await write_facts(hub, 2 * 4096)
    key = public_key(tmp_path)
    assert key is not None
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        verdict = verify(connection, [key])
    assert verdict.breaks == []
    assert verdict.facts == len(facts_in(tmp_path / "journal.db"))


# Not lost between two lives


async def test_what_was_given_up_before_a_cut_is_told_in_the_next_life(tmp_path: Path) -> None:
    clock, disk = FakeClock(), Disk()
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        await write_blocks(hub, 3)
        await hub.journal.maintain(
            lambda connection: retention.prune(
                connection, "B", retention.Rule(None, (0, 0), others=True), now=clock.now(), anchor=lambda *_: None
            )
        )
    async with a_kept_hub(tmp_path, clock, disk) as hub:
        await hub.tick()
        await hub.tick()
    assert dropped(tmp_path) == [("B", 1, 2, "dropped", 6)]
