"""What the live model does: listens, speaks, wants tools, breaks off."""

from __future__ import annotations

from edgegw.voice.conversation import actions as do
from edgegw.voice.conversation import events as on
from edgegw.voice.conversation.course import Course
from edgegw.voice.conversation.driver import hear
from edgegw.voice.conversation.tools import propose


def line_ready(course: Course, _: on.LineReady) -> None:
    if course.line != "opening":
        return
    course.line = "ready"
    course.waits.end("line")
    course.act(*course.held)
    course.held.clear()
    if course.phase == "listening":
        course.pass_on()


def line_lost(course: Course, event: on.LineLost) -> None:
    if course.line != "closed" and course.open:
        course.without_cloud(event.why)


def sounded(course: Course, event: on.Sounded) -> None:
    if not course.open or course.line == "closed":
        return
    course.generating = True
    if course.stale or course.phase == "hearing":
        return
    turn = course.turn if course.turn is not None else course.new_turn("notice")
    turn.sound(course.now)
    course.failures = 0
    course.waits.end("reply", "filler", "spoken", "idle", "outcome")
    course.phase = "speaking"
    course.play(event.pcm)


def stalled(course: Course, _: on.Stalled) -> None:
    if course.open and not course.sounding:
        course.act(do.Chime("thinking"))


def unanswered(course: Course, _: on.Unanswered) -> None:
    if not course.open or course.phase == "hearing":
        return
    if course.turn is not None:
        course.turn.outcome = "unanswered"
    course.generating = False
    course.waits.end("reply", "spoken")
    course.phase = "speaking"
    course.prompt("not_understood")


def understood(course: Course, event: on.Understood) -> None:
    if course.open:
        hear(course, event.text)


def worded(course: Course, event: on.Worded) -> None:
    if not course.open or course.stale:
        return
    if course.turn is not None:
        course.turn.word(event.text)
        course.caption = course.turn.said.strip()
    course.act(do.Wrote("eva", event.text))


def interrupted(course: Course, _: on.Interrupted) -> None:
    # What there was to flush was flushed when the driver began; one that no speech explains is a phantom.
    if course.stale:
        course.stale = course.generating = False


def reply_ended(course: Course, _: on.ReplyEnded) -> None:
    was_stale, course.stale = course.stale, False
    course.generating = False
    # An empty one leaves the wait for a reply running: the line asks again.
    if course.phase == "speaking" and not (was_stale or course.sounding or course.calls):
        course.listen()


def drained(course: Course, _: on.Drained) -> None:
    if not course.sounding:
        return
    course.silent()
    if course.phase == "ending":
        course.over()
    elif course.phase == "speaking":
        if course.generating or course.calls:
            course.think()  # more was to come: a reply that broke off must not leave silence
        else:
            course.listen()


def called(course: Course, event: on.Called) -> None:
    if course.open and event.call_id not in course.calls:
        propose(course, event.call_id, event.tool, event.args)


def calls_cancelled(course: Course, event: on.CallsCancelled) -> None:
    if not course.open or course.dialogue is None:
        return
    for call_id in event.call_ids:
        # Also one that has its answer: an action that waits for a confirmation must die with it.
        course.act(do.CancelCall(course.dialogue, call_id))
        if course.calls.pop(call_id, None) is not None:
            course.waits.end(f"call:{call_id}")
    if not course.calls:
        course.waits.end("filler")
        if course.phase == "thinking":
            course.think()
