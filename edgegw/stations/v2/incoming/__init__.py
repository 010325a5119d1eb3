"""What a 2.x station says, in the site's words: a module for each functional block, each with its own `ACTIONS`.

What 2.1 alone has is in a block's `ACTIONS_21`, or in a block of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.stations.blocks import merged
from edgegw.stations.codec import Incoming, Payload, Peer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.incoming import (
    adhoc,
    authorization,
    availability,
    certificates,
    charging,
    der,
    diagnostics,
    displays,
    firmware,
    metering,
    provisioning,
    reservations,
    streams,
    swap,
    transactions,
    transfer,
)

ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = merged(
    authorization.ACTIONS,
    availability.ACTIONS,
    certificates.ACTIONS,
    charging.ACTIONS,
    diagnostics.ACTIONS,
    displays.ACTIONS,
    firmware.ACTIONS,
    metering.ACTIONS,
    provisioning.ACTIONS,
    reservations.ACTIONS,
    transactions.ACTIONS,
    transfer.ACTIONS,
)
"""CALLs of a station that have a meaning here, in both versions."""

ACTIONS_21: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = merged(
    ACTIONS,
    adhoc.ACTIONS,
    certificates.ACTIONS_21,
    charging.ACTIONS_21,
    der.ACTIONS,
    streams.ACTIONS,
    swap.ACTIONS,
)
"""The same of 2.1, which has more."""
