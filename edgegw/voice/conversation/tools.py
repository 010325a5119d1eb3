"""Wishes put to the hub, the model's or the grammar's, and what the hub answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgegw.voice.conversation import actions as do
from edgegw.voice.conversation import events as on
from edgegw.voice.conversation.course import Course
from edgegw.voice.conversation.quoting import for_model


def propose(course: Course, call_id: str, tool: str, args: Mapping[str, Any]) -> None:
    """Put a wish to the hub."""
    assert course.dialogue is not None
    turn = course.turn if course.turn is not None else course.new_turn("notice")
    turn.tool = tool
    course.calls[call_id] = tool
    course.act(do.Propose(course.dialogue, call_id, tool, args))
    course.waits.end("reply", "idle", "spoken")
    course.wait(f"call:{call_id}", course.limits.tool)
    if "filler" not in course.waits:
        course.wait("filler", course.limits.filler)
    if course.phase == "listening":
        course.phase = "thinking"


def answered(course: Course, event: on.Answered) -> None:
    if event.dialogue != course.dialogue or event.call_id not in course.calls:
        return
    tool = course.calls.pop(event.call_id)
    course.waits.end(f"call:{event.call_id}")
    if course.turn is not None:
        course.turn.decision = event.decision
    course.answers.add(event.say)
    course.unmet = event.decision == "refused"
    course.act(do.Wrote("tool", f"{tool}: {event.decision}: {event.say}"))
    if event.action is not None and event.decision == "needs_confirmation":
        course.actions.add(event.action)
        course.wait(f"action:{event.action}", course.limits.action)
        course.act(do.Expect(True))
    if course.local:
        course.aloud(event.say, otherwise="failed")
        return
    course.up(do.Return(event.call_id, tool, for_model(event)))
    if not course.calls:
        course.waits.end("filler")
        if course.phase == "thinking":
            course.think()


def no_answer(course: Course, call_id: str) -> None:
    """The hub has been silent for too long."""
    assert course.dialogue is not None
    # Its effect must not come after the driver was told that nothing happened.
    course.act(do.CancelCall(course.dialogue, call_id))
    say = "" if course.local else "The gateway did not answer in time; nothing was done."
    answered(course, on.Answered(course.dialogue, call_id, "refused", say, reason="no_answer"))
