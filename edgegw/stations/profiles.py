"""Charging profiles before they get a version's spelling: which purpose, level and time a limit needs.

Three kinds of profile hold an EVSE (docs/decisions/0033); each has its own id per EVSE, so that sending one again
replaces it (OCPP 1.6 section 5.16, 2.0.1 part 2 use case K01):

    default limit   TxDefaultProfile, level 0, no end: what holds when nobody is there (DESIGN.md rule 7)
    set point       TxProfile while a transaction runs, else TxDefaultProfile, level 1, gone after its life
    by command      what an operator or the cloud asks for (`edgegw.stations.commanded`), and what answers a car's
                    needs (`edgegw.stations.needs`), below the set point; it never takes the default's place

A limit with a life is Absolute from now: Relative counts from the start of the transaction, so a profile that is sent
later would have ended before it came. A lasting limit is Relative without a start, as some stations refuse Absolute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import floor
from typing import Any, Final, Literal

from edgegw.model.commands import Setpoint
from edgegw.model.state import Transaction
from edgegw.stations.codec import Payload, Peer, Unsupported
from edgegw.stations.measurands import is_direct

Purpose = Literal[
    "tx_profile", "tx_default_profile", "station_max_profile", "external_constraints", "priority_charging",
    "local_generation",
]  # fmt: skip
PURPOSES: Final[tuple[Purpose, ...]] = (
    "tx_profile", "tx_default_profile", "station_max_profile", "external_constraints", "priority_charging",
    "local_generation",
)  # fmt: skip

Kind = Literal["absolute", "relative", "recurring", "dynamic"]

MIN_CURRENT_A: Final = 6.0
"""Less than this cannot be signalled to a car (IEC 61851-1), so it is a pause."""

DEFAULT_LEVEL: Final = 0
SETPOINT_LEVEL: Final = 1

LONGEST_PLAN_S: Final = 86_400
"""A car that does not say when it leaves gets a plan for a day (ISO 15118-2 section 8.7.2)."""

_DEFAULT_ID: Final = 1000
_SETPOINT_TX_ID: Final = 2000
_SETPOINT_IDLE_ID: Final = 3000
_COMMAND_ID: Final = 4000
NEEDS_ID: Final = 5000
"""First profile id of each kind; the EVSE's number, at most 999, is added."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `starts_s` seconds after the schedule's start on. `phases` None: the station knows. `more` holds what 2.1
    brought, as it spells it."""

    starts_s: int
    limit: float | None
    phases: int | None = None
    phase: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def spelled(self) -> Payload:
        """ChargingSchedulePeriod as every version spells it."""
        keys = {"limit": self.limit, "numberPhases": self.phases, "phaseToUse": self.phase}
        return {"startPeriod": self.starts_s, **_known(keys), **self.more}


@dataclass(frozen=True, slots=True)
class Schedule:
    """Periods in one unit. `starts_at` None: it is lasting or counts from the transaction's start."""

    unit: Literal["A", "W"]
    periods: tuple[Period, ...]
    duration_s: int | None = None
    starts_at: datetime | None = None
    min_rate: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    sales: Mapping[str, Any] | None = None
    """SalesTariff of 2.x, for a car that plans by prices."""

    def spelled(self) -> Payload:
        """ChargingSchedule as every version spells it; 2.x adds an id."""
        keys = {
            "duration": self.duration_s, "startSchedule": second(self.starts_at), "minChargingRate": self.min_rate,
            "salesTariff": self.sales,
        }  # fmt: skip
        periods = [period.spelled() for period in self.periods]
        return {"chargingRateUnit": self.unit, "chargingSchedulePeriod": periods, **_known(keys), **self.more}


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """A profile for `evse`, 0 for the station. `transaction` is set for a TxProfile. Several schedules are offered to
    a car that speaks ISO 15118, which takes one."""

    evse: int
    id: int
    purpose: Purpose
    level: int
    kind: Kind
    schedules: tuple[Schedule, ...]
    recurrence: Literal["daily", "weekly"] | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction: Transaction | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def spelled(self) -> Payload:
        """What every version says in the same words: level, kind and times."""
        return {
            "stackLevel": self.level,
            "chargingProfileKind": self.kind.capitalize(),
            **_known({
                "recurrencyKind": self.recurrence.capitalize() if self.recurrence is not None else None,
                "validFrom": second(self.valid_from),
                "validTo": second(self.valid_to),
            }),
            **self.more,
        }  # fmt: skip


def _known(keys: Mapping[str, Any]) -> Payload:
    return {key: value for key, value in keys.items() if value is not None}


def second(at: datetime | None) -> str | None:
    """A time of a profile: cut to the second, as stations have been seen to refuse fractions there."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def of_setpoint(setpoint: Setpoint, peer: Peer) -> ChargingProfile:
    """The profile that holds an EVSE at a set point for its life."""
    evse, running = setpoint.evse, peer.active(setpoint.evse)
    period = Period(0, whole_steps(setpoint.limit_a), phases_of(peer, evse))
    return ChargingProfile(
        evse,
        (_SETPOINT_IDLE_ID if running is None else _SETPOINT_TX_ID) + evse,
        "tx_default_profile" if running is None else "tx_profile",
        SETPOINT_LEVEL,
        "absolute",
        (Schedule("A", (period,), setpoint.life_s, peer.now),),
        transaction=running,
    )


def of_default(evse: int, limit_a: float, peer: Peer) -> ChargingProfile:
    """The lasting default of an EVSE."""
    period = Period(0, whole_steps(limit_a), phases_of(peer, evse))
    schedule = Schedule("A", (period,))
    return ChargingProfile(
        evse, _DEFAULT_ID + evse, "tx_default_profile", DEFAULT_LEVEL, "relative", (schedule,)
    )  # fmt: skip


def command_id(evse: int) -> int:
    """The id of a command's profile that names none."""
    return _COMMAND_ID + evse


def is_own(id: int) -> bool:
    """Whether profiles of this id are the gateway's own: the default, the set points, the answer to a car's needs."""
    return _DEFAULT_ID <= id < _COMMAND_ID or NEEDS_ID <= id < NEEDS_ID + 1000


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
    limit = down(limit_a)
    return limit if limit >= MIN_CURRENT_A else 0.0


def down(limit: float) -> float:
    """In steps of 0.1, never rounded up, and never below 0."""
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
