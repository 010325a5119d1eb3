"""A vendor's own messages (OCPP 2.0.1 part 2, block P)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.stations import transfers
from edgegw.stations.codec import Incoming, Payload, Peer
from edgegw.stations.v2.dialect import Dialect


def _data_transfer(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    return transfers.answer(payload, peer, dialect.version)


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "DataTransfer": _data_transfer,
}
