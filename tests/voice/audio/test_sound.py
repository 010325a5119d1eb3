"""The noises that speech is put into, which say what they are."""

from __future__ import annotations

import math
from array import array
from typing import get_args

import pytest

from tests.support.sound import Noise, mixed, noise, rms, speak


@pytest.mark.parametrize("kind", get_args(Noise))
@pytest.mark.parametrize("snr_db", [0, 5, 15])
def test_noise_is_as_loud_as_asked_and_the_same_each_time(kind: Noise, snr_db: float) -> None:
    speech = array("h", (value // 4 for value in array("h", speak("começa na vaga dois")))).tobytes()
    under = noise(kind, 2.0)
    assert rms(under) == pytest.approx(1000, rel=0.02)
    together = array("h", mixed(speech, under, snr_db))
    behind = array("h", (both - voice for both, voice in zip(together, array("h", speech), strict=True)))
    voiced = [speech[at : at + 640] for at in range(0, len(speech), 640) if rms(speech[at : at + 640]) > 100]
    found_db = 20 * math.log10(rms(b"".join(voiced)) / rms(behind.tobytes()))
    assert found_db == pytest.approx(snr_db, abs=1.0)
    noise.cache_clear()
    assert noise(kind, 2.0) == under
    assert noise(kind, 2.0, seed=2) != under


def test_a_fan_hums_at_120_hz_and_traffic_rumbles_below_rain() -> None:
    def share(pcm: bytes, low_hz: int, high_hz: int) -> float:
        """Part of the power between two frequencies, in steps of 40 Hz, over four pieces of 50 ms."""
        samples = array("h", pcm)[:16_000]
        total = found = 0.0
        for bin_hz in range(40, 4000, 40):
            turn = 2 * math.pi * bin_hz / 16_000
            for start in range(0, 16_000, 4000):
                part = samples[start : start + 800]
                real = sum(value * math.cos(turn * at) for at, value in enumerate(part))
                imaginary = sum(value * math.sin(turn * at) for at, value in enumerate(part))
                power = real * real + imaginary * imaginary
                total += power
                found += power if low_hz <= bin_hz <= high_hz else 0.0
        return found / total

    assert share(noise("fan", 1.0), 100, 140) > 0.4
    assert share(noise("traffic", 1.0), 0, 300) > 0.6
    assert share(noise("rain", 1.0), 1000, 4000) > 0.6
