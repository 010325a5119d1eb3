"""Payment without a contract, which 2.1 brought (OCPP 2.1 part 2, block C)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Peer
from edgegw.stations.commanding import named_evse
from edgegw.stations.v2.dialect import Dialect


def _web_payment(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    payload = {"evseId": named_evse(command), "timeout": command.args["timeout_s"]}
    return Outgoing("NotifyWebPaymentStarted", payload, _heard)


def _heard(answer: Mapping[str, Any]) -> Ending:
    return Ending("done", None, None)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "announce_web_payment": _web_payment,
}
