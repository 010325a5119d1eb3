"""Texts of a reader that types like a keyboard: the kernel's input events (linux/input.h) of an American layout, which
such readers are built for. No I/O."""

from __future__ import annotations

import struct
from typing import Final

EVENT: Final = struct.Struct("@llHHi")
"""`struct input_event`: a timeval, then type, code and value."""

EV_KEY, KEY_DOWN, KEY_UP = 1, 1, 0
KEY_ENTER, KEY_KPENTER, KEY_TAB = 28, 96, 15
SHIFTS: Final = frozenset((42, 54))

_ROWS: Final = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (71, "789-456+1230.", "789-456+1230."),
    (57, " ", " "),
)
"""Code of a row's first key (linux/input-event-codes.h), and what the keys from there on type: plain, and shifted."""

KEYS: Final = {
    first + step: pair for first, plain, shifted in _ROWS for step, pair in enumerate(zip(plain, shifted, strict=True))
}

MAX_TEXT = 64
PAUSE_S = 1.0


class Typed:
    """Makes texts of input events as they come; Enter or Tab ends one."""

    def __init__(self) -> None:
        self._rest = b""
        self._shifts: set[int] = set()
        self._text = ""
        self._at = 0.0

    def feed(self, piece: bytes, now_s: float) -> list[str]:
        """The texts that `piece`, come at the monotonic time `now_s`, ends; none is empty."""
        if now_s - self._at > PAUSE_S:
            self._text = ""
        self._at = now_s
        self._rest += piece
        whole = len(self._rest) // EVENT.size * EVENT.size
        events, self._rest = self._rest[:whole], self._rest[whole:]
        found = []
        for _, _, kind, code, pressed in EVENT.iter_unpack(events):
            if kind != EV_KEY:
                continue
            if code in SHIFTS:
                (self._shifts.discard if pressed == KEY_UP else self._shifts.add)(code)
            elif pressed != KEY_DOWN:  # let go, or repeated by the kernel because an Up was late
                continue
            elif code in (KEY_ENTER, KEY_KPENTER, KEY_TAB):
                text, self._text = self._text.strip(), ""
                if text and len(text) <= MAX_TEXT:
                    found.append(text)
            elif code in KEYS and len(self._text) <= MAX_TEXT:
                self._text += KEYS[code][bool(self._shifts)]
        return found
