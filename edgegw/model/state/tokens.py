"""Rows about id tokens: what was decided of them, and what the local list says."""

from __future__ import annotations

from datetime import datetime
from sys import intern

from edgegw.model.requests import AuthorizationStatus
from edgegw.model.site import TokenStatus
from edgegw.model.value import value


@value(slots=False)
class TokenState:
    """Key: the id token in capitals. The last decision about it, for the cache."""

    id_token: str
    status: AuthorizationStatus
    source: str
    at: datetime
    group: str | None = None
    language: str | None = None
    expires_at: datetime | None = None
    """The word counts no longer than this, where it was said."""


@value()
class ListedToken:
    """Key `{shard}/{id_token}`: an entry of the local list. `status` None: taken out here, whatever others list."""

    shard: str
    id_token: str
    status: TokenStatus | None = "accepted"
    group: str | None = None
    language: str | None = None
    expires_at: datetime | None = None
    rev: int = 0
    """Of its shard, when the entry came or last changed."""
    by: str | None = None
    """Who set it here; None for the cloud's own shards."""

    def __post_init__(self) -> None:
        # A list may hold 50,000 entries, and few different words: each is kept once.
        for name in ("shard", "status", "group", "language"):
            if (text := getattr(self, name)) is not None:
                object.__setattr__(self, name, intern(text))
