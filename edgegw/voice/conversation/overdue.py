"""What is done when a wait is over: no conversation ever just goes silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edgegw.voice.conversation import actions as do
from edgegw.voice.conversation import events as on
from edgegw.voice.conversation.course import Course
from edgegw.voice.conversation.driver import speech_ended
from edgegw.voice.conversation.hub import settle
from edgegw.voice.conversation.model import drained, unanswered
from edgegw.voice.conversation.tools import no_answer

FAILURES = 2
"""So many turns in a row without a reply, and EVA gives up on the cloud."""


def overdue(course: Course, wait: str) -> None:
    """`wait` is over, and what was waited for did not come."""
    kind, _, id = wait.partition(":")
    _TABLE[kind](course, id)


def _hub(course: Course, _: str) -> None:
    course.end("hub_away", outcome="hub_away")


def _line(course: Course, _: str) -> None:
    course.without_cloud("cloud_down")


def _hearing(course: Course, _: str) -> None:
    speech_ended(course, on.SpeechEnded("cap"))


def _filler(course: Course, _: str) -> None:
    if not course.sounding:
        course.prompt("one_moment")


def _reply(course: Course, _: str) -> None:
    course.failures += 1
    if course.failures >= FAILURES:
        course.without_cloud("cloud_down")
    else:
        unanswered(course, on.Unanswered())


def _spoken(course: Course, _: str) -> None:
    course.aloud(course.unsaid)


def _action(course: Course, action: str) -> None:
    settle(course, action)


def _outcome(course: Course, _: str) -> None:
    course.aloud("", otherwise="see_screen")


def _sound(course: Course, _: str) -> None:
    course.act(do.Flush())
    drained(course, on.Drained())


def _idle(course: Course, _: str) -> None:
    if course.actions or course.pressed:
        course.wait("idle", course.limits.idle)
    else:
        course.end("goodbye")


def _dialogue(course: Course, _: str) -> None:
    if course.sounding and not course.extended:
        course.extended = True
        course.wait("dialogue", course.limits.grace)
    else:
        course.end("time_up", outcome="time_up")


def _ending(course: Course, _: str) -> None:
    course.quiet()
    course.over()


_TABLE: Mapping[str, Callable[[Course, str], None]] = {
    "hub": _hub, "line": _line, "hearing": _hearing, "filler": _filler, "reply": _reply,
    "spoken": _spoken, "call": no_answer, "action": _action, "outcome": _outcome, "sound": _sound, "idle": _idle,
    "dialogue": _dialogue, "ending": _ending,
}  # fmt: skip
