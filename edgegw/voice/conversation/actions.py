"""What a conversation wants done: values, for the process around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from edgegw.model.value import value
from edgegw.voice.languages import Language

Channel = Literal["voice", "text"]
Shown = Literal[
    "idle", "listening", "thinking", "speaking", "mic_lost", "cloud_down", "key_missing", "budget_spent", "off"
]


@value()
class OpenDialogue:
    """Have the hub open a dialogue; one that is open goes on in this language."""

    dialogue: str
    channel: Channel
    language: Language


@value()
class CloseDialogue:
    """It is over; what still waits for a confirmation in it dies."""

    dialogue: str


@value()
class OpenLine:
    """Begin a fresh session with the live model."""


@value()
class CloseLine:
    """End it."""


@value()
class StartActivity:
    """Tell the model that the driver begins to speak."""


@value()
class SendAudio:
    """Send it what was heard, 16 kHz mono s16le."""

    pcm: bytes


@value()
class EndActivity:
    """Tell it that the driver has spoken."""


@value()
class Tell:
    """Send it a text, to which it replies."""

    text: str


@value()
class Propose:
    """Put the model's wish to the hub."""

    dialogue: str
    call_id: str
    tool: str
    args: Mapping[str, Any]


@value()
class CancelCall:
    """Take it back."""

    dialogue: str
    call_id: str


@value()
class Return:
    """Give the model what came of its wish."""

    call_id: str
    tool: str
    result: Mapping[str, Any]


@value()
class Play:
    """Let a piece of the model's speech be heard, 24 kHz mono s16le."""

    pcm: bytes


@value()
class Chime:
    """Let one of the short signs be heard."""

    name: Literal["listening", "thinking", "confirmed", "error"]


@value()
class Prompt:
    """Let one of the prepared sentences be heard."""

    name: str
    language: Language


@value()
class Say:
    """Let a sentence be heard that nobody prepared."""

    text: str
    language: Language


@value()
class Flush:
    """Be silent, at once."""


@value()
class Listen:
    """Give the ear what the microphone hears, or keep it away from it."""

    on: bool


@value()
class Press:
    """Tell the ear that the button goes down."""


@value()
class Release:
    """Tell it that the button comes up."""


@value()
class Expect:
    """Whether a yes or no is what comes next, for which the ear waits less at the end."""

    yes_no: bool


@value()
class Recognize:
    """Have the local recognizer hear this, 16 kHz mono s16le."""

    pcm: bytes


@value()
class Wrote:
    """A line for the console: who says it, and what."""

    who: str
    text: str


@value()
class Show:
    """What the screen tells: the state, whether the microphone is listened to, and words to read along."""

    state: Shown
    microphone_live: bool
    dialogue: str | None = None
    caption: str = ""


@value()
class Interaction:
    """What one turn came to. `latency_ms`: from the end of speech to the first sound of the reply."""

    dialogue: str
    intent: str
    tool: str | None
    decision: str | None
    outcome: str | None
    language: str
    latency_ms: int | None
    transcript: str | None = None


Action = (
    OpenDialogue | CloseDialogue | OpenLine | CloseLine | StartActivity | SendAudio | EndActivity | Tell | Propose
    | CancelCall | Return | Play | Chime | Prompt | Say | Flush | Listen | Press | Release | Expect | Recognize
    | Wrote | Show | Interaction
)  # fmt: skip
