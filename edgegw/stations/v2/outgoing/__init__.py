"""What a 2.x station is told: commands as CALLs of OCPP 2.0.1 and 2.1, a module for each block.

charging   transactions, reservations, profiles (blocks E, F, H, K)
steering   resets, availability, variables, the local list (blocks B, D, F, G)
upkeep     firmware, logs, certificates, displays (blocks L, M, N, O)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Peer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.outgoing import charging, steering, upkeep
from edgegw.stations.v2.outgoing.charging import set_profile

COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    **charging.COMMANDS,
    **steering.COMMANDS,
    **upkeep.COMMANDS,
}
"""What builds the CALL of a command: of the command, the station, the hub's number for it, and the version. Raises
Unsupported."""

__all__ = ["COMMANDS", "set_profile"]
