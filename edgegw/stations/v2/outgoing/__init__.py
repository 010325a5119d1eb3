"""What a 2.x station is told: commands as CALLs of OCPP 2.0.1 and 2.1.

A module for each functional block, each with its own `COMMANDS`. What 2.1 alone has is in a block's `COMMANDS_21`, or
in a block of its own; for a 2.0.1 station the codec refuses it, in words, so that no block looks at the version for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.blocks import merged
from edgegw.stations.codec import Outgoing, Peer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.outgoing import (
    adhoc,
    authorization,
    availability,
    certificates,
    charging,
    der,
    diagnostics,
    displays,
    firmware,
    monitoring,
    provisioning,
    reservations,
    security,
    streams,
    swap,
    tariffs,
    transactions,
    transfer,
)
from edgegw.stations.v2.spelling import set_profile

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
    security.COMMANDS,
    transactions.COMMANDS,
    transfer.COMMANDS,
)
"""What builds the CALL of a command: of the command, the station, the hub's number for it, and the version. Raises
Unsupported."""

COMMANDS_21: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = merged(
    COMMANDS,
    adhoc.COMMANDS,
    charging.COMMANDS_21,
    der.COMMANDS,
    streams.COMMANDS,
    swap.COMMANDS,
    tariffs.COMMANDS,
)
"""The same of 2.1, which has more."""

__all__ = ["COMMANDS", "COMMANDS_21", "set_profile"]
