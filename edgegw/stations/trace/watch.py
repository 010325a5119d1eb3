"""Looking on at a station: its raw frames as entries, in order, as fast as who looks on takes them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from typing import Any, Final

import orjson

from edgegw.core.nesting import too_deep
from edgegw.journal.rows import stamp
from edgegw.stations.taps import Direction, RawFrame, Taps
from edgegw.stations.trace.redact import Redaction

Json = dict[str, Any]

HELD: Final = 2000
"""Frames that wait for a slow reader; beyond, they are counted and left out."""

OPEN_CALLS: Final = 64
"""CALLs whose answers are looked out for, each way."""

_KINDS: Final = {2: "call", 3: "result", 4: "error", 5: "result_error", 6: "send"}


class Reading:
    """What frames say, one after another: an answer is told with the action of its CALL."""

    def __init__(self) -> None:
        self._redaction = Redaction()
        self._asked: dict[Direction, OrderedDict[str, str]] = {"in": OrderedDict(), "out": OrderedDict()}

    def entry(self, frame: RawFrame, ocpp: str | None) -> Json:
        """A frame as an entry: `direction` in came from the station."""
        told: Json = {"at": stamp(frame.at), "station": frame.station, "ocpp": ocpp, "direction": frame.direction}
        try:
            parts = orjson.loads(frame.data)
        except orjson.JSONDecodeError:
            parts = None
        if not isinstance(parts, list) or len(parts) < 3 or parts[0] not in _KINDS or too_deep(parts):
            # Nobody knows what is in it, so only its size is told.
            return told | {"kind": "unreadable", "bytes": len(frame.data)}
        kind, id = _KINDS[parts[0]], str(parts[1])
        told |= {"kind": kind, "id": id}
        if kind in ("call", "send"):
            action = str(parts[2])
            if kind == "call":
                asked = self._asked[frame.direction]
                asked[id] = action
                if len(asked) > OPEN_CALLS:
                    asked.popitem(last=False)
            payload = parts[3] if len(parts) > 3 else None
            return told | {"action": action, "payload": self._redaction.payload(payload, action)}
        action_of = self._asked["out" if frame.direction == "in" else "in"].pop(id, None)
        told["action"] = action_of
        if kind == "result":
            return told | {"payload": self._redaction.payload(parts[2], action_of)}
        texts = [part if isinstance(part, str) else "" for part in parts[2:4]]
        details = self._redaction.payload(parts[4]) if len(parts) > 4 else {}
        return told | {
            "code": self._redaction.text(texts[0]),
            "description": self._redaction.text(texts[1]) if len(texts) > 1 else "",
            "payload": details,
        }


async def watch(taps: Taps, station: str, version: Callable[[], str | None]) -> AsyncGenerator[Json, None]:
    """Each frame of `station` from now on, as an entry; `version` gives the OCPP that it speaks."""
    waiting: asyncio.Queue[RawFrame] = asyncio.Queue(HELD)
    lost = 0

    def put_aside(frame: RawFrame) -> None:
        nonlocal lost
        try:
            waiting.put_nowait(frame)
        except asyncio.QueueFull:
            lost += 1

    reading = Reading()
    end = taps.listen(put_aside, station)
    try:
        while True:
            frame = await waiting.get()
            yield reading.entry(frame, version())
            if lost and waiting.empty():
                count, lost = lost, 0
                yield {"at": stamp(frame.at), "station": station, "kind": "lost", "frames": count}
    finally:
        end()
