"""Id tokens and what is said of them, as 2.x writes them (IdTokenType, IdTokenInfoType)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.model.requests import AuthorizationStatus
from edgegw.stations.codec import Payload, Peer, Unsupported
from edgegw.stations.v2.dialect import Dialect

_MAX_LANGUAGE: Final = 8

STATUSES: Final[Mapping[AuthorizationStatus, str]] = {
    "accepted": "Accepted",
    "blocked": "Blocked",
    "expired": "Expired",
    "invalid": "Invalid",
    "concurrent_tx": "ConcurrentTx",
    "unknown": "Unknown",
    "not_now": "NotAtThisTime",
}

_CARD_LENGTHS: Final = (8, 14, 20)
"""Hex digits of an ISO 14443 UID of 4, 7 or 10 bytes."""


def shown(payload: Payload) -> str | None:
    """The token that a message shows, None when there is none or it says that none is needed (NoAuthorization)."""
    token = payload.get("idToken")
    return None if token is None or token["type"] == "NoAuthorization" else str(token["idToken"])


def kind(payload: Payload) -> str:
    """The type of the token that a message shows; ISO14443 when it shows none."""
    return str(payload["idToken"]["type"]) if "idToken" in payload else "ISO14443"


def info(
    status: AuthorizationStatus, group: str | None, language: str | None, dialect: Dialect
) -> Payload:  # fmt: skip
    """IdTokenInfo; a group or language that the version has no room for is left out."""
    about: Payload = {"status": STATUSES[status]}
    if group is not None and len(group) <= dialect.max_id_token:
        about["groupIdToken"] = _group(group)
    if language is not None and len(language) <= _MAX_LANGUAGE:
        about["language1"] = language
    return about


def written(id_token: str) -> Payload:
    """A token of ours as an IdToken: the UID of a card, or one that was made up centrally."""
    is_card = len(id_token) in _CARD_LENGTHS and all(digit in "0123456789abcdefABCDEF" for digit in id_token)
    return {"idToken": id_token, "type": "ISO14443" if is_card else "Central"}


def group_of(command: Command, peer: Peer, dialect: Dialect) -> Payload:
    """`groupIdToken` of a command's token, where it is in a group that the version has room for."""
    group = peer.group(str(command.args.get("id_token")))
    return {} if group is None or len(group) > dialect.max_id_token else {"groupIdToken": _group(group)}


def _group(group: str) -> Payload:
    return {"idToken": group, "type": "Central"}


def commanded(command: Command, dialect: Dialect) -> Payload:
    """The token of a command as an IdToken. Raises Unsupported for one that the version has no room for."""
    id_token = command.args.get("id_token")
    if not isinstance(id_token, str) or len(id_token) > dialect.max_id_token:
        raise Unsupported(f"an OCPP {dialect.version} id token has at most {dialect.max_id_token} characters")
    return written(id_token)
