"""Facts of authorization."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from edgegw.model.facts.fact import Fact, StationFact
from edgegw.model.requests import AuthorizationStatus
from edgegw.model.value import value


@value(kw_only=True)
class TokenDecided(StationFact):
    """A station asked for a token; `source` is what decided: list, cache, cloud, policy, a full storage, or
    another CSMS that has the say (upstream).

    `retry_key` and `answer` when it was asked for in a `transaction`: see TransactionStarted.
    """

    type: ClassVar[str] = "token_decided"
    personal: ClassVar[tuple[str, ...]] = ("id_token",)
    shown: ClassVar[tuple[str, ...] | None] = ("kind", "status", "source")

    id_token: str | None
    kind: str
    status: AuthorizationStatus
    source: Literal["list", "cache", "cloud", "policy", "storage", "upstream"]
    group: str | None = None
    language: str | None = None
    expires_at: datetime | None = None
    """When the cloud's word loses its worth, where it said so."""
    transaction: str | None = None
    retry_key: str | None = None
    answer: Mapping[str, Any] | None = None


@value(kw_only=True)
class LocalListChanged(Fact):
    """Part `shard` of the local list came to revision `rev` and holds `listed` tokens, `by` whose word.

    Shard `local` is what commands set at this hub, the others are the cloud's. `put` are the entries that are new or
    other than before, `removed` the tokens that went, both as JSON and apart from the fact, as they are about people.
    `digest` is over all of the shard, keyed with the ledger's salt, so that no token can be guessed from it.
    """

    type: ClassVar[str] = "local_list_changed"
    personal: ClassVar[tuple[str, ...]] = ("put", "removed")
    shown: ClassVar[tuple[str, ...] | None] = ("shard", "rev", "listed")

    shard: str
    rev: int
    digest: str
    listed: int
    put: str | None = None
    removed: str | None = None
    by: str
