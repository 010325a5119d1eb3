"""Batteries that are swapped, which 2.1 brought (OCPP 2.1 part 2, block S)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Peer
from edgegw.stations.commanding import with_result
from edgegw.stations.v2 import tokens
from edgegw.stations.v2.dialect import Dialect


def _request_swap(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    payload = {"requestId": number, "idToken": tokens.commanded(command, dialect)}
    return Outgoing("RequestBatterySwap", payload, with_result(request=number))


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "request_battery_swap": _request_swap,
}
