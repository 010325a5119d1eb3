"""How far firmware has come (OCPP 1.6 edition 2 section 4.5, and the security whitepaper)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.facts import FirmwareStatusChanged
from edgegw.stations.codec import Incoming, Payload, Peer, Tell
from edgegw.stations.words import snake


def _firmware_status(payload: Payload, peer: Peer) -> Incoming:
    fact = FirmwareStatusChanged(
        station=peer.station, at=peer.now, status=snake(payload["status"]), request=payload.get("requestId")
    )
    return Tell({}, (fact,))


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer], Incoming]]] = {
    "FirmwareStatusNotification": _firmware_status,
    "SignedFirmwareStatusNotification": _firmware_status,
}
