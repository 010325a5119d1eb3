"""Lines that a voice process sends: JSON objects, each of a `type`, checked before anything acts on them. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from edgegw.core.nesting import too_deep

VERSION: Final = 1

MAX_LINE: Final = 64 * 1024
"""Bytes of a line with its end."""

MAX_TEXT: Final = 4000
"""Characters of a text in a line."""

STATES: Final = (
    "idle", "listening", "thinking", "speaking", "mic_lost", "cloud_down", "key_missing", "budget_spent", "off",
)  # fmt: skip
CHANNELS: Final = ("voice", "text")
"""What a voice process opens dialogues for; the screen has its own door."""

_NONE: Final = type(None)

Kinds = tuple[type, ...]
TEXT: Final[Kinds] = (str,)
MAYBE: Final[Kinds] = (str, _NONE)

REQUIRED: Final[Mapping[str, Mapping[str, Kinds]]] = {
    "hello": {"v": (int,)},
    "tools": {"id": TEXT},
    "open": {"id": TEXT, "dialogue": TEXT, "language": TEXT, "channel": TEXT},
    "close": {"dialogue": TEXT},
    "propose": {"id": TEXT, "dialogue": TEXT, "tool": TEXT, "args": (dict,), "call_id": TEXT},
    "cancel": {"dialogue": TEXT, "call_id": TEXT},
    "interaction": {"dialogue": TEXT, "intent": TEXT},
    "metrics": {},
    "state": {"state": TEXT, "microphone_live": (bool,)},
    "token": {"id": TEXT},
}
"""What each type of line must have."""

OPTIONAL: Final[Mapping[str, Mapping[str, Kinds]]] = {
    "hello": {"assistant": MAYBE},
    "tools": {"language": MAYBE},
    "interaction": {
        "at": MAYBE, "tool": MAYBE, "decision": MAYBE, "outcome": MAYBE, "language": MAYBE,
        "latency_ms": (int, float, _NONE), "transcript": MAYBE,
    },
    "state": {"dialogue": MAYBE, "caption": MAYBE},
}  # fmt: skip
"""What it may have beside that and an `id`."""

NAMES: Final = ("id", "dialogue", "call_id", "tool", "language", "channel")
MAX_NAME: Final = 128


class BadLine(ValueError):
    """A line that is not understood; the text says why. `id` is the one to answer to, where it could be read."""

    def __init__(self, detail: str, id: str | None = None) -> None:
        super().__init__(detail)
        self.id = id


def read(line: bytes) -> dict[str, Any]:
    """The message of a line. Raises BadLine."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadLine(f"not JSON in UTF-8: {error.msg}") from None
    if not isinstance(found, dict):
        raise BadLine("not a JSON object")
    if too_deep(found):
        raise BadLine("nested too deep")
    id = found.get("id")
    id = id if isinstance(id, str) and len(id) <= MAX_NAME else None
    kind = found.get("type")
    if not isinstance(kind, str) or kind not in REQUIRED:
        raise BadLine(f"there is no type {str(kind)[:40]!r}; known: {', '.join(REQUIRED)}", id)
    _check(found, kind, id)
    return found


def _check(found: Mapping[str, Any], kind: str, id: str | None) -> None:
    required, optional = REQUIRED[kind], OPTIONAL.get(kind, {})
    if missing := [name for name in required if name not in found]:
        raise BadLine(f"{kind} needs {', '.join(missing)}", id)
    for name, value in found.items():
        kinds = required.get(name) or optional.get(name)
        if kinds is not None:
            # type(), as True is an int to isinstance.
            if type(value) not in kinds:
                raise BadLine(f"{name} of {kind} is of another kind", id)
            if isinstance(value, str) and len(value) > (MAX_NAME if name in NAMES else MAX_TEXT):
                raise BadLine(f"{name} of {kind} is too long", id)
            if value == "" and name in required:
                raise BadLine(f"{name} of {kind} is empty", id)
        elif name not in ("type", "id") and kind != "metrics":
            raise BadLine(f"{kind} has no {name[:40]!r}", id)
    if kind == "state" and found["state"] not in STATES:
        raise BadLine(f"state is one of {', '.join(STATES)}", id)
    if kind == "open" and found["channel"] not in CHANNELS:
        raise BadLine(f"channel is one of {', '.join(CHANNELS)}", id)
