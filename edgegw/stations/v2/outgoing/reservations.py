"""Reservations (OCPP 2.0.1 part 2, block H)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Payload, Peer
from edgegw.stations.commanding import held_reservation, moment, reserved
from edgegw.stations.profiles import integer
from edgegw.stations.v2 import tokens
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import ending


def _reserve(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    payload: Payload = {
        "id": number,
        "expiryDateTime": moment(command, "until"),
        "idToken": tokens.commanded(command, dialect),
        **tokens.group_of(command, peer, dialect),
    }
    if command.args.get("evse"):
        payload["evseId"] = integer(command.args, "evse")
    elif command.args.get("connector_type") is not None:
        payload["connectorType"] = command.args["connector_type"]
    return Outgoing("ReserveNow", payload, reserved(command, peer))


def _cancel(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    return Outgoing("CancelReservation", {"reservationId": held_reservation(command, peer)}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "reserve": _reserve,
    "cancel_reservation": _cancel,
}
