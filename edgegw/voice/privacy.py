"""What a transcript must not keep: plates, phones, addresses of mail, tax numbers, numbers of cards become stars.

A guess in both directions: a number read out digit by digit may look like none of these, so every run of six digits or
more goes, however it is grouped. Amounts, times, kilowatt-hours and kilometres stay.
"""

from __future__ import annotations

import re

MASK = "***"

_AT, _DOT = r"(?:@|\barroba\b|\bat\b)", r"(?:\.|\bponto\b|\bdot\b|\bpunto\b)"
_MAIL = re.compile(rf"[\w.+-]+\s?{_AT}\s?[\w-]+(?:\s?{_DOT}\s?[\w-]+)+", re.I)
_PLATE = re.compile(r"\b[A-Z]{3}[\s.-]?\d[A-Z0-9]\d{2}\b", re.I)
"""Brazil, old (ABC-1234) and Mercosul (ABC1D23)."""
_SPELLED_PLATE = re.compile(r"\b(?:[A-Z][\s.-]){3}\d[\s.-]?[A-Z0-9][\s.-]?\d[\s.-]?\d\b", re.I)
_DIGITS = re.compile(r"\+?\(?\d(?:[\s.()/-]{0,2}\d){5,}")
"""Phones, CPF (000.000.000-00), CNPJ (00.000.000/0000-00), cards: six digits and more, in groups or not."""
_UID = re.compile(r"\b(?=[0-9A-F]*\d)[0-9A-F]{8,}\b", re.I)
"""A card's own number, as readers show it."""
_NUMERALS = """
zero um uma dois duas três tres quatro cinco seis meia sete oito nove cero uno una dos cuatro siete ocho nueve
oh one two three four five six seven eight nine
"""
_DIGIT = rf"(?:{'|'.join(_NUMERALS.split())}|\d)"
_SPOKEN_DIGITS = re.compile(rf"\b(?:{_DIGIT}[\s,.-]+){{5,}}{_DIGIT}\b", re.I)
"""The same, read out one by one."""


def masked(text: str) -> str:
    """The text with what may name a person or a means of payment replaced by stars."""
    for pattern in (_MAIL, _UID, _SPELLED_PLATE, _PLATE, _SPOKEN_DIGITS, _DIGITS):
        text = pattern.sub(MASK, text)
    return text
