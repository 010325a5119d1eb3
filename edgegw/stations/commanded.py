"""The charging profile that a set_charging_profile asks for; its arguments are in `edgegw.model.commands.profiles`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from edgegw.model.commands import Command, Kind
from edgegw.model.commands.profiles import OPERATION_MODES, PERIOD_EXTRAS, PROFILE_EXTRAS, SCHEDULE_EXTRAS, VALUES
from edgegw.model.state import Transaction
from edgegw.stations.codec import Payload, Peer, Unsupported
from edgegw.stations.profiles import (
    DEFAULT_LEVEL,
    SETPOINT_LEVEL,
    ChargingProfile,
    Period,
    Purpose,
    Schedule,
    command_id,
    down,
    is_own,
    phases_of,
    purpose_of,
    whole_steps,
)
from edgegw.stations.profiles import Kind as ProfileKind

_STATION_WIDE: Final[frozenset[Purpose]] = frozenset({"station_max_profile"})


def of_command(command: Command, peer: Peer) -> ChargingProfile | Payload:
    """The profile of a command, or for `{"raw": ...}` that as it stands. Raises Unsupported, in words."""
    evse, asked = command.args["evse"], command.args["profile"]
    said = sorted(name for name in ("limit_a", "limit_w", "periods", "raw") if asked.get(name) is not None)
    if len(said) != 1:
        raise Unsupported("profile has one of limit_a, limit_w, periods or raw")
    if asked.get("raw") is not None:
        return dict(asked["raw"])
    purpose = _purpose(asked, evse, peer)
    running = peer.active(evse) if purpose == "tx_profile" else None
    if purpose == "tx_profile" and running is None:
        raise Unsupported(f"no transaction is running at EVSE {evse}, so it can't have a tx_profile")
    return _made(asked, evse, purpose, running, peer)


def of_start(command: Command, peer: Peer) -> ChargingProfile | None:
    """The TxProfile that goes with a start_transaction, which counts from its start unless told; None when it has none.
    Raises Unsupported."""
    evse, asked = command.args["evse"], command.args.get("profile")
    if asked is None:
        return None
    if asked.get("raw") is not None or asked.get("purpose") not in (None, "tx_profile"):
        raise Unsupported("the profile of a start is a tx_profile with limit_a, limit_w or periods")
    counts = any(asked.get(name) is not None for name in ("kind", "recurrence", "starts_at"))
    return _made(asked if counts else {**asked, "kind": "relative"}, evse, "tx_profile", None, peer)


def _made(
    asked: Mapping[str, Any], evse: int, purpose: Purpose, running: Transaction | None, peer: Peer
) -> ChargingProfile:
    if sum(asked.get(name) is not None for name in ("limit_a", "limit_w", "periods")) != 1:
        raise Unsupported("profile has one of limit_a, limit_w or periods")
    kind = _kind(asked)
    return ChargingProfile(
        0 if purpose in _STATION_WIDE else evse,
        _id(asked, evse),
        purpose,
        _level(asked, purpose),
        kind,
        (_schedule(asked, kind, evse, peer),),
        asked.get("recurrence"),
        _moment(asked, "valid_from"),
        _valid_to(asked, peer.now),
        running,
        _translated(asked, PROFILE_EXTRAS),
    )


def dynamic_values(asked: Mapping[str, Any]) -> Payload:
    """ChargingScheduleUpdate of the values that a command gives."""
    return _translated(asked, VALUES)


def _purpose(asked: Mapping[str, Any], evse: int, peer: Peer) -> Purpose:
    usual = "tx_profile" if peer.active(evse) is not None else "tx_default_profile"
    purpose = purpose_of(asked.get("purpose") or usual)
    if purpose == "external_constraints":
        raise Unsupported("external_constraints come from who sets them at the station, which takes none from here")
    return purpose


def _kind(asked: Mapping[str, Any]) -> ProfileKind:
    recurs, starts, lasts = (asked.get(name) is not None for name in ("recurrence", "starts_at", "duration_s"))
    changes = len(asked.get("periods") or ()) > 1
    usual: ProfileKind = "recurring" if recurs else "absolute" if starts or lasts or changes else "relative"
    kind: ProfileKind = asked.get("kind") or usual
    if (kind == "recurring") != recurs:
        raise Unsupported("a recurring profile has a recurrence, daily or weekly, and no other has one")
    if kind == "relative" and starts:
        raise Unsupported("a relative schedule counts from the transaction's start, so it has no starts_at")
    if kind == "dynamic" and changes:
        raise Unsupported("a dynamic profile has one period, whose values change")
    if kind == "recurring" and not starts:
        raise Unsupported("a recurring profile has starts_at, the start of one of its days or weeks")
    return kind


def _id(asked: Mapping[str, Any], evse: int) -> int:
    id = asked.get("profile_id")
    if id is None:
        return command_id(evse)
    if is_own(id):
        raise Unsupported(f"profile_id {id} is one that the gateway uses itself; take one below 1000 or above 5999")
    return int(id)


def _level(asked: Mapping[str, Any], purpose: Purpose) -> int:
    level = asked.get("stack_level")
    if level is None:
        return SETPOINT_LEVEL if purpose == "tx_default_profile" else DEFAULT_LEVEL
    if purpose == "tx_default_profile" and level == DEFAULT_LEVEL:
        raise Unsupported("stack_level 0 of tx_default_profile is the gateway's own safe default")
    return int(level)


def _schedule(asked: Mapping[str, Any], kind: ProfileKind, evse: int, peer: Peer) -> Schedule:
    unit = _unit(asked)
    starts_at = _moment(asked, "starts_at")
    if kind == "absolute" and starts_at is None:
        starts_at = peer.now
    short = {"starts_s": 0, "limit": asked.get("limit_a", asked.get("limit_w"))}
    periods = tuple(_period(each, unit, phases_of(peer, evse)) for each in asked.get("periods") or [short])
    if periods[0].starts_s != 0:
        raise Unsupported("the first period starts at 0")
    if any(before.starts_s >= after.starts_s for before, after in pairwise(periods)):
        raise Unsupported("periods stand in the order of their starts")
    min_rate = asked.get("min_rate")
    return Schedule(
        "A" if unit == "a" else "W",
        periods,
        asked.get("duration_s"),
        starts_at,
        down(min_rate) if min_rate is not None else None,
        _translated(asked, SCHEDULE_EXTRAS),
    )


def _unit(asked: Mapping[str, Any]) -> str:
    unit = asked.get("unit")
    short = next((name[-1] for name in ("limit_a", "limit_w") if asked.get(name) is not None), None)
    if short is not None and unit not in (None, short):
        raise Unsupported(f"limit_{short} is in {short.upper()}; unit goes with periods")
    if short is None and unit is None:
        raise Unsupported("periods need a unit: a or w")
    return str(short or unit)


def _period(asked: Mapping[str, Any], unit: str, phases: int | None) -> Period:
    limit, more, phase = asked.get("limit"), _translated(asked, PERIOD_EXTRAS), asked.get("phase")
    if limit is None and not more:
        raise Unsupported("each period has a limit, or a value of OCPP 2.1")
    if limit is not None:
        limit = whole_steps(limit) if unit == "a" else down(limit)
    used = asked.get("phases") or (1 if phase is not None else phases)
    if phase is not None and used != 1:
        raise Unsupported("phase says which one, so phases is 1")
    return Period(asked["starts_s"], limit, used, phase, more)


def _translated(asked: Mapping[str, Any], names: Mapping[str, tuple[str, Kind]]) -> Payload:
    found = {wire: asked[name] for name, (wire, _) in names.items() if asked.get(name) is not None}
    if "operationMode" in found:
        found["operationMode"] = OPERATION_MODES[found["operationMode"]]
    return found


def _moment(asked: Mapping[str, Any], name: str) -> datetime | None:
    return None if asked.get(name) is None else datetime.fromisoformat(asked[name])


def _valid_to(asked: Mapping[str, Any], now: datetime) -> datetime | None:
    valid_from, valid_to = _moment(asked, "valid_from"), _moment(asked, "valid_to")
    if valid_to is not None and valid_to <= (valid_from or now):
        raise Unsupported("valid_to is later than now and than valid_from")
    return valid_to
