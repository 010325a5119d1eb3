"""Charging profiles in 2.x's words: as they go out, and as a station tells of those that it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from edgegw.model.commands import Kind
from edgegw.model.commands.profiles import OPERATION_MODES, PERIOD_EXTRAS, PROFILE_EXTRAS, SCHEDULE_EXTRAS
from edgegw.stations.codec import Outgoing, Payload, Unsupported
from edgegw.stations.profiles import ChargingProfile, Purpose
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import ending, snake

PURPOSES: Final[Mapping[Purpose, str]] = {
    "tx_profile": "TxProfile",
    "tx_default_profile": "TxDefaultProfile",
    "station_max_profile": "ChargingStationMaxProfile",
    "external_constraints": "ChargingStationExternalConstraints",
    "priority_charging": "PriorityCharging",
    "local_generation": "LocalGeneration",
}

_ONLY_21: Final[frozenset[Purpose]] = frozenset({"priority_charging", "local_generation"})
_OURS: Final = {wire: ours for ours, wire in PURPOSES.items()}
_MODES: Final = {wire: ours for ours, wire in OPERATION_MODES.items()}


def set_profile(profile: ChargingProfile, dialect: Dialect) -> Outgoing:
    """SetChargingProfile (2.0.1 part 2, block K). Raises Unsupported for what the version can't say."""
    body = written(profile, dialect)
    if profile.transaction is not None:
        body["transactionId"] = profile.transaction.reference
    evse = 0 if profile.purpose == "station_max_profile" else profile.evse
    return Outgoing("SetChargingProfile", {"evseId": evse, "chargingProfile": body}, ending)


def written(profile: ChargingProfile, dialect: Dialect) -> Payload:
    """ChargingProfileType without its transaction. Raises Unsupported for what the version can't say."""
    if dialect.version == "2.0.1" and (wanted := _of_21(profile)) is not None:
        raise Unsupported(f"{wanted} came with OCPP 2.1, the station speaks 2.0.1")
    return {
        "id": profile.id,
        "chargingProfilePurpose": purpose(profile.purpose, dialect),
        "chargingSchedule": [
            {"id": profile.id + 10_000 * number, **each.spelled()} for number, each in enumerate(profile.schedules)
        ],
        **profile.spelled(),
    }


def purpose(name: Purpose, dialect: Dialect) -> str:
    """A purpose as the version spells it, or Unsupported."""
    if name in _ONLY_21 and dialect.version == "2.0.1":
        raise Unsupported(f"{name} came with OCPP 2.1, the station speaks 2.0.1")
    return PURPOSES[name]


def _of_21(profile: ChargingProfile) -> str | None:
    """The first thing of a profile that 2.0.1 has no word for."""
    if profile.kind == "dynamic":
        return "a dynamic profile"
    keys = [*profile.more]
    for schedule in profile.schedules:
        keys += schedule.more
        for period in schedule.periods:
            keys += period.more
            if period.limit is None:
                return "a period without a limit"
    return keys[0] if keys else None


def told(evse: int, source: str, profile: Mapping[str, Any]) -> dict[str, Any]:
    """A profile that a station holds, in the words of set_charging_profile. Of several schedules, which a car that
    speaks ISO 15118 may choose among, each is in `schedules`."""
    schedules = [_schedule(each) for each in profile["chargingSchedule"]]
    first = schedules[0] if len(schedules) == 1 else {"schedules": schedules}
    times = {"valid_from": profile.get("validFrom"), "valid_to": profile.get("validTo")}
    recurrence = profile.get("recurrencyKind")
    return _known({
        "evse": evse, "source": snake(source), "profile_id": profile["id"], "stack_level": profile["stackLevel"],
        "purpose": _OURS.get(profile["chargingProfilePurpose"], profile["chargingProfilePurpose"]),
        "kind": snake(profile["chargingProfileKind"]),
        "recurrence": None if recurrence is None else snake(recurrence),
        "reference": profile.get("transactionId"),
        **times, **_extras(profile, PROFILE_EXTRAS), **first,
    })  # fmt: skip


def _schedule(schedule: Mapping[str, Any]) -> dict[str, Any]:
    return _known({
        "unit": str(schedule["chargingRateUnit"]).lower(),
        "starts_at": schedule.get("startSchedule"), "duration_s": schedule.get("duration"),
        "min_rate": schedule.get("minChargingRate"), **_extras(schedule, SCHEDULE_EXTRAS),
        "periods": [
            _known({
                "starts_s": each["startPeriod"], "limit": each.get("limit"), "phases": each.get("numberPhases"),
                "phase": each.get("phaseToUse"), **_extras(each, PERIOD_EXTRAS),
            })
            for each in schedule["chargingSchedulePeriod"]
        ],
    })  # fmt: skip


def _extras(said: Mapping[str, Any], names: Mapping[str, tuple[str, Kind]]) -> dict[str, Any]:
    found = {ours: said.get(wire) for ours, (wire, _) in names.items()}
    if isinstance(mode := found.get("operation_mode"), str):
        found["operation_mode"] = _MODES.get(mode, mode)
    return found


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
