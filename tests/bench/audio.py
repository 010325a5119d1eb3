"""What the microphone and the speaker cost and how late they are, on a PulseAudio without a sound card.

`hearing` and `speaking` are what `run` prints; each can be called by itself. The processes at the card are counted with
the one that listens. The interpreter, the event loop and the imports of this benchmark are in its memory figure's
baseline, which is taken before the first card is opened.
"""

import asyncio
import contextlib
import os
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from edgegw.voice.audio.jitter import REST_S
from edgegw.voice.audio.microphone import Microphone
from edgegw.voice.audio.speaker import Speaker
from tests.bench.figure import Figure
from tests.support.sound import MICROPHONE, SPEAKER, SoundRig, tone


def ours() -> list[int]:
    """This process and those that it started at the card, without what belongs to the rig."""
    found = [os.getpid()]
    for child in Path("/proc/self/task").glob("*/children"):
        for pid in child.read_text().split():
            with contextlib.suppress(OSError):
                if b"edgegw.voice.audio.portaudio" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(int(pid))
    return found


def cpu_s(pids: list[int]) -> float:
    """Seconds of processor time of these processes, exact to the microsecond (schedstat of proc(5))."""
    return sum(
        int((task / "schedstat").read_text().split()[0]) / 1e9
        for pid in pids
        for task in Path(f"/proc/{pid}/task").iterdir()
    )


def proportional_mb(pids: list[int]) -> float:
    """Memory in 10^6 bytes, with pages that several processes share counted once (Pss of proc(5))."""
    kib = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kib += int(line.split()[1])
    return kib * 1024 / 1e6


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[tuple[Microphone, Speaker]]:
    microphone, speaker = Microphone(MICROPHONE), Speaker(SPEAKER)
    running = [asyncio.create_task(microphone.run()), asyncio.create_task(speaker.run())]
    try:
        async with asyncio.timeout(20):
            while microphone.state != "live" or speaker.state != "live":
                await asyncio.sleep(0.05)
        yield microphone, speaker
    finally:
        microphone.stop()
        speaker.stop()
        await asyncio.gather(*running)


async def share(seconds: float) -> float:
    """Percent of a core over so long, of all of `ours`."""
    pids = ours()
    before_s, began = cpu_s(pids), time.monotonic()
    await asyncio.sleep(seconds)
    return 100 * (cpu_s(pids) - before_s) / (time.monotonic() - began)


async def idle(seconds: float) -> tuple[float, float, float]:
    """Percent of a core while nobody listens and nothing is said; the same while somebody listens; and the memory."""
    before_mb = proportional_mb(ours())
    async with opened() as (microphone, _):
        await asyncio.sleep(REST_S + 1)
        resting = await share(seconds)
        memory_mb = proportional_mb(ours()) - before_mb

        async def listen() -> None:
            async for _ in microphone.frames():
                pass

        listening = asyncio.create_task(listen())
        heard = await share(seconds)
        microphone.stop()
        await listening
        return resting, heard, memory_mb


async def replies(rig: SoundRig, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds from a reply's first piece to its first sample at the speaker's monitor, and from flush to silence.

    Each reply comes as speech does: pieces of 40 ms, twice as fast as they are said.
    """
    begins, ends = [], []
    piece = tone(1000, 0.04)
    async with opened() as (_, speaker):
        for _ in range(count):
            with rig.recording() as heard:
                asked = time.monotonic()
                for number in range(20):
                    speaker.play(piece)
                    await asyncio.sleep(max(0.0, asked + 0.02 * (number + 1) - time.monotonic()))
                stopped = time.monotonic()
                speaker.flush()
                await asyncio.sleep(0.25)
            sounding = heard.sounding()
            begins.append(1000 * (sounding[0][0] - asked))
            ends.append(1000 * (sounding[-1][1] - stopped))
    return begins, ends


def run(short: bool) -> Iterator[Figure]:
    """Cost of idling and listening; delay of speech and of silence."""
    with SoundRig() as rig:
        rig.connect()
        resting, listening, memory_mb = asyncio.run(idle(5 if short else 30))
        yield Figure.at_most("audio_idle", resting, "% of a core", 1.0)
        yield Figure.seen("audio_listening", listening, "% of a core")
        yield Figure.seen("audio_memory", memory_mb, "MB")
        begins, ends = asyncio.run(replies(rig, 5 if short else 30))
        for name, values, target in (("first_sample", begins, 150.0), ("flush_to_silence", ends, 100.0)):
            ranked = sorted(values)
            yield Figure.seen(f"audio_{name}_p50", statistics.median(ranked), "ms")
            yield Figure.at_most(f"audio_{name}_p95", ranked[int(0.95 * (len(ranked) - 1))], "ms", target)
