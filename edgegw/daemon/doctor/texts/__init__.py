"""What each finding is called in each language: what is wrong, why it matters, and what mends it.

What stands in braces is filled in from the finding's values. Commands are the same in all languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edgegw.daemon.doctor.texts import en, es, pt_br

Text = tuple[str, str, str]
"""What, why, and the command or the step that mends it."""

TEXTS: Final[Mapping[str, Mapping[str, Text]]] = {"en": en.TEXTS, "pt-BR": pt_br.TEXTS, "es": es.TEXTS}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {"en": en.WORDS, "pt-BR": pt_br.WORDS, "es": es.WORDS}


def spoken(environment: Mapping[str, str]) -> str:
    """The language of a terminal, by what programs go by (locale(7)): pt-BR, es, or en for all others."""
    named = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return {"pt": "pt-BR", "es": "es"}.get(named[:2].lower(), "en")
