"""What is said from the jitter buffer, block by block, on a clock of the test's own."""

from __future__ import annotations

from array import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.voice.audio.frame import BLOCK_BYTES
from edgegw.voice.audio.jitter import LONGEST_BYTES, JitterBuffer
from tests.support.sound import tone

SILENT = bytes(BLOCK_BYTES)
LOUD = array("h", [8000] * 480).tobytes()


def test_speech_that_trickles_in_begins_after_60_ms() -> None:
    buffer = JitterBuffer()
    began = [buffer.push(LOUD, 0.02 * number) and buffer.pull(0.02 * number) != SILENT for number in range(5)]
    assert began == [False, False, True, True, True]


def test_a_word_shorter_than_60_ms_is_said_when_60_ms_have_passed() -> None:
    buffer = JitterBuffer()
    buffer.push(LOUD, 1.0)
    assert buffer.pull(1.02) == buffer.pull(1.04) == SILENT
    assert buffer.pull(1.061) != SILENT


def test_a_reply_that_is_all_there_begins_with_the_next_block() -> None:
    buffer = JitterBuffer()
    buffer.push(tone(440, 1.0), 0.0)
    assert buffer.pull(0.0) != SILENT


def test_a_flush_is_silence_within_the_next_block_and_fades_there() -> None:
    buffer = JitterBuffer()
    buffer.push(LOUD * 10, 0.0)
    buffer.pull(0.0)
    assert buffer.flush() == 9 * 480
    last = array("h", buffer.pull(0.02))
    assert 0 < max(last[:96]) <= 8000
    assert not any(last[96:])
    assert buffer.pull(0.04) == SILENT
    assert (buffer.left, buffer.running, buffer.played) == (0, False, 480)


def test_what_follows_a_flush_begins_anew_and_is_no_hole() -> None:
    buffer = JitterBuffer()
    buffer.push(LOUD * 10, 0.0)
    buffer.pull(0.0)
    buffer.flush()
    buffer.pull(0.02)
    buffer.push(LOUD, 0.04)
    assert buffer.pull(0.04) == SILENT
    assert buffer.underflows == 0


def test_a_hole_in_speech_is_counted_and_a_pause_between_two_answers_is_none() -> None:
    buffer = JitterBuffer()

    def say(at: float) -> None:
        buffer.push(LOUD * 3, at)
        for number in range(5):
            buffer.pull(at + 0.02 * number)

    say(0.0)
    say(0.5)  # half a second late
    assert buffer.underflows == 1
    say(5.0)
    assert buffer.underflows == 1


def test_no_step_between_two_samples_is_a_click() -> None:
    buffer = JitterBuffer()
    buffer.push(LOUD * 4, 0.0)
    out = b"".join(buffer.pull(0.02 * number) for number in range(6))
    buffer.push(LOUD * 8, 1.0)
    out += b"".join(buffer.pull(1.0 + 0.02 * number) for number in range(3))
    buffer.flush()
    out += b"".join(buffer.pull(1.06 + 0.02 * number) for number in range(2))
    samples = array("h", out)
    assert max(samples) == 8000
    assert max(abs(after - before) for before, after in pairwise(samples)) <= 8000 // 90


@given(st.lists(st.one_of(st.binary(min_size=2, max_size=2000).map(lambda b: b[: len(b) & ~1]), st.none(), st.just(0))))
def test_whatever_comes_blocks_are_whole_and_every_sample_is_accounted_for(events: list[bytes | int | None]) -> None:
    buffer, thrown, now = JitterBuffer(), 0, 0.0
    for event in events:
        now += 0.007
        if isinstance(event, bytes):
            buffer.push(event, now)
        elif event is None:
            assert len(buffer.pull(now)) == BLOCK_BYTES
        else:
            thrown += buffer.flush()
        assert buffer.taken == buffer.left + buffer.played + thrown


def test_more_than_two_minutes_of_speech_is_refused() -> None:
    buffer = JitterBuffer()
    assert buffer.push(bytes(LONGEST_BYTES), 0.0)
    assert not buffer.push(bytes(2), 0.0)


def test_half_a_sample_is_an_error() -> None:
    with pytest.raises(ValueError, match="3 bytes"):
        JitterBuffer().push(b"123", 0.0)
