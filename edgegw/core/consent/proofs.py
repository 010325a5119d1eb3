"""What a proof is worth: for how long, in which dialogue, at which place, and for whose charge. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from edgegw.core.authorize import authorize, group_of
from edgegw.core.consent.desk import Held
from edgegw.core.context import Context
from edgegw.core.tokens import same
from edgegw.model.kiosk import KioskTerms
from edgegw.model.site import Site
from edgegw.model.state import State, Transaction
from edgegw.model.tools import ToolClass

_MOVES_WITH_PROOF: Final = frozenset({"W1", "W2"})

AT_KIOSK: Final = frozenset({"reader", "pin", "qr"})
"""Proofs of a person before the kiosk; the other kind, a tap, is of one before a station."""


def usable(held: Iterable[Held], tier: ToolClass, dialogue: str, terms: KioskTerms, now_s: float) -> tuple[Held, ...]:
    """The proofs that a dialogue may use for a tool of this class, the newest first.

    One that has moved something still lets its bearer read what is his.
    """
    life_s = terms.proof_start_s if tier == "W1" else terms.proof_stop_s
    found = [
        each
        for each in held
        if now_s < each.until_s
        and now_s - each.since_s < life_s
        and (each.dialogue == dialogue or (each.dialogue is None and each.kind == "tap"))
        and not (each.spent and tier in _MOVES_WITH_PROOF)
    ]
    return tuple(sorted(found, key=lambda each: -each.since_s))


def speaks_at(held: Held, station: str, evse: int, candidates: int = 1) -> bool:
    """Whether a proof counts at a place. A tap speaks for its own alone; where a station did not say at which of its
    places, and `candidates` of them come into question, for none when these are several."""
    if held.kind != "tap":
        return True
    return held.station == station and (held.evse == evse or (held.evse is None and candidates == 1))


def owns(held: Held, transaction: Transaction, state: State, site: Site) -> bool:
    """Whether the bearer of a proof is who started a charge: the same token, or one of its group."""
    started = transaction.id_token
    if started is None:
        return False
    if same(held.id_token, started):
        return True
    return held.group is not None and same(held.group, group_of(state, site, started))


def may_start(held: Held, state: State, ctx: Context) -> bool:
    """Whether the token that was accepted when it was shown still may begin a charge."""
    if held.group is not None and held.group == ctx.site.master_pass_group:
        return False
    found = authorize(state, held.id_token, ctx)
    if found.source == "policy" and held.source in ("cloud", "upstream"):
        return True  # nobody here knows it, and who does has just said yes
    return found.status == "accepted"
