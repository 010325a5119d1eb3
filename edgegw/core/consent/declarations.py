"""The tools as a model's function declarations, and the check of its calls, made of the same values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from edgegw.core.commands.arguments import complaint
from edgegw.core.commands.schemas import Schema, of_kind
from edgegw.model.commands import Argument, CommandName, OneOf, Text, Whole
from edgegw.model.commands.argument import Kind
from edgegw.model.tools import TOOLS, Moment, Place, Tool, ToolArgument

MOMENT_MOST = 40


def declarations(names: Iterable[str], speaks: str) -> list[dict[str, Any]]:
    """Every tool as `{"name", "description", "parameters", "class"}`, described in one of LANGUAGES. `names` are the
    words by which stations are called here."""
    words = tuple(names)
    return [
        {
            "name": tool.name,
            "description": tool.about[speaks],
            "parameters": _parameters(tool, words, speaks),
            "class": tool.tier,
        }
        for tool in TOOLS.values()
    ]


def whole_again(tool: Tool, args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that were given, those that are null left out. A whole number that JSON has as `2.0` is one."""
    kinds = {each.name: each.kind for each in tool.arguments}
    given = {name: value for name, value in args.items() if value is not None}
    for name, value in given.items():
        if isinstance(kinds.get(name), Whole) and isinstance(value, float) and value.is_integer():
            given[name] = int(value)
    return given


def wrong(tool: Tool, args: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """What is wrong with the arguments of a call, in words for the model; None for nothing."""
    words = tuple(names)
    entry = CommandName(
        "", tuple(Argument(each.name, _kind(each, words), "", each.required) for each in tool.arguments)
    )
    return complaint(tool.name, entry, args)


def _kind(argument: ToolArgument, words: tuple[str, ...]) -> Kind:
    match argument.kind:
        case Place():
            return OneOf(words)
        case Moment():
            return Text(MOMENT_MOST)
        case kind:
            return kind


def _parameters(tool: Tool, words: tuple[str, ...], speaks: str) -> Schema:
    properties = {}
    for each in tool.arguments:
        schema = of_kind(_kind(each, words))
        kind = {"type": "string"} if "enum" in schema else {}
        properties[each.name] = {**kind, **schema, "description": each.about[speaks]}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [each.name for each in tool.arguments if each.required],
        "properties": properties,
    }
