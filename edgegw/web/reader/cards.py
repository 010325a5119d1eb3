"""What of a reader's texts is a card: its number as stations spell it, and whether it is shown anew or lies there yet.

Readers spell the same card in several ways: OCPP stations mostly send the UID in hex, in the order in which it comes
over the air (OCPP 2.0.1 part 2, IdTokenEnumType ISO14443: "the UID of the RFID card ... in hex"), while readers that
type often send four bytes as a decimal number, some of them with the last byte first. Pure.
"""

from __future__ import annotations

import re
from typing import Literal

Spelling = Literal["as_read", "reversed", "decimal", "decimal_reversed"]
"""`decimal`: the UID as a decimal number; `reversed`: with its last byte first."""

SHORTEST, LONGEST = 4, 36
"""Characters of an id token (OCPP 2.x: up to 36); what is shorter than four was no card."""

LYING_S = 1.5
"""A card that is read again within this was never taken away: it is no second showing, which would be a consent."""

_PARTS = re.compile(r"[ :\-]")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){4,10}")


def id_token(text: str, spelling: Spelling = "as_read") -> str | None:
    """The id token that a reader's text means, None when it can be none.

    Signs between the bytes of a UID are left out and its hex is in capitals; another text stays as it is.
    """
    bare = _PARTS.sub("", text)
    if spelling.startswith("decimal"):
        if not (bare.isascii() and bare.isdigit() and int(bare) < 2**80):
            return None
        number = int(bare)
        found = number.to_bytes(next(n for n in (4, 7, 10) if number < 2 ** (8 * n)))
    elif _HEX.fullmatch(bare):
        found = bytes.fromhex(bare)
    elif spelling == "as_read" and SHORTEST <= len(text) <= LONGEST and text.isprintable():
        return text
    else:
        return None
    return (found[::-1] if spelling.endswith("reversed") else found).hex().upper()


class Showings:
    """Tells a card that is shown from one that lies on the reader, which many readers send again and again."""

    def __init__(self) -> None:
        self._last: tuple[str, float] | None = None

    def is_new(self, card: str, now_s: float) -> bool:
        """Whether this is a showing of its own at the monotonic time `now_s`."""
        last, self._last = self._last, (card, now_s)
        return last is None or last[0] != card or now_s - last[1] > LYING_S
