"""What passes between us and the process at the sound card: a letter, a length, and bytes.

| letter | to the card | letter | from the card |
|---|---|---|---|
| `P` | speech of 24 kHz to play | `O` | opened: JSON with device, rate, latency_s |
| `Q` | be quiet now | `F` | frames: each its time (double), 640 bytes |
| `A` | somebody listens: frames as they come | `R` | a `Report` of the speaker |
| `Z` | nobody listens: frames stay there | `T` | alive: JSON with counters, twice a second |
| | | `X` | the end, and why: JSON with `why`, a sentence for people |
| | | `D` | names of the inputs and outputs: JSON |
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_HEAD = struct.Struct("<cI")
STAMP = struct.Struct("<d")


def packed(letter: bytes, payload: bytes = b"") -> bytes:
    """One message. Up to 4096 bytes, a pipe takes it as a whole or not at all (pipe(7))."""
    return _HEAD.pack(letter, len(payload)) + payload


class Unpacker:
    """Bytes as they come from a pipe, to messages."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The messages that are complete with these bytes."""
        held = self._held + data
        at = 0
        try:
            while len(held) - at >= _HEAD.size:
                letter, length = _HEAD.unpack_from(held, at)
                end = at + _HEAD.size + length
                if end > len(held):
                    break
                payload = held[at + _HEAD.size : end]
                at = end
                yield letter, payload
        finally:
            self._held = held[at:]


_REPORT = struct.Struct("<dQQQI?")


@dataclass(frozen=True, slots=True)
class Report:
    """How far the speaker is. At `at` (monotonic seconds) it had `taken` samples, of which `left` wait and `played`
    were given to the card; `running` while there is speech. Counts are of this process."""

    at: float
    taken: int
    left: int
    played: int
    underflows: int
    running: bool

    def packed(self) -> bytes:
        return packed(b"R", _REPORT.pack(self.at, self.taken, self.left, self.played, self.underflows, self.running))

    @staticmethod
    def read(payload: bytes) -> Report:
        return Report(*_REPORT.unpack(payload))
