"""A thousand stations: the memory that they take, how soon they are back after a power cut, what drivers wait
meanwhile, and how fast fifty deliver what they kept while the gateway was away.

The first part is `edgegw run` with a site of a thousand stations, as under systemd, on whatever cores there are:
the ledger's thread has a part of the second one, and the stations are processes of their own (picows). The second is
the gateway of `bench ocpp`, pinned as there, so that its rates can be held against each other: rounds of both are
interleaved, and the ratio is that of their medians.
"""

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.figure import Figure
from tests.bench.footprint import resident_mb
from tests.bench.ocpp import DISK, gateway, load
from tests.support.gateway import GatewayProcess

STATIONS = 1000
BESIDE = 10
"""Of these, how many have not lost their power: cards are shown there while the others come."""

KEPT = 1000
"""Messages that a station kept."""

QUIET_S = 3.0
"""So long nothing happens before memory is read, and before the next crowd."""


def site(stations: int) -> dict[str, Any]:
    """Sections of the installer's file: so many stations of 32 A at one breaker, which the load loop watches."""
    return {
        "stations": [
            {
                "id": f"CP{number:04d}",
                "security_profile": 0,
                "evses": [{"id": 1, "max_a": 32, "phases": ["L1", "L2", "L3"]}],
            }
            for number in range(stations)
        ],
        "supply": {"phases": 3, "voltage_v": 230, "limit_a": 10_000, "building_max_a": 60, "margin_a": 2},
    }


class CrowdedGateway(GatewayProcess):
    """A file of a thousand stations takes its time to be read."""

    start_s = 60.0


class Told:
    """A process of `peers.crowd` that is told what to do."""

    def __init__(self, url: str, what: str, first: int, last: int) -> None:
        command = [sys.executable, "-m", "tests.bench.peers.crowd", url, what, str(first), str(last)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._read().strip() != "ready":
            raise RuntimeError(f"the stations of {what} did not start")

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def say(self, word: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        line = self._read()
        if not line:
            raise RuntimeError(f"the stations broke off at {word}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def crowds(rounds: int) -> Iterator[Figure]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="edgegw-crowd-", dir=DISK)))
        running = stack.enter_context(CrowdedGateway(folder, (), more=site(STATIONS)))
        alone_mb = resident_mb(running.pid)
        crowd = Told(running.url, "crowd", BESIDE, STATIONS - 1)
        stack.callback(crowd.close)
        cards = Told(running.url, "cards", 0, BESIDE - 1)
        stack.callback(cards.close)
        crowd.say("come")
        time.sleep(QUIET_S)
        first_mb = resident_mb(running.pid)
        yield Figure.at_most("crowd_resident", first_mb, "MB", 200.0, {"configured, none there": alone_mb})
        came, beside = [], []
        for _ in range(rounds):
            crowd.say("leave")
            time.sleep(QUIET_S)
            cards.say("begin")
            came.append(crowd.say("come"))
            beside.append(cards.say("end"))
        time.sleep(QUIET_S)
        each_mb = (resident_mb(running.pid) - first_mb) / rounds
    booted, own, others = (
        statistics.median(each[name] for each in measured)
        for measured, name in ((came, "booted_s"), (came, "p99_ms"), (beside, "p99_ms"))
    )
    yield Figure.at_most("crowd_booted", booted, "s", 15.0)
    yield Figure.at_most("crowd_authorize_p99", own, "ms", 100.0, {"p50": _median(came, "p50_ms")})
    yield Figure.at_most("crowd_authorize_beside_p99", others, "ms", 100.0, {"p50": _median(beside, "p50_ms")})
    yield Figure.at_most("crowd_kept_of_each_coming", each_mb, "MB", 5.0)


def _median(measured: list[dict[str, Any]], name: str) -> float:
    return statistics.median(each[name] for each in measured)


def queues(rounds: int, seconds: float) -> Iterator[Figure]:
    plain, queued = [], []
    sent = stored = 0
    for _ in range(rounds):
        with gateway() as served:
            plain.append(load(served, "samples", seconds)["rate"])
        with gateway() as served:
            figures = load(served, "queued", KEPT)
        queued.append(figures["rate"])
        sent += figures["samples"]
        stored += served.held["samples"]
    rate, beside = statistics.median(queued), statistics.median(plain)
    yield Figure.seen("crowd_queued", rate, "messages/s", {"samples of one who was there": beside})
    yield Figure.at_least("crowd_queued_stored", stored / sent, "of those sent", 1.0)
    yield Figure.at_least("crowd_queued_over_samples", rate / beside, "ratio", 0.9)


def run(short: bool) -> Iterator[Figure]:
    yield from crowds(1 if short else 5)
    yield from queues(1 if short else 3, 2.0 if short else 5.0)
