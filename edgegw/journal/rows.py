"""Rows and facts as JSON and back. The dataclasses of `model` are the schema; their type hints say how to read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson

from edgegw.model.facts import FACTS, Fact

T = TypeVar("T")
Convert = Callable[[Any], Any]

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def dump(value: Any) -> str:
    """JSON of a row, a fact's body or anything made of them; money as decimal strings, times with `Z`."""
    return orjson.dumps(value, _plain, _OPTIONS).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def stamp(at: datetime) -> str:
    """A time as text that sorts by time: UTC, microseconds always written."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    text = orjson.dumps(at, option=_OPTIONS).decode()  # in half the time of isoformat; leaves out microseconds of 0
    return text[1:-1] if at.microsecond else f"{text[1:-2]}.000000Z"


def load(cls: type[T], body: Mapping[str, Any]) -> T:
    """The `cls` of which `dump` made `body`. Keys that `cls` does not know are ignored: a newer version wrote them."""
    convert = _converters(cls)  # type: ignore[arg-type]  # a class is hashable, whatever its T
    return cls(**{key: convert[key](value) for key, value in body.items() if key in convert})


def load_fact(type_name: str, at: datetime, body: Mapping[str, Any]) -> Fact:
    """The fact of wire name `type_name` from its body, personal values merged in (None where erased)."""
    return load(FACTS[type_name], {**body, "at": at})


@cache
def _converters(cls: type[Any]) -> Mapping[str, Convert]:
    hints = get_type_hints(cls)
    return {field.name: _converter(hints[field.name]) for field in fields(cls)}


def _converter(hint: Any) -> Convert:
    if hint is datetime:
        return _time
    if hint is Decimal:
        return Decimal
    if is_dataclass(hint):
        return lambda body: load(hint, body)  # type: ignore[arg-type]
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        inner = [_converter(arg) for arg in args if arg is not NoneType]
        special = next((convert for convert in inner if convert is not _same), _same)
        return lambda value: None if value is None else special(value)
    if origin is tuple:
        item = _converter(args[0])
        return lambda values: tuple(item(value) for value in values)
    return _same


def _same(value: Any) -> Any:
    return value


def _time(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
