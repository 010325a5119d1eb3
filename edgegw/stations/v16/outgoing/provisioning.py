"""Settings, resets, and messages asked for (OCPP 1.6 sections 5.3, 5.8, 5.14 and 5.17)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations import batches
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
    keys = [_key(each) for each in command.args.get("variables") or ()]
    if not keys:
        return Outgoing("GetConfiguration", {}, _got_variables)
    most = batches.number(peer.variable("", "GetConfigurationMaxKeys", None))
    calls = [
        Outgoing("GetConfiguration", {"key": list(part)}, _got_variables) for part in batches.in_batches(keys, most)
    ]
    return batches.in_series(calls, batches.variables_read)


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
    """ChangeConfiguration takes one key, so there is a CALL for each."""
    wanted = command.args["variables"]
    calls = [_change(_key(each), each["value"]) for each in wanted]
    return batches.in_series(calls, batches.variables_set([_about(_key(each)) for each in wanted]))


def _change(key: str, value: str) -> Outgoing:
    def ended(answer: Mapping[str, Any]) -> Ending:
        return variables_ending([{**_about(key), "status": snake(str(answer["status"]))}])

    return Outgoing("ChangeConfiguration", {"key": key, "value": value}, ended)


def _about(key: str) -> dict[str, Any]:
    return {"component": None, "variable": key, "attribute": "actual"}


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = {
    "reset": _reset,
    "trigger": _trigger,
    "get_variables": _get_variables,
    "set_variables": _set_variables,
}
