"""JSON Schemas (draft 2020-12) for others' programs: of the installer's file, and of the events on stream A.

`edgegw schema > edgegw.schema.json`, then in the first line of the file, for editors that know YAML language server:
`# yaml-language-server: $schema=edgegw.schema.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from edgegw.model.facts import FACTS, Fact
from edgegw.scalars import duration, size
from edgegw.settings.schema import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


class _Plain(GenerateJsonSchema):
    """pydantic's schemas without what only its own world knows: titles made of class names, formats of Python paths.

    A default stands there as it would stand in the file, so that an editor may put it in.
    """

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: Any) -> Schema:
        return _without(super().model_schema(schema), "title")

    def dataclass_schema(self, schema: Any) -> Schema:
        return _without(super().dataclass_schema(schema), "title")

    def default_schema(self, schema: Any) -> Schema:
        found = super().default_schema(schema)
        default = found.get("default")
        if default is None:
            return _without(found, "default")
        if isinstance(default, int | float) and found.get("type") == "string":
            found["default"] = size(default) if "iB" in found["pattern"] else duration(default)
        return found

    def generate_inner(self, schema: Any) -> Schema:
        found = super().generate_inner(schema)
        if found.get("format") == "path":
            return _without(found, "format")
        if found.get("type") == "string":  # bounds of a duration are those of its seconds
            return _without(found, "minimum", "maximum")
        return found


def _without(schema: Schema, *keys: str) -> Schema:
    return {key: value for key, value in schema.items() if key not in keys}


def settings() -> Schema:
    """The schema of the installer's file. `edgegw check` knows more: what has to fit together across sections."""
    schema = Settings.model_json_schema(schema_generator=_Plain)
    return {"$schema": DIALECT, "title": "Configuration of edgegw", **schema}


def facts() -> Schema:
    """The schema of an event on stream A, by its `type`; `data` of each fact under `$defs` by the fact's wire name.

    Keys that it does not name may come with a later version: a receiver leaves them alone. A personal field is null
    once it has been erased.
    """
    data: dict[str, Schema] = {name: _data(cls) for name, cls in FACTS.items()} | {"gap": _GAP}
    return {
        "$schema": DIALECT,
        "title": "An event on stream A of edgegw",
        "description": "CloudEvents 1.0; `type` says which of these `data` is.",
        "type": "object",
        "required": ["type", "data"],
        "oneOf": [
            {"properties": {"type": {"const": f"io.edgegw.{name}.v1"}, "data": {"$ref": f"#/$defs/{name}"}}}
            for name in data
        ],
        "$defs": data,
    }


_GAP: Schema = {
    "description": "Stands in the place of records that are no longer held.",
    "type": "object",
    "required": ["from", "to", "reason"],
    "properties": {
        "from": {"type": "string", "pattern": "^[0-9]+$", "description": "First sequence that is missing."},
        "to": {"type": "string", "pattern": "^[0-9]+$", "description": "Last one."},
        "reason": {"type": "string"},
        "samples": {"type": ["integer", "null"], "description": "Readings that went with them, where that is known."},
    },
}


def _data(cls: type[Fact]) -> Schema:
    schema = TypeAdapter(cls).json_schema(mode="serialization", schema_generator=_Plain)
    properties: Mapping[str, Schema] = schema["properties"]
    found: Schema = {
        **schema,
        "properties": {
            name: {**each, "personal": True} if name in cls.personal else each
            for name, each in properties.items()
            if name != "at"  # when it happened is the event's own `time`
        },
        "required": [name for name in schema["required"] if name != "at"],
    }
    own = cls.__doc__ or ""
    if own and not own.startswith(f"{cls.__name__}("):  # not the signature that a dataclass without words gets
        found["description"] = " ".join(own.split())
    return found
