"""The driver's words on their way to the model: at most five seconds, kept until they are answered. Pure.

What was sent on a connection that then broke is sent again on the next one, so that no word is lost. Older audio is
dropped and counted; nothing of it is ever written down.
"""

from __future__ import annotations

from typing import Final, Literal

from edgegw.model.value import value
from edgegw.voice.live.session import HEARD_BYTES_PER_S

KEPT_S: Final = 5.0


@value()
class Piece:
    """A start, an end, or audio of 16 kHz."""

    kind: Literal["start", "audio", "end"]
    pcm: bytes = b""


class Speech:
    """`start`, `add` and `end` what the driver says; `next` is what to send; `rewind` for another connection;
    `answered` when the model has begun to answer what it got."""

    def __init__(self, kept_s: float = KEPT_S) -> None:
        self._most = int(kept_s * HEARD_BYTES_PER_S)
        self._pieces: list[Piece] = []
        self._sent = 0
        self._bytes = 0
        self.dropped_bytes = 0
        """Audio that was too much to keep and had not been sent."""
        self.speaking = False

    def start(self) -> None:
        if not self.speaking:
            self.speaking = True
            self._pieces.append(Piece("start"))

    def add(self, pcm: bytes) -> None:
        """Audio outside of a start and an end is not for the model."""
        if not self.speaking:
            return
        self._pieces.append(Piece("audio", pcm))
        self._bytes += len(pcm)
        while self._bytes > self._most:
            self._drop_oldest()

    def end(self) -> None:
        if self.speaking:
            self.speaking = False
            self._pieces.append(Piece("end"))

    def _drop_oldest(self) -> None:
        oldest = next(n for n, piece in enumerate(self._pieces) if piece.kind == "audio")
        piece = self._pieces.pop(oldest)
        self._bytes -= len(piece.pcm)
        if oldest < self._sent:
            self._sent -= 1
        else:
            self.dropped_bytes += len(piece.pcm)

    def next(self) -> Piece | None:
        """The next piece to send, which counts as sent; neighbouring audio that waits comes as one."""
        if self._sent == len(self._pieces):
            return None
        piece = self._pieces[self._sent]
        self._sent += 1
        if piece.kind != "audio":
            return piece
        more = [piece.pcm]
        while self._sent < len(self._pieces) and self._pieces[self._sent].kind == "audio" and len(more) < MOST_AT_ONCE:
            more.append(self._pieces[self._sent].pcm)
            self._sent += 1
        return Piece("audio", b"".join(more))

    @property
    def waiting(self) -> bool:
        """Whether something is to be sent."""
        return self._sent < len(self._pieces)

    @property
    def unanswered(self) -> bool:
        """Whether another connection would have to hear something again."""
        return bool(self._pieces)

    def rewind(self) -> None:
        self._sent = 0

    def forget(self) -> None:
        """Keep nothing."""
        self._pieces.clear()
        self._sent = self._bytes = 0
        self.speaking = False

    def answered(self) -> None:
        """Forget the utterances that were sent whole."""
        ends = [n for n in range(self._sent) if self._pieces[n].kind == "end"]
        if ends:
            gone = ends[-1] + 1
            self._bytes -= sum(len(piece.pcm) for piece in self._pieces[:gone])
            del self._pieces[:gone]
            self._sent -= gone


MOST_AT_ONCE: Final = 10
"""Frames of 20 ms in one message, when they have waited."""
