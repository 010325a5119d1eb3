"""What a 1.6 station is told: commands, set points and default limits as CALLs of OCPP 1.6."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.model.commands import Command
from edgegw.model.state import Transaction
from edgegw.stations import profiles
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanding import as_text, named_evse, named_transaction, operative, reset_kind, trigger_name
from edgegw.stations.profiles import ChargingProfile, Purpose, integer
from edgegw.stations.words import data_transfer_ending, ending

_MAX_ID_TAG: Final = 20

_PURPOSES: Final[Mapping[Purpose, str]] = {
    "tx_profile": "TxProfile",
    "tx_default_profile": "TxDefaultProfile",
    "station_max_profile": "ChargePointMaxProfile",
}

_TRIGGERS: Final = {
    "BootNotification": "TriggerMessage",
    "DiagnosticsStatusNotification": "TriggerMessage",
    "FirmwareStatusNotification": "TriggerMessage",
    "Heartbeat": "TriggerMessage",
    "MeterValues": "TriggerMessage",
    "StatusNotification": "TriggerMessage",
    "LogStatusNotification": "ExtendedTriggerMessage",
    "SignChargePointCertificate": "ExtendedTriggerMessage",
}
"""Message to trigger, and the action that can: the security whitepaper brought a second one for the newer messages."""


def _start(command: Command, peer: Peer) -> Outgoing:
    # No profile goes with it: a TxProfile without an end would outlive the gateway (docs/decisions/0033).
    id_token = command.args.get("id_token")
    if not isinstance(id_token, str) or len(id_token) > _MAX_ID_TAG:
        raise Unsupported(f"an OCPP 1.6 id token has at most {_MAX_ID_TAG} characters")
    return Outgoing("RemoteStartTransaction", {"connectorId": named_evse(command), "idTag": id_token}, ending)


def _stop(command: Command, peer: Peer) -> Outgoing:
    return Outgoing("RemoteStopTransaction", {"transactionId": _number(named_transaction(command, peer))}, ending)


def _number(transaction: Transaction) -> int:
    """The id that the station knows; one that began under 2.x is known by a text, which 1.6 cannot carry."""
    try:
        return int(transaction.reference)
    except ValueError:
        raise Unsupported("the transaction began under another OCPP version") from None


def _reset(command: Command, peer: Peer) -> Outgoing:
    if command.args.get("evse"):
        raise Unsupported("OCPP 1.6 resets the whole station, not one EVSE")
    return Outgoing("Reset", {"type": "Hard" if reset_kind(command) == "hard" else "Soft"}, ending)


def _change_availability(command: Command, peer: Peer) -> Outgoing:
    evse = integer(command.args, "evse") if "evse" in command.args else 0
    kind = "Operative" if operative(command) else "Inoperative"
    return Outgoing("ChangeAvailability", {"connectorId": evse, "type": kind}, ending)


def _unlock(command: Command, peer: Peer) -> Outgoing:
    return Outgoing("UnlockConnector", {"connectorId": named_evse(command)}, ending)


def _trigger(command: Command, peer: Peer) -> Outgoing:
    message = trigger_name(command, _TRIGGERS)
    payload: Payload = {"requestedMessage": message}
    if command.args.get("evse"):
        payload["connectorId"] = integer(command.args, "evse")
    return Outgoing(_TRIGGERS[message], payload, ending)


def _data_transfer(command: Command, peer: Peer) -> Outgoing:
    payload: Payload = {"vendorId": command.args.get("vendor_id")}
    if command.args.get("message_id") is not None:
        payload["messageId"] = command.args["message_id"]
    if command.args.get("payload") is not None:
        payload["data"] = as_text(command.args["payload"])
    return Outgoing("DataTransfer", payload, data_transfer_ending)


def _set_charging_profile(command: Command, peer: Peer) -> Outgoing:
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


def _clear_charging_profile(command: Command, peer: Peer) -> Outgoing:
    args = command.args
    payload: Payload = {}
    for name, key in (("profile_id", "id"), ("evse", "connectorId"), ("stack_level", "stackLevel")):
        if args.get(name) is not None:
            payload[key] = integer(args, name)
    if args.get("purpose") is not None:
        payload["chargingProfilePurpose"] = _PURPOSES[profiles.purpose_of(args["purpose"])]
    return Outgoing("ClearChargingProfile", payload, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer], Outgoing]]] = {
    "start_transaction": _start,
    "stop_transaction": _stop,
    "reset": _reset,
    "change_availability": _change_availability,
    "unlock_connector": _unlock,
    "trigger": _trigger,
    "data_transfer": _data_transfer,
    "set_charging_profile": _set_charging_profile,
    "clear_charging_profile": _clear_charging_profile,
}
