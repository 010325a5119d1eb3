"""Turns, from frames whose verdict is given: each frame is 20 ms, and its content is its number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from edgegw.voice.hearing import (
    FRAME_BYTES,
    FRAME_MS,
    EarSettings,
    Heard,
    NothingHeard,
    SpeechBegan,
    SpeechEnded,
    SpeechFrame,
)
from edgegw.voice.hearing.turns import State, Turns

LOUD_DB = 60.0
SETTINGS = EarSettings()


class Played:
    """Turns that are fed by words; what they told stands in `told`, and when."""

    def __init__(self) -> None:
        self.turns = Turns(SETTINGS)
        self.count = 0
        self.told: list[tuple[int, Heard]] = []
        self.numbers: list[list[int]] = []
        """Of the frames of each turn."""

    @property
    def now(self) -> int:
        return self.count * FRAME_MS

    def take(self, heard: Sequence[Heard]) -> None:
        self.told += [(self.now, each) for each in heard]
        for each in heard:
            match each:
                case SpeechBegan(preroll):
                    self.numbers.append(numbers(preroll))
                case SpeechFrame(pcm):
                    self.numbers[-1] += numbers(pcm)

    def feed(self, ms: int, voiced: bool, **more: Any) -> None:
        for _ in range(ms // FRAME_MS):
            self.count += 1
            frame = self.count.to_bytes(4, "little") * (FRAME_BYTES // 4)
            more = {"like_voice": voiced, "level_db": LOUD_DB} | more
            self.take(self.turns.hear(frame, now_ms=self.now, voiced=voiced, **more))

    def speech(self, ms: int, **more: Any) -> None:
        self.feed(ms, True, **more)

    def silence(self, ms: int, **more: Any) -> None:
        self.feed(ms, False, **more)

    def press(self) -> None:
        self.take(self.turns.press(self.now))

    def release(self) -> None:
        self.take(self.turns.release(self.now))

    @property
    def began(self) -> list[tuple[int, SpeechBegan]]:
        return [(at, each) for at, each in self.told if isinstance(each, SpeechBegan)]

    @property
    def ended(self) -> list[tuple[int, str]]:
        return [(at, each.reason) for at, each in self.told if isinstance(each, SpeechEnded)]


def numbers(pcm: bytes) -> list[int]:
    return [int.from_bytes(pcm[at : at + 4], "little") for at in range(0, len(pcm), FRAME_BYTES)]


def test_a_turn_begins_when_240_ms_were_voiced_with_the_300_ms_before_them() -> None:
    played = Played()
    played.silence(1000)
    played.speech(220)
    assert played.told == []
    played.speech(1000)
    assert [at for at, _ in played.began] == [1240]
    first = played.numbers[0][0]
    assert 1000 - 300 - 2 * FRAME_MS <= (first - 1) * FRAME_MS <= 1000 - 300


def test_bangs_are_no_turn_however_many_come() -> None:
    played = Played()
    for _ in range(50):
        played.speech(200)
        played.silence(400)
    assert played.told == []


def test_a_bang_takes_nothing_from_the_speech_after_it() -> None:
    played = Played()
    played.silence(500)
    played.speech(160)
    played.silence(240)
    played.speech(500)
    assert played.numbers[0][0] * FRAME_MS <= 900 - 300


def test_six_tenths_of_a_second_of_silence_end_a_turn_and_half_a_second_does_not() -> None:
    played = Played()
    played.speech(1000)
    played.silence(500)
    played.speech(200)
    assert played.ended == []
    said = played.now
    played.silence(2000)
    assert played.ended == [(said + 600, "silence")]


def test_an_answer_of_yes_or_no_is_short_and_its_end_too() -> None:
    played = Played()
    played.turns.expect(yes_no=True)
    played.speech(160)
    assert len(played.began) == 1
    played.silence(1000)
    assert played.ended == [(160 + 200, "silence")]
    played.speech(200)
    played.silence(1000)
    assert len(played.began) == 1, "the turn after it is an ordinary one again"


def test_who_has_said_little_yet_is_given_time() -> None:
    played = Played()
    played.speech(500)
    played.silence(1000)
    assert played.ended == []
    played.silence(1300)
    assert [reason for _, reason in played.ended] == ["silence"]


def test_a_pause_that_was_taken_for_an_end_is_told_and_makes_patient() -> None:
    played = Played()
    played.speech(1000)
    played.silence(1000)
    played.speech(1000)
    assert [began.resumed for _, began in played.began] == [False, True]
    played.silence(1000)
    played.speech(1000)
    assert len(played.began) == 2, "the next pause is waited for"
    said = played.now
    played.silence(3000)
    assert played.ended[-1] == (said + 1200, "silence")
    waited = []
    for _ in range(3):
        played.speech(1000)
        said = played.now
        played.silence(3000)
        waited.append(played.ended[-1][0] - said)
    assert waited == [1200, 1200, 600], "patience that nobody needs comes to an end"


def test_speech_long_after_an_end_is_a_turn_of_its_own() -> None:
    played = Played()
    played.speech(1000)
    played.silence(600 + 800)
    played.speech(1000)
    assert [began.resumed for _, began in played.began] == [False, False]


def test_no_turn_is_longer_than_twelve_seconds_and_what_goes_on_is_the_next_one() -> None:
    played = Played()
    played.silence(1000)
    played.speech(30_000)
    assert [reason for _, reason in played.ended] == ["cap", "cap"]
    turns = played.numbers
    assert [len(turn) * FRAME_MS for turn in turns[:2]] == [12_000, 12_000]
    assert [number for turn in turns for number in turn] == list(range(turns[0][0], played.count + 1))


def test_the_talk_of_others_further_away_does_not_keep_a_turn_open() -> None:
    played = Played()
    played.speech(1500)
    played.speech(1500, level_db=LOUD_DB - 15)
    assert played.ended == [(2100, "silence")]


def test_a_talker_who_grows_a_little_quieter_is_heard_to_the_end() -> None:
    played = Played()
    played.speech(1500)
    played.speech(1500, level_db=LOUD_DB - 10)
    assert played.ended == []


def test_while_she_speaks_a_turn_is_a_barge_in() -> None:
    played = Played()
    played.speech(1000, barge_in=True)
    assert [(at, began.barge_in) for at, began in played.began] == [(240, True)]


def test_a_button_that_is_released_ends_the_turn_at_once() -> None:
    played = Played()
    played.press()
    played.silence(400)
    played.speech(1000)
    played.silence(2000)
    played.speech(300)
    assert played.ended == [], "while it is held no silence is an end"
    played.release()
    assert played.ended == [(played.now, "button")]
    assert played.numbers[0][-1] == played.count, "nothing is kept back"


def test_a_held_button_needs_no_gate() -> None:
    played = Played()
    played.press()
    played.feed(1000, False, like_voice=True)
    assert len(played.began) == 1


def test_a_short_word_while_the_button_is_held_is_told_when_it_is_released() -> None:
    played = Played()
    played.press()
    played.silence(400)
    played.speech(80)
    played.silence(100)
    assert played.told == []
    played.release()
    assert [type(each) for _, each in played.told] == [SpeechBegan, SpeechEnded]
    assert set(range(21, 30)) <= set(played.numbers[0])


def test_a_long_silence_in_a_hold_is_not_sent() -> None:
    played = Played()
    played.press()
    played.silence(1800)
    played.speech(500)
    assert len(numbers(played.began[0][1].preroll)) * FRAME_MS == 300 + 100


def test_a_hold_in_which_nobody_speaks_begins_no_turn_and_says_so() -> None:
    played = Played()
    played.press()
    played.silence(3000)
    played.release()
    assert [each for _, each in played.told] == [NothingHeard()]


def test_a_tap_begins_no_turn_and_loses_no_word() -> None:
    played = Played()
    played.speech(100)
    played.press()
    played.speech(100)
    played.release()
    played.speech(800)
    assert len(played.began) == 1
    assert played.numbers[0] == list(range(1, played.count + 1))


def test_a_tap_beside_a_humming_fan_begins_nothing() -> None:
    played = Played()
    played.feed(1000, False, like_voice=True)
    played.press()
    played.feed(200, False, like_voice=True)
    played.release()
    played.feed(20, False, like_voice=True)
    assert played.turns.state is State.QUIET
    played.feed(1000, False, like_voice=True)
    assert played.told == []


def test_one_frame_now_and_then_keeps_no_turn_open() -> None:
    played = Played()
    played.speech(1000)
    for _ in range(10):
        played.silence(100)
        played.speech(20)
    assert played.ended == [(1600, "silence")]


def test_a_touch_ends_a_turn_that_speech_began() -> None:
    played = Played()
    played.speech(1000)
    played.press()
    played.speech(100)
    played.release()
    assert played.ended == [(1100, "button")]


def test_a_button_that_is_stuck_makes_one_turn_and_no_more() -> None:
    played = Played()
    played.press()
    played.feed(40_000, False, like_voice=True)
    assert [reason for _, reason in played.ended] == ["cap"]
    assert len(played.began) == 1
    played.release()
    assert len(played.ended) == 1


def test_a_microphone_that_is_lost_ends_the_turn_and_nothing_is_joined_across_the_gap() -> None:
    played = Played()
    played.speech(1000)
    played.take(played.turns.lose(played.now))
    assert played.ended == [(1000, "lost")]
    played.silence(200)
    played.take(played.turns.lose(played.now))
    lost = played.count
    played.speech(1000)
    assert played.numbers[1][0] == lost + 1


def test_what_she_says_is_not_the_end_of_what_was_said_before() -> None:
    played = Played()
    played.speech(200)
    played.take(played.turns.mute(played.now))
    played.speech(200)
    assert played.told == []
    played.speech(100)
    played.take(played.turns.mute(played.now))
    assert [reason for _, reason in played.ended] == ["muted"]


class Anything(RuleBasedStateMachine):
    """Whatever happens in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.played = Played()

    @rule(
        ms=st.integers(20, 3000),
        voiced=st.booleans(),
        like_voice=st.booleans(),
        level_db=st.floats(0, 90),
        barge_in=st.booleans(),
    )
    def hear(self, ms: int, voiced: bool, like_voice: bool, level_db: float, barge_in: bool) -> None:
        more = {"like_voice": like_voice or voiced, "level_db": level_db, "barge_in": barge_in}
        self.played.feed(ms, voiced, **more)

    @rule(verdicts=st.lists(st.booleans(), max_size=60))
    def flicker(self, verdicts: list[bool]) -> None:
        for voiced in verdicts:
            self.played.feed(FRAME_MS, voiced)

    @rule()
    def speak_for_long(self) -> None:
        self.played.speech(15_000)

    @rule()
    def press(self) -> None:
        self.played.press()

    @rule()
    def release(self) -> None:
        self.played.release()

    @rule(yes_no=st.booleans())
    def expect(self, yes_no: bool) -> None:
        self.played.turns.expect(yes_no=yes_no)

    @rule()
    def lose(self) -> None:
        self.played.take(self.played.turns.lose(self.played.now))

    @rule()
    def mute(self) -> None:
        self.played.take(self.played.turns.mute(self.played.now))

    @invariant()
    def begins_and_ends_take_turns(self) -> None:
        marks = [type(each) for _, each in self.played.told if isinstance(each, SpeechBegan | SpeechEnded)]
        assert marks[::2] == [SpeechBegan] * len(marks[::2])
        assert marks[1::2] == [SpeechEnded] * len(marks[1::2])
        assert self.played.turns.speaking == bool(len(marks) % 2)

    @invariant()
    def frames_of_a_turn_are_whole_and_those_of_two_are_not_the_same(self) -> None:
        before = 0
        for turn in self.played.numbers:
            assert turn == list(range(turn[0], turn[0] + len(turn)))
            assert turn[0] > before
            before = turn[-1]

    @invariant()
    def an_open_turn_has_every_frame(self) -> None:
        if self.played.turns.speaking:
            assert self.played.numbers[-1][-1] == self.played.count

    @invariant()
    def no_turn_is_too_long(self) -> None:
        assert all(len(turn) * FRAME_MS <= SETTINGS.longest_ms for turn in self.played.numbers)


TestAnything = Anything.TestCase
TestAnything.settings = settings(max_examples=30, stateful_step_count=30)


@given(st.lists(st.booleans(), max_size=300))
def test_silence_always_comes_to_rest(verdicts: list[bool]) -> None:
    played = Played()
    for voiced in verdicts:
        played.feed(FRAME_MS, voiced)
    played.silence(2000)
    assert not played.turns.speaking
