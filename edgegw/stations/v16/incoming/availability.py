"""Whether a 1.6 station and its connectors are there for use: Heartbeat and StatusNotification (OCPP 1.6 edition 2
sections 4.6 and 4.9).

StatusNotification stays a fact about the connector: the hub draws the charging state of a transaction from it, as 1.6
has no other message for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.core.secrets import without_secrets
from edgegw.model.facts import StationStatusChanged, VariablesReported
from edgegw.stations.codec import Incoming, Payload, Peer, Tell
from edgegw.stations.normalise import NOWHERE
from edgegw.stations.words import STATUSES, place_number, shown_at, stamp


def _heartbeat(payload: Payload, peer: Peer) -> Incoming:
    return Tell({"currentTime": stamp(peer.now)})


def _status(payload: Payload, peer: Peer) -> Incoming:
    named = payload["connectorId"]
    if named == NOWHERE and len(peer.evses) == 1:
        named = peer.evses[0].id
    status = STATUSES.get(payload["status"])
    # A word of the vendor's that says nothing about use, or of a connector that can't be told: it is kept, and the
    # status stays.
    if status is None or named == NOWHERE:
        report = without_secrets(payload)
        kept = VariablesReported(station=peer.station, at=peer.now, action="StatusNotification", report=report)
        return Tell({}, (kept,))
    number = place_number(named)
    error = payload["errorCode"]
    if error == "OtherError":
        error = payload.get("vendorErrorCode") or error
    fact = StationStatusChanged(
        station=peer.station,
        at=shown_at(payload.get("timestamp"), peer.now),
        evse=number,
        connector=min(number, 1),
        status=status,
        error=None if error == "NoError" else error,
        info=without_secrets(payload.get("info")) or None,
    )
    return Tell({}, (fact,))


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer], Incoming]]] = {
    "Heartbeat": _heartbeat,
    "StatusNotification": _status,
}
