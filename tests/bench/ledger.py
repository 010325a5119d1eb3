"""The ledger: durable facts a second through the hub, where each of many writers waits for its own.

Every fact goes the way of the gateway's own: folded into the pending state, chained, committed with synchronous=FULL,
folded into the durable state, told. The yardstick is what the same disk does of the cheapest durable write there is, a
4 KiB append with its own fsync, measured between the rounds; the median of the rounds is taken, since a shared machine
drifts.
"""

import os
import sqlite3
import statistics
import tempfile
from asyncio import gather
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import uvloop

from edgegw.daemon.process import calm_collector
from edgegw.hub import Hub
from edgegw.journal import Journal
from edgegw.journal.store import FILE_NAME
from edgegw.model.facts import Fact, StationStatusChanged
from tests.bench.figure import Figure
from tests.bench.ocpp import DISK
from tests.bench.peers.gateway import site

WRITERS = (1, 8, 32, 128)
TARGET = 35_000
TARGET_WAIT_MS = 25.0
OPENED_FACTS = 200_000
FSYNC_BYTES = 4096


@dataclass
class Round:
    """What one round of writers came to."""

    facts: int
    stored: int
    seconds: float
    waits_ms: list[float]
    """Of each fact, from the call until it was durable; sorted."""
    written_bytes: int

    @property
    def rate(self) -> float:
        return self.facts / self.seconds

    def wait_ms(self, share: float) -> float:
        return self.waits_ms[int(share * (len(self.waits_ms) - 1))]


def now() -> datetime:
    return datetime.now(UTC)


def fact(station: int, number: int) -> Fact:
    """The fact that a hub writes most: a connector's status."""
    return StationStatusChanged(
        at=now(), station=f"CP{station:03d}", evse=1, connector=1, status="charging" if number % 2 else "available"
    )


def written() -> int:
    """Bytes that this process has sent towards a disk, by the kernel's count."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def held(folder: Path) -> int:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        return int(connection.execute("SELECT count(*) FROM facts").fetchone()[0])


async def open_hub(folder: Path, stations: int) -> Hub:
    hub = Hub(site(stations), Journal.open(folder, now=now))
    await hub.start()
    await hub.configure(hub.site)
    return hub


async def close_hub(hub: Hub) -> None:
    await hub.stop()
    await hub.journal.close()


async def write(folder: Path, writers: int, seconds: float) -> Round:
    hub = await open_hub(folder, writers)
    before = hub.journal.position("A").head
    waits_ms: list[float] = []

    async def writer(station: int) -> None:
        number = 0
        while (called := perf_counter()) < until:
            number += 1
            await hub.record(fact(station, number))
            waits_ms.append((perf_counter() - called) * 1000)

    bytes_before, began = written(), perf_counter()
    until = began + seconds
    await gather(*(writer(station) for station in range(writers)))
    took = perf_counter() - began
    await close_hub(hub)  # with what is left of the log moved into the file, which belongs to the price
    return Round(len(waits_ms), held(folder) - before, took, sorted(waits_ms), written() - bytes_before)


def appends(folder: Path, seconds: float) -> float:
    """4 KiB appends a second, each with its fsync."""
    page, count = os.urandom(FSYNC_BYTES), 0
    with (folder / "appended").open("wb", buffering=0) as file:
        began = perf_counter()
        while (took := perf_counter() - began) < seconds:
            file.write(page)
            os.fsync(file.fileno())
            count += 1
    return count / took


async def fill(folder: Path, facts: int) -> None:
    hub = await open_hub(folder, 50)
    for first in range(0, facts, 500):
        await hub.record(*(fact(number % 50, number) for number in range(first, first + 500)))
    await close_hub(hub)


async def opened(folder: Path) -> float:
    """Seconds until a gateway has its state out of the ledger and takes facts."""
    began = perf_counter()
    hub = await open_hub(folder, 50)
    took = perf_counter() - began
    await close_hub(hub)
    return took


def run(short: bool) -> Iterator[Figure]:
    """Rates by number of writers, what a fact waits and writes, and the time to open a ledger that has many."""
    calm_collector()
    count, seconds = (1, 0.5) if short else (7, 3.0)
    rounds: dict[int, list[Round]] = {writers: [] for writers in WRITERS}
    yardstick = []
    for _ in range(count):
        for writers in WRITERS:
            with tempfile.TemporaryDirectory(prefix="edgegw-bench-", dir=DISK) as name:
                rounds[writers].append(uvloop.run(write(Path(name), writers, seconds)))
        with tempfile.TemporaryDirectory(prefix="edgegw-bench-", dir=DISK) as name:
            yardstick.append(appends(Path(name), seconds / 3))
    beside = {"fsynced 4 KiB appends": statistics.median(yardstick)}
    for writers in WRITERS:
        rate = statistics.median(each.rate for each in rounds[writers])
        if writers == max(WRITERS):
            yield Figure.at_least(f"ledger_facts_{writers}_writers", rate, "facts/s", TARGET, beside)
        else:
            yield Figure.seen(f"ledger_facts_{writers}_writers", rate, "facts/s", beside)
    every = [each for found in rounds.values() for each in found]
    stored = sum(each.stored for each in every) / sum(each.facts for each in every)
    yield Figure.at_least("ledger_facts_stored", stored, "of those waited for", 1.0)
    for writers in (1, max(WRITERS)):
        p50, p99 = (statistics.median(each.wait_ms(share) for each in rounds[writers]) for share in (0.5, 0.99))
        name = f"ledger_wait_p99_{writers}_writers"
        yield Figure.at_most(name, p99, "ms", TARGET_WAIT_MS, {"p50": p50})
    for writers in (1, max(WRITERS)):
        price = statistics.median(each.written_bytes / each.facts for each in rounds[writers])
        yield Figure.seen(f"ledger_written_{writers}_writers", price, "bytes/fact")
    with tempfile.TemporaryDirectory(prefix="edgegw-bench-", dir=DISK) as name:
        facts = OPENED_FACTS // 40 if short else OPENED_FACTS
        uvloop.run(fill(Path(name), facts))
        took = statistics.median(uvloop.run(opened(Path(name))) for _ in range(count))
        size_mb = (Path(name) / FILE_NAME).stat().st_size / 1e6
    yield Figure.seen(f"ledger_open_{facts}_facts", took, "s")
    yield Figure.seen("ledger_size", size_mb * 1e6 / facts, "bytes/fact")
