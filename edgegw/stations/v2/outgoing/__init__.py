"""What a 2.x station is told: commands as CALLs of OCPP 2.0.1 and 2.1.

A module for each functional block, each with its own `COMMANDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.blocks import merged
from edgegw.stations.codec import Outgoing, Peer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.outgoing import (
    authorization,
    availability,
    certificates,
    charging,
    diagnostics,
    displays,
    firmware,
    monitoring,
    provisioning,
    reservations,
    transactions,
    transfer,
)
from edgegw.stations.v2.outgoing.charging import set_profile

COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = merged(
    authorization.COMMANDS,
    availability.COMMANDS,
    certificates.COMMANDS,
    charging.COMMANDS,
    diagnostics.COMMANDS,
    displays.COMMANDS,
    firmware.COMMANDS,
    monitoring.COMMANDS,
    provisioning.COMMANDS,
    reservations.COMMANDS,
    transactions.COMMANDS,
    transfer.COMMANDS,
)
"""What builds the CALL of a command: of the command, the station, the hub's number for it, and the version. Raises
Unsupported."""

__all__ = ["COMMANDS", "set_profile"]
