"""What a decision may know besides the state: the site, the time, and where new identities come from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from edgegw.model.facts import Clock, Fact
from edgegw.model.requests import TokenWord
from edgegw.model.site import Site
from edgegw.model.state import Change
from edgegw.model.value import value

A = TypeVar("A")


@value()
class Context:
    """The world of one decision.

    `new_id` gives UUIDv7 texts, `next_number` 1.6 transaction numbers that were never used before. `register` is the
    newest import register seen at (station, EVSE) as (time, Wh), or None. `retry_salt` keys the digest that stands for
    a request, so that a token can't be guessed from it.
    """

    site: Site
    now: datetime
    clock: Clock
    new_id: Callable[[], str]
    next_number: Callable[[], int]
    register: Callable[[str, int], tuple[datetime, int] | None]
    retry_salt: bytes
    token_cache_s: float = 7 * 86400.0
    configured: Site | None = None
    """The site as the file has it, where prices that came later rule in `site`."""
    told: TokenWord | None = None
    """What was just answered about the token that the decision is about."""
    storage_full: bool = False
    """There is no room for more than what is under way: nothing new may begin."""


@value()
class Decision(Generic[A]):
    """Facts to commit, in order, and what to answer once they are durable.

    `changes` is the fold of all the facts, one change a row, where the decision had to fold them to be made.
    """

    facts: tuple[Fact, ...]
    answer: A
    changes: tuple[Change, ...] | None = None
