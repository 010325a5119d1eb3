"""What others have written, station names or the site's notes, is data where EVA reads it aloud. Pure.

A name may hold line breaks, control characters, or signs that turn the direction of writing: all that could look to a
model, or on a screen, like something else than one short text is taken out, and what is long is cut.
"""

from __future__ import annotations

import unicodedata

NAME_MOST = 40
"""Characters of a name that are read aloud."""

PASSAGE_MOST = 600
"""Characters of a passage of the site's texts."""

_MARKS = str.maketrans("", "", "<>{}[]`|\\")
"""Signs that frame markup, templates or fields of JSON: nobody says them."""


def plain(text: str, most: int = NAME_MOST) -> str:
    """`text` in one line, without control characters and marks, cut at a word to at most `most` characters."""
    shown = "".join(" " if _is_blank(each) else each for each in text if not _is_hidden(each))
    shown = " ".join(shown.translate(_MARKS).split())
    if len(shown) <= most:
        return shown
    return shown[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def _is_blank(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) in ("Zl", "Zp", "Zs")


def _is_hidden(sign: str) -> bool:
    """Control characters, format characters such as those of direction, surrogates and private ones."""
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn") and not sign.isspace()
