"""A tool's JSON Schema as a function declaration of Gemini. Pure.

Gemini's `parameters` are a subset of OpenAPI 3.0's schemas. The newer `parametersJsonSchema` would take them as they
are, but Live on Vertex is not documented to. What the subset lacks is left out: whoever carries out a call checks its
arguments anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

_KEPT: Final = frozenset(
    {"description", "enum", "required", "format", "minimum", "maximum", "minItems", "maxItems", "title"}
)
_SNAKE: Final = {"minItems": "min_items", "maxItems": "max_items"}
_FORMATS: Final = frozenset({"enum", "date-time", "int32", "int64", "float", "double"})
"""Gemini refuses a declaration with another."""


def declared(tools: Iterable[Mapping[str, Any]], *, blocking: bool = True) -> list[dict[str, Any]]:
    """Function declarations; `blocking`: say that the model waits for each result."""
    found = []
    for tool in tools:
        made: dict[str, Any] = {"name": tool["name"], "description": tool["description"]}
        if blocking:
            made["behavior"] = "BLOCKING"
        parameters = tool.get("parameters") or {}
        if parameters.get("properties"):
            made["parameters"] = subset(parameters)
        found.append(made)
    return found


def subset(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a JSON Schema that Gemini knows. A choice between one type and null is that type, nullable."""
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        real = [each for each in choices if each.get("type") != "null"]
        rest = {key: each for key, each in schema.items() if key not in ("anyOf", "oneOf")}
        made = subset({**real[0], **rest}) if len(real) == 1 else {**subset(rest), "any_of": [subset(e) for e in real]}
        return {**made, "nullable": True} if len(real) < len(choices) else made
    made = {_SNAKE.get(key, key): each for key, each in schema.items() if key in _KEPT}
    if made.get("format") not in _FORMATS:
        made.pop("format", None)
    kind = schema.get("type")
    if isinstance(kind, list):
        made["nullable"] = "null" in kind
        kind = next((each for each in kind if each != "null"), None)
    if kind is not None:
        made["type"] = kind.upper()
    elif "enum" in made:
        made["type"] = "STRING"
    if "const" in schema:
        made["enum"], made["type"] = [str(schema["const"])], "STRING"
    if "properties" in schema:
        made["properties"] = {name: subset(inner) for name, inner in schema["properties"].items()}
    if isinstance(schema.get("items"), Mapping):
        made["items"] = subset(schema["items"])
    return made
