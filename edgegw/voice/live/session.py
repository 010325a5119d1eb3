"""What EVA and a live model say to each other: events, and the two Protocols that a model fulfils.

Audio is mono, signed, 16 bits, little-endian: 16 kHz towards the model, 24 kHz from it. Times are seconds of the
monotonic clock.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal, Protocol

from edgegw.model.value import value

HEARD_BYTES_PER_S = 32_000
"""Of the microphone's audio."""
SPOKEN_BYTES_PER_S = 48_000
"""Of the model's."""


@value(kw_only=True)
class LiveSetup:
    """What a session begins with. `tools` have `name`, `description` and `parameters`, a JSON Schema.

    `handle` resumes a session; `context` is what a fresh one has to know of a dialogue that it takes over;
    `vocabulary` are words that the recognition should expect, such as the labels of stations; `language` is what most
    drivers here speak, no order: the model answers in the driver's.
    """

    system: str
    tools: Sequence[Mapping[str, Any]] = ()
    voice: str = "Aoede"
    language: str = "pt-BR"
    handle: str | None = None
    context: str = ""
    vocabulary: Sequence[str] = ()


@value()
class Ready:
    """The session is open. `resumed`: it goes on with what was said before; `gap_s`: how long nobody listened."""

    resumed: bool = False
    gap_s: float = 0.0


@value()
class Audio:
    """A piece of an answer."""

    pcm: bytes
    at: float


@value()
class InputText:
    """What the model understood, or a piece of it."""

    text: str


@value()
class OutputText:
    """What it says, or a piece of it."""

    text: str


@value()
class ToolCall:
    """It wants a tool. Answered with `tool_result` and this id, whatever becomes of it."""

    id: str
    name: str
    args: Mapping[str, Any]


@value()
class ToolCancelled:
    """It does not want these any more."""

    ids: tuple[str, ...]


@value()
class Interrupted:
    """The driver's voice has ended the answer: what waits to be played is stale."""


@value()
class GenerationComplete:
    """All of the answer has been sent; playing it may take longer."""


@value()
class TurnComplete:
    """It has finished; `audio_bytes` of the answer were sent."""

    audio_bytes: int


@value()
class GoAway:
    """The connection ends in `left_s`."""

    left_s: float


@value()
class Handle:
    """How this session may be resumed from here; None: at this point it can't."""

    handle: str | None


@value()
class Usage:
    """Tokens of a turn, as they are billed."""

    prompt: int
    response: int
    total: int


@value()
class Closed:
    """The end, and the last event. `code` is the websocket's."""

    code: int
    reason: str


Event = (
    Ready
    | Audio
    | InputText
    | OutputText
    | ToolCall
    | ToolCancelled
    | Interrupted
    | GenerationComplete
    | TurnComplete
    | GoAway
    | Handle
    | Usage
    | Closed
)

Kind = Literal["no_key", "no_network", "refused", "closed", "slow", "broken"]


class CannotOpen(Exception):
    """No session. `kind` says where it failed; `code` is HTTP's or the websocket's, 0 for none."""

    def __init__(self, kind: Kind, code: int = 0, reason: str = "") -> None:
        super().__init__(f"{kind} {code or ''} {reason}".strip())
        self.kind: Kind = kind
        self.code = code
        self.reason = reason


class LiveSession(Protocol):
    """One connection to a model. Sending after its end does nothing: `events` has told, or will."""

    async def send_audio(self, pcm: bytes) -> None:
        """A piece of the microphone's audio, between `activity_start` and `activity_end`."""

    async def activity_start(self) -> None:
        """The driver begins to speak."""

    async def activity_end(self) -> None:
        """The driver has finished."""

    async def tool_result(self, call_id: str, name: str, result: Mapping[str, Any]) -> None:
        """The answer to a ToolCall."""

    async def nudge(self, text: str) -> None:
        """A typed turn that wants an answer at once."""

    def events(self) -> AsyncIterator[Event]:
        """What the model does, once over; Closed is the last."""

    async def close(self) -> None:
        """Hang up; returns when the connection is gone."""


class LiveModel(Protocol):
    """Where sessions come from."""

    async def open(self, setup: LiveSetup) -> LiveSession:
        """A session that has said it is ready. Raises CannotOpen."""
