"""A recording is played to an ear, and its turns come out, with when they were told."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from edgegw.voice.hearing import FRAME_BYTES, FRAME_MS, Ear, Heard, NothingHeard, SpeechBegan, SpeechEnded, SpeechFrame


@dataclass
class Turn:
    """Milliseconds from the recording's beginning."""

    began: SpeechBegan
    from_ms: int
    """Of its audio, pre-roll included."""
    told_ms: int
    """When SpeechBegan was told."""
    until_ms: int = 0
    reason: str = ""
    voiced_ms: int = 0
    audio: bytearray = field(default_factory=bytearray)


def frames(samples: array[int]) -> Iterator[bytes]:
    """The recording as the microphone brings it; what does not fill a frame is left out."""
    pcm = samples.tobytes()
    for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
        yield pcm[at : at + FRAME_BYTES]


def turns(
    ear: Ear, samples: array[int], *, eva_speaks: bool = False, before: Callable[[int], Sequence[Heard]] = lambda _: ()
) -> list[Turn]:
    """`before` is called with each frame's time and may press buttons; what it returns was told before the frame."""
    found: list[Turn] = []
    now = 0

    def take(told: Sequence[Heard]) -> None:
        for heard in told:
            match heard:
                case SpeechBegan(preroll):
                    assert not found or found[-1].reason, "a turn begins before the one before has ended"
                    turn = Turn(heard, now - len(preroll) // FRAME_BYTES * FRAME_MS, now, audio=bytearray(preroll))
                    found.append(turn)
                case SpeechFrame(pcm):
                    found[-1].audio += pcm
                case SpeechEnded(reason, voiced_ms):
                    found[-1].until_ms, found[-1].reason, found[-1].voiced_ms = now, reason, voiced_ms
                case NothingHeard():
                    pass

    for frame in frames(samples):
        take(before(now))
        now += FRAME_MS
        take(ear.hear(frame, now_ms=now, speaking=eva_speaks))
    if found and not found[-1].reason:
        found[-1].until_ms, found[-1].reason = now, "recording"
    return found
