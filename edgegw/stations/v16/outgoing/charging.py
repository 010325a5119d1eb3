"""Transactions, reservations and profiles (OCPP 1.6 sections 5.2, 5.5, 5.11 to 5.13, 5.16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.model.state import Transaction
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
from edgegw.stations.words import ending

_MAX_ID_TAG: Final = 20

_PURPOSES: Final[Mapping[Purpose, str]] = {
    "tx_profile": "TxProfile",
    "tx_default_profile": "TxDefaultProfile",
    "station_max_profile": "ChargePointMaxProfile",
}


def _start(command: Command, peer: Peer, number: int) -> Outgoing:
    # No profile goes with it: a TxProfile without an end would outlive the gateway (docs/decisions/0033).
    payload = {"connectorId": named_evse(command), "idTag": _id_tag(command)}
    return Outgoing("RemoteStartTransaction", payload, ending)


def _id_tag(command: Command) -> str:
    id_token = command.args.get("id_token")
    if not isinstance(id_token, str) or len(id_token) > _MAX_ID_TAG:
        raise Unsupported(f"an OCPP 1.6 id token has at most {_MAX_ID_TAG} characters")
    return id_token


def _stop(command: Command, peer: Peer, number: int) -> Outgoing:
    return Outgoing("RemoteStopTransaction", {"transactionId": _number(named_transaction(command, peer))}, ending)


def _number(transaction: Transaction) -> int:
    """The id that the station knows; one that began under 2.x is known by a text, which 1.6 cannot carry."""
    try:
        return int(transaction.reference)
    except ValueError:
        raise Unsupported("the transaction began under another OCPP version") from None


def _reserve(command: Command, peer: Peer, number: int) -> Outgoing:
    payload: Payload = {
        "connectorId": command.args.get("evse") or 0,
        "expiryDate": moment(command, "until"),
        "idTag": _id_tag(command),
        "reservationId": number,
    }
    return Outgoing("ReserveNow", payload, with_result(reservation=command.id))


def _cancel(command: Command, peer: Peer, number: int) -> Outgoing:
    return Outgoing("CancelReservation", {"reservationId": held_reservation(command, peer)}, ending)


def _set_charging_profile(command: Command, peer: Peer, number: int) -> Outgoing:
    profile = profiles.of_command(command, peer)
    if isinstance(profile, ChargingProfile):
        return set_profile(profile)
    evse = integer(command.args, "evse")
    return Outgoing("SetChargingProfile", {"connectorId": evse, "csChargingProfiles": profile}, ending)


def set_profile(profile: ChargingProfile) -> Outgoing:
    """SetChargingProfile (section 6.43)."""
    body: dict[str, Any] = {
        "chargingProfileId": profile.id,
        "stackLevel": profile.level,
        "chargingProfilePurpose": _PURPOSES[profile.purpose],
        "chargingProfileKind": profile.kind,
        "chargingSchedule": profile.schedule(),
    }
    if profile.transaction is not None:
        body["transactionId"] = _number(profile.transaction)
    connector = 0 if profile.purpose == "station_max_profile" else profile.evse
    return Outgoing("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": body}, ending)


def _clear_charging_profile(command: Command, peer: Peer, number: int) -> Outgoing:
    args = command.args
    payload: Payload = {}
    for name, key in (("profile_id", "id"), ("evse", "connectorId"), ("stack_level", "stackLevel")):
        if args.get(name) is not None:
            payload[key] = integer(args, name)
    if args.get("purpose") is not None:
        payload["chargingProfilePurpose"] = _PURPOSES[profiles.purpose_of(args["purpose"])]
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
    "start_transaction": _start,
    "stop_transaction": _stop,
    "reserve": _reserve,
    "cancel_reservation": _cancel,
    "set_charging_profile": _set_charging_profile,
    "clear_charging_profile": _clear_charging_profile,
    "get_composite_schedule": _get_composite_schedule,
}
