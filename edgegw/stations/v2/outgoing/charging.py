"""Transactions, reservations and profiles (OCPP 2.0.1 part 2, blocks E, F, H and K)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations import profiles
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanding import (
    composite,
    held_reservation,
    moment,
    named_evse,
    named_transaction,
    with_result,
)
from edgegw.stations.profiles import ChargingProfile, Purpose, integer
from edgegw.stations.v2 import tokens
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import ending

_PURPOSES: Final[Mapping[Purpose, str]] = {
    "tx_profile": "TxProfile",
    "tx_default_profile": "TxDefaultProfile",
    "station_max_profile": "ChargingStationMaxProfile",
}


def _start(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """RequestStartTransaction; the station repeats `number` in the transaction that it begins."""
    # No profile goes with it: a TxProfile without an end would outlive the gateway (docs/decisions/0033).
    payload: Payload = {
        "evseId": named_evse(command),
        "remoteStartId": number,
        "idToken": _id_token(command, dialect),
    }
    return Outgoing("RequestStartTransaction", payload, _start_ending)


def _id_token(command: Command, dialect: Dialect) -> Payload:
    id_token = command.args.get("id_token")
    if not isinstance(id_token, str) or len(id_token) > dialect.max_id_token:
        raise Unsupported(f"an OCPP {dialect.version} id token has at most {dialect.max_id_token} characters")
    return tokens.written(id_token)


def _start_ending(answer: Mapping[str, Any]) -> Ending:
    """The station says which transaction it is when the cable had been plugged in, and one had begun, before."""
    ended = ending(answer)
    if "transactionId" not in answer:
        return ended
    return Ending(ended.state, ended.reason, {**(ended.result or {}), "reference": answer["transactionId"]})


def _stop(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    payload: Payload = {"transactionId": named_transaction(command, peer).reference}
    return Outgoing("RequestStopTransaction", payload, ending)


def _reserve(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    payload: Payload = {
        "id": number,
        "expiryDateTime": moment(command, "until"),
        "idToken": _id_token(command, dialect),
    }
    if command.args.get("evse"):
        payload["evseId"] = integer(command.args, "evse")
    return Outgoing("ReserveNow", payload, with_result(reservation=command.id))


def _cancel(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    return Outgoing("CancelReservation", {"reservationId": held_reservation(command, peer)}, ending)


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
    "start_transaction": _start,
    "stop_transaction": _stop,
    "reserve": _reserve,
    "cancel_reservation": _cancel,
    "set_charging_profile": _set_charging_profile,
    "clear_charging_profile": _clear_charging_profile,
    "get_composite_schedule": _get_composite_schedule,
}
