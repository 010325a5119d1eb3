"""What a 1.6 station says, in the site's words: a module for each functional block, each with its own `ACTIONS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.stations.blocks import merged
from edgegw.stations.codec import Incoming, Payload, Peer
from edgegw.stations.v16.incoming import (
    authorization,
    availability,
    certificates,
    diagnostics,
    firmware,
    metering,
    provisioning,
    transactions,
    transfer,
)

ACTIONS: Final[Mapping[str, Callable[[Payload, Peer], Incoming]]] = merged(
    authorization.ACTIONS,
    availability.ACTIONS,
    certificates.ACTIONS,
    diagnostics.ACTIONS,
    firmware.ACTIONS,
    metering.ACTIONS,
    provisioning.ACTIONS,
    transactions.ACTIONS,
    transfer.ACTIONS,
)
"""Every CALL that a 1.6 station may send, those of the security whitepaper included."""
