"""The JSON Schema (draft 2020-12) of the installer's file, for editors.

`edgegw schema > edgegw.schema.json`, then in the first line of the file, for editors that know YAML language server:
`# yaml-language-server: $schema=edgegw.schema.json`.
"""

from __future__ import annotations

from typing import Any

from edgegw.scalars import PlainSchema, duration, size, without
from edgegw.settings.schema import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


class _Written(PlainSchema):
    """A default stands there as it would stand in the file, so that an editor may put it in; no formats of Python."""

    def default_schema(self, schema: Any) -> Schema:
        found = super().default_schema(schema)
        default = found.get("default")
        if isinstance(default, int | float) and found.get("type") in ("string", ["string", "null"]):
            found["default"] = size(default) if "iB" in found["pattern"] else duration(default)
        return found

    def generate_inner(self, schema: Any) -> Schema:
        found = super().generate_inner(schema)
        if found.get("format") == "path":
            return without(found, "format")
        if found.get("type") == "string":  # bounds of a duration are those of its seconds
            return without(found, "minimum", "maximum")
        return found


def settings() -> Schema:
    """The schema of the installer's file. `edgegw check` knows more: what has to fit together across sections."""
    schema = Settings.model_json_schema(schema_generator=_Written)
    return {"$schema": DIALECT, "title": "Configuration of edgegw", **schema}
