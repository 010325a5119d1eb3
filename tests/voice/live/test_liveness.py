"""The rules of a live session's life as a table: what happens at which second, and what has to come of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.voice.live.liveness import TABLE, Action, Finish, Fresh, GiveUp, Liveness, Nudge, Sign, State
from edgegw.voice.live.session import (
    Audio,
    Event,
    GenerationComplete,
    InputText,
    Interrupted,
    OutputText,
    ToolCall,
    TurnComplete,
)

SECOND = Audio(b"\0" * 48_000, 0.0)
"""A second of an answer."""
CALL = ToolCall("c1", "prices", {})
OVER = TurnComplete(0)

Step = tuple[float, Sign | Event | None, object]
"""(when, what, what comes of it): for a sign the state; for an event whether it is passed on, or the actions when there
are any; for None, the clock's, the actions."""

TALE: dict[str, list[Step]] = {
    "a: an earcon and one nudge after 4 s, a fresh session after 8 s": [
        (0.0, Sign.STARTED, State.LISTENING),
        (60.0, None, ()),  # the driver may talk as long as there is room
        (60.0, Sign.ENDED, State.WAITING),
        (63.9, None, ()),
        (64.0, None, (Nudge("stalled"),)),
        (64.1, None, ()),
        (67.9, None, ()),
        (68.0, None, (Fresh(),)),
    ],
    "a: the second fresh session is not tried; the driver is told": [
        (0.0, Sign.ENDED, State.WAITING),
        (4.0, None, (Nudge("stalled"),)),
        (8.0, None, (Fresh(),)),
        (9.0, Sign.ENDED, State.WAITING),  # said again on the new one
        (16.9, None, ()),
        (17.0, None, (GiveUp(),)),
        (99.0, None, ()),
    ],
    "a: what is said next begins anew": [
        (0.0, Sign.ENDED, State.WAITING),
        (4.0, None, (Nudge("stalled"),)),
        (5.0, Sign.STARTED, State.LISTENING),
        (6.0, Sign.ENDED, State.WAITING),
        (10.0, None, (Nudge("stalled"),)),
    ],
    "a: a stall in mid-sentence counts from the last sound that is played": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, OutputText("A vaga"), True),
        (1.0, SECOND, True),
        (1.1, SECOND, True),  # played until 3.0
        (6.9, None, ()),
        (7.0, None, (Nudge("stalled"),)),
        (11.0, None, (Fresh(),)),
    ],
    "a: a transcript alone is no answer": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, InputText("quanto custa"), True),
        (5.0, None, (Nudge("stalled"),)),
    ],
    "a: phantom interruptions are no sign of life": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, Interrupted(), False),
        (3.0, Interrupted(), False),
        (4.0, None, (Nudge("stalled"),)),
    ],
    "a: a nudge is answered, and all is well": [
        (0.0, Sign.ENDED, State.WAITING),
        (4.0, None, (Nudge("stalled"),)),
        (5.0, SECOND, True),
        (5.1, GenerationComplete(), True),
        (5.2, OVER, True),
        (99.0, None, ()),
    ],
    "a: an answer whose end is not told ends when it has been played": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, SECOND, True),
        (1.1, GenerationComplete(), True),
        (5.9, None, ()),
        (6.0, None, (Finish(48_000),)),
        (99.0, None, ()),
    ],
    "b: an empty turn is asked for once, then the driver is told": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, OVER, (Nudge("empty"),)),
        (2.0, OVER, (GiveUp(),)),
        (3.0, OVER, False),
        (99.0, None, ()),
    ],
    "b: an empty turn, then silence": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, OVER, (Nudge("empty"),)),
        (9.0, None, (Fresh(),)),
    ],
    "c: a phantom is not passed on, and an answer that it has cut is asked for": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, SECOND, True),
        (1.1, Interrupted(), False),
        (1.2, OVER, (Nudge("cut"),)),
    ],
    "c: a phantom in an answer that goes on costs nothing": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, SECOND, True),
        *[(1.1, Interrupted(), False)] * 12,
        (1.2, SECOND, True),
        (1.3, GenerationComplete(), True),
        (1.4, OVER, True),
    ],
    "d: a driver's interruption is passed on once; the old answer's sound and end are not": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, SECOND, True),
        (1.5, Sign.STARTED, State.LISTENING),
        (1.6, SECOND, False),
        (1.7, OutputText("reais"), False),
        (1.7, Interrupted(), True),
        (1.7, Interrupted(), False),
        (1.8, OVER, False),
        (2.5, Sign.ENDED, State.WAITING),
        (3.0, SECOND, True),
        (3.1, OVER, True),
    ],
    "d: the old answer's end comes behind the driver's": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, SECOND, True),
        (1.5, Sign.STARTED, State.LISTENING),
        (1.8, Sign.ENDED, State.WAITING),
        (2.0, SECOND, False),
        (2.0, Interrupted(), True),
        (2.0, OVER, False),  # an empty turn it would be otherwise
        (2.2, SECOND, True),
        (2.3, OVER, True),
    ],
    "d: a new answer that comes soon is not taken for the old one": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, SECOND, True),
        (1.5, Sign.STARTED, State.LISTENING),
        (1.8, Sign.ENDED, State.WAITING),
        (2.2, SECOND, True),
    ],
    "d: interrupted and turnComplete right after the driver began, with no answer under way": [
        (0.0, Sign.STARTED, State.LISTENING),
        (0.1, Interrupted(), True),
        (0.1, OVER, False),
        (1.0, Sign.ENDED, State.WAITING),
        (1.5, SECOND, True),
        (1.6, OVER, True),
    ],
    "e: while a tool works nothing is late, and what follows its result has its own time": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, CALL, True),
        (60.0, None, ()),
        (60.0, Sign.RESULT, State.WAITING),
        (63.9, None, ()),
        (64.0, None, (Nudge("stalled"),)),
    ],
    "e: the turn ends while the tool works, or just after": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, CALL, True),
        (1.1, OVER, False),
        (1.2, Sign.RESULT, State.WAITING),
        (1.3, OVER, False),
        (2.0, SECOND, True),
        (2.1, OVER, True),
    ],
    "e: a call behind the turn's end is a call": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, SECOND, True),
        (1.1, OVER, True),
        (1.2, CALL, True),
        (9.0, None, ()),
        (9.0, Sign.RESULT, State.WAITING),
        (10.0, SECOND, True),
    ],
    "e: the driver speaks while a tool works": [
        (0.0, Sign.ENDED, State.WAITING),
        (1.0, CALL, True),
        (2.0, Sign.STARTED, State.LISTENING),
        (3.0, Sign.RESULT, State.LISTENING),
        (3.1, SECOND, False),  # the answer that the driver talks over
        (4.0, Sign.ENDED, State.WAITING),
    ],
    "nothing is expected of a model that nobody asked": [
        (0.0, InputText("..."), True),
        (50.0, None, ()),
        (50.0, OVER, False),
    ],
}


@pytest.mark.parametrize("name", TALE)
def test_the_rules(name: str) -> None:
    life = Liveness()
    for now, what, expected in TALE[name]:
        found: object
        if what is None:
            found = life.due(now)
        elif isinstance(what, Sign):
            life.sign(what, now)
            found = life.state
        else:
            passed, actions = life.hear(what, now)
            found = actions or passed
        assert found == expected, f"at {now}: {what}"


def test_the_clock_is_asked_when_there_is_something_to_say() -> None:
    life = Liveness()
    assert life.next_at() is None
    life.sign(Sign.ENDED, 10.0)
    actions: list[Action] = []
    while (at := life.next_at()) is not None:
        found = life.due(at)
        assert found
        actions += found
    assert actions == [Nudge("stalled"), Fresh(), GiveUp()]


def test_a_nudge_of_ours_is_not_answered_by_what_it_cuts_off() -> None:
    life = Liveness()
    life.sign(Sign.ENDED, 0.0)
    life.hear(SECOND, 1.0)
    assert life.due(6.0) == (Nudge("stalled"),)
    life.sign(Sign.ASKED, 6.0, ours=True)
    assert life.hear(Interrupted(), 6.1) == (False, ())
    assert life.hear(OVER, 6.1) == (False, ())  # of the answer that was stuck
    assert life.state is State.WAITING
    assert life.next_at() == 10.0  # and it buys the session no time


MODELS = st.one_of(
    st.sampled_from([SECOND, OutputText("x"), InputText("x"), Interrupted(), GenerationComplete(), OVER]),
    st.just(Sign.STARTED),
)


@given(st.lists(st.tuples(st.floats(0.0, 3.0), MODELS), max_size=12), st.lists(st.tuples(st.floats(0.0, 9.0), MODELS)))
def test_whatever_the_model_does_a_driver_is_not_left_waiting(
    before: list[tuple[float, Event | Sign]], after: list[tuple[float, Event | Sign]]
) -> None:
    life, now, told = Liveness(), 0.0, 0

    def take(what: Event | Sign) -> int:
        if isinstance(what, Sign):
            life.sign(what, now)
            return 0
        passed, actions = life.hear(what, now)
        return (passed and isinstance(what, TurnComplete)) + sum(isinstance(each, GiveUp) for each in actions)

    for step_s, what in before:
        now += step_s
        life.due(now)
        take(what)
    life.sign(Sign.STARTED, now)
    life.sign(Sign.ENDED, now)
    for step_s, what in after:
        if isinstance(what, Sign):
            continue
        now += step_s
        told += sum(isinstance(each, GiveUp | Finish) for each in life.due(now))
        told += take(what)
        if told:
            return
    silent_since = max(now, life.playing_until)
    while (at := life.next_at()) is not None:
        told += sum(isinstance(each, GiveUp | Finish) for each in life.due(max(now, at)))
        assert at <= silent_since + 2 * 8.0 + 4.0
    assert told == 1
    assert life.state is State.IDLE


def test_each_state_hears_the_driver() -> None:
    assert {TABLE[state, Sign.STARTED] for state in State} == {State.LISTENING}
