"""Commit, then say so: the consumer with stores that are slow, or fail."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from edgegw.cloud.receive import Key
from edgegw.cloud.store import Moves, Rows, SqliteStore, StoreError
from edgegw.uplink.codec.events import encode_fact, pack
from edgegw.uplink.topics import Topics
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
    [made] = pack(SITE, "A", epoch, events, 1 << 20, NOON)
    return made.payload


class SlowStore(SqliteStore):
    """Commits when it is told to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked = threading.Event()
        self.go = threading.Event()

    def commit(self, rows: Rows, moves: Moves) -> None:
        self.asked.set()
        assert self.go.wait(10)
        super().commit(rows, moves)


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

    def commit(self, rows: Rows, moves: Moves) -> None:
        if FailingStore.failures:
            FailingStore.failures -= 1
            raise StoreError("disk full")
        super().commit(rows, moves)


async def test_what_a_failed_commit_lost_is_asked_for_again(
    tmp_path: Path, broker: Mosquitto, monkeypatch: Any
) -> None:
    monkeypatch.setattr("edgegw.cloud.consumer.RETRY_S", 0.05)
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
    tmp_path: Path, broker: Mosquitto, monkeypatch: Any
) -> None:
    monkeypatch.setattr("edgegw.cloud.consumer.RETRY_S", 0.05)
    opened: list[str] = []
    async with (
        listening(broker.url, TOPICS.acknowledgements) as site,
        running(consumer(broker.url, sqlite_store(tmp_path)), opened.append),
    ):
        await until(lambda: bool(opened))
        other = sqlite_store(tmp_path)
        other.open()
        other.commit({}, {Key(SITE, "e", "A"): (0, 2)})
        other.close()
        await site.link.publish(TOPICS.events("A"), batch(1, 3))
        await until(lambda: len(opened) == 2)
        await site.link.publish(TOPICS.events("A"), batch(1, 3))
        await until(lambda: {"epoch": "e", "sequence": "3"} in site.on(TOPICS.acknowledgement("A")))
    assert [row[0] for row in cloud_rows(tmp_path / "cloud.db")] == [3]
