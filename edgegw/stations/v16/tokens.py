"""An idTag and what is said of it, as 1.6 writes them (IdToken and IdTagInfo)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.model.requests import AuthorizationStatus
from edgegw.stations.codec import Payload, Peer, Unsupported

MAX_ID_TAG: Final = 20

STATUSES: Final[Mapping[AuthorizationStatus, str]] = {
    "accepted": "Accepted",
    "blocked": "Blocked",
    "expired": "Expired",
    "invalid": "Invalid",
    "concurrent_tx": "ConcurrentTx",
    "unknown": "Invalid",
    "not_now": "Invalid",
}
"""AuthorizationStatus (OCPP 1.6 edition 2 section 7.2), which has no word for a token that nobody knows, or that has to
wait."""


def info(status: AuthorizationStatus, group: str | None) -> Payload:
    """IdTagInfo; a group that 1.6 has no room for is left out."""
    about: Payload = {"status": STATUSES[status]}
    if group is not None and len(group) <= MAX_ID_TAG:
        about["parentIdTag"] = group
    return about


def group_of(command: Command, peer: Peer) -> Payload:
    """`parentIdTag` of a command's token, where it is in a group that 1.6 has room for."""
    group = peer.group(str(command.args.get("id_token")))
    return {} if group is None or len(group) > MAX_ID_TAG else {"parentIdTag": group}


def commanded(command: Command) -> str:
    """The idTag of a command. Raises Unsupported for one that 1.6 has no room for."""
    id_token = command.args.get("id_token")
    if not isinstance(id_token, str) or len(id_token) > MAX_ID_TAG:
        raise Unsupported(f"an OCPP 1.6 id token has at most {MAX_ID_TAG} characters")
    return id_token
