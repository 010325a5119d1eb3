"""Numbers that are spoken, as digits: Portuguese, English, Spanish, 0 to 999."""

from __future__ import annotations

_UNITS = {
    0: "zero cero", 1: "um uma one un uno una", 2: "dois duas two dos", 3: "tres three", 4: "quatro four cuatro",
    5: "cinco five", 6: "seis six", 7: "sete seven siete", 8: "oito eight ocho", 9: "nove nine nueve",
}  # fmt: skip
_WHOLE = {
    10: "dez ten diez", 11: "onze eleven once", 12: "doze twelve doce", 13: "treze thirteen trece",
    14: "quatorze catorze fourteen catorce", 15: "quinze fifteen quince", 16: "dezesseis sixteen dieciseis",
    17: "dezessete seventeen diecisiete", 18: "dezoito eighteen dieciocho", 19: "dezenove nineteen diecinueve",
}  # fmt: skip
_TENS = {
    20: "vinte twenty veinte", 30: "trinta thirty treinta", 40: "quarenta forty cuarenta",
    50: "cinquenta fifty cincuenta", 60: "sessenta sixty sesenta", 70: "setenta seventy", 80: "oitenta eighty ochenta",
    90: "noventa ninety noventa",
}  # fmt: skip
_HUNDREDS = {
    100: "cem cento cien ciento hundred", 200: "duzentos duzentas doscientos", 300: "trezentos trezentas trescientos",
    400: "quatrocentos cuatrocientos", 500: "quinhentos quinientos",
}  # fmt: skip


def _words(table: dict[int, str]) -> dict[str, int]:
    return {word: number for number, words in table.items() for word in words.split()}


_UNIT, _FULL, _TEN, _HUNDRED = _words(_UNITS), _words(_WHOLE), _words(_TENS), _words(_HUNDREDS)
_AND = frozenset(("e", "y", "and"))
_ARTICLES = frozenset(("um", "uma", "un", "una", "one"))
_PLACES = """
vaga estacao carregador ponto box spot station charger bay plaza estacion cargador puesto as at las la numero number ate
hasta
"""
_BEFORE_ONE = frozenset(_PLACES.split())
"""Where `um` is the number, and not an article."""


def digits(words: str) -> str:
    """The words (small letters, no accents) with numbers among them as digits: `vaga vinte e dois` is `vaga 22`."""
    found: list[str] = []
    rest = words.split()
    while rest:
        number, used = _number(rest)
        if used and not (used == 1 and rest[0] in _ARTICLES and (not found or found[-1] not in _BEFORE_ONE)):
            found.append(str(number))
            rest = rest[used:]
        else:
            found.append(rest.pop(0))
    return " ".join(found)


def _number(words: list[str]) -> tuple[int, int]:
    """The number that the list begins with, and how many words it takes; (0, 0) when it begins with none."""
    total = used = 0
    if words[:2] in (["a", "hundred"], ["one", "hundred"]):
        total, used = 100, 2
    elif words[0] in _HUNDRED:
        total, used = _HUNDRED[words[0]], 1
    for table, stays in ((_FULL, False), (_TEN, True), (_UNIT, False)):
        at = used + 1 if used and words[used : used + 1] and words[used] in _AND else used
        if at < len(words) and words[at] in table:
            total, used = total + table[words[at]], at + 1
            if not stays:
                break
    return total, used
