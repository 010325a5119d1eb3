"""Variables, resets, and messages asked for (OCPP 2.0.1 part 2, blocks B and F)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations import batches
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanding import reset_kind, shown, trigger_name, variables_ending, with_result
from edgegw.stations.profiles import integer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import ending, snake

TRIGGERS: Final = (
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

_LIMITS: Final = "DeviceDataCtrlr"
"""The component that says how many variables go into a message."""

_ATTRIBUTES: Final = {"actual": "Actual", "target": "Target", "min_set": "MinSet", "max_set": "MaxSet"}


def _reset(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    payload: Payload = {"type": "Immediate" if reset_kind(command) == "hard" else "OnIdle"}
    if command.args.get("evse"):
        payload["evseId"] = integer(command.args, "evse")
    return Outgoing("Reset", payload, ending)


def _trigger(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    message = trigger_name(command, TRIGGERS)
    payload: Payload = {"requestedMessage": message}
    if command.args.get("evse"):
        payload["evse"] = {"id": integer(command.args, "evse")}
        if message == "StatusNotification":
            payload["evse"]["connectorId"] = 1  # a status is a connector's, so the station refuses without
    return Outgoing("TriggerMessage", payload, ending)


def _get_variables(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """Named ones come in the answer; all of them, which are many, in reports of their own (use case B07)."""
    asked = command.args.get("variables")
    if asked is None:
        payload: Payload = {"requestId": number, "reportBase": "FullInventory"}
        return Outgoing("GetBaseReport", payload, with_result(request=number))
    parts = batches.in_batches([_place(each) for each in asked], *batches.per_message(peer, _LIMITS, "GetVariables"))
    calls = [Outgoing("GetVariables", {"getVariableData": list(part)}, _got_variables) for part in parts]
    return batches.in_series(calls, batches.variables_read)


def _place(variable: Mapping[str, Any]) -> Payload:
    """Which attribute of which variable of which component."""
    if variable.get("component") is None:
        raise Unsupported("a variable of OCPP 2.x is named with its component")
    component: Payload = {"name": variable["component"]}
    if variable.get("component_instance") is not None:
        component["instance"] = variable["component_instance"]
    if variable.get("evse") is not None:
        component["evse"] = {"id": variable["evse"]}
        if variable.get("connector") is not None:
            component["evse"]["connectorId"] = variable["connector"]
    name: Payload = {"name": variable["variable"]}
    if variable.get("variable_instance") is not None:
        name["instance"] = variable["variable_instance"]
    place: Payload = {"component": component, "variable": name}
    if variable.get("attribute") is not None:
        place["attributeType"] = _ATTRIBUTES[variable["attribute"]]
    return place


def _named(told: Mapping[str, Any]) -> dict[str, Any]:
    """What a result is about, in the words that the command has for it."""
    component, variable = told["component"], told["variable"]
    found: dict[str, Any] = {
        "component": component["name"],
        "variable": variable["name"],
        "attribute": snake(told.get("attributeType", "Actual")),
    }
    if "instance" in component:
        found["component_instance"] = component["instance"]
    if "instance" in variable:
        found["variable_instance"] = variable["instance"]
    if "evse" in component:
        found["evse"] = component["evse"]["id"]
        if "connectorId" in component["evse"]:
            found["connector"] = component["evse"]["connectorId"]
    return found


def _got_variables(answer: Mapping[str, Any]) -> Ending:
    found = [
        {
            **_named(each),
            "value": shown(each["variable"]["name"], each.get("attributeValue")),
            "status": snake(each["attributeStatus"]),
        }
        for each in answer["getVariableResult"]
    ]
    return Ending("done", None, {"variables": found})


def _set_variables(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    wanted = [{**_place(each), "attributeValue": each["value"]} for each in command.args["variables"]]
    parts = batches.in_batches(wanted, *batches.per_message(peer, _LIMITS, "SetVariables"))
    calls = [Outgoing("SetVariables", {"setVariableData": list(part)}, _set) for part in parts]
    return batches.in_series(calls, batches.variables_set([_named(each) for each in wanted]))


def _set(answer: Mapping[str, Any]) -> Ending:
    told = answer["setVariableResult"]
    return variables_ending([{**_named(each), "status": snake(each["attributeStatus"])} for each in told])


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "reset": _reset,
    "trigger": _trigger,
    "get_variables": _get_variables,
    "set_variables": _set_variables,
}
