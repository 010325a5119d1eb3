"""A trace as a test transcript: JSON lines as `edgegw stations trace --jsonl` writes them, heard again by the codec.

What the station said then is said again, to a hub whose list knows the tokens as they were answered then; what the
gateway answers now is held against what it answered then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from edgegw.model.site import Token
from edgegw.stations import v2, v16
from tests.stations.test_twins import SITE, Listener

CODECS = {"1.6": v16.CODEC, "2.0.1": v2.CODEC_201, "2.1": v2.CODEC_21}

OF_THE_MOMENT = frozenset({"currentTime", "interval", "transactionId"})
"""What an answer holds that is another each time."""


@dataclass(frozen=True, slots=True)
class Line:
    """A CALL of the station, and its answer then; None when the trace has none, or an error."""

    at: datetime
    action: str
    payload: dict[str, Any]
    answer: dict[str, Any] | None


def read(path: Path) -> tuple[str, list[Line]]:
    """The version of a trace, and what its station said. Raises ValueError for what is no trace of one version."""
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    versions = {entry["ocpp"] for entry in entries if entry["kind"] == "call"}
    if len(versions) != 1 or not versions <= CODECS.keys():
        raise ValueError(f"{path}: a trace of {versions or 'nothing'}")
    answers = {
        entry["id"]: entry["payload"] for entry in entries if (entry["kind"], entry["direction"]) == ("result", "out")
    }
    said = [entry for entry in entries if entry["kind"] in ("call", "send") and entry["direction"] == "in"]
    return versions.pop(), [
        Line(datetime.fromisoformat(each["at"]), each["action"], each["payload"], answers.get(each["id"]))
        for each in said
    ]  # fmt: skip


def replay(path: Path) -> Listener:
    """Hear a trace again. Fails when an answer is another than then."""
    version, lines = read(path)
    stations = {"CP01": SITE.stations["CP01"]}
    listener = Listener(CODECS[version], replace(SITE, stations=stations, tokens=_tokens(lines)))
    numbers: dict[int, int] = {}
    for line in lines:
        listener.now = line.at
        payload = dict(line.payload)
        if isinstance(number := payload.get("transactionId"), int):
            payload["transactionId"] = numbers.get(number, number)
        if line.answer is None:
            continue  # refused then, or the trace ended before
        reply = listener.hear(line.action, payload)
        if isinstance(then := line.answer.get("transactionId"), int):
            numbers[then] = reply["transactionId"]
        assert _lasting(reply) == _lasting(line.answer), line
    return listener


def _lasting(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in OF_THE_MOMENT}


def _tokens(lines: Iterable[Line]) -> dict[str, Token]:
    """The local list that answers as was answered then."""
    found = {}
    for line in lines:
        token: Any = line.payload.get("idTag") or line.payload.get("idToken", {}).get("idToken")
        info = (line.answer or {}).get("idTagInfo") or (line.answer or {}).get("idTokenInfo")
        if token is not None and info is not None:
            status = str(info["status"]).lower()
            if status in ("accepted", "blocked", "expired"):
                found[token] = Token(token, status)  # type: ignore[arg-type]
    return found
