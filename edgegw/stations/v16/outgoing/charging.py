"""Charging profiles (OCPP 1.6 sections 5.5, 5.7 and 5.16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations import profiles
from edgegw.stations.codec import Outgoing, Payload, Peer
from edgegw.stations.commanded import of_command
from edgegw.stations.commanding import composite, with_result
from edgegw.stations.fitting import abilities, fitted
from edgegw.stations.profiles import ChargingProfile, integer
from edgegw.stations.v16.outgoing.transactions import transaction_id
from edgegw.stations.v16.spelling import purpose_named, written
from edgegw.stations.words import ending


def _set_charging_profile(command: Command, peer: Peer, number: int) -> Outgoing:
    profile = of_command(command, peer)
    if not isinstance(profile, ChargingProfile):
        evse = integer(command.args, "evse")
        return Outgoing("SetChargingProfile", {"connectorId": evse, "csChargingProfiles": profile}, ending)
    outgoing = set_profile(fitted(profile, abilities(peer, "1.6"), peer))
    return Outgoing(outgoing.action, outgoing.payload, with_result(profile_id=profile.id))


def set_profile(profile: ChargingProfile) -> Outgoing:
    """SetChargingProfile (section 6.43). Raises Unsupported for what the version can't say."""
    body = written(profile)
    if profile.transaction is not None:
        body["transactionId"] = transaction_id(profile.transaction)
    connector = 0 if profile.purpose == "station_max_profile" else profile.evse
    return Outgoing("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": body}, ending)


def _clear_charging_profile(command: Command, peer: Peer, number: int) -> Outgoing:
    args = command.args
    payload: Payload = {}
    for name, key in (("profile_id", "id"), ("evse", "connectorId"), ("stack_level", "stackLevel")):
        if args.get(name) is not None:
            payload[key] = integer(args, name)
    if args.get("purpose") is not None:
        payload["chargingProfilePurpose"] = purpose_named(profiles.purpose_of(args["purpose"]))
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
