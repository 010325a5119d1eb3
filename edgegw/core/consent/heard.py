"""What the hub's own facts say to the kiosk: that a card was shown at a station, that the ground of an action is gone.

A station asks about a token also when a command of ours has made it begin, and some cars prove themselves: neither is
a person at the place. Pure.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from edgegw.core.authorize import group_of
from edgegw.core.consent.desk import Held, Waiting
from edgegw.core.context import Context
from edgegw.core.tokens import same
from edgegw.model import facts as f
from edgegw.model.kiosk import KioskTerms
from edgegw.model.state import State

TAPS: Final = (f.TokenDecided, f.TransactionStarted)
"""Facts that may be a tap."""

BY_HAND: Final = frozenset({"ISO14443", "ISO15693", "KeyCode"})
"""Kinds of token that a person shows or types (IdTokenEnumType). A contract certificate or a car's MAC address comes
with the cable, and a central one with our own command."""

ECHO: Final = timedelta(minutes=5)
"""So long after a remote start the station may ask about the token that it was started with."""

OLD: Final = timedelta(seconds=20)
"""A tap that is told so late has waited in the station's queue; nobody stands there any more."""

PLUGGED: Final = frozenset({"preparing", "occupied"})


def tap(fact: f.Fact, state: State, ctx: Context, terms: KioskTerms, id: str, now_s: float) -> Held | None:
    """The proof that a fact is; None for none. One that the station has used itself, to begin a charge, is spent."""
    if isinstance(fact, f.TokenDecided):
        ok, kind, used = fact.status == "accepted", fact.kind, fact.transaction is not None
        row = state.transactions.get(fact.transaction) if fact.transaction is not None else None
        evse, group, source = row.evse if row is not None else None, fact.group, str(fact.source)
    elif isinstance(fact, f.TransactionStarted):
        ok, kind, used = fact.authorization == "accepted", fact.id_token_kind, True
        evse, source = fact.evse, "list"
        group = group_of(state, ctx.site, fact.id_token) if fact.id_token is not None else None
    else:
        return None
    if not ok or fact.id_token is None or kind not in BY_HAND or not abs(ctx.now - fact.at) <= OLD:
        return None
    if _is_echo(fact.station, fact.id_token, state, ctx):
        return None
    places = ctx.site.stations[fact.station].evses if fact.station in ctx.site.stations else ()
    if evse is None and len(places) == 1:
        evse = places[0].id
    return Held(
        id, "tap", fact.id_token, group, now_s, now_s + terms.proof_stop_s, source, station=fact.station,
        evse=evse or None, spent=used,
    )  # fmt: skip


def _is_echo(station: str, id_token: str, state: State, ctx: Context) -> bool:
    return any(
        row.name == "start_transaction"
        and row.args.get("station") == station
        and same(row.id_token, id_token)
        and row.dispatched_at is not None
        and ctx.now - row.dispatched_at < ECHO
        for row in state.commands.values()
    )


def used_by(fact: f.Fact) -> tuple[str, str] | None:
    """(station, id token) of a charge that a station has begun or ended with a token."""
    if isinstance(fact, f.TransactionStarted | f.TransactionEnded) and fact.id_token is not None:
        return fact.station, fact.id_token
    return None


def ground_gone(fact: f.Fact, waiting: Waiting) -> str | None:
    """Why a waiting start has lost its ground by a fact, also when all is as before by now; None when it has not.

    A cable that was pulled and put in again may be another car's.
    """
    station, evse = waiting.order.station, waiting.order.evse
    if not isinstance(fact, f.StationFact) or fact.station != station:
        return None
    match fact:
        case f.StationDisconnected() | f.StationBooted():
            return "offline"
        case f.StationStatusChanged():
            lost = fact.evse == evse and fact.status not in PLUGGED
            return "unplugged" if lost or (fact.evse == 0 and fact.status in ("faulted", "unavailable")) else None
        case f.TransactionStarted():
            begun = fact.evse == evse and (fact.id_token is not None or fact.ocpp == "1.6")
            return "in_use" if begun else None
        case f.TransactionEnded() | f.ReservationMade():
            return "in_use" if fact.evse in (evse, None) else None
    return None
