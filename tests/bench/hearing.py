"""Who notices a driver beside a loud charger, and that they have finished?

Twenty-four commands in Portuguese by four voices of espeak-ng, 1.5 s apart, in noises made from seeds, each detector
with the same rules for turns. A command is missed when less than 85 % of its length lies in turns. The levels are those
of speech without its pauses against noise, both from 0 to 8 kHz. Beside ours: WebRTC's detector alone in two modes and
with one band from 300 to 3400 Hz, the gate alone, and Silero's detector with and without the gate. The whole table goes
to stderr.
"""

from __future__ import annotations

import math
import sys
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from edgegw.voice.hearing import FRAME_MS, Ear, EarSettings
from edgegw.voice.hearing.bands import Bands, together
from edgegw.voice.hearing.gate import Noise
from edgegw.voice.hearing.silero import ABOVE_DB, SileroVad
from edgegw.voice.hearing.webrtc import WebrtcVad
from tests.bench.figure import Figure
from tests.support import noise
from tests.support.speech import COMMANDS, RATE, SHORT_ANSWERS, VOICES, rms, spoken
from tests.voice.hearing.listening import Turn, frames, turns

GAP_S: Final = 1.5
HEARD_SHARE: Final = 0.85
ALONE: Final = EarSettings(above_db=-math.inf, quieter_db=math.inf)
"""The turns' rules without the gate."""
SILENCE_DB: Final = 50.0
"""The clean recording's hiss, below the speech."""


class Always:
    """No detector: the gate by itself."""

    def is_speech(self, frame: bytes) -> bool:
        return True


class OneBand:
    """WebRTC's detector and one band: 6 dB above the 15th percentile of the last four seconds."""

    def __init__(self) -> None:
        self._vad, self._bands, self._noise = WebrtcVad(), Bands(), Noise(0.0, syllables=10**9)

    def is_speech(self, frame: bytes) -> bool:
        level = together(self._bands.levels(frame))
        return level > self._noise.learn(level) + 6.0 and self._vad.is_speech(frame)


class Replayed:
    """The verdicts of another detector: two ears can do with one run of the slow one."""

    def __init__(self, verdicts: Sequence[bool]) -> None:
        self._verdicts = iter(verdicts)

    def is_speech(self, frame: bytes) -> bool:
        return next(self._verdicts)


def detectors(samples: array[int]) -> dict[str, Ear]:
    """For one recording."""
    slow = SileroVad()
    verdicts = [slow.is_speech(frame) for frame in frames(samples)]
    return {
        "webrtc_2": Ear(ALONE, WebrtcVad(2)),
        "webrtc_3": Ear(ALONE, WebrtcVad(3)),
        "one_band": Ear(ALONE, OneBand()),
        "gate_alone": Ear(EarSettings(), Always()),
        "ours": Ear(EarSettings(), WebrtcVad()),
        "silero": Ear(ALONE, Replayed(verdicts)),
        "ours_silero": Ear(EarSettings(above_db=ABOVE_DB), Replayed(verdicts)),
    }


@dataclass
class Score:
    """Of one detector in one noise, or of several recordings together."""

    missed: int = 0
    split: int = 0
    false: int = 0
    over_6_s: int = 0
    capped: int = 0
    minutes: float = 0.0
    onsets_ms: tuple[int, ...] = ()
    ends_ms: tuple[int, ...] = ()

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def recording(
    texts: Sequence[str] = COMMANDS, pause: int = 0, voices: Sequence[str] = VOICES
) -> tuple[array[int], list[tuple[int, int]], float]:
    """The commands one after the other, where each begins and ends in ms, and their effective value. With `pause`, so
    many ms are put into each after its second word."""
    whole, spans, said = array("h", bytes(2 * 2 * RATE)), [], array("h")
    for n, text in enumerate(texts):
        voice = voices[n % len(voices)]
        words = text.split(" ")
        parts = [" ".join(words[:2]), " ".join(words[2:])] if pause else [text]
        begins = len(whole)
        for part in filter(None, parts):
            if len(whole) > begins:
                whole += array("h", bytes(2 * (pause * RATE // 1000)))
            whole += spoken(part, voice)
            said += spoken(part, voice)
        spans.append((1000 * begins // RATE, 1000 * len(whole) // RATE))
        whole += array("h", bytes(2 * int(GAP_S * RATE)))
    return whole, spans, rms(said)


def score(found: Sequence[Turn], spans: Sequence[tuple[int, int]], minutes: float) -> Score:
    """What became of the commands."""
    result = Score(minutes=minutes)
    touched: set[int] = set()
    onsets, ends = [], []
    for begins, until in spans:
        inside = [n for n, turn in enumerate(found) if turn.from_ms < until and turn.until_ms > begins]
        covered = sum(min(until, found[n].until_ms) - max(begins, found[n].from_ms) for n in inside)
        result.missed += covered < HEARD_SHARE * (until - begins)
        result.split += max(0, len(inside) - 1)
        touched.update(inside)
        if inside:
            onsets.append(max(0, found[inside[0]].told_ms - begins))
            ends.append(max(0, found[inside[-1]].until_ms - until))
    result.false = len(found) - len(touched)
    result.over_6_s = sum(turn.until_ms - turn.from_ms > 6_000 for turn in found)
    result.capped = sum(turn.reason == "cap" for turn in found)
    result.onsets_ms, result.ends_ms = tuple(onsets), tuple(ends)
    return result


def quantile(values: Sequence[int], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else math.nan


def row(kind: str, snr_db: float | None, name: str, result: Score) -> str:
    end, onset = result.ends_ms, result.onsets_ms
    level = "" if snr_db is None else f" {snr_db:g} dB"
    return (
        f"| {kind}{level} | {name} | {result.missed} | {result.split} | {result.false / result.minutes:.1f} "
        f"| {result.over_6_s} | {result.capped} | {quantile(onset, 0.5):.0f} / {quantile(onset, 0.95):.0f} "
        f"| {quantile(end, 0.5):.0f} / {quantile(end, 0.95):.0f} |"
    )


def in_noise(short: bool) -> Iterator[Figure]:
    clean, spans, level = recording(COMMANDS[:8] if short else COMMANDS)
    kinds: list[tuple[str, float | None]] = [("clean", None)]
    kinds += [(kind, snr) for kind in noise.KINDS for snr in ((5.0,) if short else (15.0, 5.0, 0.0))]
    made: dict[tuple[str, int], noise.Samples] = {}
    seeds = range(1 if short else 2)
    print(f"{len(spans)} commands, {len(clean) / RATE:.0f} s a recording, {len(seeds)} of each noise", file=sys.stderr)
    print("| noise | detector | missed | split | false starts a minute | > 6 s | > 12 s (capped) | onset p50 / p95 ms "
          "| end p50 / p95 ms |\n|---|---|---|---|---|---|---|---|---|", file=sys.stderr)  # fmt: skip
    for kind, snr in kinds:
        results: dict[str, Score] = {}
        for seed in seeds:
            if (kind, seed) not in made:
                made[kind, seed] = noise.KINDS.get(kind, noise.white)(len(clean), 1000 + seed)
            samples = noise.mixed(clean, made[kind, seed], SILENCE_DB if snr is None else snr, level)
            for name, ear in detectors(samples).items():
                told = score(turns(ear, samples), spans, len(samples) / RATE / 60)
                results[name] = results.get(name, Score()) + told
        for name, result in results.items():
            print(row(kind, snr, name, result), file=sys.stderr, flush=True)
        yield from figures(kind, snr, results)


def noise_alone(short: bool) -> Iterator[Figure]:
    """Turns that begin, and how much of the time they take, where nobody speaks."""
    seconds = 10 if short else 120
    nobody = array("h", bytes(2 * seconds * RATE))
    for kind in noise.KINDS:
        count: dict[str, float] = {}
        share: dict[str, float] = {}
        for seed in (2000, 2001):
            samples = noise.mixed(nobody, noise.KINDS[kind](len(nobody), seed), 0, 1500)
            for name, ear in detectors(samples).items():
                found = turns(ear, samples)
                count[name] = count.get(name, 0) + 30 / seconds * len(found)
                share[name] = share.get(name, 0) + sum(turn.until_ms - turn.from_ms for turn in found) / seconds / 20
        yield Figure.seen(f"hearing_turns_of_{kind}_alone", count.pop("ours"), "/min", count)
        yield Figure.seen(f"hearing_time_in_turns_of_{kind}_alone", share.pop("ours"), "%", share)


def figures(kind: str, snr: float | None, results: dict[str, Score]) -> Iterator[Figure]:
    """Of one noise, ours beside the others."""
    peers = dict(results)
    ours = peers.pop("ours")
    where = kind if snr is None else f"{kind}_{snr:g}_db"
    must = kind != "babble" and (snr is None or snr >= 5)

    def figure(name: str, unit: str, of: Callable[[Score], float], *, never: bool = False) -> Figure:
        beside = {peer: of(result) for peer, result in peers.items()}
        name = f"hearing_{name}_{where}"
        return Figure.at_most(name, of(ours), unit, 0, beside) if never else Figure.seen(name, of(ours), unit, beside)

    yield figure("missed", "commands", lambda of: of.missed, never=must)
    yield figure("turns_over_12_s", "turns", lambda of: of.capped, never=must)
    yield figure("turns_over_6_s", "turns", lambda of: of.over_6_s)
    yield figure("false_starts", "/min", lambda of: of.false / of.minutes)
    yield figure("onset_p95", "ms", lambda of: quantile(of.onsets_ms, 0.95))
    yield figure("end_p95", "ms", lambda of: quantile(of.ends_ms, 0.95))


def cost(seconds: float) -> Iterator[Figure]:
    """Of the processor, listening to speech in a fan's noise: all that an ear does, and detectors by themselves."""
    clean, _, level = recording(COMMANDS[:6])
    pcm = list(frames(noise.mixed(clean, noise.fan(len(clean), 1), 15.0, level)))
    count = round(seconds * 1000 / FRAME_MS)

    def share(of: Callable[[bytes, int], object], frames: int = count) -> float:
        begun = time.process_time()
        for n in range(frames):
            of(pcm[n % len(pcm)], n * FRAME_MS)
        return (time.process_time() - begun) / frames / FRAME_MS * 100_000

    ear, silero, webrtc = Ear(EarSettings(), WebrtcVad()), SileroVad(), WebrtcVad()
    beside = {
        "webrtc": share(lambda frame, _: webrtc.is_speech(frame)),
        "silero": share(lambda frame, _: silero.is_speech(frame), count // 4),
    }
    listening = share(lambda frame, now: ear.hear(frame, now_ms=now, speaking=False))
    yield Figure.at_most("hearing_cpu_listening", listening, "% of a core", 3.0, beside)
    yield Figure.at_most("hearing_cpu_idle", share(lambda frame, _: ear.overhear(frame)), "% of a core", 0.3)


def barge_in() -> Figure:
    """While EVA speaks through an echo canceller: from the driver's first sound to SpeechBegan."""
    clean, spans, level = recording()
    samples = noise.mixed(clean, noise.pink(len(clean), 5), 20.0, level)
    found = turns(Ear(EarSettings(echo="cancelled", settling_ms=0), WebrtcVad()), samples, eva_speaks=True)
    onsets = score(found, spans, 1).onsets_ms
    missed = float(len(spans) - len(onsets))
    return Figure.at_most("hearing_barge_in_p95", quantile(onsets, 0.95), "ms", 390, {
        "p50": quantile(onsets, 0.5), "missed": missed,
    })  # fmt: skip


def answers(short: bool) -> Iterator[Figure]:
    """ "Sim", "não" and their like after a question, by each voice."""
    for snr in (5.0,) if short else (20.0, 5.0):
        for yes_no in (True, False):
            missed, ends, said = 0, [], 0
            for text in SHORT_ANSWERS:
                for voice in VOICES:
                    word = spoken(text, voice)
                    clean = array("h", bytes(2 * 2 * RATE)) + word + array("h", bytes(2 * 2 * RATE))
                    samples = noise.mixed(clean, noise.pink(len(clean), said), snr, rms(word))
                    ear = Ear(EarSettings(), WebrtcVad())
                    ear.expect(yes_no=yes_no)
                    found = turns(ear, samples)
                    missed, said = missed + (not found), said + 1
                    ends += [turn.until_ms - 2000 - 1000 * len(word) // RATE for turn in found[-1:]]
            name = f"hearing_{'answers' if yes_no else 'short_words'}_missed_of_{said}_pink_{snr:g}_db"
            yield Figure.seen(name, missed, "answers", {"end_p95_ms": quantile(ends, 0.95)})


def pauses(short: bool) -> Iterator[Figure]:
    """Commands with a pause after the second word. How many drivers are cut in two who do so once, how many of the
    commands when one driver says them all; and, of commands without a pause, how long their end takes."""
    texts = [text for text in COMMANDS if len(text.split(" ")) > 2][: 8 if short else None]
    ears = {
        "ours": EarSettings(),
        "always_600_ms": EarSettings(patient_hangover_ms=600),
        "always_1200_ms": EarSettings(hangover_ms=1200),
    }
    for pause in (700, 1000):
        once: dict[str, float] = dict.fromkeys(ears, 0)
        often: dict[str, float] = {}
        for name, settings in ears.items():
            for n in range(len(texts)):
                samples, spans = hissing([texts[n]], pause, VOICES[n % len(VOICES) :])
                once[name] += score(turns(Ear(settings, WebrtcVad()), samples), spans, 1).split
            samples, spans = hissing(texts, pause)
            often[name] = score(turns(Ear(settings, WebrtcVad()), samples), spans, 1).split
        of = f"of_{len(texts)}_pause_{pause}_ms"
        yield Figure.seen(f"hearing_drivers_cut_in_two_{of}", once.pop("ours"), "drivers", once)
        yield Figure.seen(f"hearing_commands_cut_in_two_{of}", often.pop("ours"), "commands", often)
    samples, spans = hissing(texts, 0)
    ends = {
        name: quantile(score(turns(Ear(settings, WebrtcVad()), samples), spans, 1).ends_ms, 0.95)
        for name, settings in ears.items()
    }
    yield Figure.at_most("hearing_end_p95_without_pauses", ends.pop("ours"), "ms", 660, ends)


def hissing(
    texts: Sequence[str], pause: int, voices: Sequence[str] = VOICES
) -> tuple[array[int], list[tuple[int, int]]]:
    """The texts in pink noise 20 dB below."""
    clean, spans, level = recording(texts, pause, voices)
    return noise.mixed(clean, noise.pink(len(clean), 9), 20.0, level), spans


def run(short: bool) -> Iterator[Figure]:
    yield from cost(20 if short else 120)
    yield barge_in()
    yield from answers(short)
    yield from pauses(short)
    yield from noise_alone(short)
    yield from in_noise(short)
