"""What a decision knows, and what it comes to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from edgegw.core.consent.desk import Held, Order
from edgegw.core.context import Context
from edgegw.model.kiosk import KioskTerms, ProposalDecision
from edgegw.model.site import Site
from edgegw.model.state import State
from edgegw.model.value import value


@value()
class World:
    """The site as a decision sees it; `now_s` is the monotonic clock."""

    state: State
    ctx: Context
    terms: KioskTerms
    now_s: float

    @property
    def site(self) -> Site:
        return self.ctx.site


@value()
class Verdict:
    """`reason` is a word, `figures` fill in the sentence of that word. `order` is what is carried out now, or waits;
    `held` is the proof that it rests on. `about`: transactions, by the hub's ids."""

    decision: ProposalDecision
    reason: str | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    held: Held | None = None
    order: Order | None = None
    action: str | None = None
    about: tuple[str, ...] = ()
    leaves_at: datetime | None = None
    result: Mapping[str, Any] | None = None


def refused(reason: str, result: Mapping[str, Any] | None = None, **figures: Any) -> Verdict:
    return Verdict("refused", reason, figures, result=result)


def needs_proof(reason: str, **figures: Any) -> Verdict:
    return Verdict("needs_proof", reason, figures)
