"""What the model gets to read: as data, short, and without a proof or an id of an action in it."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from edgegw.voice.conversation.events import Answered, Happened

MAX_TEXT = 600
"""Letters of one text: notes of installers and names of stations are no novels."""
MAX_RESULT = 6000
"""Letters of a whole result, which the model is billed for in every turn that follows."""


def for_model(answer: Answered) -> dict[str, Any]:
    """What a tool's answer is to the model: `data` is quoted, and of a proof it learns whether there is one."""
    told: dict[str, Any] = {"decision": answer.decision, "say": plain(answer.say)}
    if answer.reason is not None:
        told["reason"] = answer.reason
    if answer.decision in ("needs_proof", "needs_confirmation"):
        told["proof"] = "missing" if answer.decision == "needs_proof" else "present"
    if answer.result:
        data = _clean(answer.result)
        whole = len(json.dumps(data, ensure_ascii=False)) <= MAX_RESULT
        told["data"] = data if whole else "too long to read; the screen shows it"
    return told


def notice(happened: Happened) -> str:
    """What the hub saw, as a line that can't be taken for the driver's words."""
    told: dict[str, Any] = {"event": happened.kind, "say": plain(happened.say)}
    if happened.station is not None:
        told["station"] = plain(happened.station)
    return f"[hub] {json.dumps(told, ensure_ascii=False)}"


def plain(text: str) -> str:
    """One line without control characters, and not too long: what others wrote can't pass for structure."""
    text = "".join(" " if unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp") else each for each in text)
    text = " ".join(text.split())
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


_SECRET = frozenset({"action", "id_token", "proof", "token", "pin"})


def _clean(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {plain(str(key)): _clean(item) for key, item in data.items() if key not in _SECRET}
    if isinstance(data, list | tuple):
        return [_clean(item) for item in data]
    if data is None or isinstance(data, bool | int | float):
        return data
    return plain(str(data))
