"""The document that `edgegw schema --mqtt` prints, to hold payloads against."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs

from edgegw.uplink.contract import asyncapi

DOCUMENT: dict[str, Any] = json.loads(json.dumps(asyncapi()))

Schema = dict[str, Any]


@cache
def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    """Of a schema of the document, as a receiver has it: what it does not name is let through."""
    return _validator(name, DOCUMENT["components"]["schemas"])


@cache
def sealed(name: str) -> jsonschema_rs.Draft202012Validator:
    """The same, but what the schema does not name is an error: nothing that we send may be missing in it."""
    schemas = DOCUMENT["components"]["schemas"]
    return _validator(name, {each: _sealed(schema, whole=each != "event") for each, schema in schemas.items()})


def complaints(name: str, value: Any, *, exact: bool = True) -> list[str]:
    """What is wrong with `value` as schema `name`; `exact`: also what the schema does not tell of."""
    found = (sealed if exact else validator)(name).iter_errors(value)
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in found]


def references(node: Any) -> Iterator[str]:
    """Every `$ref` below `node`."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for each in node.values():
            yield from references(each)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def resolve(reference: str) -> Any:
    """What a reference points to. Raises KeyError."""
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def _validator(name: str, schemas: dict[str, Schema]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}, validate_formats=True
    )


def _sealed(node: Any, *, whole: bool = True) -> Any:
    """A copy whose objects name all that they hold. Parts of one are sealed together, not one by one."""
    if isinstance(node, list):
        return [_sealed(each) for each in node]
    if not isinstance(node, dict):
        return node
    parts = "allOf" in node or "properties" in node
    made = {
        key: [_sealed(each, whole=False) for each in value] if parts and key in ("allOf", "anyOf", "oneOf")
        else {name: _sealed(each) for name, each in value.items()} if key == "properties"
        else _sealed(value)
        for key, value in node.items()
    }  # fmt: skip
    if whole and parts and "additionalProperties" not in node:
        made["unevaluatedProperties"] = False
    return made
