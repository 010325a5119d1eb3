"""Resets, availability, settings and the local list (OCPP 1.6 sections 5.2 to 5.4, 5.8, 5.14, 5.15, 5.17, 5.18)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import ListEntry, Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanding import (
    as_text,
    named_evse,
    operative,
    reset_kind,
    shown,
    trigger_name,
    variables_ending,
    with_result,
)
from edgegw.stations.profiles import integer
from edgegw.stations.words import data_transfer_ending, ending, snake, stamp

_MAX_ID_TAG: Final = 20

TRIGGERS: Final = {
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


def _reset(command: Command, peer: Peer, number: int) -> Outgoing:
    if command.args.get("evse"):
        raise Unsupported("OCPP 1.6 resets the whole station, not one EVSE")
    return Outgoing("Reset", {"type": "Hard" if reset_kind(command) == "hard" else "Soft"}, ending)


def _change_availability(command: Command, peer: Peer, number: int) -> Outgoing:
    kind = "Operative" if operative(command) else "Inoperative"
    return Outgoing("ChangeAvailability", {"connectorId": command.args.get("evse") or 0, "type": kind}, ending)


def _unlock(command: Command, peer: Peer, number: int) -> Outgoing:
    return Outgoing("UnlockConnector", {"connectorId": named_evse(command)}, ending)


def _trigger(command: Command, peer: Peer, number: int) -> Outgoing:
    message = trigger_name(command, TRIGGERS)
    payload: Payload = {"requestedMessage": message}
    if command.args.get("evse"):
        payload["connectorId"] = integer(command.args, "evse")
    return Outgoing(TRIGGERS[message], payload, ending)


def _data_transfer(command: Command, peer: Peer, number: int) -> Outgoing:
    payload: Payload = {"vendorId": command.args.get("vendor_id")}
    if command.args.get("message_id") is not None:
        payload["messageId"] = command.args["message_id"]
    if command.args.get("payload") is not None:
        payload["data"] = as_text(command.args["payload"])
    return Outgoing("DataTransfer", payload, data_transfer_ending)


def _get_variables(command: Command, peer: Peer, number: int) -> Outgoing:
    asked = command.args.get("variables") or ()
    payload = {"key": [_key(each) for each in asked]} if asked else {}
    return Outgoing("GetConfiguration", payload, _got_variables)


def _key(variable: Mapping[str, Any]) -> str:
    """The key that a variable is; 1.6 has keys alone, and each has one value."""
    if more := sorted(name for name in variable if name not in ("variable", "value") and variable[name] is not None):
        raise Unsupported(f"OCPP 1.6 has keys alone, without {', '.join(more)}")
    return str(variable["variable"])


def _got_variables(answer: Mapping[str, Any]) -> Ending:
    known = [
        {
            "component": None,
            "variable": each["key"],
            "attribute": "actual",
            "value": shown(each["key"], each.get("value")),
            "status": "accepted",
            "readonly": each["readonly"],
        }
        for each in answer.get("configurationKey", ())
    ]
    unknown = [
        {"component": None, "variable": key, "attribute": "actual", "value": None, "status": "unknown_variable"}
        for key in answer.get("unknownKey", ())
    ]
    return Ending("done", None, {"variables": known + unknown})


def _set_variables(command: Command, peer: Peer, number: int) -> Outgoing:
    wanted = command.args["variables"]
    if len(wanted) != 1:
        raise Unsupported("OCPP 1.6 changes one variable at a time: send a command for each")
    key, value = _key(wanted[0]), wanted[0]["value"]

    def ended(answer: Mapping[str, Any]) -> Ending:
        about = {"component": None, "variable": key, "attribute": "actual", "status": snake(str(answer["status"]))}
        return variables_ending([about])

    return Outgoing("ChangeConfiguration", {"key": key, "value": value}, ended)


def _send_local_list(command: Command, peer: Peer, number: int) -> Outgoing:
    entries = [_entry(each) for each in peer.local_list() if len(each.id_token) <= _MAX_ID_TAG]
    payload: Payload = {"listVersion": number, "localAuthorizationList": entries, "updateType": "Full"}
    return Outgoing("SendLocalList", payload, with_result(version=number, entries=len(entries)))


def _entry(entry: ListEntry) -> Payload:
    info: Payload = {"status": entry.status.capitalize()}
    if entry.group is not None and len(entry.group) <= _MAX_ID_TAG:
        info["parentIdTag"] = entry.group
    if entry.expires_at is not None:
        info["expiryDate"] = stamp(entry.expires_at)
    return {"idTag": entry.id_token, "idTagInfo": info}


def _clear_cache(command: Command, peer: Peer, number: int) -> Outgoing:
    return Outgoing("ClearCache", {}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = {
    "reset": _reset,
    "change_availability": _change_availability,
    "unlock_connector": _unlock,
    "trigger": _trigger,
    "data_transfer": _data_transfer,
    "get_variables": _get_variables,
    "set_variables": _set_variables,
    "send_local_list": _send_local_list,
    "clear_cache": _clear_cache,
}
