"""Periodic event streams, which 2.1 brought (OCPP 2.1 part 2, block N)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.stations.codec import Incoming, Payload, Peer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.incoming.reports import refused

ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "OpenPeriodicEventStream": refused({"status": "Rejected"}),
}
