"""A transcript without what tells who spoke: e-mail addresses, documents, cards, telephones, plates. Pure.

It is a net, not a wall: names are not found. So transcripts are off unless switched on, and erased after a day.
"""

from __future__ import annotations

import re

TRANSCRIPT_MOST = 1000
MASK = "…"

_EMAIL = r"\b[\w.+-]+@[\w-]+(\.[\w-]+)+\b"
_PLATE = r"\b[A-Za-z]{3}[- ]?\d[A-Za-z0-9]\d{2}\b"
"""Brazil (ABC1D23, ABC-1234) and Argentina's older ones are alike; others are caught where they have five digits."""
_NUMBER = r"\+?\(?\d(?:[\s().\-/]{0,2}\d){4,}"
"""Five digits or more, whatever stands between them: CPF, CNPJ, cards, telephones, postal codes."""
_HEX = r"\b(?=[0-9A-Fa-f]*\d)[0-9A-Fa-f]{8,}\b"
"""An id token as a card has it."""
_SPELLED = (
    r"\b(?:(?:zero|um|uma|dois|duas|três|tres|quatro|cinco|seis|meia|sete|oito|nove|uno|dos|cuatro|siete|ocho|nueve|one|two|"
    r"three|four|five|six|seven|eight|nine)[\s,.-]+){4,}\w+"
)
"""Digits that were spoken one by one."""

_PRIVATE = re.compile("|".join(f"(?:{each})" for each in (_EMAIL, _PLATE, _HEX, _NUMBER, _SPELLED)), re.IGNORECASE)


def masked(text: str) -> str:
    """`text`, cut to TRANSCRIPT_MOST characters, with MASK for whatever looks like it tells who spoke."""
    shown = "".join(each if each.isprintable() else " " for each in text[:TRANSCRIPT_MOST])
    return _PRIVATE.sub(MASK, shown)
