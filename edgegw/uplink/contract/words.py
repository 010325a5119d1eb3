"""Parts that the schemas of this package are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time"}
EPOCH: Schema = {"type": "string", "description": "Which count of numbers; compare it as text"}
SEQUENCE: Schema = {
    "type": "string", "pattern": "^[0-9]+$", "description": "A number as text, as it may be above 2^53"
}  # fmt: skip


def fields(
    required: Mapping[str, Any], optional: Mapping[str, Any] | None = None, *, about: str = "", closed: bool = False
) -> Schema:
    """An object. `closed`: a key that is not named is refused; else it is to be ignored, as a later version adds it."""
    schema: Schema = {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}
    if about:
        schema["description"] = about
    if closed:
        schema["additionalProperties"] = False
    return schema


def each(schema: Schema, about: str = "", names: str | None = None) -> Schema:
    """An object whose keys are somebody's names, each with a value of `schema`; `names` is their pattern."""
    found: Schema = {"type": "object"}
    if names is None:
        found["additionalProperties"] = schema
    else:
        found |= {"patternProperties": {names: schema}, "additionalProperties": False}
    return {**found, "description": about} if about else found


def listed(schema: Schema, about: str = "") -> Schema:
    return {"type": "array", "items": schema, **({"description": about} if about else {})}


def maybe(schema: Schema, about: str = "") -> Schema:
    """The same or null."""
    found: Schema = {"oneOf": [schema, {"type": "null"}]}
    if "enum" in schema:
        found = {**schema, "enum": [*schema["enum"], None]}
    elif "type" in schema:
        found = {**schema, "type": [schema["type"], "null"]}
    return {**found, "description": about} if about else found


def named(name: str) -> Schema:
    """A reference to a schema of the document by its name."""
    return {"$ref": f"#/components/schemas/{name}"}
