"""Words that every neighbour's settings use: durations, sizes, credentials, and a section that refuses unknown keys.

And how pydantic writes JSON Schemas that are shown to others (`PlainSchema`).
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.json_schema import GenerateJsonSchema

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


class Section(BaseModel):
    """A mapping of the installer's file. Keys that it does not name are errors, so a slip of the pen is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)


def _seconds(value: Any) -> Any:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be a duration with its unit, such as 15s, 5m, 2h or 30d")
    return float(match[1]) * _SECONDS[match[2]]


def _bytes(value: Any) -> Any:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(KiB|MiB|GiB)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be a size with its unit, such as 32KiB, 500MiB or 2GiB")
    return int(float(match[1]) * _BYTES[match[2]])


def duration(seconds: float) -> str:
    """Seconds as they stand in the file, in the largest unit that needs no fraction: 300.0 is `5m`."""
    return _spelled(seconds, _SECONDS)


def size(count: float) -> str:
    """Bytes as they stand in the file: 2147483648 is `2GiB`."""
    return _spelled(count, _BYTES)


def _spelled(value: float, units: dict[str, int]) -> str:
    fitting = [unit for unit, factor in units.items() if value and value % factor == 0]
    unit = fitting[-1] if fitting else next(iter(units))
    return f"{value / units[unit]:.15g}{unit}"


Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    PlainSerializer(duration, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*[smhd]$", "examples": ["15s", "5m", "30d"]}),
]
"""`15s`, `5m`, `2h`, `30d` in the file; seconds here."""

MaybeDuration = Annotated[
    float | None,
    BeforeValidator(lambda value: None if value is None else _seconds(value)),
    PlainSerializer(lambda seconds: None if seconds is None else duration(seconds), when_used="json"),
    WithJsonSchema({"type": ["string", "null"], "pattern": r"^\d+(\.\d+)?\s*[smhd]$", "examples": ["15s", "5m"]}),
]
"""The same, or null."""

Size = Annotated[
    int,
    BeforeValidator(_bytes),
    PlainSerializer(size, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*(KiB|MiB|GiB)$", "examples": ["32KiB", "2GiB"]}),
]
"""`32KiB`, `2GiB` in the file; bytes here."""

Port = Annotated[int, Field(ge=0, le=65535)]
"""A TCP port; 0 lets the system choose one."""


class Credential(Section):
    """A secret by name: the file of that name in the credentials directory holds it."""

    credential: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/#-]*$")]
    """Name of the file in the credentials directory."""


class PlainSchema(GenerateJsonSchema):
    """pydantic's schemas without what only its own world knows: titles made of class names, defaults of null."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: Any) -> dict[str, Any]:
        return without(super().model_schema(schema), "title")

    def dataclass_schema(self, schema: Any) -> dict[str, Any]:
        return without(super().dataclass_schema(schema), "title")

    def default_schema(self, schema: Any) -> dict[str, Any]:
        found = super().default_schema(schema)
        return without(found, "default") if found.get("default") is None else found


def without(schema: dict[str, Any], *keys: str) -> dict[str, Any]:
    """A copy of a schema that lacks these keys."""
    return {key: value for key, value in schema.items() if key not in keys}
