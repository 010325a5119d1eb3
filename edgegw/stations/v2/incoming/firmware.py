"""How far firmware has come (OCPP 2.0.1 part 2, block L)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.facts import FirmwareStatusChanged
from edgegw.stations.codec import Incoming, Payload, Peer, Tell
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import snake


def _firmware_status(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    fact = FirmwareStatusChanged(
        station=peer.station, at=peer.now, status=snake(payload["status"]), request=payload.get("requestId")
    )
    return Tell({}, (fact,))


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "FirmwareStatusNotification": _firmware_status,
    "PublishFirmwareStatusNotification": _firmware_status,
}
