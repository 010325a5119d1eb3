"""An order, its life and its end; and the set points of the load loop, which are no commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Literal

from edgegw.model.value import value

CommandPhase = Literal["received", "dispatched", "done", "failed", "expired", "rejected", "unknown"]
ENDED: frozenset[str] = frozenset({"done", "failed", "expired", "rejected", "unknown"})


@value()
class Asker:
    """Who asks: `cloud`, `page`, `cli`, `eva`, `kiosk` (its screen) or `gateway`, and for a person the proof."""

    kind: str
    name: str | None = None
    proof: str | None = None


@value()
class Command:
    """An order with its arguments as they stand on the wire. `expires_at` None means: decide now, keep no longer.

    `wait`: a station that is offline is waited for until `expires_at` instead of being a reason to refuse.
    """

    id: str
    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None
    by: Asker = Asker("gateway")
    wait: bool = False


@value()
class Outcome:
    """A command's state and, once it has ended, why and with what result."""

    id: str
    state: CommandPhase
    at: datetime
    reason: str | None = None
    result: Mapping[str, Any] | None = None


@value()
class Setpoint:
    """The current limit that the load loop wants at one EVSE, per phase, for `life_s` seconds; 0 A is a pause."""

    station: str
    evse: int
    limit_a: float
    life_s: int = 120


@value()
class SetpointResult:
    """What the station said to a setpoint. `accepted` False with a reason when refused, offline or silent."""

    setpoint: Setpoint
    accepted: bool
    reason: str | None = None
