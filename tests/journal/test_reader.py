"""Reads beside the writer, as the page, the uplink and the hub make them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from edgegw.hub import Hub
from edgegw.journal import Journal
from edgegw.journal.store import Group
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import TransactionAnswer
from tests.journal.parts import NOON, a_journal, block, group, rows, status
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, start, stop


def numbers(found: list[object]) -> list[int]:
    return [each.sequence for each in found]  # type: ignore[attr-defined]


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    """Six facts and three blocks."""
    async with a_journal(tmp_path) as journal:
        await journal.commit(group([status(1), f.FallbackLeft(at=NOON), status(3), status(4)]))
        await journal.commit(group([f.FallbackEntered(at=NOON, reason="stale"), status(6)]))
        for hour in range(3):
            await journal.commit(Group(blocks=[block(5, since=NOON + timedelta(hours=hour))]))
        yield journal


async def test_facts_come_in_pages_in_order_and_by_type(journal: Journal) -> None:
    reader = journal.reader
    assert numbers(await reader.facts()) == [1, 2, 3, 4, 5, 6]
    assert numbers(await reader.facts(after=2, limit=3)) == [3, 4, 5]
    assert numbers(await reader.facts(after=6)) == []
    assert numbers(await reader.facts(after=1, type="station_status_changed", limit=2)) == [3, 4]
    assert numbers(await reader.newest(2)) == [5, 6]
    (fact,) = await reader.facts(after=4, limit=1)
    assert (fact.type, fact.subject, fact.at, fact.clock) == ("fallback_entered", "", NOON, "synced")
    assert fact.body == {"reason": "stale"}


async def test_blocks_come_in_pages_in_order(journal: Journal) -> None:
    assert numbers(await journal.reader.blocks(after=1, limit=1)) == [2]
    (block,) = await journal.reader.blocks(after=2)
    assert (block.sequence, block.source, block.samples, block.start) == (
        3,
        "meters/grid",
        5,
        NOON + timedelta(hours=2),
    )


async def test_each_epoch_is_read_by_its_own_numbers(tmp_path: Path, journal: Journal) -> None:
    first = journal.position("A").epoch
    rows(tmp_path, "INSERT INTO epochs VALUES (2, 'second', '2026-03-03T00:00:00.000000Z', 'restore')")
    await journal.reload()
    assert numbers(await journal.reader.facts()) == []
    assert numbers(await journal.reader.blocks()) == []
    await journal.commit(group([status(7), status(8)]))
    rows(tmp_path, "INSERT INTO epochs VALUES (3, 'third', '2026-03-04T00:00:00.000000Z', 'restore')")
    await journal.reload()
    await journal.commit(group([status(9)]))
    reader = journal.reader
    assert numbers(await reader.facts()) == [1]
    assert numbers(await reader.facts(epoch=first, after=4)) == [5, 6]
    assert numbers(await reader.facts(epoch="second")) == [1, 2]
    assert numbers(await reader.facts(epoch="second", after=1)) == [2]
    assert numbers(await reader.facts(epoch="third")) == [1]
    assert numbers(await reader.facts(epoch="nobody's")) == []
    assert numbers(await reader.blocks(epoch=first, after=1)) == [2, 3]
    assert numbers(await reader.blocks(epoch="third")) == []
    assert [fact.body["info"] for fact in await reader.newest(2)] == ["8", "9"]


async def test_numbers_stay_what_they_are_when_the_oldest_are_gone(tmp_path: Path, journal: Journal) -> None:
    rows(tmp_path, "DELETE FROM facts WHERE position <= 3")
    first = journal.position("A").epoch
    for epoch in (None, first):
        assert numbers(await journal.reader.facts(epoch=epoch)) == [4, 5, 6]
        assert numbers(await journal.reader.facts(after=4, epoch=epoch)) == [5, 6]


async def test_readings_come_oldest_first_between_two_times(journal: Journal) -> None:
    reader = journal.reader
    since, until = NOON + timedelta(hours=1, seconds=2), NOON + timedelta(hours=2, seconds=2)
    found = await reader.samples("meters/grid", since, until)
    assert [(sample.at - NOON).seconds for sample in found] == [3602, 3603, 3604, 7200, 7201]
    assert [sample.values["import_wh"] for sample in found] == [2, 3, 4, 0, 1]
    assert len(await reader.samples("meters/grid")) == 15
    assert [(sample.at - NOON).seconds for sample in await reader.samples("meters/grid", since, limit=4)] == [
        3602, 3603, 3604, 7200,
    ]  # fmt: skip
    assert await reader.samples("meters/house") == []


async def test_a_block_that_began_before_the_time_asked_for_is_not_missed(journal: Journal) -> None:
    await journal.commit(Group(blocks=[block(60, "meters/slow")]))
    found = await journal.reader.samples("meters/slow", NOON + timedelta(seconds=59))
    assert [sample.values["import_wh"] for sample in found] == [59]


async def test_readings_of_blocks_that_overlap_come_in_order_of_time(journal: Journal) -> None:
    for _ in range(2):
        await journal.commit(Group(blocks=[block(4, "meters/twice")]))
    found = await journal.reader.samples("meters/twice")
    assert [(sample.at - NOON).seconds for sample in found] == [0, 0, 1, 1, 2, 2, 3, 3]


async def test_a_personal_value_is_read_back_until_it_is_erased(tmp_path: Path, journal: Journal) -> None:
    token = f.TokenDecided(at=NOON, station="CP01", id_token="CARD1", kind="RFID", status="accepted", source="list")
    await journal.commit(group([token]))
    assert (await journal.reader.newest(1))[0].body["id_token"] == "CARD1"
    rows(tmp_path, "DELETE FROM personal")
    assert (await journal.reader.newest(1))[0].body["id_token"] is None


async def test_what_a_station_sends_is_not_taken_for_a_commitment(journal: Journal) -> None:
    report = f.VariablesReported(at=NOON, station="CP01", action="NotifyReport", report={"commitment": "x"})
    await journal.commit(group([report]))
    assert (await journal.reader.newest(1))[0].body["report"] == {"commitment": "x"}


async def test_a_reader_is_not_stopped_by_the_writer_nor_by_others_who_read(journal: Journal) -> None:
    async def write() -> None:
        for n in range(50):
            await journal.commit(group([status(n)]))

    async def read() -> None:
        for _ in range(20):
            assert numbers(await journal.reader.facts(limit=5)) == [1, 2, 3, 4, 5]

    await asyncio.gather(write(), read(), read(), read())


@pytest.mark.parametrize("name", ["with a space", "50%2F", "what?mode=rw", "here#there", "ação"])
async def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    async with a_journal(tmp_path / name) as journal:
        await journal.commit(group([status(1)]))
        assert numbers(await journal.reader.facts()) == [1]


# The tables


async def charges(hub: Hub, clock: FakeClock) -> list[str]:
    """Three ended charges and one that runs, an hour apart; CP02 has the second."""
    ids = []
    for station in ("CP01", "CP02", "CP01", "CP01"):
        clock.advance(3600)
        begun = await hub.request(start(clock, station))
        assert isinstance(begun, TransactionAnswer)
        ids.append(begun.transaction)
        if len(ids) < 4:
            clock.advance(600)
            await hub.request(stop(clock, begun, station))
    return ids


async def test_transactions_come_newest_first_filtered_and_in_pages(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        ids = await charges(hub, clock)
        reader = hub.journal.reader

        async def found(**asked: object) -> list[str]:
            return [row.id for row in await reader.transactions(**asked)]  # type: ignore[arg-type]

        assert await found() == ids[::-1]
        assert await found(station="CP01") == [ids[3], ids[2], ids[0]]
        assert await found(state="active") == [ids[3]]
        begins = [hub.state.transactions[id].started_at for id in ids]
        assert await found(since=begins[1], until=begins[3]) == [ids[2], ids[1]]
        assert await found(limit=2) == [ids[3], ids[2]]
        assert await found(limit=2, after=ids[2]) == [ids[1], ids[0]]
        assert await reader.transaction(ids[0]) == hub.state.transactions[ids[0]]
        assert await reader.transaction("nobody's") is None


async def test_a_transaction_is_found_by_what_its_station_calls_it_the_newest_first(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        for _ in range(2):
            clock.advance(60)
            begun = await hub.request(start(clock, reference="A7", ocpp="2.0.1"))
            clock.advance(60)
            await hub.request(stop(clock, begun, reference="A7"))  # type: ignore[arg-type]
        found = await hub.journal.reader.transaction_by_reference("CP01", "A7")
        assert found is not None
        assert found.id == begun.transaction  # type: ignore[union-attr]
        assert await hub.journal.reader.transaction_by_reference("CP02", "A7") is None


async def test_all_facts_of_a_transaction_are_found_by_its_id(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        ids = await charges(hub, clock)
        told = [fact.type for fact in await hub.journal.reader.facts_of(ids[0])]
        assert told == [
            "transaction_started", "transaction_metered", "transaction_metered", "transaction_ended", "cdr_closed",
        ]  # fmt: skip


async def test_an_answer_and_a_command_are_found_by_their_keys(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        ids = await charges(hub, clock)
        await hub.submit(Command("c1", "set_limit", {"target": "site", "limit_a": 40}))
        key, stored = next(iter(hub.state.answers.items()))
        assert await hub.journal.reader.answer(key) == stored
        assert stored.transaction == ids[0]
        assert await hub.journal.reader.answer("nobody's") is None
        assert await hub.journal.reader.command("c1") == hub.state.commands["c1"]
        assert await hub.journal.reader.command("nobody's") is None


async def test_one_quantity_comes_as_a_curve_of_good_readings_also_of_some_minutes_alone(journal: Journal) -> None:
    until = NOON + timedelta(hours=1)
    for minute in range(1, 7):
        await journal.commit(Group(blocks=[block(2, "meters/hall", NOON + timedelta(minutes=minute))]))
    reader = journal.reader
    found = await reader.curve("meters/hall", "import_wh", NOON + timedelta(minutes=2, seconds=1), until)
    assert [((at - NOON).seconds, value) for at, value in found] == [
        (121, 1.0), (180, 0.0), (181, 1.0), (240, 0.0), (241, 1.0), (300, 0.0), (301, 1.0), (360, 0.0), (361, 1.0),
    ]  # fmt: skip
    found = await reader.curve("meters/hall", "import_wh", NOON, until, minutes=3)
    assert [(at - NOON).seconds for at, _ in found] == [180, 181, 360, 361]
    assert await reader.curve("meters/hall", "power_w", NOON, until) == []
    assert await reader.curve("meters/house", "import_wh", NOON, until) == []
