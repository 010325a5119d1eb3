"""Who may charge, and which station may speak: the decisions on tokens and on boots."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from edgegw.core.context import Context, Decision
from edgegw.core.local_list import entry_of, status_of
from edgegw.core.security import is_foreign, serial_changed
from edgegw.core.stations import registration_of
from edgegw.core.tokens import key, same
from edgegw.model.facts import StationBooted, TokenDecided
from edgegw.model.requests import (
    AuthorizationStatus,
    AuthorizeAnswer,
    AuthorizeRequest,
    BootAnswer,
    BootRequest,
)
from edgegw.model.site import Site
from edgegw.model.state import State, TokenState
from edgegw.model.value import value

Source = Literal["list", "cache", "cloud", "policy", "storage", "upstream"]

PENDING_INTERVAL_S = 30
"""A station that waits for an installer asks again this often: soon enough to stand beside it and watch."""


@value()
class Authorization:
    """What is known of a token: its status, what decided it, and what else goes to the station."""

    status: AuthorizationStatus
    source: Source
    group: str | None = None
    language: str | None = None
    expires_at: datetime | None = None


def authorize(state: State, id_token: str, ctx: Context) -> Authorization:
    """What a token may: by the local list, what the cloud has just said, the cache of its words, the site's policy;
    before all of them by who rules."""
    told = ctx.told
    if told is not None and told.rules and same(told.id_token, id_token):
        return Authorization(told.status, "upstream", told.group, told.language, told.expires_at)
    listed = entry_of(state, ctx.site, id_token)
    if listed is not None:
        return Authorization(status_of(listed, ctx.now), "list", listed.group, listed.language)
    if told is not None and same(told.id_token, id_token):
        return Authorization(told.status, "cloud", told.group, told.language, told.expires_at)
    cached = _cached(state, id_token, ctx)
    if cached is not None:
        return Authorization(cached.status, "cache", cached.group, cached.language)
    return Authorization("accepted" if ctx.site.offline_unknown == "accept" else "invalid", "policy")


def is_known(state: State, id_token: str, ctx: Context) -> bool:
    """Whether the hub can decide on a token without asking: it is listed, or the cloud said yes not long ago.

    A no in the cache is asked for again: a card that was not known yesterday may have a contract today.
    """
    if entry_of(state, ctx.site, id_token) is not None:
        return True
    cached = _cached(state, id_token, ctx)
    return cached is not None and cached.status == "accepted"


def _cached(state: State, id_token: str, ctx: Context) -> TokenState | None:
    row = state.tokens.get(key(id_token)) or state.tokens.get(id_token)
    if row is None or row.source != "cloud" or abs(ctx.now - row.at) >= timedelta(seconds=ctx.token_cache_s):
        return None
    return row if row.expires_at is None or ctx.now < row.expires_at else None


def group_of(state: State, site: Site, id_token: str) -> str | None:
    """The group that a token is known to belong to: by the local list, else by what was last said of it."""
    listed = entry_of(state, site, id_token)
    if listed is not None:
        return listed.group
    cached = state.tokens.get(id_token)
    return cached.group if cached is not None else None


def is_master_pass(found: Authorization, ctx: Context) -> bool:
    """Whether a token ends any transaction and begins none (OCPP 2.0.1 part 2, C16)."""
    return found.group is not None and found.group == ctx.site.master_pass_group


def token_decided(
    found: Authorization, *, at: datetime, station: str, id_token: str, kind: str, **about: Any
) -> TokenDecided:
    """The fact of a decision; `about` the transaction that it was made in, where it was."""
    return TokenDecided(
        at=at, station=station, id_token=id_token, kind=kind, status=found.status, source=found.source,
        group=found.group, language=found.language, expires_at=found.expires_at, **about,
    )  # fmt: skip


def for_a_start(found: Authorization, ctx: Context) -> Authorization:
    """What a token is worth where it is to begin a transaction."""
    return replace(found, status="invalid") if is_master_pass(found, ctx) and found.status == "accepted" else found


def to_begin(status: AuthorizationStatus, ctx: Context) -> AuthorizationStatus:
    """What a token is told with which something new would begin: while there is no room for that, not now."""
    return "not_now" if ctx.storage_full and status == "accepted" else status


def _is_under_way(state: State, station: str, id_token: str, found: Authorization, ctx: Context) -> bool:
    """Whether a transaction of the token, or of its group, runs at the station: it is shown to end it."""
    for (place, _), id in state.at_evse.items():
        shown = state.transactions[id].id_token if place == station else None
        if shown is not None and (
            same(shown, id_token) or (found.group is not None and same(authorize(state, shown, ctx).group, found.group))
        ):
            return True
    return False


def decide_authorize(state: State, request: AuthorizeRequest, ctx: Context) -> Decision[AuthorizeAnswer]:
    found = authorize(state, request.id_token, ctx)
    if request.barred_by is not None:
        found = Authorization("invalid", request.barred_by)
    if ctx.storage_full and not _is_under_way(state, request.station, request.id_token, found, ctx):
        # What is refused for want of room takes none: nothing has happened yet.
        return Decision((), AuthorizeAnswer(to_begin(found.status, ctx), found.group, found.language))
    seen = state.stations.get(request.station)
    if seen is not None and seen.ocpp == "1.6":
        # 1.6 has no master pass: a station that hears yes begins, so it hears no, and the hub ends what runs.
        found = for_a_start(found, ctx)
    fact = token_decided(found, at=request.at, station=request.station, id_token=request.id_token, kind=request.kind)
    return Decision((fact,), AuthorizeAnswer(found.status, found.group, found.language))


def decide_boot(state: State, request: BootRequest, ctx: Context) -> Decision[BootAnswer]:
    status, seen = registration_of(state, request.station, ctx.site), state.stations.get(request.station)
    refused = ctx.site.on_serial_change == "reject" and is_foreign(seen, request.serial)
    if refused:
        status = "rejected"
    interval_s = ctx.site.heartbeat_s if status == "accepted" else PENDING_INTERVAL_S
    fact = StationBooted(
        at=request.at, station=request.station, ocpp=request.ocpp, vendor=request.vendor, model=request.model,
        firmware=request.firmware, serial=request.serial, reason=request.reason, status=status, interval_s=interval_s,
        known=request.station in ctx.site.stations, iccid=request.iccid, imsi=request.imsi, meter=request.meter,
    )  # fmt: skip
    facts = (fact, *serial_changed(seen, fact, refused=refused))
    return Decision(facts, BootAnswer(status, interval_s, ctx.now))
