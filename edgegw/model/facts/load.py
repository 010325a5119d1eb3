"""Facts of load management."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from edgegw.model.facts.fact import Fact
from edgegw.model.value import value


@value(kw_only=True)
class PolicyLimitChanged(Fact):
    """A limit that someone set came, changed or went (`limit_a` and `limit_w` None). `target`: `site`, `circuit:ID`,
    `station:ID`."""

    type: ClassVar[str] = "policy_limit_changed"
    shown: ClassVar[tuple[str, ...] | None] = ("target", "limit_a", "limit_w", "until")

    target: str
    limit_a: float | None = None
    limit_w: float | None = None
    until: datetime | None = None
    by: str


@value(kw_only=True)
class FallbackEntered(Fact):
    """The load loop no longer trusts what it sees and holds every EVSE at its safe share."""

    type: ClassVar[str] = "fallback_entered"
    shown: ClassVar[tuple[str, ...] | None] = ()

    reason: str


@value(kw_only=True)
class FallbackLeft(Fact):
    type: ClassVar[str] = "fallback_left"
    shown: ClassVar[tuple[str, ...] | None] = ()


@value(kw_only=True)
class OverloadSeen(Fact):
    """A phase of a feeder was above its limit."""

    type: ClassVar[str] = "overload_seen"
    shown: ClassVar[tuple[str, ...] | None] = ("circuit", "phase", "current_a", "limit_a")

    circuit: str
    phase: str
    current_a: float
    limit_a: float
