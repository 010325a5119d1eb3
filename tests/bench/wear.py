"""What a heavy day writes to the memory card: 20 stations that report every 10 s, 4 meters every second.

A day of the hub's own clock goes by in a minute or two. Everything else is as on a site: the hub's blocks, linger and
commits with synchronous=FULL, the writer's moving of the write-ahead log, and after each commit what the kernel writes
within its five seconds. The ledger lies on an ext4 of its own on a loop device, and counted is what that device is
given, the file system's own journal included. Without root there is no such device, and the process's own writes are
counted instead, which is less.
"""

import asyncio
import contextlib
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvloop

from edgegw.hub import Hub
from edgegw.journal import Journal
from edgegw.model.facts import StationStatusChanged
from edgegw.model.requests import TransactionAnswer, TransactionRequest
from edgegw.model.samples import MeterSample
from tests.bench.figure import Figure
from tests.bench.ledger import written
from tests.bench.ocpp import DISK
from tests.bench.peers.gateway import site
from tests.support.clock import FakeClock
from tests.support.filesystem import LoopFilesystem, Unavailable

STATIONS = 20
METERS = 4
STATION_EVERY_S = 10
CHARGE_S = 3 * 3600
PAUSE_S = 600
DAY_S = 86_400
SHORT_S = 4 * 3600
WARM_S = 8 * 3600
TARGET_MB = 250.0
DISK_MIB = 512


class Meter:
    """Three phases that wander a little each second, as a building's do."""

    def __init__(self, source: str, chance: random.Random) -> None:
        self._source = source
        self._chance = chance
        self._load_w = [chance.uniform(2_000, 9_000) for _ in range(3)]
        self._import_wh = chance.randrange(10**7)
        self._rest = 0.0

    def read(self, clock: FakeClock, seconds: float) -> MeterSample:
        values: dict[str, float] = {}
        for phase, load in enumerate(self._load_w, 1):
            self._load_w[phase - 1] = load = min(20_000.0, max(100.0, load * self._chance.uniform(0.97, 1.03)))
            volts = round(self._chance.gauss(127.0, 0.4), 1)
            values[f"voltage_l{phase}_v"] = volts
            values[f"current_l{phase}_a"] = round(load / volts, 2)
            values[f"power_l{phase}_w"] = round(load)
        total = sum(values[f"power_l{phase}_w"] for phase in (1, 2, 3))
        self._rest += total * seconds / 3600
        self._import_wh, self._rest = self._import_wh + int(self._rest), self._rest % 1
        return MeterSample(self._source, clock.now(), {"import_wh": self._import_wh, "power_w": total, **values})


class Place:
    """A station where a car charges for three hours, and ten minutes later the next."""

    def __init__(self, number: int, chance: random.Random) -> None:
        self.station = f"CP{number:03d}"
        self._meter = Meter(f"stations/{self.station}/1", chance)
        self._next_s = chance.randrange(CHARGE_S)
        self._running: TransactionAnswer | None = None
        self._import_wh = 0

    async def step(self, hub: Hub, clock: FakeClock, second: int) -> int:
        """What happens here in this second; how many readings came."""
        readings = 0
        if self._running is not None and second % STATION_EVERY_S == 0:
            sample = self._meter.read(clock, STATION_EVERY_S)
            self._import_wh = int(sample.values["import_wh"])
            hub.observe([sample])
            readings = 1
        if second < self._next_s:
            return readings
        ends = self._running is not None
        request = TransactionRequest(
            station=self.station,
            at=clock.now(),
            stage="ended" if ends else "started",
            evse=None if ends else 1,
            connector=None if ends else 1,
            id_token=None if ends else "CARD1",
            reference=str(self._running.number) if self._running is not None else None,
            import_wh=self._import_wh,
            reason="local" if ends else None,
        )
        answer = await hub.request(request)
        assert isinstance(answer, TransactionAnswer)
        self._running = None if ends else answer
        self._next_s = second + (PAUSE_S if ends else CHARGE_S)
        for status in ("finishing", "available") if ends else ("preparing", "charging"):
            await hub.record(
                StationStatusChanged(at=clock.now(), station=self.station, evse=1, connector=1, status=status)
            )
        return readings


@dataclass
class Count:
    readings: int = 0
    facts: int = 0
    commits: int = 0
    written: int = 0


async def live(
    folder: Path, seconds: int, written: Callable[[], int], settle: Callable[[], None], *, warm_s: int = WARM_S
) -> Count:
    """Have `seconds` go by after `warm_s`, in which the write-ahead log grows to its full size; counts of that time."""
    chance = random.Random("wear")
    clock = FakeClock()
    journal = Journal.open(folder, now=clock.now)
    hub = Hub(site(STATIONS), journal, now=clock.now, monotonic=clock.monotonic)
    await hub.start()
    await hub.configure(hub.site)
    meters = [Meter(f"meters/m{number}", chance) for number in range(METERS)]
    places = [Place(number, chance) for number in range(STATIONS)]
    count = Count()
    seen = (0, 0)
    for second in range(warm_s + seconds):
        if second == warm_s:
            count = Count(written=-written(), facts=-seen[0])
        clock.advance(1)
        samples = [meter.read(clock, 1) for meter in meters]
        hub.observe(samples)
        count.readings += len(samples)
        for place in places:
            count.readings += await place.step(hub, clock, second)
        await hub.tick()
        now = (journal.position("A").head, journal.position("B").head)
        if now != seen:
            seen = now
            count.commits += 1
            await journal.call(lambda store: store.rest())
            if count.commits % 2 == 0:
                await asyncio.to_thread(settle)
    count.facts += seen[0]
    count.written += written()
    await hub.stop()
    await journal.close()
    return count


def run(short: bool) -> Iterator[Figure]:
    seconds = SHORT_S if short else DAY_S
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="edgegw-bench-", dir=DISK)))
        disk: LoopFilesystem | None = None
        try:
            disk = stack.enter_context(LoopFilesystem(folder / "card", DISK_MIB))
        except Unavailable as why:
            print(f"wear: the process's writes are counted, not the device's: {why}", file=sys.stderr)
        count = uvloop.run(
            live(
                folder / "card",
                seconds,
                (lambda: disk.written_bytes) if disk is not None else written,
                disk.settle if disk is not None else (lambda: None),
            )
        )
    days = DAY_S / seconds
    beside = {"readings": count.readings * days, "facts": count.facts * days, "commits": count.commits * days}
    yield Figure.at_most("wear_heavy_day", count.written * days / 1e6, "MB", TARGET_MB, beside)
    yield Figure.seen("wear_commit", count.written / count.commits, "bytes/commit")
