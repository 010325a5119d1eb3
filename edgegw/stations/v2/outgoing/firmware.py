"""Firmware (OCPP 2.0.1 part 2, block L)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanding import carried, moment, signature_of, with_result
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import snake, stamp


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


def _publish_firmware(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """Use case L03, for a station that is a local controller to others."""
    retries = carried(command, retries="retries", retry_interval_s="retryInterval")
    checksum = command.args.get("checksum")
    if checksum is None:
        raise Unsupported("name the checksum, the MD5 of what is at the location")
    payload = {"requestId": number, "location": command.args["location"], "checksum": checksum, **retries}
    return Outgoing("PublishFirmware", payload, with_result(request=number, checksum=checksum))


def _unpublish_firmware(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """Use case L04: DownloadOngoing and NoFirmware are a no."""

    def ended(answer: Mapping[str, Any]) -> Ending:
        status = str(answer["status"])
        return Ending("done") if status == "Unpublished" else Ending("rejected", snake(status))

    return Outgoing("UnpublishFirmware", {"checksum": command.args["checksum"]}, ended)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "publish_firmware": _publish_firmware,
    "unpublish_firmware": _unpublish_firmware,
    "update_firmware": _update_firmware,
}
