"""A vendor's own messages (OCPP 1.6 edition 2 section 4.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.stations import costs
from edgegw.stations.codec import Incoming, Payload, Peer, Tell


def _data_transfer(payload: Payload, peer: Peer) -> Incoming:
    if payload["vendorId"] == costs.VENDOR:
        # ConnectorUnplugged ends idle time that goes on after the stop; here idle time ends with the transaction.
        known = payload.get("messageId") == costs.UNPLUGGED
        return Tell({"status": "Accepted" if known else "UnknownMessageId"})
    return Tell({"status": "UnknownVendorId"})


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer], Incoming]]] = {
    "DataTransfer": _data_transfer,
}
