"""Charging profiles before they get a version's spelling: which purpose, level and time a limit needs.

Three kinds of profile hold an EVSE (docs/decisions/0033); each has its own id per EVSE, so that sending one again
replaces it (OCPP 1.6 section 5.16, 2.0.1 part 2 use case K01):

    default limit   TxDefaultProfile, level 0, no end: what holds when nobody is there (DESIGN.md rule 7)
    set point       TxProfile while a transaction runs, else TxDefaultProfile, level 1, gone after its life
    by command      what an operator or the cloud asks for, below the set point; it never takes the default's place

A limit with a life is Absolute from now: Relative counts from the start of the transaction, so a profile that is sent
later would have ended before it came. A lasting limit is Relative without a start, as some stations refuse Absolute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import floor, isfinite
from typing import Any, Final, Literal

from edgegw.model.commands import Command, Setpoint
from edgegw.model.state import Transaction
from edgegw.stations.codec import Payload, Peer, Unsupported
from edgegw.stations.measurands import is_direct

Purpose = Literal["tx_profile", "tx_default_profile", "station_max_profile"]
PURPOSES: Final[tuple[Purpose, ...]] = ("tx_profile", "tx_default_profile", "station_max_profile")

MIN_CURRENT_A: Final = 6.0
"""Less than this cannot be signalled to a car (IEC 61851-1), so it is a pause."""

DEFAULT_LEVEL: Final = 0
SETPOINT_LEVEL: Final = 1

_DEFAULT_ID: Final = 1000
_SETPOINT_TX_ID: Final = 2000
_SETPOINT_IDLE_ID: Final = 3000
_COMMAND_ID: Final = 4000
"""First profile id of each kind; the EVSE's number, at most 999, is added."""


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """A limit of one period. `begins_at` None: it is lasting or counts from the transaction's start. `phases` None: the
    station knows. `transaction` is set for a TxProfile."""

    evse: int
    id: int
    purpose: Purpose
    level: int
    unit: Literal["A", "W"]
    limit: float
    phases: int | None
    duration_s: int | None = None
    begins_at: datetime | None = None
    transaction: Transaction | None = None

    @property
    def kind(self) -> Literal["Absolute", "Relative"]:
        return "Relative" if self.begins_at is None else "Absolute"

    def schedule(self) -> Payload:
        """ChargingSchedule as every version spells it; 2.x adds an id."""
        period: Payload = {"startPeriod": 0, "limit": self.limit}
        if self.phases is not None:
            period["numberPhases"] = self.phases
        schedule: Payload = {"chargingRateUnit": self.unit, "chargingSchedulePeriod": [period]}
        if self.duration_s is not None:
            schedule["duration"] = self.duration_s
        if self.begins_at is not None:
            schedule["startSchedule"] = self.begins_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return schedule


def of_setpoint(setpoint: Setpoint, peer: Peer) -> ChargingProfile:
    """The profile that holds an EVSE at a set point for its life."""
    running = peer.active(setpoint.evse)
    return ChargingProfile(
        setpoint.evse,
        (_SETPOINT_IDLE_ID if running is None else _SETPOINT_TX_ID) + setpoint.evse,
        "tx_default_profile" if running is None else "tx_profile",
        SETPOINT_LEVEL,
        "A",
        whole_steps(setpoint.limit_a),
        phases_of(peer, setpoint.evse),
        setpoint.life_s,
        peer.now,
        running,
    )


def of_default(evse: int, limit_a: float, peer: Peer) -> ChargingProfile:
    """The lasting default of an EVSE."""
    return ChargingProfile(
        evse,
        _DEFAULT_ID + evse,
        "tx_default_profile",
        DEFAULT_LEVEL,
        "A",
        whole_steps(limit_a),
        phases_of(peer, evse),
    )


def of_command(command: Command, peer: Peer) -> ChargingProfile | Payload:
    """The profile of a `set_charging_profile`: `profile` is either `{"raw": ...}`, a profile as the station's version
    spells it, which is returned, or `{"limit_a" | "limit_w", "duration_s"?, "purpose"?, "stack_level"?}`.

    Raises Unsupported when it is neither.
    """
    evse, profile = integer(command.args, "evse"), command.args.get("profile")
    if not isinstance(profile, Mapping):
        raise Unsupported("profile is an object with limit_a, limit_w or raw")
    if "raw" in profile:
        if not isinstance(profile["raw"], Mapping):
            raise Unsupported("profile.raw is a charging profile of the station's OCPP version")
        return dict(profile["raw"])
    unknown = sorted(set(profile) - {"limit_a", "limit_w", "duration_s", "purpose", "stack_level"})
    if unknown or ("limit_a" in profile) == ("limit_w" in profile):
        raise Unsupported("profile takes one of limit_a, limit_w or raw, and duration_s, purpose, stack_level")
    unit: Literal["A", "W"] = "A" if "limit_a" in profile else "W"
    limit = profile.get("limit_a", profile.get("limit_w"))
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not isfinite(limit) or limit < 0:
        raise Unsupported("the limit is a number of 0 or more")
    running = peer.active(evse)
    purpose = purpose_of(profile.get("purpose", "tx_profile" if running is not None else "tx_default_profile"))
    if purpose == "tx_profile" and running is None:
        raise Unsupported(f"no transaction is running at EVSE {evse}, so it can't have a tx_profile")
    level = DEFAULT_LEVEL if purpose != "tx_default_profile" else SETPOINT_LEVEL
    level = integer(profile, "stack_level") if "stack_level" in profile else level
    if purpose == "tx_default_profile" and level == DEFAULT_LEVEL:
        raise Unsupported("stack_level 0 of tx_default_profile is the gateway's own safe default")
    duration_s = integer(profile, "duration_s") if "duration_s" in profile else None
    return ChargingProfile(
        evse,
        _COMMAND_ID + evse,
        purpose,
        level,
        unit,
        whole_steps(limit) if unit == "A" else _down(limit),
        phases_of(peer, evse),
        duration_s,
        peer.now if duration_s is not None else None,
        running if purpose == "tx_profile" else None,
    )


def purpose_of(text: object) -> Purpose:
    """The purpose by its name, or Unsupported."""
    for purpose in PURPOSES:
        if text == purpose:
            return purpose
    raise Unsupported(f"purpose is one of {', '.join(PURPOSES)}")


def integer(args: Mapping[str, Any], name: str) -> int:
    """A whole number of 0 or more among the arguments, or Unsupported."""
    value = args.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Unsupported(f"{name} is a whole number of 0 or more")
    return value


def whole_steps(limit_a: float) -> float:
    """A current as stations take it: in steps of 0.1 A (the schema's multipleOf), never rounded up, and 0 below 6 A."""
    limit = _down(limit_a)
    return limit if limit >= MIN_CURRENT_A else 0.0


def _down(limit: float) -> float:
    # The millionth keeps 16.1, whose tenfold is 161.00000000000003 or 160.99999999999997, at 16.1.
    return max(0.0, floor(limit * 10.0 + 1e-6) / 10.0)


def phases_of(peer: Peer, evse: int) -> int | None:
    """numberPhases of a limit at an EVSE; None for one that is not known or gives direct current.

    A load between two phases is a single-phase load to the station.
    """
    known = next((each for each in peer.evses if each.id == evse), None)
    if known is None or not known.phases or is_direct(known):
        return None
    return 1 if known.wiring == "line" and len(known.phases) == 2 else len(known.phases)
