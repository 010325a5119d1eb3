"""What is wrong with a command's arguments, in words for the one who wrote them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from edgegw.model.commands import (
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

MONEY = r"^\d{1,12}(\.\d{1,6})?$"
"""An amount as text; that it is above 0 is checked beside it."""

_MONEY = re.compile(MONEY)


def complaint(name: str, entry: CommandName, args: Mapping[str, Any]) -> str | None:
    """Why these are not the arguments of the command `name`, None when they are. One that is null was not given."""
    return _fields(name, entry.arguments, args, "")


def moment(text: Any) -> datetime | None:
    """The time of an argument that has passed `complaint`; None for one that was not given."""
    return None if text is None else datetime.fromisoformat(text)


def amount(text: Any) -> Decimal | None:
    """The money of an argument that has passed `complaint`; None for one that was not given."""
    return None if text is None else Decimal(text)


def _fields(whose: str, arguments: tuple[Argument, ...], given: Mapping[str, Any], where: str) -> str | None:
    known = {each.name: each for each in arguments}
    if missing := sorted(name for name, each in known.items() if each.required and given.get(name) is None):
        return f"{whose} needs {', '.join(missing)}"
    if unknown := sorted(given.keys() - known.keys()):
        allowed = ", ".join(sorted(known)) or "no arguments"
        return f"{whose} does not take {', '.join(unknown)}; it takes {allowed}"
    for name, each in known.items():
        if (value := given.get(name)) is not None and (wrong := _wrong(where + name, each.kind, value)) is not None:
            return wrong
    return None


def _wrong(name: str, kind: Kind, value: Any) -> str | None:
    match kind:
        case Anything():
            return None
        case AnyObject():
            return None if isinstance(value, Mapping) else f"{name} is an object"
        case ListOf(item=item, most=most):
            if not isinstance(value, list | tuple) or not 0 < len(value) <= most:
                return f"{name} is a list of 1 to {most}"
            wrongs = (_wrong(f"{name}[{place}]", item, each) for place, each in enumerate(value))
            return next((wrong for wrong in wrongs if wrong is not None), None)
        case Record(fields=fields):
            return _fields(name, fields, value, f"{name}.") if isinstance(value, Mapping) else f"{name} is an object"
        case Time():
            return _no_time(name, value)
        case _:
            return None if _is(kind, value) else f"{name} is {words(kind)}"


def _no_time(name: str, value: Any) -> str | None:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return f"{name} is {words(Time())}"
    return f"{name} needs its zone, such as 2026-11-24T18:00:00Z" if at.tzinfo is None else None


def _is(kind: Kind, value: Any) -> bool:
    match kind:
        case Text(most=most):
            return isinstance(value, str) and 0 < len(value) <= most
        case Whole(least=least, most=most):
            return type(value) is int and least <= value and (most is None or value <= most)
        case Number(least=bottom, most=top, above=above):
            if type(value) not in (int, float) or not math.isfinite(value) or (top is not None and value > top):
                return False
            return bool(value > bottom if above else value >= bottom)
        case YesNo():
            return isinstance(value, bool)
        case Money():
            return isinstance(value, str) and _MONEY.match(value) is not None and Decimal(value) > 0
        case OneOf(words=allowed):
            return isinstance(value, str) and value in allowed
    return False


def words(kind: Kind) -> str:
    """What a value of this kind is, to stand behind `is`."""
    match kind:
        case Text(most=most):
            return f"a text of 1 to {most} characters"
        case Whole(least=least, most=most):
            return f"a whole number of {least} or more" if most is None else f"a whole number from {least} to {most}"
        case Number(least=bottom, most=top, above=above):
            at_most = "" if top is None else f" and at most {top:g}"
            return f"a number above {bottom:g}{at_most}" if above else f"a number of {bottom:g} or more{at_most}"
        case YesNo():
            return "true or false"
        case Time():
            return "a time such as 2026-11-24T18:00:00Z"
        case Money():
            return "an amount above 0 as text, such as 12.50"
        case OneOf(words=allowed):
            return " or ".join(allowed) if len(allowed) < 3 else f"one of {', '.join(allowed)}"
    return "of another kind"
