"""Sample rates: the sums of large integers against the sums of a plain loop, and what the filter keeps and stops."""

from __future__ import annotations

import math
import random
import time
from array import array

import pytest

from edgegw.voice.audio.resample import Resampler, taps
from tests.support.sound import rms, tone

RATES = [(48_000, 16_000), (24_000, 48_000), (22_050, 24_000), (44_100, 16_000), (8_000, 24_000)]


def by_a_loop(pcm: bytes, source_hz: int, target_hz: int) -> bytes:
    """The FIR filter as a textbook has it."""
    common = math.gcd(source_hz, target_hz)
    up, down = target_hz // common, source_hz // common
    whole = [round(value * 65536) for value in taps(up, down, 16)]
    samples = array("h", pcm)
    out = array("h")
    for number in range(-(-len(samples) * up // down)):
        phase, newest = number * down % up, number * down // up
        total = sum(
            weight * samples[newest - back] for back, weight in enumerate(whole[phase::up]) if newest - back >= 0
        )
        out.append(max(-32768, min(32767, (total + 32768) >> 16)))
    return out.tobytes()


@pytest.mark.parametrize(("source_hz", "target_hz"), RATES)
def test_the_loudest_noise_in_pieces_of_any_length_comes_out_as_from_a_plain_loop(
    source_hz: int, target_hz: int
) -> None:
    draw = random.Random(source_hz)
    # Square steps of full loudness drive the filter's overshoot into the clipping.
    pcm = array("h", (draw.choice((-32768, 32767, draw.randint(-32768, 32767))) for _ in range(1500))).tobytes()
    resampler = Resampler(source_hz, target_hz)
    out, at = b"", 0
    while at < len(pcm):
        size = 2 * draw.choice((0, 1, 2, 7, 160, 441))
        out += resampler.feed(pcm[at : at + size])
        at += size
    assert out == by_a_loop(pcm, source_hz, target_hz)


@pytest.mark.parametrize(
    ("hz", "least_db", "most_db"),
    [
        (300, -0.1, 0.1),
        (3400, -0.1, 0.1),
        (6500, -1.0, 0.1),
        (9000, -200, -60),
        (12_000, -200, -60),
        (20_000, -200, -60),
    ],
)
def test_decimating_to_16_khz_keeps_speech_and_stops_what_would_fold_into_it(
    hz: int, least_db: float, most_db: float
) -> None:
    heard = Resampler(48_000, 16_000).feed(tone(hz, 0.2, hz=48_000, loud=20_000))
    level_db = 20 * math.log10(max(rms(heard[640:]), 0.01) / (20_000 / math.sqrt(2)))
    assert least_db < level_db < most_db


def test_a_block_of_20_ms_is_a_frame_each_time() -> None:
    resampler = Resampler(48_000, 16_000)
    assert {len(resampler.feed(bytes(1920))) for _ in range(100)} == {640}


def test_decimating_costs_less_than_a_percent_of_a_core() -> None:
    resampler = Resampler(48_000, 16_000)
    block = tone(440, 0.02, hz=48_000)
    costs = []
    for _ in range(5):
        began = time.thread_time()
        for _ in range(50):
            resampler.feed(block)
        costs.append(time.thread_time() - began)
    assert min(costs) < 0.010  # of one second of sound
