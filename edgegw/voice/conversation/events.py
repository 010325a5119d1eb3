"""What a conversation is told: values, made by the process around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from edgegw.model.value import value

Trouble = Literal["cloud_down", "key_missing", "budget_spent"]
"""Why there is no live model to talk to."""

Waker = Literal["button", "speech", "tap", "text"]


@value()
class Woken:
    """Somebody wants to talk: the screen's button was touched, the ear heard speech, a card was shown, a line typed."""

    by: Waker


@value()
class Released:
    """The finger has left the button."""


@value()
class SpeechBegan:
    """The ear is sure that somebody speaks. `preroll` is what was heard before it was sure (16 kHz mono s16le);
    `resumed`: what seemed the end of the turn before was a pause."""

    preroll: bytes
    resumed: bool = False


@value()
class SpeechFrame:
    """20 ms of it."""

    pcm: bytes


@value()
class SpeechEnded:
    """The turn is over. `voiced_ms` of it were speech; `quiet_ms` ago it really ended (the ear's hang-over)."""

    reason: str
    voiced_ms: int = 0
    quiet_ms: int = 0


@value()
class Typed:
    """A line at the console. `hour` of the site's clock."""

    text: str
    hour: int = 12


@value()
class HubCame:
    """The hub answers at its socket. `labels`: what people call each station that may be spoken of, by its id."""

    labels: Mapping[str, str]


@value()
class HubWent:
    """It does not any more; it has forgotten our dialogue."""


@value()
class Opened:
    """The hub has opened the dialogue."""

    dialogue: str


@value()
class Refused:
    """The hub does not open the dialogue; `say` may be read aloud."""

    dialogue: str
    reason: str
    say: str


@value()
class Answered:
    """The hub's answer to a proposal."""

    dialogue: str
    call_id: str
    decision: str
    say: str
    action: str | None = None
    reason: str | None = None
    result: Mapping[str, Any] | None = None


@value()
class Happened:
    """What the hub saw (`KioskEvent` of edgegw.model.kiosk)."""

    kind: str
    dialogue: str | None = None
    action: str | None = None
    station: str | None = None
    say: str = ""
    result: Mapping[str, Any] | None = None


@value()
class LineReady:
    """The live model listens."""


@value()
class LineLost:
    """The live model is gone for this dialogue; whatever could be tried has been tried."""

    why: Trouble


@value()
class Sounded:
    """A piece of the model's speech, 24 kHz mono s16le."""

    pcm: bytes


@value()
class Understood:
    """A piece of what the model took the driver to say."""

    text: str


@value()
class Worded:
    """A piece of what the model says."""

    text: str


@value()
class Called:
    """The model wants a tool."""

    call_id: str
    tool: str
    args: Mapping[str, Any]


@value()
class CallsCancelled:
    """The model has changed its mind."""

    call_ids: tuple[str, ...]


@value()
class Stalled:
    """The model keeps the driver waiting."""


@value()
class Unanswered:
    """It will not answer what was said last."""


@value()
class Interrupted:
    """The model has noticed that the driver spoke over it."""


@value()
class ReplyEnded:
    """The model has said all that it wanted to."""


@value()
class Drained:
    """All that was to be heard has been heard."""


@value()
class MicrophoneChanged:
    """The microphone is there, or is not."""

    live: bool


@value()
class Standing:
    """Whether there is a live model to talk to; None: there is."""

    trouble: Trouble | None


@value()
class Recognized:
    """What the local recognizer heard; nothing when it understood nothing. `hour` of the site's clock."""

    text: str
    hour: int = 12


@value()
class Elapsed:
    """Time has passed, and one of the waits may be over."""


@value()
class Leaving:
    """The process is asked to end."""


Event = (
    Woken | Released | SpeechBegan | SpeechFrame | SpeechEnded | Typed | HubCame | HubWent | Opened | Refused
    | Answered | Happened | LineReady | LineLost | Sounded | Understood | Worded | Called | CallsCancelled | Stalled
    | Unanswered | Interrupted | ReplyEnded | Drained | MicrophoneChanged | Standing | Recognized | Elapsed | Leaving
)  # fmt: skip
