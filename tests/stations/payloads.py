"""Payloads that the tolerant schema of a message lets through, for hypothesis: made from the schema itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import ocpp
import orjson
from hypothesis import strategies as st

from edgegw.stations.codec import Version
from edgegw.stations.schemas import LENIENT_ENUMS, forgiven

FOLDERS = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}

TIMES = st.datetimes().map(lambda at: f"{at.isoformat()}Z") | st.sampled_from(
    ["2026-11-24T12:00:00", "2026-11-24T12:00:00+01:00", "1970-01-01T00:00:01Z", "0001-01-01T00:00:00+05:00", "soon"]
)

ANYTHING = st.none() | st.text(max_size=5) | st.integers() | st.dictionaries(st.text(max_size=3), st.text(max_size=3))


@cache
def payloads(version: Version, action: str) -> st.SearchStrategy[Any]:
    """Payloads of a CALL from a station."""
    folder = Path(ocpp.__file__).parent / FOLDERS[version] / "schemas"
    path = folder / f"{action}.json"
    if not path.exists():
        path = folder / f"{action}Request.json"
    schema = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    schema["required"] = [each for each in schema.get("required", ()) if each not in forgiven(action, "request")]
    return _object(schema, schema.get("definitions", {}))


def _any(name: str, schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = definitions[name]
    if "enum" in schema:
        known = st.sampled_from(schema["enum"])
        return known | st.text(max_size=8) if name in LENIENT_ENUMS else known
    if schema.get("format") == "date-time":
        return TIMES
    match schema.get("type"):
        case "object":
            return _object(schema, definitions)
        case "array":
            return st.lists(_any("", schema["items"], definitions), max_size=3)
        case "string":
            numbers = st.decimals(allow_nan=True, allow_infinity=True).map(str)
            limit = schema.get("maxLength", 30)
            return st.text(max_size=min(limit, 30)) | numbers.filter(lambda text: len(text) <= limit)
        case "integer":
            return st.integers(schema.get("minimum", -5), schema.get("maximum", 2000)) | st.just(
                max(1, schema.get("minimum", 1))
            )
        case "number":
            return st.floats(
                schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False
            )  # fmt: skip
        case "boolean":
            return st.booleans()
    return ANYTHING


def _object(schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    required = set(schema.get("required", ()))
    fields = {
        name: _any(name, about, definitions)
        for name, about in schema.get("properties", {}).items()
        if name != "customData"
    }
    return st.fixed_dictionaries(
        {name: field for name, field in fields.items() if name in required},
        optional={name: field for name, field in fields.items() if name not in required},
    )
