"""A gateway that was offline: how fast its ledger drains, through a real broker and `edgegw ingest` into PostgreSQL,
until the cloud's watermark stands at the newest record; what a new fact waits meanwhile, and how much memory it takes.

The backlog is what tests/bench/wear.py has a heavy day write (blocks of 15 s, as they come), and a fact for every ten
readings. The second figure is the same through a line of 1 Mbit/s, in a network namespace with a token bucket: by hand
a tenth of a week, in the short form less. Both ends, the broker and PostgreSQL share this machine's processors.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import uvloop

from edgegw.journal.rows import load_fact, stamp
from tests.bench.figure import Figure
from tests.bench.ingest import NOON, sessions
from tests.bench.wear import live
from tests.cloud.postgres import Postgres, why_not
from tests.journal.parts import a_journal, group
from tests.support.chain import SITE
from tests.support.gateway import GatewayProcess, IngestProcess
from tests.support.mosquitto import Mosquitto

HOUR_S = 3600
READINGS_A_FACT = 10
TARGET_READINGS = 50_000
TARGET_FACTS = 5_000
TARGET_WEEK_S = 1800.0
TARGET_NEW_S = 1.0
TARGET_MEMORY_MB = 20.0
WEEK_S = 7 * 24 * HOUR_S
LINE = "1mbit"
FAR = "127.0.0.2"
"""The broker as the gateway calls it: the slow line, where there is one."""
GIVE_UP_S = 1500.0


@dataclass
class Drained:
    """What one backlog came to. `new_s`: what facts waited that were written while readings were still on their way."""

    readings: int
    facts: int
    seconds: float
    new_s: list[float]
    memory_mb: float


async def fill(folder: Path, seconds: int) -> tuple[int, int]:
    """A ledger in which `seconds` of a heavy day wait for the cloud; its readings and facts."""
    count = await live(folder, seconds, lambda: 0, lambda: None, warm_s=0)
    facts = count.readings // READINGS_A_FACT
    async with a_journal(folder) as journal:
        story = sessions(facts)
        while several := list(islice(story, 500)):
            made = [
                load_fact(kind, stamp(NOON + timedelta(seconds=n)), orjson.loads(orjson.dumps(body)))
                for n, (kind, body) in enumerate(several)
            ]
            await journal.commit(group(made))
        return count.readings, journal.position("A").head


def resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000


def watermark(gateway: GatewayProcess) -> tuple[dict[str, int], dict[str, int]]:
    """(how far the cloud has come, how far there is to go) by stream."""
    site: Any = gateway.get("/site")
    return site["uplink"]["watermark"], {stream: site["journal"][stream]["head"] for stream in ("A", "B")}


def drain(seconds: int, address: str) -> Drained:
    """Fill a ledger, start everything, and watch it drain."""
    with tempfile.TemporaryDirectory(prefix="edgegw-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "ledger").mkdir()
        readings, facts = uvloop.run(fill(folder / "ledger", seconds))
        database = stack.enter_context(Postgres())
        broker = Mosquitto(folder, "max_queued_messages 0", address="0.0.0.0" if address != "127.0.0.1" else address)
        gateway = GatewayProcess(folder, broker=f"mqtt://{address}:{broker.port}", site=SITE)
        gateway.start()
        stack.callback(gateway.stop)
        time.sleep(2.0)
        before = most = resident_mb(gateway.pid)
        stack.enter_context(broker)
        stack.enter_context(IngestProcess(folder, f"mqtt://127.0.0.1:{broker.port}", database=database.url))
        start, _ = watermark(gateway)
        began, new_s, asked = 0.0, list[float](), 0.0
        wanted = 0
        deadline = time.monotonic() + GIVE_UP_S
        while True:
            now = time.monotonic()
            reached, heads = watermark(gateway)
            if not began:
                began = now if reached != start else 0.0
            most = max(most, resident_mb(gateway.pid))
            if wanted and reached["A"] >= wanted:
                new_s.append(now - asked)
                wanted = 0
            if all(reached[stream] >= heads[stream] for stream in ("A", "B")):
                return Drained(readings, facts, now - began, new_s, most - before)
            if not wanted and reached["A"] >= facts and reached["B"] < heads["B"]:
                asked = now
                gateway.api("POST", "/api/v1/commands", {"name": "report_problem", "args": {"text": "bench"}})
                wanted = watermark(gateway)[1]["A"]
            assert now < deadline, f"not drained: {reached} of {heads}"
            time.sleep(0.1)


def slow_line(seconds: int) -> Drained | str:
    """The same through LINE; or why that can't be."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "tc", "ip"))):
        return "a slow line needs root, unshare and tc"
    line = (
        "ip link set lo up && tc qdisc add dev lo root handle 1: htb default 10 r2q 1000 && "
        "tc class add dev lo parent 1: classid 1:10 htb rate 10gbit && "
        f"tc class add dev lo parent 1: classid 1:20 htb rate {LINE} burst 8kb && "
        f'tc filter add dev lo parent 1: protocol ip u32 match ip dst {FAR}/32 flowid 1:20 && exec "$@"'
    )
    words = [sys.executable, "-m", "tests.bench.uplink", str(seconds)]
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", line, "sh", *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return done.stderr.strip().splitlines()[-1]
    return Drained(**json.loads(done.stdout.splitlines()[-1]))


def run(short: bool) -> Iterator[Figure]:
    if (why := why_not()) is not None:
        print(f"uplink: not measured: {why}", file=sys.stderr)
        return
    fast = drain(2 * HOUR_S if short else 12 * HOUR_S, "127.0.0.1")
    yield Figure.at_least(
        "uplink_readings", fast.readings / fast.seconds, "readings/s", TARGET_READINGS, {"drained": fast.readings}
    )
    yield Figure.at_least("uplink_facts", fast.facts / fast.seconds, "facts/s", TARGET_FACTS, {"drained": fast.facts})
    yield Figure.at_most("uplink_memory", fast.memory_mb, "MB", TARGET_MEMORY_MB)
    if fast.new_s:
        yield Figure.at_most("uplink_new_fact", max(fast.new_s), "s", TARGET_NEW_S)
    seconds = HOUR_S if short else WEEK_S // 10
    slow = slow_line(seconds)
    if isinstance(slow, str):
        print(f"uplink: no figure for {LINE}: {slow}", file=sys.stderr)
        return
    yield Figure.at_most("uplink_week_at_1_mbit", slow.seconds * WEEK_S / seconds, "s", TARGET_WEEK_S)
    if slow.new_s:
        yield Figure.at_most("uplink_new_fact_at_1_mbit", max(slow.new_s), "s", TARGET_NEW_S)
    yield Figure.at_most("uplink_memory_at_1_mbit", slow.memory_mb, "MB", TARGET_MEMORY_MB)


if __name__ == "__main__":
    print(json.dumps(asdict(drain(int(sys.argv[1]), FAR))))
