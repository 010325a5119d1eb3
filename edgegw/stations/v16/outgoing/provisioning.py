"""Settings, resets, and messages asked for (OCPP 1.6 sections 5.3, 5.8, 5.14 and 5.17)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanding import reset_kind, shown, trigger_name, variables_ending
from edgegw.stations.profiles import integer
from edgegw.stations.words import ending, snake

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


def _trigger(command: Command, peer: Peer, number: int) -> Outgoing:
    message = trigger_name(command, TRIGGERS)
    payload: Payload = {"requestedMessage": message}
    if command.args.get("evse"):
        payload["connectorId"] = integer(command.args, "evse")
    return Outgoing(TRIGGERS[message], payload, ending)


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


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = {
    "reset": _reset,
    "trigger": _trigger,
    "get_variables": _get_variables,
    "set_variables": _set_variables,
}
