"""What the driver does: wakes EVA, speaks, types, holds the button."""

from __future__ import annotations

from edgegw.voice.conversation import actions as do
from edgegw.voice.conversation import events as on
from edgegw.voice.conversation.course import Course
from edgegw.voice.conversation.tools import propose
from edgegw.voice.languages import Language, is_goodbye, language_of
from edgegw.voice.recognize.grammar import understand

AGAIN_S = 60.0
"""Where speech alone wakes EVA, she does not say more often that she can't talk: people talk beside her all day."""


def woken(course: Course, event: on.Woken) -> None:
    if course.phase == "idle":
        wake(course, event.by)
    if event.by == "button" and course.open:
        course.pressed = True
        course.hush()  # a hand on the button means: let me speak
        course.act(do.Press())


def wake(course: Course, by: on.Waker) -> None:
    """Begin a dialogue, or say why there is none."""
    if course.leaving:
        return
    course.reset()
    wrong = _hindrance(course, by)
    if wrong is None:
        _begin(course, by)
    elif by != "speech" or course.apologised_at is None or course.now - course.apologised_at >= AGAIN_S:
        course.apologised_at = course.now
        course.dialogue = course.new_id()
        course.phase = "listening"
        course.new_turn("conversation").asked_at = course.now
        course.end(wrong, outcome=wrong)


def _hindrance(course: Course, by: on.Waker) -> str | None:
    """The sentence that tells why there can be no dialogue."""
    if not course.microphone and by != "text":
        return "mic_lost"
    if course.labels is None:
        return "hub_away"
    return course.trouble if not course.manner.simple else None


def _begin(course: Course, by: on.Waker) -> None:
    course.dialogue = course.new_id()
    course.phase = "listening"
    course.known_to_hub = True
    course.channel = "text" if by == "text" else course.manner.channel
    course.act(do.OpenDialogue(course.dialogue, course.channel, course.language))
    course.wait("hub", course.limits.hub)
    course.wait("dialogue", course.limits.dialogue)
    course.wait("idle", course.limits.idle)
    if by != "text":
        course.act(do.Chime("listening"), do.Listen(True))
    if course.trouble is not None:
        course.without_cloud(course.trouble)
        return
    course.line = "opening"
    course.act(do.OpenLine())
    course.wait("line", course.limits.line)


def released(course: Course, _: on.Released) -> None:
    if course.pressed:
        course.pressed = False
        course.act(do.Release())


def speech_began(course: Course, event: on.SpeechBegan) -> None:
    if course.phase == "idle" and course.manner.start_with == "always":
        wake(course, "speech")
    if not course.open or course.phase == "hearing":
        return
    course.stale = course.stale or course.phase == "thinking"
    course.hush()
    if not (event.resumed and course.turn is not None):
        course.new_turn("talk")
    course.waits.end("idle", "reply", "filler", "spoken", "outcome")
    course.wait("hearing", course.limits.hearing)
    course.parting = False
    course.phase = "hearing"
    if course.local:
        course.speech[:] = event.preroll
    else:
        course.up(do.StartActivity())
        if event.preroll:
            course.up(do.SendAudio(event.preroll))


def speech_frame(course: Course, event: on.SpeechFrame) -> None:
    if course.phase != "hearing":
        return
    if course.local:
        course.speech += event.pcm
    else:
        course.up(do.SendAudio(event.pcm))


def speech_ended(course: Course, event: on.SpeechEnded) -> None:
    if course.phase != "hearing":
        return
    course.waits.end("hearing")
    course.stale = False
    if course.turn is not None:
        course.turn.asked_at = course.now - event.quiet_ms / 1000
    course.act(do.Chime("thinking"))
    if course.local:
        course.act(do.Recognize(bytes(course.speech)))
        course.speech.clear()
    else:
        course.up(do.EndActivity())
    course.think()


def typed(course: Course, event: on.Typed) -> None:
    if course.phase == "idle":
        wake(course, "text")
    if not course.open:
        return
    course.hush()
    course.stale = False
    course.new_turn("talk").asked_at = course.now
    hear(course, event.text)
    course.waits.end("idle")
    course.think()
    if course.local:
        _wish(course, event.text, event.hour)
    else:
        course.up(do.Tell(event.text))


def recognized(course: Course, event: on.Recognized) -> None:
    if course.local and course.phase == "thinking":
        hear(course, event.text)
        _wish(course, event.text, event.hour)


def hear(course: Course, text: str) -> None:
    """Take words of the driver in: the language that they are in, whether they are a goodbye."""
    if course.turn is not None:
        course.turn.hear(text)
        _speak(course, language_of(course.turn.heard, course.language))
        course.parting = is_goodbye(course.turn.heard)


def _speak(course: Course, language: Language) -> None:
    """Go on in a language, the hub too: its sentences may be read aloud as they are."""
    if language != course.language:
        course.language = language
        if course.known_to_hub and course.dialogue is not None:
            course.act(do.OpenDialogue(course.dialogue, course.channel, language))


def _wish(course: Course, text: str, hour: int) -> None:
    """What the closed grammar makes of it."""
    wish = understand(text, course.labels or {}, hour)
    course.waits.end("reply")
    if wish is not None:
        propose(course, course.new_id(), wish.tool, wish.args)
    elif course.parting:
        course.end("goodbye")
    else:
        course.aloud("")
