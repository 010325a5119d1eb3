"""What goes up when the ledger no longer holds everything, or has begun a new epoch."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from edgegw.journal import StoredGap
from edgegw.model import facts as f
from edgegw.uplink.actions import Load
from edgegw.uplink.codec.events import MAX_EVENTS, decode
from edgegw.uplink.codec.messages import Place
from edgegw.uplink.source import Source, missing
from edgegw.uplink.topics import Stream
from tests.uplink.parts import SITE, open_hub, write_facts, write_samples

LIMIT = 32 * 1024


def a_load(stream: Stream, after: Place, refused: frozenset[Place] = frozenset()) -> Load:
    return Load(stream, after, LIMIT, MAX_EVENTS, refused, 0)


async def read(
    folder: Path, stream: Stream, after: Place, **options: object
) -> tuple[list[tuple[int, int, str]], Place]:
    """First and last number and type of each event after a place, and the place that was reached."""
    async with open_hub(folder) as hub:
        source = Source(SITE, hub.journal, hub.now)
        refused = options.get("refused", frozenset())
        assert isinstance(refused, frozenset)
        batches, end = await source.read(a_load(stream, after, refused))
    events = [event for batch in batches for event in decode(batch.payload)]
    return [(event.first, event.sequence, event.type.split(".")[2]) for event in events], end


def change(folder: Path, sql: str) -> None:
    """Do to the ledger what retention, a full disk or a salvage would."""
    connection = sqlite3.connect(folder / "journal.db")
    connection.execute(sql)
    connection.commit()
    connection.close()


@pytest.fixture
async def ledger(tmp_path: Path) -> tuple[Path, str]:
    """A closed ledger of 6 facts and 6 blocks, and its epoch."""
    async with open_hub(tmp_path) as hub:
        await write_facts(hub, 5)  # and the beginning of the epoch
        for number in range(6):
            await write_samples(hub, 1, f"meters/m{number}")
        return tmp_path, hub.journal.position("A").epoch


async def test_what_a_driver_said_stays_at_the_site(tmp_path: Path) -> None:
    async with open_hub(tmp_path) as hub:
        await hub.record(
            f.VoiceInteraction(at=hub.now(), dialogue="d1", intent="prices", transcript="quanto custa"),
            f.VoiceProposed(at=hub.now(), dialogue="d1", call="c", tool="how_to", private="onde fica"),
        )
        batches, _ = await Source(SITE, hub.journal, hub.now).read(
            a_load("A", Place(hub.journal.position("A").epoch, 0))
        )
    events = {event.type.split(".")[2]: event.data for batch in batches for event in decode(batch.payload)}
    assert (events["voice_interaction"]["transcript"], events["voice_interaction"]["intent"]) == (None, "prices")
    assert (events["voice_proposed"]["private"], events["voice_proposed"]["tool"]) == (None, "how_to")
    assert "quanto custa" not in str(events)


async def test_numbers_missing_in_the_middle_are_one_gap_in_their_place(ledger: tuple[Path, str]) -> None:
    folder, epoch = ledger
    change(folder, "DELETE FROM blocks WHERE sequence BETWEEN 3 AND 4")
    events, end = await read(folder, "B", Place(epoch, 0))
    assert events == [(1, 1, "samples"), (2, 2, "samples"), (3, 4, "gap"), (5, 5, "samples"), (6, 6, "samples")]
    assert end == Place(epoch, 6)


async def test_numbers_missing_at_the_beginning_are_a_gap(ledger: tuple[Path, str]) -> None:
    folder, epoch = ledger
    change(folder, "DELETE FROM blocks WHERE sequence <= 5")
    assert (await read(folder, "B", Place(epoch, 2)))[0] == [(3, 5, "gap"), (6, 6, "samples")]


async def test_what_the_broker_refuses_is_a_gap_of_one(ledger: tuple[Path, str]) -> None:
    folder, epoch = ledger
    events, _ = await read(folder, "A", Place(epoch, 3), refused=frozenset({Place(epoch, 5)}))
    assert [(first, kind == "gap") for first, _, kind in events] == [(4, False), (5, True), (6, False)]


async def test_at_the_end_there_is_nothing(ledger: tuple[Path, str]) -> None:
    folder, epoch = ledger
    assert await read(folder, "A", Place(epoch, 6)) == ([], Place(epoch, 6))


async def test_an_epoch_is_read_to_its_end_and_then_the_newest_from_its_beginning(ledger: tuple[Path, str]) -> None:
    folder, epoch = ledger
    change(folder, "INSERT INTO epochs SELECT 2, 'second', started_at, 'restore' FROM epochs")
    async with open_hub(folder) as hub:
        await write_facts(hub, 1)  # after the fact that the epoch began
    assert [first for first, _, _ in (await read(folder, "A", Place(epoch, 4)))[0]] == [5, 6]
    events, end = await read(folder, "A", Place(epoch, 6))
    assert [first for first, _, _ in events] == [1, 2]
    assert end == Place("second", 2)


def gap(folder: Path, stream: str, first: int, last: int, reason: str, samples: int | None, epoch: int = 1) -> None:
    """What retention writes when it takes records out."""
    table = "facts" if stream == "A" else "blocks"
    told = "NULL" if samples is None else samples
    change(folder, f"DELETE FROM {table} WHERE epoch = {epoch} AND sequence BETWEEN {first} AND {last}")
    change(folder, f"INSERT INTO gaps VALUES ('{stream}', {epoch}, {first}, {last}, '{reason}', {told}, '2026')")


async def gaps(folder: Path, stream: Stream, after: Place) -> list[tuple[str, str, str, int | None]]:
    """What the gap events after a place say."""
    async with open_hub(folder) as hub:
        batches, _ = await Source(SITE, hub.journal, hub.now).read(a_load(stream, after))
    events = [event.data for batch in batches for event in decode(batch.payload) if event.is_gap]
    return [(data["from"], data["to"], data["reason"], data["samples"]) for data in events]


async def test_a_gap_says_why_and_how_many_readings_it_stands_for(ledger: tuple[Path, str]) -> None:
    folder, epoch = ledger
    gap(folder, "B", 1, 2, "dropped", 20)
    gap(folder, "B", 3, 3, "dropped", 10)
    gap(folder, "B", 4, 4, "expired", 7)
    assert await gaps(folder, "B", Place(epoch, 0)) == [("1", "3", "dropped", 30), ("4", "4", "expired", 7)]


async def test_of_a_gap_that_is_known_in_part_the_rest_is_told_without_a_count(ledger: tuple[Path, str]) -> None:
    folder, epoch = ledger
    gap(folder, "B", 1, 4, "dropped", 40)
    assert await gaps(folder, "B", Place(epoch, 2)) == [("3", "4", "dropped", None)]


async def test_gaps_at_the_beginning_in_the_middle_and_at_the_end_stand_in_their_places(
    ledger: tuple[Path, str],
) -> None:
    folder, epoch = ledger
    gap(folder, "B", 1, 1, "dropped", 1)
    gap(folder, "B", 3, 4, "damaged", None)
    gap(folder, "B", 6, 6, "damaged", None)
    change(folder, "INSERT INTO epochs SELECT 2, 'second', started_at, 'salvage' FROM epochs")
    events, end = await read(folder, "B", Place(epoch, 0))
    assert events == [(1, 1, "gap"), (2, 2, "samples"), (3, 4, "gap"), (5, 5, "samples"), (6, 6, "gap")]
    assert end == Place(epoch, 6)


async def test_an_epoch_of_which_nothing_is_held_is_one_gap_before_the_next(ledger: tuple[Path, str]) -> None:
    folder, epoch = ledger
    change(folder, "INSERT INTO epochs SELECT 2, 'second', started_at, 'salvage' FROM epochs")
    async with open_hub(folder) as hub:
        await write_samples(hub, 2)
    gap(folder, "B", 1, 6, "dropped", 60)
    assert await read(folder, "B", Place(epoch, 2)) == ([(3, 6, "gap")], Place(epoch, 6))
    assert await read(folder, "B", Place(epoch, 6)) == ([(1, 1, "samples")], Place("second", 1))


async def test_no_epoch_is_left_out(ledger: tuple[Path, str]) -> None:
    folder, epoch = ledger
    for number, name in ((2, "second"), (3, "third")):
        change(folder, f"INSERT INTO epochs SELECT {number}, '{name}', started_at, 'restore' FROM epochs LIMIT 1")
        async with open_hub(folder) as hub:
            await write_samples(hub, 1)
    assert (await read(folder, "B", Place(epoch, 6)))[1] == Place("second", 1)
    assert (await read(folder, "B", Place("second", 1)))[1] == Place("third", 1)


def test_what_is_held_is_in_no_gap_even_while_it_is_being_taken_out() -> None:
    gone = [StoredGap(1, 6, "dropped", 60)]
    assert missing(0, [2, 3], gone) == [StoredGap(1, 1, "dropped", None), StoredGap(4, 6, "dropped", None)]
    assert missing(6, [], gone) == []


async def test_what_does_not_fill_a_batch_waits_for_what_follows_it(tmp_path: Path) -> None:
    async with open_hub(tmp_path) as hub:
        await write_facts(hub, 1100)
        source = Source(SITE, hub.journal, hub.now)
        load = Load("A", Place(hub.journal.position("A").epoch, 0), 8 * 1024, MAX_EVENTS, frozenset(), 0)
        batches, end = await source.read(load)
        assert len(batches) >= 1
        assert end.sequence == batches[-1].last < 500
        load = Load("A", Place(end.epoch, 1000), 8 * 1024, MAX_EVENTS, frozenset(), 0)
        assert (await source.read(load))[1].sequence == hub.journal.position("A").head
