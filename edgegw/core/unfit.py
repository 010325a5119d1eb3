"""Refusing what somebody sent, in words for who sent it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any


class Unfit(ValueError):
    """What was sent can't be taken; the text says what is wrong with it, and names nobody."""


def only(body: Any, allowed: Collection[str], what: str = "it") -> Mapping[str, Any]:
    """`body` as an object of `allowed` keys. Raises Unfit."""
    if not isinstance(body, Mapping):
        raise Unfit(f"{what} is an object of {', '.join(allowed)}")
    if unknown := sorted(set(body) - set(allowed)):
        raise Unfit(f"unknown key {unknown[0]!r}; allowed: {', '.join(allowed)}")
    return body


def moment(text: Any, name: str) -> datetime | None:
    """A time with its zone in UTC, None for None. Raises Unfit."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise Unfit(f"{name} is a time with its zone, such as 2026-11-24T18:00:00Z")
