"""Commands: what someone wants done, and what became of it.

A command acts once: received -> dispatched -> done | failed | expired | rejected | unknown. After dispatch it is never
sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Literal

from edgegw.model.value import value

CommandPhase = Literal["received", "dispatched", "done", "failed", "expired", "rejected", "unknown"]
ENDED: frozenset[str] = frozenset({"done", "failed", "expired", "rejected", "unknown"})


@value()
class CommandName:
    """What the catalogue says of one command: its arguments and whether a station must carry it out."""

    required: frozenset[str]
    optional: frozenset[str] = frozenset()
    at_station: bool = True
    """A charging station carries it out, so it must be connected."""
    restricts: bool = False
    """It only stops or lowers something, so it is carried out even while the clock is unsynced."""


def _name(required: str = "", optional: str = "", *, at_station: bool = True, restricts: bool = False) -> CommandName:
    return CommandName(frozenset(required.split()), frozenset(optional.split()), at_station, restricts)


CATALOGUE: Mapping[str, CommandName] = {
    "start_transaction": _name("station evse id_token", "limit_a energy_wh departure_at max_cost"),
    "stop_transaction": _name("", "transaction station evse", restricts=True),
    "reset": _name("station kind", "evse"),
    "change_availability": _name("station operative", "evse connector"),
    "unlock_connector": _name("station evse", "connector"),
    "trigger": _name("station message", "evse"),
    "data_transfer": _name("station vendor_id", "message_id payload"),
    "set_charging_profile": _name("station evse profile"),
    "clear_charging_profile": _name("station", "profile_id evse purpose stack_level"),
    "call_station": _name("station action payload", "timeout_s"),
    "set_limit": _name("target", "limit_a limit_w until", at_station=False),
    "accept_station": _name("station", "", at_station=False),
    "reject_station": _name("station", "", at_station=False),
    "reload": _name("", "", at_station=False),
}
"""The commands of this version by wire name, with their arguments (CONTRACT: Commands)."""


@value()
class Asker:
    """Who asks: `cloud`, `page`, `cli`, `eva` or `gateway`, and for a person the proof."""

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
