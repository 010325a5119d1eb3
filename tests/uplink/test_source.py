"""What goes up when the ledger no longer holds everything, or has begun a new epoch."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from edgegw.uplink.codec.events import decode
from edgegw.uplink.codec.messages import Place
from edgegw.uplink.source import Source
from edgegw.uplink.sync import Load
from edgegw.uplink.topics import Stream
from tests.uplink.parts import SITE, open_hub, write_facts, write_samples

LIMIT = 32 * 1024


async def read(
    folder: Path, stream: Stream, after: Place, **options: object
) -> tuple[list[tuple[int, int, str]], Place]:
    """First and last number and type of each event after a place, and the place that was reached."""
    async with open_hub(folder) as hub:
        source = Source(SITE, hub.journal, hub.now)
        refused = options.get("refused", frozenset())
        assert isinstance(refused, frozenset)
        batches, end = await source.read(Load(stream, after, LIMIT, refused, 0))
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
