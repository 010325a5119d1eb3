"""Passwords and security profiles (OCPP 2.0.1 part 2, use cases A01 and A05)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Peer, Unsupported
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import ending, snake

MESSAGE_TIMEOUT_S: Final = 30


def _rotate_password(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    password = command.args.get("password")
    if password is None:
        raise Unsupported("the gateway makes the password itself")
    wanted = {
        "component": {"name": "SecurityCtrlr"},
        "variable": {"name": "BasicAuthPassword"},
        "attributeValue": password,
    }
    return Outgoing("SetVariables", {"setVariableData": [wanted]}, _set)


def _set(answer: Mapping[str, Any]) -> Ending:
    status = snake(answer["setVariableResult"][0]["attributeStatus"])
    taken = status in ("accepted", "reboot_required")
    return Ending("done" if taken else "rejected", None if taken else status)


def _upgrade_security(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """The profile goes with the URL, into a slot of network profiles that is free (use case B09)."""
    url = command.args.get("url")
    if url is None:
        raise Unsupported("a station of OCPP 2.x is told the URL with the profile: url is needed")
    profile = {
        # OCPP20 is what 2.0.1 calls itself there.
        "ocppVersion": "OCPP20" if dialect.version == "2.0.1" else "OCPP21",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": url,
        "messageTimeout": MESSAGE_TIMEOUT_S,
        "securityProfile": command.args["profile"],
        "ocppInterface": "Any" if dialect.version != "2.0.1" else "Wired0",
    }
    payload = {"configurationSlot": command.args.get("slot", 1), "connectionData": profile}
    return Outgoing("SetNetworkProfile", payload, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "rotate_password": _rotate_password,
    "upgrade_security": _upgrade_security,
}
