"""Charging profiles (OCPP 2.0.1 part 2, block K)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations import profiles
from edgegw.stations.codec import Outgoing, Payload, Peer
from edgegw.stations.commanding import composite, with_result
from edgegw.stations.profiles import ChargingProfile, Purpose, integer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import ending

_PURPOSES: Final[Mapping[Purpose, str]] = {
    "tx_profile": "TxProfile",
    "tx_default_profile": "TxDefaultProfile",
    "station_max_profile": "ChargingStationMaxProfile",
}


def _set_charging_profile(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    profile = profiles.of_command(command, peer)
    if isinstance(profile, ChargingProfile):
        return set_profile(profile)
    evse = integer(command.args, "evse")
    return Outgoing("SetChargingProfile", {"evseId": evse, "chargingProfile": profile}, ending)


def set_profile(profile: ChargingProfile) -> Outgoing:
    """SetChargingProfile, with one schedule (2.0.1 part 2, block K)."""
    body: Payload = {
        "id": profile.id,
        "stackLevel": profile.level,
        "chargingProfilePurpose": _PURPOSES[profile.purpose],
        "chargingProfileKind": profile.kind,
        "chargingSchedule": [{"id": profile.id, **profile.schedule()}],
    }
    if profile.transaction is not None:
        body["transactionId"] = profile.transaction.reference
    evse = 0 if profile.purpose == "station_max_profile" else profile.evse
    return Outgoing("SetChargingProfile", {"evseId": evse, "chargingProfile": body}, ending)


def _clear_charging_profile(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    args = command.args
    if args.get("profile_id") is not None:
        return Outgoing("ClearChargingProfile", {"chargingProfileId": integer(args, "profile_id")}, ending)
    criteria: Payload = {}
    for name, key in (("evse", "evseId"), ("stack_level", "stackLevel")):
        if args.get(name) is not None:
            criteria[key] = integer(args, name)
    if args.get("purpose") is not None:
        criteria["chargingProfilePurpose"] = _PURPOSES[profiles.purpose_of(args["purpose"])]
    return Outgoing("ClearChargingProfile", {"chargingProfileCriteria": criteria} if criteria else {}, ending)


def _get_composite_schedule(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    evse = integer(command.args, "evse")
    payload: Payload = {"evseId": evse, "duration": integer(command.args, "duration_s")}
    if command.args.get("unit") is not None:
        payload["chargingRateUnit"] = str(command.args["unit"]).upper()

    def ended(answer: Mapping[str, Any]) -> Ending:
        schedule = answer.get("schedule", {})
        return with_result(**composite(evse, schedule.get("scheduleStart"), schedule))(answer)

    return Outgoing("GetCompositeSchedule", payload, ended)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "set_charging_profile": _set_charging_profile,
    "clear_charging_profile": _clear_charging_profile,
    "get_composite_schedule": _get_composite_schedule,
}
