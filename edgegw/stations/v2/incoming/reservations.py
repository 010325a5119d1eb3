"""Reservations that a station gives up (OCPP 2.0.1 part 2, block H)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from edgegw.model.facts import ReservationEnded
from edgegw.stations.codec import Incoming, Payload, Peer, Tell
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.incoming.reports import report


def _reservation_status(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    held = peer.reserved_as(payload["reservationId"])
    if held is None:
        return report("ReservationStatusUpdate", payload, peer)
    reason: Literal["expired", "removed"] = "removed" if payload["reservationUpdateStatus"] == "Removed" else "expired"
    return Tell({}, (ReservationEnded(station=peer.station, at=peer.now, reservation=held.id, reason=reason),))


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "ReservationStatusUpdate": _reservation_status,
}
