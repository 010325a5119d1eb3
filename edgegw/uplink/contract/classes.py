"""Schemas of the model's own classes: the data of every fact, and rows of the state."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from edgegw.model.facts import FACTS, Fact
from edgegw.scalars import PlainSchema
from edgegw.uplink.contract.words import Schema


def facts() -> dict[str, Schema]:
    """The `data` of each fact's event, by the fact's wire name.

    A personal field is marked, and null once it has been erased. When it happened is the event's own `time`.
    """
    return {name: _fact(cls) for name, cls in FACTS.items()}


def row(cls: type[Any]) -> Schema:
    """A row of the state, whole: every field stands there, null where there is nothing."""
    schema = TypeAdapter(cls).json_schema(mode="serialization", schema_generator=PlainSchema)
    properties = {name: _nameless(each) for name, each in schema["properties"].items()}
    return {"type": "object", "required": list(properties), "properties": properties}


def _nameless(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "default"}


def _fact(cls: type[Fact]) -> Schema:
    schema = TypeAdapter(cls).json_schema(mode="serialization", schema_generator=PlainSchema)
    found: Schema = {
        **schema,
        "properties": {
            name: {**each, "personal": True} if name in cls.personal else each
            for name, each in schema["properties"].items()
            if name != "at"
        },
        "required": [name for name in schema["required"] if name != "at"],
    }
    own = cls.__doc__ or ""
    if own and not own.startswith(f"{cls.__name__}("):  # not the signature that a dataclass without words gets
        found["description"] = " ".join(own.split())
    return found
