"""What an ear tells of what it hears."""

from __future__ import annotations

from typing import Final, Literal

from edgegw.model.value import value

FRAME_MS: Final = 20
FRAME_BYTES: Final = 640
"""A frame: 20 ms of 16 kHz, one channel, signed 16 bits, little-endian."""


@value()
class SpeechBegan:
    """Somebody has begun to speak; the turn's frames follow, and one SpeechEnded."""

    preroll: bytes
    """The turn's audio so far, whole frames: what was said until it was certain, and the 300 ms before."""
    barge_in: bool = False
    """EVA was speaking."""
    resumed: bool = False
    """The turn before was ended by a silence that was only a pause: this one goes on with it."""


@value()
class SpeechFrame:
    """The next 20 ms of the turn."""

    pcm: bytes


@value()
class SpeechEnded:
    """The turn is over."""

    reason: Literal["silence", "button", "cap", "lost", "muted"]
    """silence: the hang-over has passed. button: it was released or touched. cap: the turn became too long. lost: the
    microphone brings nothing any more. muted: EVA began to speak, and can't hear meanwhile."""
    voiced_ms: int
    """How much of the turn sounded like speech."""


@value()
class NothingHeard:
    """A button was held and released, and nobody spoke: no turn began."""


Heard = SpeechBegan | SpeechFrame | SpeechEnded | NothingHeard
