"""Frames that are not quite JSON, or not quite OCPP's, as they were meant. Pure, and only asked when `rpc.parse` has
found a fault.

Small stations put their frames together by hand: with the NUL that ends a text in C, a mark of byte order, line breaks
inside texts, letters of an older character set, NaN for a reading that failed. Some leave an empty payload out, write
it as an empty list (as PHP and Lua do) or as a text that holds the object, add elements, or write the type as "2" or
2.0. What was meant is plain, and a frame that is refused comes again for ever.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

import orjson

MENDED: Final = frozenset({"not_json", "message_type", "message_id", "length", "payload", "answer"})
"""Reasons of faults of which some can be mended."""

_AROUND: Final = "\ufeff\0 \t\r\n"
_TYPES: Final = {2: 4, 3: 3, 6: 4}
"""Type of a frame -> its elements. Errors are taken with any number of them as it is."""


def meant(data: bytes | str) -> bytes | None:
    """The frame that `data` was meant to be; None when that can't be told."""
    frame = _read(data)
    if not isinstance(frame, list) or len(frame) < 2:
        return None
    kind = _whole(frame[0])
    elements = _TYPES.get(kind, 0) if kind is not None else 0
    id = frame[1] if isinstance(frame[1], str) else _whole(frame[1])
    if id is None or not elements - 1 <= len(frame) or elements == 0:
        return None
    if elements == 4 and not isinstance(frame[2], str):
        return None
    payload = _payload(frame[elements - 1]) if len(frame) >= elements else {}
    return None if payload is None else orjson.dumps([kind, id, *frame[2 : elements - 1], payload])


def _read(data: bytes | str) -> Any:
    """The JSON in `data`; None for none. What it gives can be written as JSON again."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    text = (_text(data) if isinstance(data, bytes) else data).strip(_AROUND)
    if not text.startswith("["):
        return None
    try:
        value = json.loads(text, strict=False, parse_constant=_nothing, parse_float=_finite)
        # By way of text once more, for halves of letters beyond 16 bits and for integers that are too long.
        return orjson.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _nothing(_: str) -> None:
    """NaN and Infinity."""


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 3:
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value if type(value) is int else None


def _payload(value: Any) -> dict[str, Any] | None:
    if isinstance(value, str):
        value = _read(value) if value.strip().startswith("{") else 0
    if value is None or value == []:
        return {}
    return value if isinstance(value, dict) else None
