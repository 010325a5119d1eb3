"""A vendor's own messages (OCPP 1.6 edition 2 section 4.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.stations import transfers
from edgegw.stations.codec import Incoming, Payload, Peer
from edgegw.stations.v16 import contracts


def _data_transfer(payload: Payload, peer: Peer) -> Incoming:
    of_contracts = contracts.heard(payload, peer) if payload["vendorId"] == transfers.CONTRACTS else None
    return of_contracts or transfers.answer(payload, peer, "1.6")


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer], Incoming]]] = {
    "DataTransfer": _data_transfer,
}
