"""What a station takes in one message: a list cut into parts, and a command into CALLs, as it has said it wants them.

OCPP 1.6 section 9.1.4 (GetConfigurationMaxKeys) and 9.2.3 (SendLocalListMaxLength); OCPP 2.0.1 part 2, B05.FR.11,
B06.FR.05 and D01.FR.11: ItemsPerMessage and BytesPerMessage, with the message's name as their instance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

import orjson

from edgegw.hub import Ending
from edgegw.stations.codec import Outgoing, Peer
from edgegw.stations.commanding import variables_ending

T = TypeVar("T")

FRAME_BYTES: Final = 120
"""What stands around the items of a CALL: the message id, the action, and the keys above them."""


def in_batches(items: Sequence[T], most: int | None, most_bytes: int | None = None) -> list[Sequence[T]]:
    """`items` in their order, in parts of at most `most`, whose JSON fits into a message of `most_bytes`; one that does
    not fit alone is a part of its own. None is no limit. Without items there is one part, which is empty."""
    parts: list[Sequence[T]] = []
    part: list[T] = []
    size = FRAME_BYTES
    for item in items:
        length = len(orjson.dumps(item)) + 1 if most_bytes is not None else 0
        full = most is not None and len(part) >= most
        if part and (full or (most_bytes is not None and size + length > most_bytes)):
            parts.append(part)
            part, size = [], FRAME_BYTES
        part.append(item)
        size += length
    return [*parts, part]


def number(text: str | None) -> int | None:
    """A limit as a station tells it; None where it tells none that could be one."""
    if text is None or not text.strip().isdigit():
        return None
    return int(text) or None


def per_message(peer: Peer, component: str, message: str) -> tuple[int | None, int | None]:
    """ItemsPerMessage and BytesPerMessage of a 2.x station for a message."""
    items, size = (peer.variable(component, name, message) for name in ("ItemsPerMessage", "BytesPerMessage"))
    return number(items), number(size)


def in_series(calls: Sequence[Outgoing], joined: Callable[[Sequence[Ending]], Ending]) -> Outgoing:
    """The CALLs as one that the others follow."""
    return replace(calls[0], then=tuple(calls[1:]), joined=joined) if len(calls) > 1 else calls[0]


def variables_read(ends: Sequence[Ending]) -> Ending:
    """One end of the ends of several CALLs that read variables: what was told until one failed."""
    found = {"variables": list(_variables(ends))}
    last = ends[-1]
    return Ending(last.state, last.reason, found if last.result is None or "variables" in last.result else {
        **found, **last.result
    })  # fmt: skip


def variables_set(wanted: Iterable[Mapping[str, Any]]) -> Callable[[Sequence[Ending]], Ending]:
    """The same of CALLs that set the variables `wanted`, each as a result names it; those that were not sent, or not
    answered, are told as `not_sent` or `unknown`."""

    def joined(ends: Sequence[Ending]) -> Ending:
        told = list(_variables(ends))
        last = ends[-1]
        if last.result is not None and "variables" in last.result:
            return variables_ending(told)
        missing = "unknown" if last.state == "unknown" else "not_sent"
        rest = [{**each, "status": missing} for each in list(wanted)[len(told) :]]
        state = last.state if not told or last.state == "unknown" else "failed"
        return Ending(state, last.reason, {"variables": told + rest, **(last.result or {})})

    return joined


def _variables(ends: Iterable[Ending]) -> Iterable[Mapping[str, Any]]:
    for each in ends:
        if each.result is not None:
            yield from each.result.get("variables", ())
