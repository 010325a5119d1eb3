"""The proof holds for a ledger that went to the cloud whole, and fails for every way in which the cloud can differ."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edgegw.cloud.receive import Key, in_turn
from edgegw.cloud.sqlite import SqliteStore
from edgegw.model.requests import TransactionAnswer
from edgegw.model.samples import MeterSample
from edgegw.simulate.demo import lines
from edgegw.simulate.demo.proof import Heads, Proof, compare, heads, missing
from edgegw.uplink.codec.events import Event, decode
from edgegw.uplink.codec.messages import Place
from edgegw.uplink.source import Source
from edgegw.uplink.sync import Load
from edgegw.uplink.topics import STREAMS, Stream
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, start, stop

SITE = "paulista-01"
CHARGED = {"CP01": 10_000}


class Ends:
    """The two databases of a site that charged one car."""

    def __init__(self, folder: Path) -> None:
        self.journal = folder / "journal.db"
        self.cloud = folder / "cloud.db"
        self.events: dict[Stream, list[Event]] = {}

    def deliver(self, keep: Any = lambda event: True) -> None:
        """What the consumer does with the events that `keep` lets through."""
        store = SqliteStore(self.cloud)
        store.open()
        for stream, events in self.events.items():
            kept = [event for event in events if keep(event)]
            store.commit(in_turn(Key(SITE, events[0].epoch, stream), 0, kept))
        store.close()

    def change(self, *statements: str) -> None:
        connection = sqlite3.connect(self.cloud)
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement
        connection.commit()
        connection.close()

    def compare(self, upto: Heads | None = None, **options: Any) -> Proof:
        return compare(self.journal, self.cloud, SITE, upto or heads(self.journal), **options)


@pytest.fixture
async def ends(tmp_path: Path) -> Ends:
    made, clock = Ends(tmp_path), FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        answer = await hub.request(start(clock))
        assert isinstance(answer, TransactionAnswer)
        for _ in range(3):
            clock.advance(1)
            hub.observe([MeterSample("stations/CP01/1", clock.now(), {"power_w": 7000.0, "import_wh": 1_000_002})])
        clock.advance(600)
        await hub.request(stop(clock, answer))
        await hub.stop()
        source = Source(SITE, hub.journal, hub.now)
        for stream in STREAMS:
            place = Place(hub.journal.position(stream).epoch, 0)
            batches, _ = await source.read(Load(stream, place, 1 << 20, 1000, frozenset(), 0))
            made.events[stream] = [event for batch in batches for event in decode(batch.payload)]
    return made


def test_a_cloud_that_has_everything_is_proven_equal(ends: Ends) -> None:
    ends.deliver()
    proof = ends.compare(stations_wh=CHARGED)
    assert proof.differences == []
    assert proof.holds
    here, there = proof.ledger, proof.cloud
    assert here.facts == there.facts == len(ends.events["A"])
    assert (here.blocks, here.samples) == (there.blocks, there.samples) == (1, 3)
    assert (here.energy_wh, there.energy_wh, proof.stations_wh) == (10_000, 10_000, 10_000)
    assert here.money == there.money == Decimal("20.00")
    said = list(lines.summary(proof))
    assert said[-1].startswith("PROVEN")
    assert max(map(len, said)) < 80
    assert missing(ends.journal, ends.cloud, heads(ends.journal)) == 0


def fails(proof: Proof, text: str) -> None:
    assert not proof.holds
    assert any(text in difference for difference in proof.differences), proof.differences
    assert list(lines.summary(proof))[-1].startswith("NOT PROVEN")


@pytest.mark.parametrize("stream", ["A", "B"])
def test_a_row_that_never_arrived_is_found(ends: Ends, stream: Stream) -> None:
    gone = ends.events[stream][-1]
    if stream == "A":
        ends.deliver(lambda event: event.id != gone.id)
    else:
        ends.deliver()
        ends.change("DELETE FROM blocks", "UPDATE watermarks SET sequence = 0 WHERE stream = 'B'")
    fails(ends.compare(), "is missing in the cloud")
    assert missing(ends.journal, ends.cloud, heads(ends.journal)) == 1


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("DELETE FROM facts WHERE sequence = 2", "fact 2 is missing"),
        ("UPDATE facts SET data = '{}' WHERE sequence = 3", "fact 3: data is"),
        ("UPDATE facts SET id = 'other' WHERE sequence = 3", "fact 3: id is"),
        ("UPDATE facts SET hash = 'ab' WHERE sequence = 1", "fact 1: hash is"),
        ("UPDATE facts SET at = '2026-01-01T00:00:00.000000Z' WHERE sequence = 1", "fact 1: at is"),
        ("UPDATE facts SET clock = 'unsynced' WHERE sequence = 1", "fact 1: clock is"),
        ("UPDATE facts SET source = '/sites/x' WHERE sequence = 1", "fact 1: source is"),
        ("UPDATE blocks SET samples = 2", "block 1: samples is"),
        ("UPDATE blocks SET data = replace(data, '7000', '7001')", "block 1: data is"),
        ("UPDATE cdrs SET total = '20.01'", "transaction "),
        ("UPDATE cdrs SET energy_wh = 9999", "transaction "),
        ("UPDATE transactions SET last_wh = last_wh + 1", "transaction "),
        ("DELETE FROM cdrs", "transaction "),
        ("DELETE FROM transactions", "transaction "),
        ("INSERT INTO gaps SELECT site, epoch, 'B', 1, 1, 'dropped', 3, at FROM facts LIMIT 1", "are a gap"),
        (
            "INSERT INTO facts SELECT site, epoch, 999, 'extra', type, source, at, recorded_at, clock, hash, data, "
            "boot FROM facts LIMIT 1",
            "fact 999 is in the cloud and not in the ledger",
        ),
    ],
)
def test_any_difference_is_found(ends: Ends, change: str, text: str) -> None:
    ends.deliver()
    ends.change(change)
    fails(ends.compare(), text)


def test_another_sites_rows_do_not_count(ends: Ends) -> None:
    ends.deliver()
    ends.change("UPDATE facts SET site = 'elsewhere'")
    fails(ends.compare(), "is missing in the cloud")


def test_a_station_that_counted_otherwise_is_found(ends: Ends) -> None:
    ends.deliver()
    fails(ends.compare(stations_wh={"CP01": 10_001}), "its own meter counted 10001 Wh")


def test_what_the_gateway_wrote_after_the_heads_may_be_missing_but_not_be_wrong(ends: Ends) -> None:
    last = ends.events["A"][-1].sequence
    upto = Heads(heads(ends.journal).facts - 1, heads(ends.journal).blocks)
    ends.deliver(lambda event: event.type.endswith("samples.v1") or event.sequence < last)
    proof = ends.compare(upto)
    assert not [text for text in proof.differences if "fact" in text]
    assert proof.later == 1
    (ends.cloud).unlink()
    ends.deliver()
    ends.change(f"UPDATE facts SET data = '{{}}' WHERE sequence = {last}")
    fails(ends.compare(upto), f"fact {last}: data is")


def test_an_empty_ledger_proves_nothing() -> None:
    assert not Proof().holds


def test_every_difference_is_counted_and_the_first_ones_are_spelled_out(ends: Ends) -> None:
    proof = Proof()
    for number in range(50):
        proof.differ(str(number))
    said: Iterable[str] = lines.summary(proof)
    assert proof.wrong == 50
    assert "  and 30 more" in said


def test_a_time_is_the_same_however_it_is_written(ends: Ends) -> None:
    ends.deliver()
    at = ends.events["A"][0].time.astimezone(timezone(timedelta(hours=-3)))
    ends.change(f"UPDATE facts SET at = '{at.isoformat()}' WHERE sequence = 1")
    assert ends.compare().holds
