"""What is wrong with a file, each as one line that points: `file:line:column: key: what is wrong, what is allowed`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


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
    """` did you mean X?` for a word that is nearly one of `known`, and what is allowed."""
    allowed = sorted(known)
    close = get_close_matches(word, allowed, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}allowed: {', '.join(allowed)}"


def wording(error: dict[str, Any], value: Any) -> str:
    """A pydantic error in an installer's words. `value` is what stands in the file."""
    kind, ctx = error["type"], error.get("ctx", {})
    shown = f"{value!r}" if not isinstance(value, dict | list) else "this"
    plain = {
        "missing": "this key is missing",
        "model_type": "must be a mapping of keys",
        "model_attributes_type": "must be a mapping of keys",
        "dict_type": "must be a mapping of keys",
        "list_type": "must be a list",
        "int_type": f"{shown} is not a whole number",
        "int_parsing": f"{shown} is not a whole number",
        "int_from_float": f"{shown} is not a whole number",
        "float_type": f"{shown} is not a number",
        "float_parsing": f"{shown} is not a number",
        "string_type": f"{shown} is not text; put it in quotes",
        "bool_type": f"{shown} is neither true nor false",
        "bool_parsing": f"{shown} is neither true nor false",
        "decimal_type": f"{shown} is not an amount such as \"1.89\"",
        "decimal_parsing": f"{shown} is not an amount such as \"1.89\"",
        "path_type": f"{shown} is not a path",
        "time_type": f"{shown} is not a time of day such as \"18:00\"",
        "time_parsing": f"{shown} is not a time of day such as \"18:00\"",
    }  # fmt: skip
    if kind in plain:
        return plain[kind]
    if kind in ("literal_error", "enum"):
        return f"{shown} is not allowed; allowed: {ctx.get('expected', '').replace(chr(39), '')}"
    if kind == "string_pattern_mismatch":
        return f"{shown} does not fit the pattern {ctx['pattern']}"
    limits = {
        "greater_than": "above",
        "greater_than_equal": "at least",
        "less_than": "below",
        "less_than_equal": "at most",
    }
    if kind in limits:
        bound = next(iter(ctx.values()))
        return f"{shown} is out of range; it must be {limits[kind]} {bound:g}"
    if kind == "too_short":
        return f"needs at least {ctx['min_length']}"
    if kind == "too_long":
        return f"takes at most {ctx['max_length']}"
    if kind == "value_error":
        return f"{shown}: {ctx['error']}"
    return str(error["msg"]).lower()
