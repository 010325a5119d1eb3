"""The languages of people at the kiosk: which one is spoken, and whether somebody says goodbye."""

from __future__ import annotations

import re
from typing import Literal, get_args

Language = Literal["pt-BR", "en", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_PORTUGUESE = """
não você quanto custa aqui minha meu recarga carregar vaga na no está obrigado obrigada começa começar quero preciso
sair às até já gastei uma um dois é em mais cem quilômetros cabo travado oi olá tchau
"""
_ENGLISH = """
the is what how much my start stop charging charge please i you need to want cost does it at here of and a hello hi
thanks thank bye leave more miles cable stuck spot
"""
_SPANISH = """
cuánto cuesta aquí mi plaza el la los las está gracias empieza empezar quiero necesito salir hasta ya he gastado y una
dos más cien kilómetros cable hola adiós usted cargar carga en
"""
_TELLING: dict[Language, frozenset[str]] = {
    "pt-BR": frozenset(_PORTUGUESE.split()),
    "en": frozenset(_ENGLISH.split()),
    "es": frozenset(_SPANISH.split()),
}
"""Frequent words of each at a kiosk; some are shared, which does no harm: the difference counts."""
_MARGIN = 2
"""So many telling words more than any other language has: less is no reason to change."""

_GOODBYES = re.compile(
    r"\b(tchau|até (logo|mais|breve|a próxima)|adeus|era só isso|é só isso|só isso( mesmo)?|pode desligar"
    r"|goodbye|good bye|bye( bye)?|see you|that'?s all|that is all"
    r"|adiós|hasta (luego|pronto|la vista)|eso es todo|nada más)\b",
    re.IGNORECASE,
)
_SHORT = 8
"""Words of a goodbye at most: longer ones hold a wish too."""


def language_of(text: str, so_far: Language) -> Language:
    """The language of what was said; `so_far` unless it is clearly another one."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    counts = {language: sum(word in telling for word in words) for language, telling in _TELLING.items()}
    best = max(LANGUAGES, key=lambda language: counts[language])
    others = max(count for language, count in counts.items() if language != best)
    return best if counts[best] - others >= _MARGIN else so_far


def is_goodbye(text: str) -> bool:
    """Whether this is the end of the conversation, and nothing else."""
    return len(text.split()) <= _SHORT and "?" not in text and bool(_GOODBYES.search(text))
