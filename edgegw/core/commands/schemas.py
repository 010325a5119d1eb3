"""The catalogue of commands as JSON Schemas (draft 2020-12), from the same values that commands are judged by."""

from __future__ import annotations

from typing import Any

from edgegw.core.commands.arguments import MONEY
from edgegw.model.commands import (
    CATALOGUE,
    AnyObject,
    Anything,
    Argument,
    CommandName,
    Kind,
    ListOf,
    Money,
    Number,
    OneOf,
    Record,
    Text,
    Time,
    Whole,
    YesNo,
)

Schema = dict[str, Any]

TIME: Schema = {"type": "string", "format": "date-time"}
PHASES = ("received", "dispatched", "done", "failed", "expired", "rejected", "unknown")


def arguments(entry: CommandName) -> Schema:
    """The `args` of a command. An optional argument may be null, which is as if it were left out."""
    return _object(entry.arguments)


def command(name: str) -> Schema:
    """A message on `dn/cmd/{name}`: the envelope with the command's own arguments."""
    entry = CATALOGUE[name]
    return {
        "title": name,
        "description": entry.about,
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "args"] if entry.required else ["id"],
        "properties": {
            "id": {
                "type": "string", "minLength": 1, "maxLength": 64,
                "description": "Given by the asker: the same id is the same command, which acts once",
            },
            "name": {"const": name},
            "args": arguments(entry),
            "expires_at": {**_maybe(TIME), "description": "From when on it must not be carried out any more"},
            "wait": {
                "type": "boolean", "default": False,
                "description": "Wait for a station that is offline, until expires_at",
            },
            "by": {
                "description": "On whose behalf: a name, or a name and the proof that was given",
                "oneOf": [
                    {"type": "string"},
                    {
                        "type": "object", "additionalProperties": False,
                        "properties": {"name": {"type": ["string", "null"]}, "proof": {"type": ["string", "null"]}},
                    },
                    {"type": "null"},
                ],
            },
        },
    }  # fmt: skip


def answer() -> Schema:
    """A message on `up/cmd/{name}/res`: one for each state that the command comes to."""
    return {
        "title": "answer",
        "description": "What became of a command so far. `id` is null where the message had none that could be read.",
        "type": "object",
        "required": ["id", "state", "reason", "result", "at"],
        "properties": {
            "id": {"type": ["string", "null"]},
            "state": {"enum": list(PHASES)},
            "reason": {"type": ["string", "null"], "description": "Why it was not done, in words or as the station's"},
            "result": {"type": ["object", "null"], "description": "What it brought; by command"},
            "at": TIME,
        },
    }


def commands() -> dict[str, Schema]:
    """Every command's message by its name."""
    return {name: command(name) for name in CATALOGUE}


def _object(arguments: tuple[Argument, ...]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [each.name for each in arguments if each.required],
        "properties": {each.name: _argument(each) for each in arguments},
    }


def _argument(argument: Argument) -> Schema:
    schema = of_kind(argument.kind)
    private = {"personal": True} if argument.private else {}
    return {**(schema if argument.required else _maybe(schema)), "description": argument.about, **private}


def _maybe(schema: Schema) -> Schema:
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]} if "type" in schema else schema


def of_kind(kind: Kind) -> Schema:
    """What a value of this kind is."""
    match kind:
        case Text(most=most):
            return {"type": "string", "minLength": 1, "maxLength": most}
        case Whole(least=least, most=most):
            return {"type": "integer", "minimum": least} | ({} if most is None else {"maximum": most})
        case Number(least=bottom, most=top, above=above):
            lowest = {"exclusiveMinimum" if above else "minimum": bottom}
            return {"type": "number", **lowest} | ({} if top is None else {"maximum": top})
        case YesNo():
            return {"type": "boolean"}
        case Time():
            return dict(TIME)
        case Money():
            return {"type": "string", "pattern": MONEY}
        case OneOf(words=words):
            return {"enum": list(words)}
        case ListOf(item=item, most=most):
            return {"type": "array", "minItems": 1, "maxItems": most, "items": of_kind(item)}
        case Record(fields=fields):
            return _object(fields)
        case AnyObject():
            return {"type": "object"}
        case Anything():
            return {}
