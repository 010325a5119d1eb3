"""Reservations (OCPP 1.6 sections 5.1 and 5.13)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanding import held_reservation, moment, reserved
from edgegw.stations.v16 import tokens
from edgegw.stations.words import ending


def _reserve(command: Command, peer: Peer, number: int) -> Outgoing:
    if command.args.get("connector_type") is not None:
        raise Unsupported("OCPP 1.6 knows no types of connectors: name the EVSE")
    payload: Payload = {
        "connectorId": command.args.get("evse") or 0,
        "expiryDate": moment(command, "until"),
        "idTag": tokens.commanded(command),
        "reservationId": number,
        **tokens.group_of(command, peer),
    }
    return Outgoing("ReserveNow", payload, reserved(command, peer))


def _cancel(command: Command, peer: Peer, number: int) -> Outgoing:
    return Outgoing("CancelReservation", {"reservationId": held_reservation(command, peer)}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = {
    "reserve": _reserve,
    "cancel_reservation": _cancel,
}
