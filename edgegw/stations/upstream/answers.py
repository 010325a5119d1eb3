"""What the other CSMS's answer to a station's CALL means here, and what of it reaches the station."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from edgegw.model.requests import AuthorizationStatus, StationRequest, TokenWord
from edgegw.stations.codec import Payload, Version
from edgegw.stations.schemas import for_version

_STATUSES: Final[Mapping[str, AuthorizationStatus]] = {
    "Accepted": "accepted",
    "Blocked": "blocked",
    "ConcurrentTx": "concurrent_tx",
    "Expired": "expired",
    "Unknown": "unknown",
    "NotAtThisTime": "not_now",
}
"""AuthorizationStatus; what else 2.x knows (NoCredit, NotAtThisLocation, ...) is a no for here and now."""

_INFO: Final = ("idTagInfo", "idTokenInfo")
_GATEWAYS: Final = frozenset({*_INFO, "transactionId"})
"""Keys of an answer that are the gateway's whoever has the say: a token's verdict is in the facts by then, and the
transaction id is of its own count."""


def word(request: StationRequest, answer: Mapping[str, Any]) -> TokenWord | None:
    """What was said of the token that a request shows; None when nothing was."""
    id_token = getattr(request, "id_token", None)
    info = next((answer[name] for name in _INFO if isinstance(answer.get(name), Mapping)), None)
    if id_token is None or info is None:
        return None
    group = info.get("parentIdTag")
    if isinstance(info.get("groupIdToken"), Mapping):
        group = info["groupIdToken"].get("idToken")
    return TokenWord(
        id_token,
        _STATUSES.get(str(info.get("status")), "invalid"),
        group if isinstance(group, str) else None,
        info["language1"] if isinstance(info.get("language1"), str) else None,
        _moment(info.get("expiryDate") or info.get("cacheExpiryDateTime")),
        rules=True,
    )


def _moment(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def joined(version: Version, action: str, ours: Payload, theirs: Mapping[str, Any]) -> Payload:
    """The gateway's answer with what the other CSMS, which has the say, has added; as it stands where the two would not
    be valid together.

    Of a question that is nothing else all of its answer counts, while both say the same of the token.
    """
    if action == "DataTransfer":
        merged: Payload = dict(theirs)
    else:
        merged = ours | {name: each for name, each in theirs.items() if name not in _GATEWAYS}
        if action == "Authorize":
            for name in _INFO:
                if name in ours and name in theirs and ours[name].get("status") == theirs[name].get("status"):
                    merged[name] = theirs[name]
    schema = for_version(version).get(action, "response", strict=True)
    return ours if schema is not None and schema.violation(merged) is not None else merged
