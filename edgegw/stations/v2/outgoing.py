"""What a 2.x station is told: commands, set points and default limits as CALLs of OCPP 2.0.1 and 2.1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations import profiles
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanding import named_evse, named_transaction, operative, reset_kind, trigger_name
from edgegw.stations.profiles import ChargingProfile, Purpose, integer
from edgegw.stations.v2 import tokens
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import data_transfer_ending, ending

_PURPOSES: Final[Mapping[Purpose, str]] = {
    "tx_profile": "TxProfile",
    "tx_default_profile": "TxDefaultProfile",
    "station_max_profile": "ChargingStationMaxProfile",
}

_TRIGGERS: Final = (
    "BootNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "LogStatusNotification",
    "MeterValues",
    "PublishFirmwareStatusNotification",
    "SignChargingStationCertificate",
    "SignCombinedCertificate",
    "SignV2GCertificate",
    "StatusNotification",
    "TransactionEvent",
)


def start(command: Command, dialect: Dialect, remote_start_id: int) -> Outgoing:
    """RequestStartTransaction; the station repeats `remote_start_id` in the transaction that it begins."""
    # No profile goes with it: a TxProfile without an end would outlive the gateway (docs/decisions/0033).
    id_token = command.args.get("id_token")
    if not isinstance(id_token, str) or len(id_token) > dialect.max_id_token:
        raise Unsupported(f"an OCPP {dialect.version} id token has at most {dialect.max_id_token} characters")
    payload: Payload = {
        "evseId": named_evse(command),
        "remoteStartId": remote_start_id,
        "idToken": tokens.written(id_token),
    }
    return Outgoing("RequestStartTransaction", payload, _start_ending)


def _start_ending(answer: Mapping[str, Any]) -> Ending:
    """The station says which transaction it is when the cable had been plugged in, and one had begun, before."""
    ended = ending(answer)
    if "transactionId" not in answer:
        return ended
    return Ending(ended.state, ended.reason, {**(ended.result or {}), "reference": answer["transactionId"]})


def _stop(command: Command, peer: Peer) -> Outgoing:
    payload: Payload = {"transactionId": named_transaction(command, peer).reference}
    return Outgoing("RequestStopTransaction", payload, ending)


def _reset(command: Command, peer: Peer) -> Outgoing:
    payload: Payload = {"type": "Immediate" if reset_kind(command) == "hard" else "OnIdle"}
    if command.args.get("evse"):
        payload["evseId"] = integer(command.args, "evse")
    return Outgoing("Reset", payload, ending)


def _change_availability(command: Command, peer: Peer) -> Outgoing:
    status = "Operative" if operative(command) else "Inoperative"
    payload: Payload = {"operationalStatus": status}
    if command.args.get("evse"):
        payload["evse"] = _evse(command)
    return Outgoing("ChangeAvailability", payload, ending)


def _evse(command: Command) -> Payload:
    evse: Payload = {"id": integer(command.args, "evse")}
    if command.args.get("connector"):
        evse["connectorId"] = integer(command.args, "connector")
    return evse


def _unlock(command: Command, peer: Peer) -> Outgoing:
    evse = named_evse(command)
    if command.args.get("connector") is not None:
        connector = integer(command.args, "connector")
    else:
        configured = next((each for each in peer.evses if each.id == evse), None)
        connector = configured.connectors[0].id if configured is not None and configured.connectors else 1
    return Outgoing("UnlockConnector", {"evseId": evse, "connectorId": connector}, ending)


def _trigger(command: Command, peer: Peer) -> Outgoing:
    message = trigger_name(command, _TRIGGERS)
    payload: Payload = {"requestedMessage": message}
    if command.args.get("evse"):
        payload["evse"] = {"id": integer(command.args, "evse")}
        if message == "StatusNotification":
            payload["evse"]["connectorId"] = 1  # a status is a connector's, so the station refuses without
    return Outgoing("TriggerMessage", payload, ending)


def _data_transfer(command: Command, peer: Peer) -> Outgoing:
    payload: Payload = {"vendorId": command.args.get("vendor_id")}
    if command.args.get("message_id") is not None:
        payload["messageId"] = command.args["message_id"]
    if command.args.get("payload") is not None:
        payload["data"] = command.args["payload"]
    return Outgoing("DataTransfer", payload, data_transfer_ending)


def _set_charging_profile(command: Command, peer: Peer) -> Outgoing:
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


def _clear_charging_profile(command: Command, peer: Peer) -> Outgoing:
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


COMMANDS: Final[Mapping[str, Callable[[Command, Peer], Outgoing]]] = {
    "stop_transaction": _stop,
    "reset": _reset,
    "change_availability": _change_availability,
    "unlock_connector": _unlock,
    "trigger": _trigger,
    "data_transfer": _data_transfer,
    "set_charging_profile": _set_charging_profile,
    "clear_charging_profile": _clear_charging_profile,
}
