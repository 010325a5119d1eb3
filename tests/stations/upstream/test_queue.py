"""What waits to be told: in order and whole, wherever memory ends and the ledger begins."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegw.journal import outbox
from edgegw.journal.group import Group
from edgegw.journal.outbox import UNTOLD, Told, Untold
from edgegw.stations.settings import Upstream
from edgegw.stations.upstream import queue
from edgegw.stations.upstream.forwarding import Forwarding
from edgegw.stations.upstream.message import Message
from edgegw.stations.upstream.queue import WINDOW, Queue
from edgegw.stations.upstream.sorts import Rank
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub

SCHEMA = (Path(outbox.__file__).parent / "schema" / "0006_upstream.sql").read_text()
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


class Ledger:
    """A queue over the ledger's own tables."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")
        self.connection.executescript(SCHEMA)
        self.queue = Queue(self.fetch, self.flush)
        self.position = 0
        self.told: list[int] = []
        self.is_full = False

    async def fetch(self, after: int, limit: int) -> list[Untold]:
        sql = f"SELECT {UNTOLD} FROM untold WHERE position > ? ORDER BY position LIMIT ?"
        return outbox.untold(self.connection.execute(sql, (after, limit)).fetchall())

    async def flush(self) -> bool:
        if self.is_full:
            return False
        messages = self.queue.unsaved(NOON)
        outbox.write(self.connection, [message.row for message in messages])
        for message in messages:
            message.saved = True
        return True

    def say(self, rank: Rank | None) -> None:
        self.position += 1
        message = Message(self.position, "CP01", "1.6", "MeterValues", {}, str(self.position), NOON, rank)
        if rank == Rank.TRANSACTION:  # with the facts
            message.saved = True
            outbox.write(self.connection, [message.row])
        self.queue.put(message)

    async def tell(self) -> None:
        if (message := await self.queue.next()) is not None:
            self.told.append(message.position)
            self.queue.done(message)
            if message.saved:
                outbox.write(self.connection, [Told((message.position,))])


OF = {"t": Rank.TRANSACTION, "r": Rank.READING, "l": None}


@given(st.lists(st.tuples(st.sampled_from("trlTRLnfa"), st.integers(1, 90)), max_size=30))
@settings(max_examples=150, deadline=None)
def test_all_that_is_kept_is_told_once_in_order_whatever_comes_between(steps: list[tuple[str, int]]) -> None:
    """t, r: messages of transactions and readings come, l live ones; n: so many are told; f: a flush; a: it goes."""

    async def run() -> None:
        ledger = Ledger()
        kept = []
        for step, count in steps:
            for _ in range(count if step in "trln" else 1):
                if step.lower() in OF:
                    ledger.say(OF[step.lower()])
                    kept += [ledger.position] if OF[step.lower()] is not None else []
                elif step == "n":
                    await ledger.tell()
            if step == "f":
                await ledger.flush()
            elif step == "a":
                ledger.queue.away()
        while await ledger.queue.next() is not None:
            await ledger.tell()
        assert [position for position in ledger.told if position in set(kept)] == kept
        assert ledger.queue.count == 0
        assert ledger.connection.execute("SELECT count(*) FROM untold").fetchone() == (0,)
        ledger.connection.close()

    asyncio.run(run())


def test_memory_holds_a_window_of_a_long_wait() -> None:
    async def run() -> None:
        ledger = Ledger()
        for _ in range(10 * WINDOW):
            ledger.say(Rank.TRANSACTION)
        assert len(ledger.queue._ahead) == WINDOW
        assert ledger.queue.count == 10 * WINDOW
        assert not ledger.queue.at_once

    asyncio.run(run())


def test_while_the_ledger_takes_nothing_what_is_there_overtakes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "PAUSE_S", 0.01)

    async def run() -> None:
        ledger = Ledger()
        for _ in range(WINDOW):
            ledger.say(Rank.TRANSACTION)
        ledger.say(Rank.READING)
        ledger.say(Rank.TRANSACTION)
        for _ in range(WINDOW):
            await ledger.tell()
        ledger.is_full = True
        telling = asyncio.ensure_future(ledger.tell())
        await asyncio.sleep(0.05)
        ledger.is_full = False
        await telling
        await ledger.tell()
        assert ledger.told == list(range(1, WINDOW + 3))
        ledger.connection.close()

    asyncio.run(run())


@pytest.fixture
def ledger() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA)
        yield connection


def row(position: int, rank: Rank, station: str = "CP01", at: datetime = NOON) -> Untold:
    return Untold(position, station, "1.6", rank, at, "[2]")


def test_readings_go_before_what_a_transaction_consists_of(ledger: sqlite3.Connection) -> None:
    ranks = [Rank.TRANSACTION, Rank.READING, Rank.CLOCKED, Rank.NOTICE, Rank.CLOCKED, Rank.TRANSACTION]
    outbox.write(ledger, [row(number, rank) for number, rank in enumerate(ranks)])
    outbox.write(ledger, [row(50, Rank.CLOCKED, "CP02")])
    assert outbox.thin_out(ledger, "CP01", 3) == [Rank.CLOCKED, Rank.CLOCKED, Rank.READING]
    left = ledger.execute("SELECT position FROM untold ORDER BY position").fetchall()
    assert left == [(0,), (3,), (5,), (50,)]


def test_what_is_too_old_goes_and_is_counted(ledger: sqlite3.Connection) -> None:
    outbox.write(ledger, [row(1, Rank.TRANSACTION), row(2, Rank.NOTICE, at=NOON + timedelta(days=1))])
    assert outbox.expire(ledger, NOON + timedelta(hours=1)) == [("CP01", Rank.TRANSACTION)]
    assert ledger.execute("SELECT position FROM untold").fetchall() == [(2,)]


def test_the_newest_transaction_ids_are_remembered(ledger: sqlite3.Connection) -> None:
    many = range(1, outbox.NUMBERS_KEPT + 51)
    outbox.write(ledger, [outbox.NumberThere("CP01", number, 7000 + number) for number in many])
    outbox.write(ledger, [outbox.NumberThere("CP02", 3, 1)])
    found = ledger.execute("SELECT min(number), max(number), count(*) FROM numbers_there WHERE station = 'CP01'")
    assert found.fetchone() == (51, outbox.NUMBERS_KEPT + 50, outbox.NUMBERS_KEPT)
    assert ledger.execute("SELECT count(*) FROM numbers_there WHERE station = 'CP02'").fetchone() == (1,)


async def test_what_is_being_written_is_written_also_when_a_connection_ends_meanwhile(tmp_path: Path) -> None:
    about = Upstream.model_validate({"url": "ws://127.0.0.1:1/{station}"})
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        forwarding = Forwarding(hub, about)
        await forwarding.load()
        presence = forwarding.presence("CP01")
        assert presence is not None
        message = Message(1, "CP01", "1.6", "MeterValues", {}, "1", clock.now(), Rank.READING)
        presence.queue.put(message)
        for turns in range(4):  # wherever it is cut off
            flush = asyncio.ensure_future(forwarding.flush())
            for _ in range(turns):
                await asyncio.sleep(0)
            flush.cancel()
            await asyncio.gather(flush, return_exceptions=True)
        await forwarding.flush()
        assert message.saved
        assert [each.position for each in await hub.journal.reader.untold("CP01", 0, 10)] == [1]


async def test_a_station_that_comes_while_another_ones_backlog_is_cut_down_stops_no_round(tmp_path: Path) -> None:
    about = Upstream.model_validate({"url": "ws://127.0.0.1:1/{station}", "messages": 100})
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        forwarding = Forwarding(hub, about)
        await forwarding.load()
        presence = forwarding.presence("CP01")
        assert presence is not None
        for number in range(1, 130):
            presence.queue.put(Message(number, "CP01", "1.6", "MeterValues", {}, "", clock.now(), Rank.READING))
        await forwarding.flush()
        looking = asyncio.ensure_future(forwarding.look())
        while presence.queue.count > 100:
            await asyncio.sleep(0)
            forwarding.presence("CP02")
        await looking


async def test_beyond_its_most_messages_a_station_loses_readings_first_and_it_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    about = Upstream.model_validate({"url": "ws://127.0.0.1:1/{station}", "messages": 100, "keep": "1d"})
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        forwarding = Forwarding(hub, about)
        await forwarding.load()
        presence = forwarding.presence("CP01")
        assert presence is not None
        for number in range(1, 131):
            rank = Rank.TRANSACTION if number <= 20 else Rank.READING
            message = Message(number, "CP01", "1.6", "MeterValues", {}, str(number), clock.now(), rank)
            if rank == Rank.TRANSACTION:
                message.saved = True
                await hub.journal.commit(Group(outbox=[message.row]))
            presence.queue.put(message)
        await forwarding.look()
        rows = await hub.journal.reader.untold("CP01", 0, 1000)
        assert len(rows) == presence.queue.count == 95
        assert [each.position for each in rows][:21] == [*range(1, 21), 56]
        assert "35 messages will never be told upstream" in caplog.text
        clock.advance(2 * 86400)
        await forwarding.look()
        assert await hub.journal.reader.untold("CP01", 0, 1000) == []
        assert "20 of kind transaction" in caplog.text


def test_what_waits_in_the_ledger_is_without_secrets_and_what_is_measured_as_it_was_signed() -> None:
    measured = [{"timestamp": "2026-01-02T12:00:00Z", "sampledValue": [{"value": '{"password": "in a signed text"}'}]}]
    payload = {"meterValue": measured, "customData": {"vendorId": "x", "password": "hush-hush"}}
    kept = Message(1, "CP01", "2.0.1", "TransactionEvent", payload, "id", NOON, Rank.TRANSACTION).row.frame
    assert orjson.loads(kept)[3] == {"meterValue": measured, "customData": {"vendorId": "x", "password": "…"}}
    assert payload["customData"]["password"] == "hush-hush", "that CSMS hears it as it was said"  # type: ignore[index]
