"""Frames that no station should send, for the fuzzer: made from the schemas, then broken in the ways that live stations
break them and in some more. All of it follows from the numbers of one `random.Random`, so a seed brings it back."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import ocpp
import orjson

from edgegw.core.nesting import too_deep
from edgegw.stations.codec import Version
from edgegw.stations.schemas import for_version
from tests.stations.payloads import FOLDERS

TIMES = ["2026-03-02T12:00:00Z", "2026-03-02T12:00:00", "1970-01-01T00:00:01Z", "soon", "", "24.11.2026 12:00", "9999"]
TEXTS = ["", "1", "-1", "0", "CARD1", "card1", "x" * 300, "ação", "\x00", "null", "true", "12,5", "NaN", "Energy"]
NUMBERS = [0, 1, -1, 2, 7, 999, 1000, 2**31, 2**63 - 1, 2**63, 2**64 - 1, -(2**63), 0.5, 1.0, -0.0, 1e300, 1e15, 1e-300]
ODD = [None, True, False, [], {}, [[]], [{}], {"a": {"b": [1]}}, *TEXTS, *NUMBERS, *TIMES]
RAW = [b"1e999", b"123456789012345678901234567890", b'"\\ud800"', b"NaN", b"[" * 40 + b"]" * 40, b"{}{}", b"\xff\xfe"]
GARBAGE = [
    b"", b"[]", b"{}", b"null", b"2", b"[2]", b'[2,"a"]', b'"[2]"', b"\xff\xff", b"[" * 100_000,
    b'[2,"x","Heartbeat",{}',
    b"[" * 2000 + b"]" * 2000, b'[3,"nobody",{}]', b'[4,"nobody","E","",{}]', b'[5,"nobody","E","",{}]', b'[3,"x",[]]',
    b'[6,"x","NotifyPeriodicEventStream",{}]', b'[7,"x",{}]', b'["2","x","Heartbeat",{}]', b'[2.0,"x","Heartbeat",{}]',
    b'[true,"x","Heartbeat",{}]', b"[3]", b"[4]", b"[null,null,null,null]", b'[3,"x",{}' + b" " * 1000 + b"]",
]  # fmt: skip


@dataclass(frozen=True)
class Said:
    """A frame, and the id under which one answer has to come; None where there is nothing to answer or no telling."""

    data: bytes
    id: str | int | None


@cache
def _schema(version: Version, action: str) -> Any:
    name = action if version == "1.6" else f"{action}Request"
    path = Path(ocpp.__file__).parent / FOLDERS[version] / "schemas" / f"{name}.json"
    return orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))


class Frames:
    """A station of `version` that has gone mad. Message ids are its own, so that each answer can be told."""

    def __init__(self, version: Version, random: Random) -> None:
        self.version: Version = version
        self._random = random
        self._actions = sorted(for_version(version).actions)
        self._heard = [action for action in self._actions for _ in range(_FREQUENT.get(action, 0))]
        self._count = 0

    def next(self) -> Said:
        luck = self._random.random()
        if luck < 0.08:
            return Said(self._random.choice(GARBAGE), None)
        self._count += 1
        id: str | int = self._count if luck < 0.15 else f"m{self._count}"
        action = self._random.choice(self._heard if self._random.random() < 0.85 else self._actions)
        payload = self._payload(action)
        for _ in range(self._random.choice([0, 1, 1, 1, 1, 2, 2, 8])):
            payload = self._broken(payload)
        if too_deep(payload):
            payload = {"own": [[]]} if luck < 0.5 else {"own": orjson.Fragment(b"[" * 300 + b"]" * 300)}
        luck = self._random.random()
        if luck < 0.03:
            return Said(orjson.dumps([2, id, "Made\nUp", payload]), id)
        if luck < 0.06:
            return Said(orjson.dumps([2, id, action, self._random.choice([None, [], "x", 1])]), id)
        if luck < 0.09:
            return Said(orjson.dumps([2, id, action, payload, 1][: self._random.choice([2, 3, 5])]), id)
        if luck < 0.12:
            return Said(self._spliced(id, action, payload), None)
        return Said(orjson.dumps([2, id, action, payload]), id)

    def _spliced(self, id: str | int, action: str, payload: Any) -> bytes:
        """The frame with bytes in it that no writer of JSON makes, or cut off."""
        data = orjson.dumps([2, id, action, payload])
        at = self._random.randrange(len(data))
        return data[:at] if self._random.random() < 0.5 else data[:at] + self._random.choice(RAW) + data[at:]

    def _payload(self, action: str) -> Any:
        schema = _schema(self.version, action)
        return self._made(schema, schema.get("definitions", {}), 0)

    def _made(self, about: Any, definitions: Any, depth: int) -> Any:
        if "$ref" in about:
            about = definitions[about["$ref"].rpartition("/")[2]]
        if "enum" in about:
            return self._random.choice(about["enum"])
        if about.get("format") == "date-time":
            return TIMES[0] if self._random.random() < 0.8 else self._random.choice(TIMES)
        match about.get("type"):
            case "object":
                required = about.get("required", ())
                return {
                    key: self._made(part, definitions, depth + 1)
                    for key, part in about.get("properties", {}).items()
                    if key in required or (depth < 4 and self._random.random() < 0.3)
                }
            case "array":
                return [
                    self._made(about["items"], definitions, depth + 1) for _ in range(self._random.choice([1, 1, 2]))
                ]
            case "string":
                return self._random.choice(["1", "CARD1", "card1", "T1", "x", "2500.5"])
            case "integer":
                return self._random.choice([0, 1, 1, 1, 2])
            case "number":
                return self._random.choice([0, 1.5, 16.0])
            case "boolean":
                return self._random.random() < 0.5
        return self._random.choice(ODD)

    def _broken(self, payload: Any) -> Any:
        """A copy with one place in it changed: another value, no value, a key too many, a list for its entry."""
        whole = [copy.deepcopy(payload)]
        places: list[tuple[Any, Any]] = [(whole, 0)]
        for holder, key in places:
            inside = holder[key]
            if isinstance(inside, dict):
                places += [(inside, each) for each in inside]
            elif isinstance(inside, list):
                places += [(inside, each) for each in range(len(inside))]
        holder, key = self._random.choice(places)
        luck = self._random.random()
        if luck < 0.3 and isinstance(holder[key], str):
            holder[key] = self._random.choice(["Own word", *TEXTS, *TIMES])
        elif luck < 0.5:
            holder[key] = self._random.choice(ODD)
        elif luck < 0.65 and isinstance(holder, dict):
            del holder[key]
        elif luck < 0.75 and isinstance(holder, dict):
            holder[self._random.choice(["own", "IDTAG", "evse", "customData"])] = self._random.choice(ODD)
        elif luck < 0.85:
            holder[key] = [holder[key]]
        elif isinstance(holder[key], str):
            holder[key] = self._random.choice([str.lower, str.upper, str.swapcase])(holder[key])
        elif isinstance(holder[key], int | float):
            holder[key] = str(holder[key])
        else:
            deep: Any = {}
            for _ in range(self._random.choice([3, 30, 70, 100])):
                deep = {"own": deep}
            holder[key] = deep
        return whole[0] if isinstance(whole[0], dict) else {"own": whole[0]}


_FREQUENT = {
    "Authorize": 2, "BootNotification": 2, "DataTransfer": 1, "DiagnosticsStatusNotification": 1,
    "FirmwareStatusNotification": 1, "Heartbeat": 1, "LogStatusNotification": 1, "MeterValues": 4, "NotifyEvent": 1,
    "NotifyReport": 1, "SecurityEventNotification": 1, "SignCertificate": 1, "StartTransaction": 4,
    "StatusNotification": 5, "StopTransaction": 4, "TransactionEvent": 8,
}  # fmt: skip
