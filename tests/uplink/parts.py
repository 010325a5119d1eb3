"""Parts for the uplink's tests: a hub on a real journal in a folder of the test's, filled with facts and blocks."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from edgegw.cloud.consumer import Consumer
from edgegw.cloud.share import Share
from edgegw.cloud.sqlite import SqliteStore
from edgegw.cloud.store import Store
from edgegw.hub import Hub
from edgegw.journal import Journal
from edgegw.model.facts import StationConnected, StationStatusChanged
from edgegw.model.samples import MeterSample
from edgegw.model.site import ChargingStation, Connector, Evse, Site
from edgegw.mqtt import Account, Brokers, ConnectionLost, Link, Message, endpoint
from edgegw.uplink.service import Uplink
from edgegw.uplink.topics import Topics

SITE = "paulista-01"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def site() -> Site:
    evse = Evse("CP01", 1, 32.0, ("L1", "L2", "L3"), connectors=(Connector(1, "cType2"),))
    return Site(SITE, "Hub Paulista", stations={"CP01": ChargingStation("CP01", "Vaga 1", (evse,))})


@asynccontextmanager
async def open_hub(folder: Path, *, id: str = SITE, **options: Any) -> AsyncIterator[Hub]:
    """A hub on the ledger in `folder`, started; everything is closed afterwards."""
    folder.mkdir(exist_ok=True)
    journal = Journal.open(folder, now=lambda: datetime.now(UTC))
    hub = Hub(replace(site(), id=id), journal, **options)
    await hub.start()
    try:
        yield hub
    finally:
        await hub.stop()
        await journal.close()


async def write_facts(hub: Hub, count: int, station: str = "CP01") -> None:
    """Record `count` facts in commits of up to 100."""
    facts = [
        StationStatusChanged(
            at=NOON + timedelta(seconds=n),
            station=station,
            evse=1,
            connector=1,
            status="available",
            info=str(n),
        )
        for n in range(count)
    ]
    for first in range(0, count, 100):
        await hub.record(*facts[first : first + 100])


async def write_samples(hub: Hub, count: int, source: str = "meters/grid", since: datetime = NOON) -> None:
    """Observe `count` readings, a second apart from `since` on, and commit them."""
    hub.observe(
        [
            MeterSample(source, since + timedelta(seconds=n), {"import_wh": 1000 + n, "power_w": 50.5})
            for n in range(count)
        ]
    )
    await hub.flush()


def brokers(url: str, client_id: str, **options: Any) -> Brokers:
    """Brokers that come back at once, so that tests don't wait."""
    account = Account(client_id=client_id, session_expiry_s=options.pop("session_expiry_s", 3600))
    return Brokers([endpoint(url)], lambda: account, random=lambda: 0.02, monotonic=time.monotonic, **options)


@asynccontextmanager
async def running(service: Any, *args: Any) -> AsyncIterator[None]:
    """The service's `run` as a task, cancelled and awaited afterwards; its failure fails the test."""
    task = asyncio.ensure_future(service.run(*args))
    try:
        yield
        assert not task.done() or task.result() is None
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def uplink(hub: Hub, broker: Any, **options: Any) -> Uplink:
    return Uplink(
        hub=hub, journal=hub.journal, broker=broker, version="1", max_rate=options.pop("max_rate", 1000), **options
    )


def consumer(
    url: str, store: Store, *, share: Share | None = None, random: Callable[[], float] = lambda: 0.02, **options: Any
) -> Consumer:
    session_expiry_s = options.pop("session_expiry_s", 0)
    return Consumer(
        brokers=brokers(url, "ingest", session_expiry_s=session_expiry_s, **options),
        store=store,
        monotonic=time.monotonic,
        share=share,
        random=random,
    )


def sqlite_store(folder: Path) -> SqliteStore:
    return SqliteStore(folder / "cloud.db")


def nothing(*_: object) -> None:
    """A `started` or `connected` that nobody waits for."""


async def until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Wait for what other tasks bring about."""
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)


def delivered(hub: Hub, service: Uplink) -> bool:
    """The cloud has acknowledged everything that the journal holds."""
    streams = service.status().streams
    return bool(streams) and all(
        stream.backlog == 0 and stream.acknowledged == hub.journal.position(name).head
        for name, stream in streams.items()
    )


def cloud_rows(path: Path, table: str = "facts", columns: str = "sequence, id, hash") -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(f"SELECT {columns} FROM {table} ORDER BY sequence").fetchall()
    finally:
        connection.close()


async def journal_rows(hub: Hub) -> list[tuple[Any, ...]]:
    facts = await hub.journal.reader.facts(0, 1_000_000)
    return [(fact.sequence, fact.id, fact.hash) for fact in facts]


class Listener:
    """A cloud that only listens: what came, by topic, newest last."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.heard: list[Message] = []

    async def run(self) -> None:
        with suppress(ConnectionLost):
            async for message in self.link.messages():
                self.heard.append(message)
                self.link.acknowledge(message)

    def on(self, topic: str) -> list[dict[str, Any]]:
        """JSON bodies that came on `topic`."""
        return [orjson.loads(message.payload) for message in self.heard if message.topic == topic]

    async def order(self, name: str, args: dict[str, Any], id: str = "c-1", **rest: Any) -> None:
        """Publish a command; `properties` go with the message, anything else into the envelope."""
        properties = rest.pop("properties", None)
        body = orjson.dumps({"id": id, "name": name, "args": args, **rest})
        await self.link.publish(Topics(SITE).command(name), body, properties=properties)


@asynccontextmanager
async def listening(url: str, *filters: str, protocol: int | None = None) -> AsyncIterator[Listener]:
    async with listening_on(brokers(url, "cloud", protocol=protocol, session_expiry_s=0), *filters) as listener:
        yield listener


@asynccontextmanager
async def listening_on(dial: Brokers, *filters: str) -> AsyncIterator[Listener]:
    link = await dial.connect()
    await link.subscribe(*filters)
    listener = Listener(link)
    try:
        async with running(listener):
            yield listener
    finally:
        await link.close()


def connected_fact(station: str = "CP01") -> StationConnected:
    return StationConnected(at=NOON, station=station, ocpp="1.6")
