"""What the hub does: comes and goes, opens a dialogue, tells what happened at the site."""

from __future__ import annotations

from edgegw.voice.conversation import actions as do
from edgegw.voice.conversation import events as on
from edgegw.voice.conversation.course import Course
from edgegw.voice.conversation.driver import wake

TOLD = frozenset({"proof", "expired", "cancelled", "outcome"})
"""What a driver is told of. `waiting` is the screen's: EVA has it from the answer. New kinds tell nothing."""


def came(course: Course, event: on.HubCame) -> None:
    course.labels = event.labels


def went(course: Course, _: on.HubWent) -> None:
    course.labels = None
    course.known_to_hub = False
    if course.open:
        course.end("hub_away", outcome="hub_away")


def opened(course: Course, event: on.Opened) -> None:
    if event.dialogue == course.dialogue:
        course.waits.end("hub")


def refused(course: Course, event: on.Refused) -> None:
    if event.dialogue == course.dialogue and course.open:
        course.known_to_hub = False
        course.end("failed", say=event.say, outcome="refused")


def happened(course: Course, event: on.Happened) -> None:
    if course.phase == "idle" and event.kind == "proof" and event.station is None:
        wake(course, "tap")  # a card at the kiosk's reader begins a conversation
    if not course.open or (event.dialogue or course.dialogue) != course.dialogue:
        return
    if event.kind == "closed":
        course.known_to_hub = False
        course.end("time_up", say=event.say, outcome="time_up")
    elif event.kind == "confirmed":
        _confirmed(course, event)
    else:
        if event.action is not None and event.kind in ("expired", "cancelled", "outcome"):
            settle(course, event.action)
        if _matters(course, event):
            course.notices.append(event)
            # Thinking without waiting for the model: for an outcome.
            waits = course.phase == "thinking" and not course.calls and "reply" not in course.waits
            if course.phase == "listening" or waits:
                course.pass_on()


def _matters(course: Course, event: on.Happened) -> bool:
    """Whether the driver is to hear of it: of a station only when he waits for one, of an outcome once."""
    if event.kind == "station":
        waited, course.unmet = course.unmet, False
        return waited
    if event.kind == "outcome" and event.action is None:
        under_way = (event.result or {}).get("tool") in course.calls.values()  # its answer will tell
        return not under_way and event.say not in course.answers
    return event.kind in TOLD and (bool(event.say) or event.kind == "proof")


def _confirmed(course: Course, event: on.Happened) -> None:
    """The driver's hand has confirmed it: now it is carried out."""
    course.act(do.Chime("confirmed"))
    if event.action is not None:
        course.waits.end(f"action:{event.action}")
    if course.phase in ("listening", "speaking"):
        course.hush()
        course.new_turn("confirm").asked_at = course.now
        course.waits.end("idle")
        course.phase = "thinking"
    course.wait("outcome", course.limits.outcome)
    course.wait("filler", course.limits.filler)


def settle(course: Course, action: str) -> None:
    """An action is no longer waited for."""
    course.actions.discard(action)
    course.waits.end(f"action:{action}", "outcome", "filler")
    if not course.actions:
        course.act(do.Expect(False))
