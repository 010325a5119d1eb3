"""The course of a conversation: what happened in, what is to be done out, the time passed in. No I/O, no clock.

    idle ──woken──► listening ──speech──► hearing ──its end──► thinking ──sound──► speaking ──drained──► listening
                        ▲                    ▲ (barge-in: silence first) ──────────────┘                     │
                        └── an empty turn, a wait that is over ◄── thinking                                  │
    idle ◄── drained ── ending ◄── goodbye, 18 s of silence, 180 s in all, hub or cloud gone, told to end ───┘

The driver may speak from the first moment on: what is said before the model listens is kept (5 s) and sent then.
Without the model there is another way through the same states, `local`: the local recognizer's words, a closed grammar,
the same proposals to the hub, and its answers in the local voice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from edgegw.voice.conversation import actions as do
from edgegw.voice.conversation import driver, hub, model, tools
from edgegw.voice.conversation import events as on
from edgegw.voice.conversation.course import Course, Manner, Phase
from edgegw.voice.conversation.overdue import overdue
from edgegw.voice.languages import Language


class Conversation:
    """One after the other, each with a fresh session of the model and a dialogue of its own at the hub.

    `take` what happens, in the order in which it does, and do what it answers, in that order; call it with `Elapsed`
    at `due`. `new_id` gives dialogues their ids.
    """

    def __init__(self, manner: Manner, new_id: Callable[[], str]) -> None:
        self._course = Course(manner, new_id)
        self._shown: do.Show | None = None

    @property
    def phase(self) -> Phase:
        """Where it is."""
        return self._course.phase

    @property
    def dialogue(self) -> str | None:
        """Its id at the hub."""
        return self._course.dialogue

    @property
    def language(self) -> Language:
        """What is spoken."""
        return self._course.language

    @property
    def due(self) -> float | None:
        """When `Elapsed` is wanted next; None: nothing is waited for."""
        return self._course.waits.next()

    def take(self, event: on.Event, now: float) -> list[do.Action]:
        """What is to be done about `event`, in order. `now`: monotonic seconds."""
        course = self._course
        course.now, course.out = now, []
        while (wait := course.waits.over(now)) is not None:
            overdue(course, wait)
        _TABLE[type(event)](course, event)
        self._show()
        return course.out

    def _show(self) -> None:
        """Tell the screen what has changed for it."""
        course = self._course
        typed = course.manner.channel == "text"
        listens = course.open or (course.manner.start_with == "always" and not course.leaving)
        live = listens and course.microphone and not typed
        show = do.Show(_shown(course), live, course.dialogue, course.caption)
        if show != self._shown:
            self._shown = show
            course.act(show)


def _shown(course: Course) -> do.Shown:
    if course.leaving:
        return "off"
    if not course.microphone and course.manner.channel != "text":
        return "mic_lost"
    if course.trouble is not None and course.phase in ("idle", "listening"):
        return course.trouble
    if course.phase == "hearing":
        return "listening"
    return "speaking" if course.phase == "ending" else course.phase


def _microphone_changed(course: Course, event: on.MicrophoneChanged) -> None:
    course.microphone = event.live
    if not event.live and course.open and course.manner.channel != "text":
        course.end("mic_lost", outcome="mic_lost")


def _standing(course: Course, event: on.Standing) -> None:
    course.trouble = event.trouble
    if event.trouble == "budget_spent" and course.line != "closed" and course.open:
        course.without_cloud("budget_spent")


def _elapsed(_: Course, __: on.Elapsed) -> None:
    """The waits that are over have been seen to."""


def _leaving(course: Course, _: on.Leaving) -> None:
    course.leaving = True
    if course.phase == "ending":
        course.quiet()
        course.over()
    elif course.phase != "idle":
        course.end()


_TABLE: Mapping[type, Callable[[Course, Any], None]] = {
    on.Woken: driver.woken, on.Released: driver.released, on.SpeechBegan: driver.speech_began,
    on.SpeechFrame: driver.speech_frame, on.SpeechEnded: driver.speech_ended, on.Typed: driver.typed,
    on.Recognized: driver.recognized, on.HubCame: hub.came, on.HubWent: hub.went, on.Opened: hub.opened,
    on.Refused: hub.refused, on.Happened: hub.happened, on.Answered: tools.answered, on.LineReady: model.line_ready,
    on.LineLost: model.line_lost, on.Sounded: model.sounded, on.Understood: model.understood, on.Worded: model.worded,
    on.Called: model.called, on.CallsCancelled: model.calls_cancelled, on.Stalled: model.stalled,
    on.Unanswered: model.unanswered, on.Interrupted: model.interrupted, on.ReplyEnded: model.reply_ended,
    on.Drained: model.drained, on.MicrophoneChanged: _microphone_changed, on.Standing: _standing,
    on.Elapsed: _elapsed, on.Leaving: _leaving,
}  # fmt: skip
