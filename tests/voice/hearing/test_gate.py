"""Levels and the room's noise, from sounds that are computed."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator

import pytest

from edgegw.voice.hearing.bands import PITCHES, Bands, together
from edgegw.voice.hearing.gate import Gate
from tests.support import noise
from tests.support.speech import RATE
from tests.voice.hearing.listening import frames


def tone(hertz: float, loud: float, seconds: float) -> list[float]:
    return [loud * math.sin(2 * math.pi * hertz * n / RATE) for n in range(round(seconds * RATE))]


def hiss(effective: float, seconds: float, seed: int = 1) -> list[float]:
    return [effective * math.sqrt(3) * x for x in noise.white(round(seconds * RATE), seed)]


def levels(samples: list[float]) -> Iterator[list[float]]:
    bands = Bands()
    for frame in frames(array("h", map(round, samples))):
        yield bands.levels(frame)


def above(gate: Gate, samples: list[float]) -> list[float]:
    return [gate.above(each) for each in levels(samples)]


def new_gate() -> Gate:
    return Gate(len(PITCHES), 30.0)


@pytest.mark.parametrize("effective", [30, 1000])
def test_white_noise_has_its_own_level_at_every_pitch(effective: float) -> None:
    found = list(levels(hiss(effective, 4)))
    for pitch in range(len(PITCHES)):
        mean = sum(10 ** (each[pitch] / 10) for each in found) / len(found)
        assert 10 * math.log10(mean) == pytest.approx(20 * math.log10(effective), abs=1.5)


@pytest.mark.parametrize("pitch", PITCHES)
def test_a_tone_is_louder_at_its_own_pitch_than_anywhere_but_beside_it(pitch: int) -> None:
    own = PITCHES.index(pitch)
    for each in levels(tone(pitch, 3000, 0.5)):
        assert all(each[own] > each[other] + 5 for other in range(len(PITCHES)) if abs(other - own) > 1)


def test_a_mains_hum_is_hardly_there_above_a_kilohertz() -> None:
    hum = list(levels(tone(120, 10_000, 1)))[1:]
    speech = list(levels(tone(1650, 1000, 1)))[1:]
    for loud, soft in zip(hum, speech, strict=True):
        assert loud[3] < soft[3] - 10


def test_digital_silence_has_a_level_too() -> None:
    assert list(levels([0.0] * 3200)) == [[0.0] * len(PITCHES)] * 10
    assert together([0.0] * 7) == pytest.approx(8.45, abs=0.01)


def test_a_steady_room_stays_shut() -> None:
    assert max(above(new_gate(), hiss(300, 10))[25:]) < 5


def test_a_fan_that_starts_is_taken_for_speech_no_longer_than_0_6_s() -> None:
    gate = new_gate()
    above(gate, hiss(30, 5))
    opened = [each > 5 for each in above(gate, hiss(1000, 5, seed=2))]
    assert any(opened[:5])
    assert not any(opened[30:])


def test_a_vehicle_that_passes_does_not_open_it() -> None:
    swelling = [x * (1 + 3 * math.exp(-(((n / RATE - 5) / 1.5) ** 2))) for n, x in enumerate(hiss(200, 10))]
    opened = [each > 5 for each in above(new_gate(), swelling)]
    assert sum(opened[25:]) < 5


def test_after_a_loud_noise_the_room_is_known_again_at_once() -> None:
    gate = new_gate()
    above(gate, hiss(30, 5))
    above(gate, hiss(3000, 1, seed=2))
    assert max(above(gate, hiss(30, 1, seed=3))[10:]) < 5
    voice = [x + y for x, y in zip(hiss(30, 0.1, seed=4), tone(800, 300, 0.1), strict=True)]
    assert above(gate, voice)[-1] > 5


def test_what_is_fainter_than_a_line_s_own_noise_opens_nothing() -> None:
    gate = new_gate()
    above(gate, [0.0] * 5 * RATE)
    assert max(above(gate, hiss(20, 0.3))) < 5


def test_a_hum_hides_nothing_at_other_pitches() -> None:
    gate = new_gate()
    hum = tone(420, 4000, 5)
    above(gate, [x + y for x, y in zip(hum, hiss(30, 5), strict=True)])
    voice = [x + y for x, y in zip(hum[: RATE // 10], tone(2100, 130, 0.1), strict=True)]
    assert above(gate, voice)[-1] > 5
