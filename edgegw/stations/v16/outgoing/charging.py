"""Charging profiles (OCPP 1.6 sections 5.5, 5.7 and 5.16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations import profiles
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanded import of_command
from edgegw.stations.commanding import composite, with_result
from edgegw.stations.fitting import abilities, fitted
from edgegw.stations.profiles import ChargingProfile, Purpose, integer
from edgegw.stations.v16.outgoing.transactions import transaction_id
from edgegw.stations.words import ending

_PURPOSES: Final[Mapping[Purpose, str]] = {
    "tx_profile": "TxProfile",
    "tx_default_profile": "TxDefaultProfile",
    "station_max_profile": "ChargePointMaxProfile",
}


def _set_charging_profile(command: Command, peer: Peer, number: int) -> Outgoing:
    profile = of_command(command, peer)
    if not isinstance(profile, ChargingProfile):
        evse = integer(command.args, "evse")
        return Outgoing("SetChargingProfile", {"connectorId": evse, "csChargingProfiles": profile}, ending)
    outgoing = set_profile(fitted(profile, abilities(peer, "1.6"), peer))
    return Outgoing(outgoing.action, outgoing.payload, with_result(profile_id=profile.id))


def set_profile(profile: ChargingProfile) -> Outgoing:
    """SetChargingProfile (section 6.43). Raises Unsupported for what the version can't say."""
    if profile.kind == "dynamic" or profile.more:
        raise Unsupported("dynamic profiles, and offline limits of profiles, came with OCPP 2.1")
    (schedule,) = profile.schedules
    if schedule.more or any(period.more for period in schedule.periods):
        raise Unsupported("OCPP 1.6 has one limit for each period, and no set points")
    if any(period.phase is not None for period in schedule.periods):
        raise Unsupported("OCPP 1.6 can't say which phase")
    body: dict[str, Any] = {
        "chargingProfileId": profile.id,
        "chargingProfilePurpose": _purpose(profile.purpose),
        "chargingSchedule": schedule.spelled(),
        **profile.spelled(),
    }
    if profile.transaction is not None:
        body["transactionId"] = transaction_id(profile.transaction)
    connector = 0 if profile.purpose == "station_max_profile" else profile.evse
    return Outgoing("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": body}, ending)


def _purpose(purpose: Purpose) -> str:
    if purpose not in _PURPOSES:
        raise Unsupported(f"OCPP 1.6 has no {purpose}; it has {', '.join(_PURPOSES)}")
    return _PURPOSES[purpose]


def _clear_charging_profile(command: Command, peer: Peer, number: int) -> Outgoing:
    args = command.args
    payload: Payload = {}
    for name, key in (("profile_id", "id"), ("evse", "connectorId"), ("stack_level", "stackLevel")):
        if args.get(name) is not None:
            payload[key] = integer(args, name)
    if args.get("purpose") is not None:
        payload["chargingProfilePurpose"] = _purpose(profiles.purpose_of(args["purpose"]))
    return Outgoing("ClearChargingProfile", payload, ending)


def _get_composite_schedule(command: Command, peer: Peer, number: int) -> Outgoing:
    evse = integer(command.args, "evse")
    payload: Payload = {"connectorId": evse, "duration": integer(command.args, "duration_s")}
    if command.args.get("unit") is not None:
        payload["chargingRateUnit"] = str(command.args["unit"]).upper()

    def ended(answer: Mapping[str, Any]) -> Ending:
        schedule = answer.get("chargingSchedule", {})
        return with_result(**composite(evse, answer.get("scheduleStart"), schedule))(answer)

    return Outgoing("GetCompositeSchedule", payload, ended)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = {
    "set_charging_profile": _set_charging_profile,
    "clear_charging_profile": _clear_charging_profile,
    "get_composite_schedule": _get_composite_schedule,
}
