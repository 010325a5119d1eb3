"""Lines of a serial reader: what comes is cut at CR, LF and ETX, STX begins anew, and noise is left out. No I/O."""

from __future__ import annotations

STX, ETX = 0x02, 0x03
ENDS = frozenset((0x0A, 0x0D, ETX))

MAX_LINE = 64
"""Bytes of a line; a longer one is noise, as of a wrong baud rate."""

PAUSE_S = 1.0
"""A reader sends a card in one go: what stands unfinished for longer was noise."""


class Lines:
    """Makes lines of bytes as they come."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._is_noise = False
        self._at = 0.0

    def feed(self, piece: bytes, now_s: float) -> list[str]:
        """The lines that `piece`, come at the monotonic time `now_s`, ends; without blanks around, none is empty."""
        if now_s - self._at > PAUSE_S:
            self._begin()
        self._at = now_s
        found = []
        for byte in piece:
            if byte == STX:
                self._begin()
            elif byte in ENDS:
                text = self._line.decode("ascii").strip()
                if text and not self._is_noise:
                    found.append(text)
                self._begin()
            elif not 0x20 <= byte < 0x7F:
                # A stray NUL or a bit that fell over; a whole line of them is another baud rate.
                self._is_noise |= byte >= 0x80
            else:
                self._line.append(byte)
                self._is_noise |= len(self._line) > MAX_LINE
                del self._line[MAX_LINE:]
        return found

    def _begin(self) -> None:
        self._line.clear()
        self._is_noise = False
