"""Eight SDM630 on one 9600 baud line: how old are their volts, amperes, watts and energies?

The line is a tty on which every byte takes its time and meters need 60 ms of silence before a request
(tests/meters/wire.py, in a process of its own). The meters' service reads it as in the gateway, each meter every
second, the first one as the supply's. Age is what a reader sees at any moment: now minus the end of the exchange that
brought the newest value, so that between two samples it grows. Beside it, on the same line, the same values are read
one request a value, one meter after the other, as mbmd, evcc and Home Assistant do it: what a round of that takes is
their age. Both run with real-time priority where that is allowed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import uvloop

from edgegw.meters.drivers import DriverCatalogue
from edgegw.meters.line import SerialLine
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.plan import REQUEST_BYTES, Request, byte_s, cost, plan
from edgegw.meters.registers import SerialSettings
from edgegw.meters.service import Meters
from edgegw.model.samples import MeterSample
from tests.bench.figure import Figure
from tests.meters.site import Hub, meter

UNITS = 8
SERIAL = SerialSettings(9600)
DRIVER = DriverCatalogue().get("eastron-sdm630")
FAST = frozenset(point.quantity for point in DRIVER.points if point.group == "fast")
COUNTERS = frozenset({"import_wh", "export_wh"})
PEERS_READ = (*sorted(FAST), "power_w", "power_factor", "frequency_hz", "import_wh", "export_wh")
WARM_S = 25.0
"""Until every slow value has come once, and the counters of the meters have spread over time."""
STEP_S = 0.002


class Seen(Hub):
    """Notes when each sample could be seen first."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[tuple[float, MeterSample]] = []

    def observe(self, samples: Sequence[MeterSample]) -> None:
        self.log += [(time.time(), sample) for sample in samples]


class Timed(ModbusTransport):
    """Notes when each request had left."""

    left: dict[int, float]
    """Unit -> wall-clock time at which the last byte of its newest request was on the line."""

    async def read(self, unit: int, request: Request, timeout_s: float) -> Sequence[int]:
        self.left[unit] = time.time() + REQUEST_BYTES * byte_s(SERIAL)
        return await super().read(unit, request, timeout_s)


@contextlib.contextmanager
def line(folder: Path) -> Iterator[Path]:
    """The line at its pace; every request was sent after enough silence, or this fails."""
    path = folder / "rs485"
    wire = subprocess.Popen(
        [sys.executable, "-m", "tests.meters.wire", str(path), "--units", str(UNITS)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert wire.stdin is not None
    assert wire.stdout is not None
    try:
        assert wire.stdout.readline() == "ready\n"
        yield path
    finally:
        wire.stdin.close()
        too_soon = wire.stdout.read().strip()
        wire.wait()
        wire.stdout.close()
    assert too_soon == "0", f"{too_soon} requests were sent too soon after other traffic"


async def served(path: Path, seconds: float) -> tuple[Seen, dict[str, list[tuple[float, float]]]]:
    """Read all meters for so long. Beside what was seen, for each meter when a sample came and its request had left."""
    hub, left = Seen(), cast(dict[int, float], {})
    place = {"serial": str(path), "baud": SERIAL.baud, "parity": "N", "stop_bits": 1}
    settings = [
        meter(str(n), place, driver=DRIVER.name, unit=n, every="1s", measures="supply" if n == 1 else "building")
        for n in range(1, UNITS + 1)
    ]
    strict: dict[str, list[tuple[float, float]]] = {}

    def opened(at: Any) -> Timed:
        transport = Timed(at)
        transport.left = left
        return transport

    def observe(samples: Sequence[MeterSample]) -> None:
        Seen.observe(hub, samples)
        for sample in samples:
            unit = sample.source.removeprefix("meters/")
            strict.setdefault(unit, []).append((time.time(), left[int(unit)]))

    hub.observe = observe  # type: ignore[method-assign]
    service = Meters(cast(Any, hub), settings, transport=opened)
    task = asyncio.create_task(service.run(lambda: None))
    await asyncio.sleep(seconds)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return hub, strict


def ages(log: Sequence[tuple[float, float]], since: float, until: float) -> list[float]:
    """The age at each STEP_S, of what was seen first and is from then: pairs in order of time."""
    found, index, now = [], 0, since
    while now < until:
        while index + 1 < len(log) and log[index + 1][0] <= now:
            index += 1
        if log[index][0] <= now:
            found.append(now - log[index][1])
        now += STEP_S
    return found


def p95(values: Sequence[float]) -> float:
    return sorted(values)[int(0.95 * len(values))]


async def value_by_value(path: Path) -> float:
    """Seconds of a round in which each value of each meter has a request of its own, with the silence between."""
    at = SerialLine(str(path), SERIAL)
    points = [point for point in DRIVER.points if point.quantity in PEERS_READ]
    transport = ModbusTransport(at)
    await transport.connect()
    begun = time.monotonic()
    for unit in range(1, UNITS + 1):
        for point in points:
            await asyncio.sleep(DRIVER.silence_s + 0.001)  # uvloop's timers may be a millisecond early
            await transport.read(unit, Request(point.function, point.address, point.words, (point,)), 0.5)
    round_s = time.monotonic() - begun
    transport.close()
    await asyncio.sleep(0)
    return round_s


def run(short: bool) -> Iterator[Figure]:
    with contextlib.suppress(PermissionError):
        # Who else runs here is not what is measured. The line's process inherits it.
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    reads = plan(DRIVER, cost(DRIVER, SERIAL))
    least_s = UNITS * reads.fast_s
    print(f"the planner: {UNITS} x ({reads}); the bus minimum is {least_s:.2f} s a round", file=sys.stderr)
    seconds = WARM_S + (40.0 if short else 240.0)
    with tempfile.TemporaryDirectory(prefix="edgegw-bench-") as folder:
        with line(Path(folder)) as path:
            begun = time.time()
            hub, strict = uvloop.run(served(path, seconds))
        with line(Path(folder)) as path:
            peers_s = uvloop.run(value_by_value(path))
    since, until = begun + WARM_S, begun + seconds - 1.0

    def logs(quantities: frozenset[str]) -> dict[str, list[tuple[float, float]]]:
        found: dict[str, list[tuple[float, float]]] = {}
        for at, sample in hub.log:
            assert sample.quality == "good", sample
            if quantities <= sample.values.keys():
                found.setdefault(sample.source.removeprefix("meters/"), []).append((at, sample.at.timestamp()))
        assert len(found) == UNITS
        return found

    fast, counters = logs(FAST), logs(COUNTERS)
    worst_s = max(p95(ages(log, since, until)) for log in fast.values())
    every_s = p95([age for log in fast.values() for age in ages(log, since, until)])
    beside = {"bus_minimum": least_s, "value_by_value_round": peers_s}
    yield Figure.at_most("meters_age_p95", every_s, "s", round(1.1 * least_s, 3), beside)
    yield Figure.seen("meters_age_p95_worst_meter", worst_s, "s", beside)
    yield Figure.seen("meters_age_p95_since_request_left", p95(
        [age for log in strict.values() for age in ages(log, since, until)]
    ), "s", beside)  # fmt: skip
    yield Figure.at_most("meters_supply_age_p95", p95(ages(fast["1"], since, until)), "s", 1.0, beside)
    energies_s = max(max(ages(log, since, until)) for log in counters.values())
    yield Figure.at_most("meters_energy_age_max", energies_s, "s", 10.0, beside)
    others = logs(frozenset({"frequency_hz"}))
    yield Figure.seen(
        "meters_other_slow_values_age_max", max(max(ages(log, since, until)) for log in others.values()), "s"
    )
    yield Figure.at_least("meters_times_quicker_than_value_by_value", peers_s / (every_s / 0.95), "ratio", 8.0)
