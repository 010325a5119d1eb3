"""What a display shows (OCPP 2.0.1 part 2, block O)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.stations.codec import Incoming, Payload, Peer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.incoming.reports import kept

ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "NotifyDisplayMessages": kept("NotifyDisplayMessages"),
}
