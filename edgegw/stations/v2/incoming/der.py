"""Control of distributed energy resources, which 2.1 brought (OCPP 2.1 part 2, block R)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.stations.codec import Incoming, Payload, Peer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.incoming.reports import kept

ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "NotifyDERAlarm": kept("NotifyDERAlarm"),
    "NotifyDERStartStop": kept("NotifyDERStartStop"),
    "ReportDERControl": kept("ReportDERControl"),
}
