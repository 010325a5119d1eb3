"""Whether a 2.x station and its connectors are there for use (OCPP 2.0.1 part 2, block G)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.facts import StationStatusChanged
from edgegw.stations.codec import Incoming, Payload, Peer, Tell
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.incoming.reports import report
from edgegw.stations.words import STATUSES, place_number, shown_at, stamp


def _heartbeat(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    return Tell({"currentTime": stamp(peer.now)})


def _status(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    status = STATUSES.get(payload["connectorStatus"])
    evse = payload["evseId"] or (peer.evses[0].id if len(peer.evses) == 1 else 0)
    # A word of the vendor's that says nothing about use, or of an EVSE that can't be told: it is kept, and the status
    # stays.
    if status is None or evse == 0:
        return report("StatusNotification", payload, peer)
    fact = StationStatusChanged(
        station=peer.station,
        at=shown_at(payload["timestamp"], peer.now),
        evse=place_number(evse),
        connector=place_number(payload["connectorId"]),
        status=status,
    )
    return Tell({}, (fact,))


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "Heartbeat": _heartbeat,
    "StatusNotification": _status,
}
