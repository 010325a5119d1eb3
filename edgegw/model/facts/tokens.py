"""Facts of authorization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from edgegw.model.facts.fact import StationFact
from edgegw.model.requests import AuthorizationStatus
from edgegw.model.value import value


@value(kw_only=True)
class TokenDecided(StationFact):
    """A station asked for a token; `source` is what decided: list, cache, cloud or policy.

    `retry_key` and `answer` when it was asked for in a `transaction`: see TransactionStarted.
    """

    type: ClassVar[str] = "token_decided"
    personal: ClassVar[tuple[str, ...]] = ("id_token",)

    id_token: str | None
    kind: str
    status: AuthorizationStatus
    source: Literal["list", "cache", "cloud", "policy"]
    transaction: str | None = None
    retry_key: str | None = None
    answer: Mapping[str, Any] | None = None
