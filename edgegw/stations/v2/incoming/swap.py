"""Batteries that are swapped, which 2.1 brought (OCPP 2.1 part 2, block S)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.facts import BatterySwapped
from edgegw.stations.codec import Incoming, Payload, Peer, Tell
from edgegw.stations.v2 import tokens
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import snake


def _swap(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    fact = BatterySwapped(
        station=peer.station,
        at=peer.now,
        event=snake(payload["eventType"]),
        request=int(payload["requestId"]),
        id_token=tokens.shown(payload),
        batteries=tuple(payload["batteryData"]),
    )
    return Tell({}, (fact,))


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "BatterySwap": _swap,
}
