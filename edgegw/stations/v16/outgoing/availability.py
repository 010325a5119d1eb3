"""Connectors in and out of use, and their locks (OCPP 1.6 sections 5.2 and 5.18)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Peer
from edgegw.stations.commanding import named_evse, operative
from edgegw.stations.words import ending


def _change_availability(command: Command, peer: Peer, number: int) -> Outgoing:
    kind = "Operative" if operative(command) else "Inoperative"
    return Outgoing("ChangeAvailability", {"connectorId": command.args.get("evse") or 0, "type": kind}, ending)


def _unlock(command: Command, peer: Peer, number: int) -> Outgoing:
    return Outgoing("UnlockConnector", {"connectorId": named_evse(command)}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = {
    "change_availability": _change_availability,
    "unlock_connector": _unlock,
}
