"""A charging profile made to fit what a station takes, by its quirk. Pure: a SetChargingProfile in, another one out.

No current is ever more than what was asked for:

- A limit of 0 that is refused becomes `pause_a`, below the 6 A that can be signalled to a car (IEC 61851-1).
- Watts are amperes times phases times a tenth less than the nominal voltage (EN 50160 allows so much less), rounded
  down. A station that does not divide them by its phases lets a car draw all on one: load management counts it so.
- A schedule that was Absolute with an end is Relative, which counts from the start of the transaction: its duration is
  longer by what has passed since, and `validTo` ends it also where no transaction runs.
- Where two profiles meet in the only slot that there is (one purpose, one stack level), the lasting default is given
  anew, at the lower of the two limits: what stays when the gateway is gone is never above the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from math import floor
from typing import Any, Final

from edgegw.core.watts import VOLTAGE_SHARE
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.quirks import PLAIN, Quirk
from edgegw.stations.words import stamp

_PURPOSES_16: Final = {"ChargePointMaxProfile": "ChargingStationMaxProfile"}
_DEFAULT: Final = "TxDefaultProfile"


def quirked(outgoing: Outgoing, peer: Peer) -> Outgoing:
    """The CALL as the station of `peer` takes it. Raises Unsupported when it takes no such thing."""
    quirk = peer.quirk
    if quirk is PLAIN or outgoing.action != "SetChargingProfile":
        return outgoing
    payload = dict(outgoing.payload)
    key = "csChargingProfiles" if "csChargingProfiles" in payload else "chargingProfile"
    evse = payload.get("connectorId", payload.get("evseId", 0))
    payload[key] = _profile(dict(payload[key]), evse, peer)
    return replace(outgoing, payload=payload)


def _profile(profile: Payload, evse: int, peer: Peer) -> Payload:
    quirk, purpose = peer.quirk, profile["chargingProfilePurpose"]
    is_own_default = purpose == _DEFAULT and profile["stackLevel"] == 0
    if _PURPOSES_16.get(purpose, purpose) in quirk.refused_purposes:
        if purpose != "TxProfile":
            raise Unsupported(f"this station is known to refuse {purpose}")
        profile["chargingProfilePurpose"] = purpose = _DEFAULT
        profile.pop("transactionId", None)
        profile["stackLevel"] = max(1, profile["stackLevel"])
    profile["stackLevel"] = level = _level(profile["stackLevel"], quirk)
    one = isinstance(profile["chargingSchedule"], Mapping)
    schedules = [dict(each) for each in ([profile["chargingSchedule"]] if one else profile["chargingSchedule"])]
    if purpose == _DEFAULT and not is_own_default and level == _level(0, quirk):
        for schedule in schedules:
            _as_default(schedule, evse, peer)
        profile["chargingProfileKind"] = "Relative"
    elif quirk.relative_only and profile["chargingProfileKind"] == "Absolute":
        profile["chargingProfileKind"] = "Relative"
        ends = [end for schedule in schedules if (end := _as_relative(schedule, evse, peer)) is not None]
        if ends:
            profile["validTo"] = stamp(max(ends))
    for schedule in schedules:
        _in_its_unit(schedule, peer)
    profile["chargingSchedule"] = schedules[0] if one else schedules
    return profile


def _level(level: int, quirk: Quirk) -> int:
    level += quirk.min_stack_level
    return level if quirk.max_stack_level is None else min(level, quirk.max_stack_level)


def _as_default(schedule: Payload, evse: int, peer: Peer) -> None:
    """The lasting default, at no more than what the schedule allows at any time."""
    lasting_a = peer.lasting_a(evse)
    if lasting_a is None or schedule["chargingRateUnit"] != "A":
        raise Unsupported("this station holds one default limit, and keeps the gateway's own")
    lowest = min((lasting_a, *(each["limit"] for each in schedule["chargingSchedulePeriod"])))
    first = schedule["chargingSchedulePeriod"][0]
    schedule["chargingSchedulePeriod"] = [{**first, "startPeriod": 0, "limit": lowest}]
    for key in ("duration", "startSchedule"):
        schedule.pop(key, None)


def _as_relative(schedule: Payload, evse: int, peer: Peer) -> datetime | None:
    """The schedule counted from the start of the transaction; when it ends, None for never."""
    begins_at = datetime.fromisoformat(schedule.pop("startSchedule", None) or stamp(peer.now))
    running = peer.active(evse)
    passed_s = 0 if running is None else max(0, floor((begins_at - running.started_at).total_seconds()))
    periods = [dict(each) for each in schedule["chargingSchedulePeriod"]]
    for period in periods[1:]:
        period["startPeriod"] += passed_s
    schedule["chargingSchedulePeriod"] = periods
    if "duration" not in schedule:
        return None
    ends_at = begins_at + timedelta(seconds=schedule["duration"])
    schedule["duration"] += passed_s
    return ends_at


def _in_its_unit(schedule: Payload, peer: Peer) -> None:
    quirk = peer.quirk
    in_watts = quirk.rate_unit == "W" and schedule["chargingRateUnit"] == "A"
    periods: list[dict[str, Any]] = []
    for each in schedule["chargingSchedulePeriod"]:
        period, limit = dict(each), each["limit"]
        if limit == 0 and quirk.pause_a is not None:
            limit = quirk.pause_a
            if schedule["chargingRateUnit"] == "W":
                limit = _down(limit * peer.volts * VOLTAGE_SHARE)
        if in_watts:
            if "numberPhases" not in period:
                raise Unsupported("this station takes limits in watts alone, and its phases are not known")
            limit = _down(limit * period["numberPhases"] * peer.volts * VOLTAGE_SHARE)
        periods.append({**period, "limit": limit})
    schedule["chargingSchedulePeriod"] = periods
    if in_watts:
        schedule["chargingRateUnit"] = "W"


def _down(limit: float) -> float:
    # The millionth keeps 16.1, whose tenfold is 161.00000000000003 or 160.99999999999997, at 16.1.
    return floor(limit * 10.0 + 1e-6) / 10.0
