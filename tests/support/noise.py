"""What is loud beside a kiosk, from a seed: the same samples at every run. 16 kHz, floats of no particular level."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable
from itertools import accumulate
from typing import Final

from tests.support.speech import RATE, TALK, VOICES, spoken

Samples = list[float]


def white(count: int, seed: int) -> Samples:
    """Uniform between -1 and 1, each sample by itself."""
    return [x / 32768 for x in array("h", random.Random(seed).randbytes(2 * count))]


def _smoothed(samples: Samples, keep: float) -> Samples:
    """Through a low-pass of one pole."""
    return list(accumulate(samples, lambda held, x: keep * held + (1 - keep) * x))


def _without_lows(samples: Samples, keep: float) -> Samples:
    return [x - low for x, low in zip(samples, _smoothed(samples, keep), strict=True)]


def pink(count: int, seed: int) -> Samples:
    """Equal power in each octave: Paul Kellet's sum of three poles, good to half a decibel above 40 Hz."""
    b0 = b1 = b2 = 0.0
    found = []
    for x in white(count, seed):
        b0 = 0.99765 * b0 + x * 0.0990460
        b1 = 0.96300 * b1 + x * 0.2965164
        b2 = 0.57000 * b2 + x * 1.0526913
        found.append(b0 + b1 + b2 + x * 0.1848)
    return found


def fan(count: int, seed: int) -> Samples:
    """A charger's fan: 120 Hz and fifteen harmonics, their strength falling with the frequency and wandering by a
    third with the load, and the rush of its air, 14 dB below."""
    rng = random.Random(seed)
    turn = 2 * math.pi * 120 / RATE
    tones = [(k, 1 / k, rng.uniform(0, 2 * math.pi)) for k in range(1, 17)]
    period = [sum(a * math.sin(k * turn * n + phase) for k, a, phase in tones) for n in range(RATE * 3 // 120)]
    air = pink(count, seed + 1)
    rate = 2 * math.pi * 0.7 / RATE
    hum = [period[n % len(period)] * (1 + 0.3 * math.sin(rate * n)) for n in range(count)]
    share = 0.2 * _rms(hum) / _rms(air)
    return [h + share * a for h, a in zip(hum, air, strict=True)]


def rain(count: int, seed: int) -> Samples:
    """Rain on a roof: a hiss without lows, and forty drops a second of a few milliseconds, some of them loud."""
    rng = random.Random(seed)
    hiss = _without_lows(white(count, seed), 0.85)
    for _ in range(40 * count // RATE):
        at, loud, length = rng.randrange(count), rng.expovariate(1.0), rng.randrange(30, 120)
        for n in range(at, min(count, at + length)):
            hiss[n] += loud * rng.uniform(-1, 1) * math.exp(-4 * (n - at) / length)
    return hiss


def traffic(count: int, seed: int) -> Samples:
    """A road: rumble and tyres, and about every five seconds a vehicle that comes and goes within two to six
    seconds, up to 12 dB above the rest."""
    rng = random.Random(seed)
    swell = [1.0] * count
    at = 0.0
    while (at := at + rng.expovariate(1 / 5)) < count / RATE:
        loud, width = rng.uniform(0.5, 3.0), rng.uniform(0.6, 2.0)
        for n in range(max(0, int((at - 3 * width) * RATE)), min(count, int((at + 3 * width) * RATE))):
            swell[n] += loud * math.exp(-(((n / RATE - at) / width) ** 2))
    rumble = _smoothed(_smoothed(white(count, seed + 1), 0.96), 0.96)
    tyres = _smoothed(_without_lows(white(count, seed + 2), 0.7), 0.6)
    share = 0.35 * _rms(rumble) / _rms(tyres)
    return [s * (r + share * t) for s, r, t in zip(swell, rumble, tyres, strict=True)]


def babble(count: int, seed: int) -> Samples:
    """Six people who talk to each other nearby, each without a pause."""
    rng = random.Random(seed)
    found = [0.0] * count
    for person, text in enumerate(TALK):
        said = spoken(text, VOICES[person % len(VOICES)], rng.randrange(140, 190))
        shift = rng.randrange(len(said))
        loud = rng.uniform(0.6, 1.0) / 32768
        for n in range(count):
            found[n] += loud * said[(n + shift) % len(said)]
    return found


KINDS: Final[dict[str, Callable[[int, int], Samples]]] = {
    "fan": fan, "rain": rain, "traffic": traffic, "pink": pink, "babble": babble,
}  # fmt: skip


def mixed(speech: array[int], noise: Samples, snr_db: float, speech_rms: float) -> array[int]:
    """Speech in noise, `speech_rms` being the effective value of the speech without its pauses; both over all
    frequencies. What does not fit into 16 bits is clipped, as a microphone does."""
    share = speech_rms / 10 ** (snr_db / 20) / _rms(noise)
    return array("h", [max(-32768, min(32767, round(x + share * n))) for x, n in zip(speech, noise, strict=True)])


def _rms(samples: Samples) -> float:
    return math.sqrt(sum(x * x for x in samples) / len(samples))
