"""What the benchmark reads from a recording."""

from __future__ import annotations

import random
from array import array

import pytest

from tests.bench.eva.track import Track, p95, quantile

HZ = 16_000


def heard(samples: array[int], late: list[float], piece: int = 160) -> Track:
    """A recording that began at second 100, whose pieces arrive late by these times."""
    pieces = []
    for number, start in enumerate(range(0, len(samples), piece)):
        part = samples[start : start + piece]
        pieces.append((100.0 + (start + len(part)) / HZ + late[number % len(late)], part.tobytes()))
    return Track(pieces, HZ)


def silence(seconds: float) -> array[int]:
    return array("h", bytes(2 * round(seconds * HZ)))


def loud(seconds: float) -> array[int]:
    return array("h", [8000, -8000] * round(seconds * HZ / 2))


def test_a_sample_has_its_time_though_most_pieces_come_late() -> None:
    track = heard(silence(3), [0.030, 0.012, 0.0005, 0.2])
    for second in (0.0, 0.7, 2.99):
        assert track.at(round(second * HZ)) == pytest.approx(100 + second, abs=0.001)
    assert track.sample(101.5) == pytest.approx(1.5 * HZ, abs=10)


def test_a_recorder_that_lost_a_second_is_followed_from_there_on() -> None:
    pieces = [(100 + (n + 1) / 100, silence(0.01).tobytes()) for n in range(200)]
    pieces += [(103 + (n + 1) / 100, silence(0.01).tobytes()) for n in range(200)]
    track = Track(pieces, HZ)
    assert track.at(HZ) == pytest.approx(101, abs=0.001)
    assert track.at(round(3.5 * HZ)) == pytest.approx(104.5, abs=0.001)


def test_speech_is_told_from_the_hum_around_it() -> None:
    hum = array("h", [3, -3] * HZ)
    track = heard(hum + loud(0.5) + hum, [0.0])
    begin, end = track.spoken(100.5, 104.0)
    assert begin == pytest.approx(102.0, abs=0.001)
    assert end == pytest.approx(102.5, abs=0.001)
    with pytest.raises(ValueError, match="nobody spoke"):
        track.spoken(100.0, 101.0)


def test_sound_begins_with_its_first_sample_and_a_short_hole_is_no_silence() -> None:
    track = heard(silence(1) + loud(0.5) + silence(0.05) + loud(0.3) + silence(1), [0.0])
    assert track.first_sound(100.2) == pytest.approx(101.0, abs=0.001)
    assert track.silent_from(101.1) == pytest.approx(101.85, abs=0.001)
    assert track.first_sound(102.5) is None
    assert heard(loud(1), [0.0]).silent_from(100.0) is None


def test_what_was_sent_is_found_in_what_was_heard_only_when_no_sample_is_missing() -> None:
    draw = random.Random(7)
    samples = array("h", (draw.randrange(-9000, 9000) for _ in range(HZ)))
    track = heard(samples, [0.0])
    sent = samples[3000:9000].tobytes()
    assert track.begins(sent) == 3000
    assert track.begins(sent[:640] + sent[1280:]) is None
    assert track.begins(track.pcm[101:201]) is None  # between two samples


def test_the_95th_percentile_of_thirty_is_the_second_longest() -> None:
    assert p95(list(range(30))) == 28
    assert p95([5.0]) == 5.0
    assert quantile(list(range(1, 101)), 0.99) == 99
