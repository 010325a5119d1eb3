"""What a 1.6 station is told: commands as CALLs of OCPP 1.6 and of its security whitepaper.

A module for each functional block, each with its own `COMMANDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.blocks import merged
from edgegw.stations.codec import Outgoing, Peer
from edgegw.stations.v16.outgoing import (
    authorization,
    availability,
    certificates,
    charging,
    diagnostics,
    firmware,
    provisioning,
    reservations,
    security,
    transactions,
    transfer,
)
from edgegw.stations.v16.outgoing.charging import set_profile

COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = merged(
    authorization.COMMANDS,
    availability.COMMANDS,
    certificates.COMMANDS,
    charging.COMMANDS,
    diagnostics.COMMANDS,
    firmware.COMMANDS,
    provisioning.COMMANDS,
    reservations.COMMANDS,
    security.COMMANDS,
    transactions.COMMANDS,
    transfer.COMMANDS,
)
"""What builds the CALL of a command: of the command, the station, and the hub's number for it. Raises Unsupported."""

LACKING: Final[Mapping[str, str]] = {
    "get_transaction_status": "OCPP 1.6 can't be asked about a transaction",
    "set_display_message": "OCPP 1.6 has no display messages",
    "clear_display_message": "OCPP 1.6 has no display messages",
    "get_display_messages": "OCPP 1.6 has no display messages",
    "get_report": "OCPP 1.6 has no reports: get_variables tells all settings",
    "set_network_profile": "OCPP 1.6 has no network profiles",
    "set_monitors": "OCPP 1.6 has no monitors",
    "clear_monitors": "OCPP 1.6 has no monitors",
    "get_monitors": "OCPP 1.6 has no monitors",
    "set_monitoring_base": "OCPP 1.6 has no monitors",
    "set_monitoring_level": "OCPP 1.6 has no monitors",
    "customer_information": "OCPP 1.6 has no message about customers",
    "publish_firmware": "OCPP 1.6 has no stations that publish firmware",
    "unpublish_firmware": "OCPP 1.6 has no stations that publish firmware",
    "get_charging_profiles": "OCPP 1.6 can't tell its profiles; get_composite_schedule says what they come to",
}
"""Commands that the version has no message for, and why."""

__all__ = ["COMMANDS", "LACKING", "set_profile"]
