"""A vendor's own messages (OCPP 2.0.1 part 2, block P)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Payload, Peer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import data_transfer_ending


def _data_transfer(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    payload: Payload = {"vendorId": command.args.get("vendor_id")}
    if command.args.get("message_id") is not None:
        payload["messageId"] = command.args["message_id"]
    if command.args.get("payload") is not None:
        payload["data"] = command.args["payload"]
    return Outgoing("DataTransfer", payload, data_transfer_ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "data_transfer": _data_transfer,
}
