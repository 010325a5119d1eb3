"""What EVA takes of the machine, and what of the gateway beside her."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

from edgegw.voice.audio.jitter import REST_S
from tests.bench.audio import proportional_mb
from tests.bench.eva import talk
from tests.bench.eva.stand import PROBED, Stand
from tests.bench.footprint import family

BARE: Final = "import sys; print('ready', flush=True); sys.stdin.read()"
WITH_SDK: Final = f"from google import genai; from google.genai import live, types; {BARE}"


def cpu_s(pids: Sequence[int]) -> float:
    """Seconds of processor time of these processes, threads that have ended included (clock_getcpuclockid(3))."""
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in pids)


async def share(stand: Stand, seconds: float) -> float:
    """Percent of a core of her processes over so long."""
    pids = family(stand.voice.pid)
    before_s, began = cpu_s(pids), time.monotonic()
    await asyncio.sleep(seconds)
    return 100 * (cpu_s(pids) - before_s) / (time.monotonic() - began)


async def idle(stand: Stand, seconds: float) -> float:
    """Percent of a core while nobody speaks to her and the speaker has come to rest."""
    await stand.shown("idle", within_s=60)
    await asyncio.sleep(REST_S + 1)
    return await share(stand, seconds)


async def talking(stand: Stand, questions: int) -> float:
    """Percent of a core while a driver asks and she answers, one after the other."""
    pids = family(stand.voice.pid)
    before_s, began = cpu_s(pids), time.monotonic()
    await talk.talk(stand, talk.questions(questions))
    return 100 * (cpu_s(pids) - before_s) / (time.monotonic() - began)


def memory(stand: Stand) -> tuple[float, float]:
    """MB of her processes above an interpreter that has loaded the SDK, and above a bare one.

    Pss of proc(5), all read in the same moment: pages that several processes share are counted in parts, so what she
    shares with the gateway and with the yardsticks makes her a little smaller, and them too.
    """
    yardsticks = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for code in (WITH_SDK, BARE)
    ]
    try:
        for each in yardsticks:
            assert each.stdout is not None
            each.stdout.readline()
        ours = proportional_mb(family(stand.voice.pid))
        with_sdk, bare = (proportional_mb([each.pid]) for each in yardsticks)
        return ours - with_sdk, ours - bare
    finally:
        for each in yardsticks:
            each.kill()
            each.communicate()


async def heartbeats(stand: Stand, seconds: float) -> list[float]:
    """Milliseconds that each answer of the gateway to a heartbeat took."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.eva.heartbeats", stand.gateway.url, PROBED, str(seconds),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await process.communicate()
    found: list[float] = json.loads(told)
    return found
