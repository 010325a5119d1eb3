"""Arguments of commands, read the same way for every OCPP version. What does not fit is Unsupported, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import orjson

from edgegw.model.commands import Command
from edgegw.model.state import Transaction
from edgegw.stations.codec import Peer, Unsupported
from edgegw.stations.profiles import integer
from edgegw.stations.words import snake

_SAME_TRIGGER = {
    "SignChargePointCertificate": "SignChargingStationCertificate",
    "SignChargingStationCertificate": "SignChargePointCertificate",
    "DiagnosticsStatusNotification": "LogStatusNotification",
}
"""What one version calls differently from the other."""


def named_evse(command: Command) -> int:
    """The EVSE that a command is for: 1 or more."""
    evse = integer(command.args, "evse")
    if evse == 0:
        raise Unsupported("evse is 1 or more")
    return evse


def named_transaction(command: Command, peer: Peer) -> Transaction:
    """The active transaction that a command names: by the hub's id, or by its EVSE."""
    if "transaction" not in command.args:
        found = peer.active(named_evse(command))
    else:
        wanted = command.args["transaction"]
        places = [evse.id for evse in peer.evses] or range(1, 17)  # a station that is not configured: the usual numbers
        running = [peer.active(evse) for evse in places]
        found = next((each for each in running if each is not None and each.id == wanted), None)
    if found is None:
        raise Unsupported("no such transaction is running")
    return found


def operative(command: Command) -> bool:
    """Whether what a command names shall be in service. Only true and false say so: a slip must not close a station."""
    wanted = command.args.get("operative")
    if not isinstance(wanted, bool):
        raise Unsupported("operative is true or false")
    return wanted


def reset_kind(command: Command) -> Literal["soft", "hard"]:
    """`hard` is at once; `soft` is 1.6's graceful reset and 2.x's OnIdle."""
    kind = command.args.get("kind")
    if kind not in ("soft", "hard"):
        raise Unsupported("kind is soft or hard")
    return "hard" if kind == "hard" else "soft"


def trigger_name(command: Command, known: Iterable[str]) -> str:
    """The message to trigger, as OCPP spells it; given in either spelling, or by the other version's name."""
    asked = str(command.args.get("message"))
    names = list(known)
    for name in names:
        if asked in (name, snake(name)):
            return name
    for name, other in _SAME_TRIGGER.items():
        if asked in (name, snake(name)) and other in names:
            return other
    raise Unsupported(f"message is one of {', '.join(snake(name) for name in names)}")


def as_text(payload: object) -> str:
    """The data of a 1.6 DataTransfer, which is text: other values are sent as JSON."""
    return payload if isinstance(payload, str) else orjson.dumps(payload).decode()
