"""Connectors in and out of use, and their locks (OCPP 2.0.1 part 2, blocks F and G)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Payload, Peer
from edgegw.stations.commanding import named_evse, operative
from edgegw.stations.profiles import integer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import ending


def _change_availability(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
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


def _unlock(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    evse = named_evse(command)
    if command.args.get("connector") is not None:
        connector = integer(command.args, "connector")
    else:
        configured = next((each for each in peer.evses if each.id == evse), None)
        connector = configured.connectors[0].id if configured is not None and configured.connectors else 1
    return Outgoing("UnlockConnector", {"evseId": evse, "connectorId": connector}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "change_availability": _change_availability,
    "unlock_connector": _unlock,
}
