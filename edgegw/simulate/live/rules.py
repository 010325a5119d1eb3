"""The order in which messages may come, and what the real server does when they don't. Pure.

Sources: the Live API reference (setup first; activity signals only with automatic detection off); reports from the
field: audio while a blocking call pends closes with 1008 (autonomous-os#231), a second activityEnd silences the
session (Google's forum, 136670), a handle that is used while its old connection lives closes with 1011 (sip-to-ai#14).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

IN_FLIGHT_S: Final = 0.25
"""What was sent before a client could have read the call is forgiven."""


class Broken(NamedTuple):
    """A broken rule: what to say, and the code to close with, None for a server that goes on or falls silent."""

    text: str
    code: int | None = None
    silent: bool = False


def setup(message: dict[str, Any]) -> Broken | None:
    """Whether a first message is one."""
    said = message.get("setup")
    if said is None:
        return Broken(f"the first message is {', '.join(message) or 'empty'}, not setup", 1007)
    model = said.get("model", "")
    if not model.startswith(("models/", "publishers/", "projects/")):
        return Broken(f"model is {model!r}", 1007)
    wishes = said.get("generationConfig", {})
    if wishes.get("responseModalities") != ["AUDIO"]:
        return Broken(f"the model answers in AUDIO alone, not {wishes.get('responseModalities')}", 1007)
    for key in ("thinkingConfig", "enableAffectiveDialog"):
        if key in wishes:
            return Broken(f"{key} is not supported by this model", 1007)
    return None


@dataclass(slots=True)
class Order:
    """The order within one connection, after its setup."""

    manual: bool
    """Automatic activity detection is off."""
    blocking: frozenset[str]
    """Names of tools that were declared BLOCKING."""
    speaking: bool = False
    ended: int = 0
    pending: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Calls without an answer: id to (name, when)."""
    known: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)

    def called(self, id: str, name: str, now: float) -> None:
        self.pending[id] = (name, now)
        self.known.add(id)

    def blocked(self, now: float) -> bool:
        return any(name in self.blocking and now - at > IN_FLIGHT_S for name, at in self.pending.values())

    def came(self, kind: str, content: Any, now: float) -> Broken | None:
        """The rule that a frame breaks; `kind` as in `record.Connection.frames`."""
        if kind in ("audio", "start", "text", "content") and self.blocked(now):
            return Broken(f"{kind} while a blocking call pends", 1008)
        if kind in ("start", "end") and not self.manual:
            return Broken("activity signals while automatic detection is on", 1007)
        if kind == "start":
            again, self.speaking = self.speaking, True
            return Broken("a second activityStart") if again else None
        if kind == "end" and not self.speaking:
            first = self.ended == 0
            return Broken("activityEnd without start", 1007) if first else Broken("a second activityEnd", silent=True)
        if kind == "end":
            self.speaking = False
            self.ended += 1
        if kind == "audio" and self.manual and not self.speaking:
            return Broken("audio outside an activity")
        if kind == "result":
            return self._answered(content)
        return None

    def _answered(self, id: str) -> Broken | None:
        if id in self.cancelled:
            return Broken(f"an answer to the cancelled call {id}")
        if id not in self.known:
            return Broken(f"an answer to {id}, which was never called", 1007)
        return None if self.pending.pop(id, None) else Broken(f"a second answer to {id}")
