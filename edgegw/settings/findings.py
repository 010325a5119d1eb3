"""What is wrong with a file, each as one line that points: `file:line:column: key: what is wrong, what is allowed`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from edgegw.scalars import duration, size


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend, or with `warning` to know. Line and column count from 1."""

    file: str
    line: int
    column: int
    key: str
    message: str
    warning: bool = False

    def __str__(self) -> str:
        kind = "warning: " if self.warning else ""
        key = f"{self.key}: " if self.key else ""
        return f"{self.file}:{self.line}:{self.column}: {kind}{key}{self.message}"


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean X?` for a word that is nearly one of `known`, and what is allowed."""
    allowed = sorted(known)
    if not allowed:
        return "there is none"
    close = get_close_matches(word, allowed, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}allowed: {', '.join(allowed)}"


_PATTERNS = {
    r"^[a-z0-9-]{1,48}$": "1 to 48 of a-z, 0-9 and -",
    r"^[A-Z]{3}$": "three capital letters, such as BRL",
    r"^[A-Za-z0-9_-]{1,48}$": "1 to 48 letters, digits, _ and -",
    r"^[A-Za-z0-9*\-_=:+|@.]{1,48}$": "1 to 48 letters, digits and * - _ = : + | @ .",
    r"^[A-Za-z0-9][A-Za-z0-9_.:/#-]*$": "letters, digits and _ . : / # -, a letter or digit first",
    r"^(supply|building|solar|battery|circuit:[^:]+|station:[^:]+)$": (
        "supply, building, solar, battery, circuit:ID, station:ID"
    ),
    r"^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$": "address:port, such as 0.0.0.0:8080",
    r"^https://[^/\s]+(/\S*)?$": "https://host:443/path",
    r"^mqtts?://[^/\s]+(:\d+)?/?$": "mqtt://host:1883 or mqtts://host:8883",
    r"^https?://[^/@\s]+(/[^@\s]*)?$": "http://host:4318 or https://host:4318, without a user",
    r"^https?://[^/\s@]+(:\d+)?/?$": "https://host:8200",
    r"^[^#?\s/]+(/[^#?\s/]+)*$": "the mount and words with / between them, such as secret/edgegw",
    r"^[^#+\s/]+(/[^#+\s/]+)*$": "words with / between them and without # and +, such as edgegw/v1",
}
"""What each pattern of the settings allows, for those who don't read patterns."""

_PLAIN = {
    "missing": "this key is missing",
    "model_type": "must be a mapping of keys",
    "model_attributes_type": "must be a mapping of keys",
    "dict_type": "must be a mapping of keys",
    "list_type": "must be a list",
    "invalid_key": "a key must be text; put it in quotes",
}

_KINDS = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "decimal_type": 'an amount such as "1.89"',
    "decimal_parsing": 'an amount such as "1.89"',
    "decimal_max_digits": 'an amount such as "1.89"',
    "decimal_max_places": 'an amount such as "1.89"',
    "decimal_whole_digits": 'an amount such as "1.89"',
    "path_type": "a path",
    "time_type": 'a time of day such as "18:00"',
    "time_parsing": 'a time of day such as "18:00"',
}

_LIMITS = {
    "greater_than": "above",
    "greater_than_equal": "at least",
    "less_than": "below",
    "less_than_equal": "at most",
}


def wording(error: dict[str, Any], value: Any) -> str:
    """A pydantic error in an installer's words. `value` is what stands in the file."""
    kind, ctx, it = error["type"], error.get("ctx", {}), shown(value)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _KINDS:
        return f"{it} is not {_KINDS[kind]}"
    if kind == "string_type":
        return f"{it} is not text" if isinstance(value, dict | list | None) else f"{it} is not text; put it in quotes"
    if kind in ("bool_type", "bool_parsing"):
        return f"{it} is not allowed; allowed: true, false"
    if kind in ("literal_error", "enum"):
        return f"{it} is not allowed; allowed: {_listed(ctx['expected'])}"
    if kind == "string_pattern_mismatch":
        return f"{it} is not allowed; allowed: {_PATTERNS.get(ctx['pattern'], ctx['pattern'])}"
    if isinstance(value, float) and math.isnan(value):
        return f"{it} is not a number"
    if kind in _LIMITS:
        return f"{it} is out of range; it must be {_LIMITS[kind]} {_bound(next(iter(ctx.values())), value)}"
    if kind == "too_short":
        return f"needs at least {ctx['min_length']}"
    if kind == "too_long":
        return f"takes at most {ctx['max_length']}"
    if kind == "value_error":
        return f"{it}: {ctx['error']}"
    return str(error["msg"]).lower()


def shown(value: Any) -> str:
    """What stands in the file, as it stands there, and not too much of it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:56]}...{text[-1]}"


def _listed(expected: str) -> str:
    """`a, b, c` of pydantic's `'a', 'b' or 'c'`."""
    return expected.replace("'", "").replace(" or ", ", ")


def _bound(bound: Any, value: Any) -> str:
    """A limit in the unit that the value was written in."""
    if isinstance(value, str) and value[-1:].isalpha():
        return size(bound) if value.endswith("iB") else duration(bound)
    return f"{bound:g}"
