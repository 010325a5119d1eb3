"""One payload of each message, made from its published schema: with what must be there alone, or with all that may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ocpp
import orjson

from edgegw.stations.codec import Version
from tests.stations.payloads import FOLDERS

DEEPEST = 7
"""Full payloads stop here: some of 2.1's types hold themselves."""


def examples(version: Version, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(action, payload): every message of the version, first minimal, then full; `at` stands for each time."""
    folder = Path(ocpp.__file__).parent / FOLDERS[version] / "schemas"
    for path in sorted(folder.glob("*.json")):
        if not path.stem.endswith("Response"):
            schema = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
            for full in (False, True):
                payload = _value("", schema, schema.get("definitions", {}), full, 0, at)
                yield path.stem.removesuffix("Request"), payload


def _value(name: str, schema: dict[str, Any], definitions: dict[str, Any], full: bool, depth: int, at: str) -> Any:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object" if "properties" in schema:
            required = schema.get("required", ())
            return {
                key: _value(key, each, definitions, full, depth + 1, at)
                for key, each in schema["properties"].items()
                if key in required or (full and key != "customData" and depth < DEEPEST)
            }
        case "array":
            one = _value(name, schema["items"], definitions, full, depth + 1, at)
            return [one] * max(1, schema.get("minItems", 0))
        case "string" if schema.get("format") == "date-time":
            return at
        case "string":
            return "12" if name == "value" else "x" * min(3, schema.get("maxLength", 3))
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "number":
            return 1.0
        case "boolean":
            return True
    return {"vendorId": "v"} if schema.get("type") == "object" else "x"
