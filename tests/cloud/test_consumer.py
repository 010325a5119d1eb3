"""Commit, then say so: the consumer with stores that are slow, or fail."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from edgegw.cloud.consumer import MAX_REFUSED
from edgegw.cloud.poison import TRIES
from edgegw.cloud.receive import Accepted, Key, in_turn
from edgegw.cloud.share import Share
from edgegw.cloud.sqlite import SqliteStore
from edgegw.cloud.store import StoreError, Unstorable
from edgegw.mqtt import NO_SUBSCRIBERS
from edgegw.uplink.codec.events import decode, encode_fact, pack
from edgegw.uplink.codec.messages import Held, Place, encode_presence
from edgegw.uplink.topics import DEFAULT_ROOT, Topics
from tests.support.mosquitto import Mosquitto
from tests.uplink.codec.rows import NOON, FactRow
from tests.uplink.parts import (
    SITE,
    brokers,
    cloud_rows,
    consumer,
    delivered,
    journal_rows,
    listening,
    nothing,
    open_hub,
    running,
    sqlite_store,
    until,
    uplink,
    write_facts,
)

TOPICS = Topics(SITE)


def batch(first: int, last: int, epoch: str = "e") -> bytes:
    events = [encode_fact(SITE, FactRow(sequence=n, id=f"id-{n}", epoch=epoch)) for n in range(first, last + 1)]
    [made] = pack("A", epoch, events, 1 << 20)
    return made.payload


class SlowStore(SqliteStore):
    """Commits when it is told to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked = threading.Event()
        self.go = threading.Event()

    def commit(self, accepted: Sequence[Accepted]) -> None:
        self.asked.set()
        assert self.go.wait(10)
        super().commit(accepted)


async def test_the_watermark_is_told_after_the_commit_and_not_before(tmp_path: Path, broker: Mosquitto) -> None:
    store = SlowStore(tmp_path / "cloud.db")
    async with (
        listening(broker.url, TOPICS.acknowledgements) as site,
        running(consumer(broker.url, store), nothing),
    ):
        await until(lambda: (tmp_path / "cloud.db").exists())
        await site.link.publish(TOPICS.events("A"), batch(1, 3))
        while not store.asked.is_set():
            await site.link.publish(TOPICS.events("A"), batch(1, 3))
        assert site.heard == []
        store.go.set()
        await until(lambda: bool(site.heard))
        assert site.on(TOPICS.acknowledgement("A"))[0] == {"epoch": "e", "sequence": "3"}


class FailingStore(SqliteStore):
    """Its disk is full for some commits."""

    failures = 2

    def commit(self, accepted: Sequence[Accepted]) -> None:
        if FailingStore.failures:
            FailingStore.failures -= 1
            raise StoreError("disk full")
        super().commit(accepted)


async def test_what_a_failed_commit_lost_is_asked_for_again(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub:
        await write_facts(hub, 200)
        service = uplink(hub, brokers(broker.url, "hub"))
        store = FailingStore(tmp_path / "cloud.db")
        async with running(consumer(broker.url, store), nothing), running(service, nothing):
            await until(lambda: delivered(hub, service))
        assert FailingStore.failures == 0
        assert cloud_rows(tmp_path / "cloud.db") == await journal_rows(hub)


async def test_what_comes_too_early_is_held_and_the_missing_is_asked_for(tmp_path: Path, broker: Mosquitto) -> None:
    ack = TOPICS.acknowledgement("A")
    opened: list[str] = []
    async with (
        listening(broker.url, TOPICS.acknowledgements) as site,
        running(consumer(broker.url, sqlite_store(tmp_path)), opened.append),
    ):
        await until(lambda: bool(opened))
        await site.link.publish(TOPICS.events("A"), batch(4, 6))
        await until(lambda: {"epoch": "e", "nack": ["1", "3"]} in site.on(ack))
        await site.link.publish(TOPICS.events("A"), batch(1, 3))
        await until(lambda: {"epoch": "e", "sequence": "6"} in site.on(ack))
    assert [row[0] for row in cloud_rows(tmp_path / "cloud.db")] == [1, 2, 3, 4, 5, 6]


async def test_rubbish_is_passed_over_and_the_next_batch_is_taken(tmp_path: Path, broker: Mosquitto) -> None:
    opened: list[str] = []
    async with (
        listening(broker.url, TOPICS.acknowledgements) as site,
        running(consumer(broker.url, sqlite_store(tmp_path)), opened.append),
    ):
        await until(lambda: bool(opened))
        for payload in (b"rubbish", b"\x1f\x8b\x08", b"[1]"):
            await site.link.publish(TOPICS.events("A"), payload)
        await site.link.publish(TOPICS.presence, b"rubbish")
        await site.link.publish(TOPICS.events("A"), batch(1, 2))
        await until(lambda: {"epoch": "e", "sequence": "2"} in site.on(TOPICS.acknowledgement("A")))


async def test_another_that_writes_the_same_site_is_noticed_and_nothing_is_doubled(
    tmp_path: Path, broker: Mosquitto
) -> None:
    opened: list[str] = []
    async with (
        listening(broker.url, TOPICS.acknowledgements) as site,
        running(consumer(broker.url, sqlite_store(tmp_path)), opened.append),
    ):
        await until(lambda: bool(opened))
        other = sqlite_store(tmp_path)
        other.open()
        other.commit(in_turn(Key(SITE, "e", "A"), 0, decode(batch(1, 2))))
        other.close()
        await site.link.publish(TOPICS.events("A"), batch(1, 3))
        await until(lambda: len(opened) == 2)
        await site.link.publish(TOPICS.events("A"), batch(1, 3))
        await until(lambda: {"epoch": "e", "sequence": "3"} in site.on(TOPICS.acknowledgement("A")))
    assert [row[0] for row in cloud_rows(tmp_path / "cloud.db")] == [1, 2, 3]


class Picky(SqliteStore):
    """A database that takes everything but some events, as one would with a limit that nobody thought of."""

    refuses = frozenset({"id-3", "id-6"})

    def commit(self, accepted: Sequence[Accepted]) -> None:
        if any(item.event.id in self.refuses for item in accepted):
            raise Unstorable("value too long")
        super().commit(accepted)


async def test_an_event_that_the_database_refuses_is_put_aside_in_its_place_and_the_others_are_stored(
    tmp_path: Path, broker: Mosquitto
) -> None:
    opened: list[str] = []
    taking = consumer(broker.url, Picky(tmp_path / "cloud.db"))
    async with listening(broker.url, TOPICS.acknowledgements) as site, running(taking, opened.append):
        await until(lambda: bool(opened))
        await site.link.publish(TOPICS.events("A"), batch(1, 8))
        await until(lambda: {"epoch": "e", "sequence": "8"} in site.on(TOPICS.acknowledgement("A")))
    assert [row[0] for row in cloud_rows(tmp_path / "cloud.db")] == [1, 2, 4, 5, 7, 8]
    aside = cloud_rows(tmp_path / "cloud.db", "rejected", "sequence, reason, payload")
    assert [(sequence, reason) for sequence, reason, _ in aside] == [(3, "value too long"), (6, "value too long")]
    assert orjson.loads(aside[0][2])["id"] == "id-3"
    assert (taking.events, taking.rejected) == (8, 2)


async def test_a_database_that_refuses_everything_is_not_believed(
    tmp_path: Path, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    store = Picky(tmp_path / "cloud.db")
    store.refuses = frozenset(f"id-{n}" for n in range(1, 101))
    opened: list[str] = []
    async with (
        listening(broker.url, TOPICS.acknowledgements) as site,
        running(consumer(broker.url, store), opened.append),
    ):
        await until(lambda: bool(opened))
        await site.link.publish(TOPICS.events("A"), batch(1, 100))
        await until(lambda: "the database is not usable" in caplog.text)
    assert len(cloud_rows(tmp_path / "cloud.db", "rejected", "sequence")) == MAX_REFUSED


async def test_a_message_that_can_never_be_read_stops_its_stream_until_it_is_known_what_it_is(
    tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegw.cloud.receive.ASK_AGAIN_S", 0.02)
    ack, opened = TOPICS.acknowledgement("A"), list[str]()
    async with (
        listening(broker.url, TOPICS.acknowledgements) as site,
        running(consumer(broker.url, sqlite_store(tmp_path)), opened.append),
    ):
        await until(lambda: bool(opened))
        for payload in (batch(1, 2), b"\x1f\x8b poison", batch(6, 8)):
            await site.link.publish(TOPICS.events("A"), payload)
        asked, done = {"epoch": "e", "nack": ["3", "5"]}, {"epoch": "e", "sequence": "8"}
        rounds = 0
        while done not in site.on(ack):
            await until(lambda seen=rounds: site.on(ack).count(asked) > seen or done in site.on(ack))  # type: ignore[misc]
            await site.link.publish(TOPICS.events("A"), b"\x1f\x8b poison")
            await site.link.publish(TOPICS.events("A"), batch(6, 8))
            rounds = site.on(ack).count(asked)
        assert rounds >= 2
    assert [row[0] for row in cloud_rows(tmp_path / "cloud.db")] == [1, 2, 6, 7, 8]
    connection = sqlite3.connect(tmp_path / "cloud.db")
    assert connection.execute("SELECT first, last, reason FROM gaps").fetchall() == [(3, 5, "rejected")]
    [(payload, times)] = connection.execute("SELECT payload, times FROM rejected").fetchall()
    assert payload == b"\x1f\x8b poison"
    assert times >= TRIES
    connection.close()


async def test_a_database_that_is_gone_for_a_while_is_one_line_and_one_when_it_is_back(
    tmp_path: Path, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    class Away(SqliteStore):
        left = 5

        def open(self) -> None:
            if Away.left:
                Away.left -= 1
                raise StoreError("connection refused")
            super().open()

    caplog.set_level("INFO")
    opened: list[str] = []
    async with running(consumer(broker.url, Away(tmp_path / "cloud.db"), random=lambda: 0.01), opened.append):
        await until(lambda: bool(opened))
    lines = [record.getMessage() for record in caplog.records if "database" in record.getMessage()]
    assert [line.partition(":")[0] for line in lines] == [
        "the database is not usable (open", "the database is usable again",
    ]  # fmt: skip


async def test_a_part_of_the_fleet_meets_its_sites_as_they_come_and_leaves_the_others(
    tmp_path: Path, broker: Mosquitto
) -> None:
    ours, theirs = "paulista-01", "123456789"  # parts 1 and 2 of 4
    opened: list[str] = []
    share = Share(DEFAULT_ROOT, None, 1, 4)
    topics, others = Topics(ours), Topics(theirs)
    async with (
        listening(broker.url, topics.acknowledgements, others.acknowledgements) as sites,
        running(consumer(broker.url, sqlite_store(tmp_path), share=share), opened.append),
    ):
        await until(lambda: bool(opened))
        place = Held("e", head=3, tail=1, acknowledged=Place("e", 0), backlog=3)
        for each in (others, topics):
            birth = encode_presence(1, NOON, "1", {"A": place, "B": place})
            await sites.link.publish(each.presence, birth, retain=True)
        await until(lambda: {"epoch": "e", "nack": ["1", "1"]} in sites.on(topics.acknowledgement("A")))
        assert await sites.link.publish(others.events("A"), batch(1, 3)) == NO_SUBSCRIBERS
        assert await sites.link.publish(topics.events("A"), batch(1, 3)) == 0
        await until(lambda: {"epoch": "e", "sequence": "3"} in sites.on(topics.acknowledgement("A")))
        assert sites.on(others.acknowledgement("A")) == []


async def test_what_came_while_the_ingest_was_away_is_there_when_the_broker_keeps_a_session_for_it(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async def once(wait: bool) -> None:
        opened: list[str] = []
        taking = consumer(broker.url, sqlite_store(tmp_path), session_expiry_s=600)
        async with running(taking, opened.append):
            await until(lambda: bool(opened))
            if wait:
                await until(lambda: taking.events == 3)

    await once(wait=False)
    async with listening(broker.url, TOPICS.acknowledgements) as site:
        assert await site.link.publish(TOPICS.events("A"), batch(1, 3)) == 0
        await once(wait=True)
    assert [row[0] for row in cloud_rows(tmp_path / "cloud.db")] == [1, 2, 3]
