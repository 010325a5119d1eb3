"""EVA as a driver has her: how late each of her answers is, what she loses, takes for speech, and costs.

All of the chain is real: `edgegw run` with a virtual station, `edgegw voice` with Google's SDK, a sound server without
a sound card, espeak-ng's speech played into its microphone, its loudspeaker recorded. Scripted is the model
(`edgegw.simulate.live`), in this process. A sample's time is that at which a recorder of the same source has it (see
`eva.track`); what the rig needs to play it is in no figure, and is printed beside them.

A kiosk of its own for each part, for the hub allows thirty dialogues an hour at one.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.bench.eva import alone, cost, interrupting, losing, noisy, talk
from tests.bench.eva.stand import Stand, in_real_time, standing
from tests.bench.eva.track import Track, p95, quantile
from tests.bench.figure import Figure
from tests.support.sound import HEARD_HZ, MICROPHONE, PLAYED_HZ, SPEAKER, SoundRig, tone

COMMANDS: Final = 8
"""In each noise."""


def delay(name: str, values: Sequence[float], target: float, **beside: float) -> Figure:
    """The 95th percentile, which may be `target` ms, with the median, the worst and their number."""
    others = {"p50": statistics.median(values), "worst": max(values), "runs": float(len(values)), **beside}
    return Figure.at_most(f"voice_{name}_p95", p95(values), "ms", target, others)


def rig(short: bool) -> Iterator[Figure]:
    """What the rig itself needs: from the start of a player to its first sample at a recorder."""
    with SoundRig() as made:
        for name, sink, source in (("microphone", "mic_feed", MICROPHONE), ("speaker", SPEAKER, f"{SPEAKER}.monitor")):
            late = []
            for _ in range(3 if short else 30):
                with made.recording(source, hz=PLAYED_HZ) as heard:
                    began = time.monotonic()
                    made.play(tone(1000, 0.1, hz=HEARD_HZ), sink=sink).wait()
                    time.sleep(0.1)
                first = Track(heard.pieces, PLAYED_HZ).first_sound(began)
                assert first is not None
                late.append(1000 * (first - began))
            beside = {"p95": p95(late), "runs": float(len(late))}
            yield Figure.seen(f"voice_rig_plays_into_{name}_p50", statistics.median(late), "ms", beside)


async def costs(stand: Stand, short: bool) -> AsyncIterator[Figure]:
    if short:
        yield Figure.seen("voice_cpu_before_the_speaker_rests", await cost.share(stand, 3), "% of a core")
    else:
        yield Figure.at_most("voice_cpu_idle", await cost.idle(stand, 30), "% of a core", 1.0)
    quiet = await cost.heartbeats(stand, 2 if short else 40)
    beats = asyncio.create_task(cost.heartbeats(stand, 8 if short else 150))
    yield Figure.at_most("voice_cpu_talking", await cost.talking(stand, 1 if short else 32), "% of a core", 10.0)
    busy = await beats
    beside = {
        "quiet_p99": quantile(quiet, 0.99) - statistics.median(quiet), "worst": max(busy), "runs": float(len(busy)),
    }  # fmt: skip
    yield Figure.at_most("voice_hub_delayed_p99", quantile(busy, 0.99) - statistics.median(quiet), "ms", 20.0, beside)
    over_sdk, over_bare = cost.memory(stand)
    yield Figure.at_most("voice_memory", over_sdk, "MB", 75.0, {"above_a_bare_interpreter": over_bare})


async def turns(stand: Stand, short: bool) -> AsyncIterator[Figure]:
    wanted = talk.dialogues(2 if short else 60)
    times = await talk.talk(stand, wanted)
    yield delay("end_of_speech_to_wire", times.wire, 60.0, of_it_detector_p95=p95(times.detector))
    yield delay("button_to_wire", times.button, 80.0)
    yield delay("first_sample", times.first_sample, 150.0)
    yield delay("read_tool", times.read, 20.0)
    own = max(times.station)
    yield delay("start_proposed", times.proposed, 150.0)
    yield delay("start_acknowledged", times.started, 150.0, to_the_screen_p95=p95(times.screen), station_worst=own)
    yield delay("stop_acknowledged", times.stopped, 150.0, station_worst=own)
    for each in times.broken_off:
        print(f"bench: voice: {each}", file=sys.stderr)
    broken = len(times.broken_off)
    yield Figure.at_most("voice_dialogues_broken_off", broken, "dialogues", 0, {"of": float(len(wanted))})
    yield _in_order(stand, "turns")


async def losses(stand: Stand, short: bool) -> AsyncIterator[Figure]:
    every = 1 if short else 30
    ways: tuple[losing.Way, ...] = ("reset",) if short else tuple(losing.WAYS)
    for way in ways:
        found = await losing.lose(stand, way, every)
        yield delay(f"heard_again_after_{way}", found.gaps, 1000.0)
        beside = {"of": float(every), "seconds": found.samples / HEARD_HZ}
        yield Figure.at_most(f"voice_utterances_lost_in_{way}", found.lost, "utterances", 0, beside)
    yield _in_order(stand, "losses")


async def street(stand: Stand, short: bool) -> AsyncIterator[Figure]:
    for kind in noisy.KINDS:
        found = await noisy.shout(stand, kind, COMMANDS)
        beside = {"of": float(COMMANDS), "cut_in_two": float(found.split), "false": float(found.false)}
        yield Figure.at_most(f"voice_missed_in_{kind}_5_db", found.missed, "commands", 0, beside)
        yield Figure.at_most(f"voice_turns_over_12_s_in_{kind}_5_db", found.capped, "turns", 0)


async def interruptions(stand: Stand, short: bool) -> AsyncIterator[Figure]:
    from_onset, from_told = await interrupting.interrupt(stand, 1 if short else 30)
    yield delay("barge_in_to_silence", from_onset, 450.0)
    yield delay("interrupted_to_silence", from_told, 100.0)


@dataclass(frozen=True)
class Part:
    """What one kiosk is asked for. `scripts`: all that its server will play, for the sounds in it."""

    figures: Callable[[Stand, bool], AsyncIterator[Figure]]
    scripts: Sequence[Mapping[str, Any]]
    echo: str = "half_duplex"

    @property
    def name(self) -> str:
        return str(getattr(self.figures, "__name__", self.figures))


TALK: Final = [talk.script(talk.dialogues(2)[0])]
LOSSES: Final = [each for way in losing.WAYS for each in losing.script(way, 1, "")]
PARTS: Final = (
    Part(costs, TALK), Part(interruptions, [interrupting.script(1)], "cancelled"), Part(street, [noisy.SCRIPT]),
    Part(losses, LOSSES), Part(turns, TALK),
)  # fmt: skip
SHORT: Final = (costs, losses, turns, interruptions)
"""At one kiosk, in a minute and a half."""


async def monologue(folder: Path, seconds: float, *, cancelled: bool) -> Figure:
    """She speaks beside her own microphone."""
    with SoundRig() as made:
        made.echo(gain=alone.ECHO)
        settings = alone.cancelling(made) if cancelled else {}
        source = settings.get("microphone", MICROPHONE)
        async with standing(folder, [alone.script(seconds)], rig=made, source=source, **settings) as stand:
            said_s, began = await alone.monologue(stand, seconds)
    beside = {"seconds": said_s, "first_after_s": began[0]} if began else {"seconds": said_s}
    name = "echo_cancelled" if cancelled else "half_duplex"
    return Figure.at_most(f"voice_turns_of_her_own_{name}", len(began), "turns", 0, beside)


def _in_order(stand: Stand, part: str) -> Figure:
    """What the server had to object to."""
    wrong = stand.server.record.violations
    for each in wrong:
        print(f"bench: voice: {part}: {each}", file=sys.stderr)
    return Figure.at_most(f"voice_messages_out_of_order_in_{part}", len(wrong), "messages", 0)


async def figures(folder: Path, short: bool) -> AsyncIterator[Figure]:
    if short:
        print("bench: voice: no monologue and no noise in a short run, and one kiosk for the rest", file=sys.stderr)
        scripts = [script for part in PARTS for script in part.scripts]
        async with standing(folder / "short", scripts, echo="cancelled") as stand:
            for measured in SHORT:
                async for each in measured(stand, True):
                    yield each
        return
    for part in PARTS:
        began = time.monotonic()
        async with standing(folder / part.name, part.scripts, echo=part.echo) as stand:
            async for each in part.figures(stand, False):
                yield each
        print(f"bench: voice: {part.name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    for cancelled in (False, True):
        yield await monologue(folder / f"monologue-{cancelled}", 60.0, cancelled=cancelled)


def run(short: bool) -> Iterator[Figure]:
    in_real_time()
    yield from rig(short)
    with tempfile.TemporaryDirectory(prefix="edgegw-voice-") as folder, asyncio.Runner() as runner:
        told = figures(Path(folder), short)
        while (figure := runner.run(anext(told, None))) is not None:
            yield figure
