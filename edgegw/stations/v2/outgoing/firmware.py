"""Firmware (OCPP 2.0.1 part 2, block L)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Payload, Peer
from edgegw.stations.commanding import carried, moment, signature_of, with_result
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import stamp


def _update_firmware(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    firmware: Payload = {
        "location": command.args["location"],
        "retrieveDateTime": moment(command, "retrieve_at") or stamp(peer.now),
        **signature_of(command),
    }
    if (install_at := moment(command, "install_at")) is not None:
        firmware["installDateTime"] = install_at
    retries = carried(command, retries="retries", retry_interval_s="retryInterval")
    payload = {"requestId": number, "firmware": firmware, **retries}
    return Outgoing("UpdateFirmware", payload, with_result(request=number))


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "update_firmware": _update_firmware,
}
