"""The cloud's end: what `edgegw ingest` takes from a broker, commits to PostgreSQL and acknowledges, in one process.

Several sites publish a backlog, facts and sample blocks in the ratio of a busy fleet, through a real mosquitto, each as
far ahead of its watermark as a gateway goes. Time is counted from the first publish until the last watermark of both
streams of all sites has come back. The batches are made beforehand, as the ledgers are not what is measured here.
"""

import asyncio
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import uvloop

from edgegw.mqtt import Account, Brokers, Link, endpoint
from edgegw.uplink.codec.events import Batch, Encoded, encode_block, encode_fact, pack
from edgegw.uplink.topics import STREAMS, Stream, Topics
from tests.bench.figure import Figure
from tests.cloud.postgres import Postgres, why_not
from tests.support.mosquitto import EXECUTABLE, Mosquitto
from tests.uplink.codec.rows import BlockRow, FactRow

SITES = 8
READINGS_A_BLOCK = 60
READINGS_A_FACT = 10
BATCH_BYTES = 32 * 1024
AHEAD = 64
TARGET_FACTS = 5_000
TARGET_READINGS = 50_000
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PHASES = (f"{what}_l{n}_{unit}" for what, unit in (("current", "a"), ("voltage", "v")) for n in (1, 2, 3))
COLUMNS = ("power_w", "import_wh", *PHASES)


@dataclass
class Round:
    """What one backlog came to."""

    facts: int
    readings: int
    seconds: float
    ingest_s: float
    """Processor time of the ingest's process."""


def sessions(count: int) -> Iterator[tuple[str, dict[str, object]]]:
    """`count` facts of cars that charge: started, metered, status, ended, billed."""
    number = 0
    while True:
        number += 1
        station = f"CP{number % 20:02d}"
        transaction = {"transaction": f"019363f0-0000-7000-8000-{number:012d}", "station": station, "evse": 1}
        place = {"station": station, "evse": 1, "connector": 1}
        story: list[tuple[str, dict[str, object]]] = [
            ("station_status_changed", {**place, "status": "preparing", "error": None, "info": None}),
            ("transaction_started", {
                **transaction, "connector": 1, "number": number, "reference": str(number), "id_token": "04A1B2C3D4",
                "id_token_kind": "ISO14443", "authorization": "accepted", "ocpp": "1.6", "retry_key": f"{number}",
                "answer": {"transactionId": number, "idTagInfo": {"status": "Accepted"}}, "tariff": "day",
                "tariff_digest": "ab" * 32, "remote_start": None, "offline": False, "adopted": False,
            }),
            ("transaction_metered", {**transaction, "import_wh": 1000, "reason": "begin", "source": "station"}),
            ("station_status_changed", {**place, "status": "charging", "error": None, "info": None}),
            ("energy_transfer_started", dict(transaction)),
            *[
                ("transaction_metered", {**transaction, "import_wh": 1000 + 900 * n, "reason": "periodic",
                                         "source": "station", "quality": "good"})
                for n in range(1, 5)
            ],
            ("transaction_metered", {**transaction, "import_wh": 5000, "reason": "end", "source": "station"}),
            ("transaction_ended", {**transaction, "reason": "local", "retry_key": f"{number}e", "answer": {}}),
            ("cdr_closed", {
                **transaction, "started_at": "2026-11-24T12:00:00Z", "ended_at": "2026-11-24T13:00:00Z",
                "energy_wh": 4000, "idle_s": 0, "currency": "BRL", "total": "9.56", "tax": "0.00", "tariff": "day",
                "tariff_digest": "ab" * 32, "lines": [{"kind": "energy", "wh": 4000, "amount": "7.56"}],
            }),
        ]  # fmt: skip
        for each in story:
            if count == 0:
                return
            count -= 1
            yield each


def backlog(site: str, facts: int) -> dict[Stream, list[Batch]]:
    """A site's facts and, READINGS_A_FACT times as many, its readings, as batches of full size."""
    base = random.getrandbits(48)
    made: list[Encoded] = []
    configured = ("site_configured", {"digest": "ab" * 32, "configuration": {"timezone": "America/Sao_Paulo"}})
    for number, (kind, body) in enumerate([configured, *sessions(facts - 1)], 1):
        at = NOON + timedelta(seconds=number)
        row = FactRow(number, "e", f"{base + number:032x}", kind, "stations/CP01", at, at, "synced", body)
        made.append(encode_fact(site, row))
    blocks: list[Encoded] = []
    shapes = [curve() for _ in range(50)]
    for number in range(1, facts * READINGS_A_FACT // READINGS_A_BLOCK + 1):
        start = NOON + timedelta(minutes=number)
        body = b'{"start":"' + start.isoformat().encode() + b'",' + shapes[number % 50][1:]
        row_of = BlockRow(number, "e", f"{base + number:032x}", "meters/grid", start, READINGS_A_BLOCK, body)
        blocks.append(encode_block(site, row_of))
    return {
        "A": pack("A", "e", made, BATCH_BYTES, 800),
        "B": pack("B", "e", blocks, BATCH_BYTES, 40),
    }


def curve() -> bytes:
    """The columns of a minute of one source, a reading a second, that wander as a real one's do."""
    columns: dict[str, list[float]] = {"t": [n * 1000.0 for n in range(READINGS_A_BLOCK)]}
    for name in COLUMNS:
        value, values = random.uniform(5, 230), []
        for _ in range(READINGS_A_BLOCK):
            value += random.uniform(-0.5, 0.5)
            values.append(round(value, 1))
        columns[name] = values
    return orjson.dumps(columns)


class Site:
    """Publishes its batches, never more than AHEAD of them beyond the watermark, until the last watermark comes."""

    def __init__(self, name: str, batches: dict[Stream, list[Batch]]) -> None:
        self.topics = Topics(name)
        self._batches = batches
        self._durable: dict[Stream, int] = dict.fromkeys(STREAMS, 0)
        self._moved = asyncio.Event()

    async def run(self, url: str) -> None:
        account = Account(client_id=self.topics.site, session_expiry_s=0)
        brokers = Brokers([endpoint(url)], lambda: account, random=random.random, monotonic=time.monotonic)
        link = await brokers.connect()
        await link.subscribe(self.topics.acknowledgements)
        hearing = asyncio.ensure_future(self._hear(link))
        await asyncio.gather(*(self._publish(link, stream) for stream in STREAMS))
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await link.close()

    async def _hear(self, link: Link) -> None:
        async for message in link.messages():
            stream: Stream = "A" if message.topic.endswith("A") else "B"
            self._durable[stream] = max(self._durable[stream], int(orjson.loads(message.payload)["sequence"]))
            self._moved.set()
            link.acknowledge(message)

    async def _publish(self, link: Link, stream: Stream) -> None:
        batches, flying = self._batches[stream], set()
        for index, batch in enumerate(batches):
            while index >= AHEAD and self._durable[stream] < batches[index - AHEAD].last:
                await self._wait()
            flying.add(asyncio.ensure_future(link.publish(self.topics.events(stream), batch.payload)))
        await asyncio.gather(*flying)
        while self._durable[stream] < batches[-1].last:
            await self._wait()

    async def _wait(self) -> None:
        self._moved.clear()
        async with asyncio.timeout(60):
            await self._moved.wait()


@contextmanager
def ingest(broker: str, database: str) -> Iterator[int]:
    """A process that is connected; its id."""
    command = [sys.executable, "-m", "edgegw", "ingest", "--broker", broker, "--database", database]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"ingest: connected")
        yield process.pid
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def deliver(url: str, pid: int, backlogs: dict[str, dict[Stream, list[Batch]]], facts: int) -> Round:
    began, before = time.perf_counter(), processor_s(pid)
    await asyncio.gather(*(Site(name, batches).run(url) for name, batches in backlogs.items()))
    took = time.perf_counter() - began
    count = facts * len(backlogs)
    readings = facts * READINGS_A_FACT // READINGS_A_BLOCK * READINGS_A_BLOCK * len(backlogs)
    return Round(count, readings, took, processor_s(pid) - before)


def run(short: bool) -> Iterator[Figure]:
    """Facts and readings a second until they are acknowledged, and what they cost the ingest."""
    if why_not() is not None or EXECUTABLE is None:
        print(f"ingest: not measured: {why_not() or 'mosquitto is not installed'}", file=sys.stderr)
        return
    count, facts = (1, 600) if short else (7, 3_000)
    folder = Path(tempfile.mkdtemp(prefix="edgegw-bench-"))
    rounds = []
    try:
        with (
            Postgres() as database,
            Mosquitto(folder, "max_queued_messages 0") as broker,
            ingest(broker.url, database.url) as pid,
        ):
            for number in range(count):
                names = [f"bench-{number}-{site}" for site in range(SITES)]
                backlogs = {name: backlog(name, facts) for name in names}
                rounds.append(uvloop.run(deliver(broker.url, pid, backlogs, facts)))
    finally:
        shutil.rmtree(folder)
    rate = statistics.median(each.facts / each.seconds for each in rounds)
    readings = statistics.median(each.readings / each.seconds for each in rounds)
    busy = statistics.median(each.ingest_s / each.seconds for each in rounds)
    yield Figure.at_least("ingest_facts", rate, "facts/s", TARGET_FACTS)
    yield Figure.at_least("ingest_readings", readings, "readings/s", TARGET_READINGS)
    yield Figure.seen("ingest_processor", busy * 100, "% of a core")
    yield Figure.seen(
        "ingest_price",
        1e6 * statistics.median(each.ingest_s / each.facts for each in rounds),
        "us/fact and its readings",
    )
