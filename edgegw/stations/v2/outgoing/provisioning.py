"""Variables, resets, and messages asked for (OCPP 2.0.1 part 2, blocks B and F)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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

STATUS: Final = "StatusNotification"
CUSTOM: Final = "CustomTrigger"
TRIGGERS_21: Final = (*TRIGGERS, CUSTOM, "SignV2G20Certificate")

_LIMITS: Final = "DeviceDataCtrlr"
"""The component that says how many variables go into a message."""

_ATTRIBUTES: Final = {"actual": "Actual", "target": "Target", "min_set": "MinSet", "max_set": "MaxSet"}


def _reset(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    payload: Payload = {"type": "Immediate" if reset_kind(command) == "hard" else "OnIdle"}
    if command.args.get("evse"):
        payload["evseId"] = integer(command.args, "evse")
    return Outgoing("Reset", payload, ending)


def _trigger(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    message = trigger_name(command, TRIGGERS if dialect.version == "2.0.1" else TRIGGERS_21)
    payload: Payload = {"requestedMessage": message}
    if message == STATUS and not command.args.get("evse") and peer.evses:
        return _statuses(peer)
    if command.args.get("evse"):
        payload["evse"] = {"id": integer(command.args, "evse")}
        if command.args.get("connector") is not None:
            payload["evse"]["connectorId"] = integer(command.args, "connector")
        elif message == STATUS:
            payload["evse"]["connectorId"] = 1  # a status is a connector's, so the station refuses without
    if (custom := command.args.get("custom")) is not None:
        if message != CUSTOM:
            raise Unsupported("custom goes with the message custom_trigger, of OCPP 2.1")
        payload["customTrigger"] = custom
    return Outgoing("TriggerMessage", payload, ending)


def _statuses(peer: Peer) -> Outgoing:
    """A status is a connector's, and is asked for by its EVSE and connector (OCPP 2.0.1 part 2, F06.FR.12)."""
    places = [(evse.id, id) for evse in peer.evses for id in [each.id for each in evse.connectors] or [1]]
    return batches.in_series([_status(*place) for place in places], _told)


def _status(evse: int, connector: int) -> Outgoing:
    def ended(answer: Mapping[str, Any]) -> Ending:
        found = ending(answer)
        place = {"evse": evse, "connector": connector, **(found.result or {})}
        return Ending(found.state, found.reason, {"places": [place]})

    payload = {"requestedMessage": STATUS, "evse": {"id": evse, "connectorId": connector}}
    return Outgoing("TriggerMessage", payload, ended)


def _told(ends: Sequence[Ending]) -> Ending:
    """One end of the ends of all places: the worst, with each place's own."""
    worst = next((end for end in ends if end.state != "done"), ends[-1])
    places = [place for end in ends for place in (end.result or {}).get("places", ())]
    refused = {end.state for end in ends} == {worst.state}
    state = worst.state if refused or worst.state == "unknown" else "failed"
    return Ending(state, worst.reason, {**(worst.result or {}), "places": places})


def _get_variables(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """Named ones come in the answer; all of them, which are many, in reports of their own (use case B07)."""
    asked = command.args.get("variables")
    if asked is None:
        payload: Payload = {"requestId": number, "reportBase": "FullInventory"}
        return Outgoing("GetBaseReport", payload, with_result(request=number))
    parts = batches.in_batches([place(each) for each in asked], *batches.per_message(peer, _LIMITS, "GetVariables"))
    calls = [Outgoing("GetVariables", {"getVariableData": list(part)}, _got_variables) for part in parts]
    return batches.in_series(calls, batches.variables_read)


def place(variable: Mapping[str, Any]) -> Payload:
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


def named(told: Mapping[str, Any]) -> dict[str, Any]:
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
            **named(each),
            "value": shown(each["variable"]["name"], each.get("attributeValue")),
            "status": snake(each["attributeStatus"]),
            **_why(each),
        }
        for each in answer["getVariableResult"]
    ]
    return Ending("done", None, {"variables": found})


def _set_variables(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    wanted = [{**place(each), "attributeValue": each["value"]} for each in command.args["variables"]]
    parts = batches.in_batches(wanted, *batches.per_message(peer, _LIMITS, "SetVariables"))
    calls = [Outgoing("SetVariables", {"setVariableData": list(part)}, _set) for part in parts]
    return batches.in_series(calls, batches.variables_set([named(each) for each in wanted]))


def _set(answer: Mapping[str, Any]) -> Ending:
    told = answer["setVariableResult"]
    return variables_ending([{**named(each), "status": snake(each["attributeStatus"]), **_why(each)} for each in told])


def _why(each: Mapping[str, Any]) -> dict[str, Any]:
    """A station's own reason for the status of a variable."""
    info = each.get("attributeStatusInfo", {})
    return {snake(key): info[key] for key in ("reasonCode", "additionalInfo") if key in info}


def spelled(word: str) -> str:
    """A word of ours as OCPP spells most of them: `full_inventory` is FullInventory."""
    return "".join(part.capitalize() for part in word.split("_"))


def components(command: Command) -> Payload:
    """The components, or variables of them, that a report shall be of."""
    asked = command.args.get("components")
    if not asked:
        return {}
    found = []
    for each in asked:
        whole = place({**each, "variable": each.get("variable") or ""})
        found.append(whole if each.get("variable") is not None else {"component": whole["component"]})
    return {"componentVariable": found}


def _get_report(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    base, criteria = command.args.get("base"), command.args.get("criteria")
    which = components(command)
    if base is not None:
        if which or criteria:
            raise Unsupported("a base report is of the whole station: leave base, or the others, out")
        return Outgoing(
            "GetBaseReport", {"requestId": number, "reportBase": spelled(base)}, with_result(request=number)
        )
    if not which and not criteria:
        raise Unsupported("say which report: base, components or criteria")
    payload: Payload = {"requestId": number, **which}
    if criteria:
        payload["componentCriteria"] = [spelled(each) for each in criteria]
    return Outgoing("GetReport", payload, with_result(request=number))


_NETWORKS: Final = (("apn", "apn"), ("vpn", "vpn"))
_NETWORK: Final[Mapping[str, Mapping[str, str]]] = {
    "apn": {
        "name": "apn", "user": "apnUserName", "password": "apnPassword", "sim_pin": "simPin",
        "network": "preferredNetwork", "only_network": "useOnlyPreferredNetwork", "authentication": "apnAuthentication",
    },
    "vpn": {
        "server": "server", "user": "user", "group": "group", "password": "password", "key": "key", "kind": "type",
    },
}  # fmt: skip
"""What APNType and VPNType call the fields of the command."""

_KINDS: Final = {"ikev2": "IKEv2", "ipsec": "IPSec", "l2tp": "L2TP", "pptp": "PPTP"}


def _network(given: Mapping[str, Any], names: Mapping[str, str]) -> Payload:
    told = {names[name]: value for name, value in given.items() if value is not None}
    if "apn" in told:
        told["apnAuthentication"] = str(told.get("apnAuthentication") or "auto").upper()
    if "type" in told:
        told["type"] = _KINDS[told["type"]]
    return told


def _set_network_profile(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """The station is to speak JSON, in its own version (use case B09)."""
    args = command.args
    if args["interface"] == "any" and dialect.version == "2.0.1":
        raise Unsupported("OCPP 2.0.1 wants the interface named")
    profile: Payload = {
        "ocppVersion": "OCPP20" if dialect.version == "2.0.1" else "OCPP21",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": args["url"],
        "messageTimeout": args.get("timeout_s") or 30,
        "securityProfile": args["security_profile"],
        "ocppInterface": spelled(args["interface"]),
        **{key: _network(args[name], _NETWORK[name]) for name, key in _NETWORKS if args.get(name) is not None},
    }
    return Outgoing("SetNetworkProfile", {"configurationSlot": args["slot"], "connectionData": profile}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "reset": _reset,
    "trigger": _trigger,
    "get_variables": _get_variables,
    "set_variables": _set_variables,
    "get_report": _get_report,
    "set_network_profile": _set_network_profile,
}
