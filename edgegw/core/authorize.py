"""Who may charge, and which station may speak: the decisions on tokens and on boots."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from edgegw.core.context import Context, Decision
from edgegw.model.facts import StationBooted, TokenDecided
from edgegw.model.requests import (
    AuthorizationStatus,
    AuthorizeAnswer,
    AuthorizeRequest,
    BootAnswer,
    BootRequest,
    RegistrationStatus,
)
from edgegw.model.state import State

Source = Literal["list", "cache", "cloud", "policy"]

PENDING_INTERVAL_S = 30
"""A station that waits for an installer asks again this often: soon enough to stand beside it and watch."""


def authorize(state: State, id_token: str, ctx: Context) -> tuple[AuthorizationStatus, Source, str | None, str | None]:
    """Status, what decided it, group and language of a token: the local list, the cache, then the site's policy."""
    listed = ctx.site.tokens.get(id_token)
    if listed is not None:
        return listed.status, "list", listed.group, listed.language
    cached = state.tokens.get(id_token)
    if cached is not None and cached.source == "cloud" and ctx.now - cached.at < timedelta(seconds=ctx.token_cache_s):
        return cached.status, "cache", None, None
    return ("accepted" if ctx.site.offline_unknown == "accept" else "invalid"), "policy", None, None


def decide_authorize(state: State, request: AuthorizeRequest, ctx: Context) -> Decision[AuthorizeAnswer]:
    status, source, group, language = authorize(state, request.id_token, ctx)
    fact = TokenDecided(
        at=request.at, station=request.station, id_token=request.id_token, kind=request.kind, status=status,
        source=source,
    )  # fmt: skip
    return Decision((fact,), AuthorizeAnswer(status, group, language))


def registration(state: State, station: str, ctx: Context) -> RegistrationStatus:
    """What a station's boot is answered: configured ones are accepted, others by the installer's word or by policy."""
    if station in ctx.site.stations:
        return "accepted"
    seen = state.stations.get(station)
    if seen is not None and seen.admitted is not None:
        return "accepted" if seen.admitted else "rejected"
    return {"reject": "rejected", "pending": "pending", "accept": "accepted"}[ctx.site.unknown_stations]  # type: ignore[return-value]


def decide_boot(state: State, request: BootRequest, ctx: Context) -> Decision[BootAnswer]:
    status = registration(state, request.station, ctx)
    interval_s = ctx.site.heartbeat_s if status == "accepted" else PENDING_INTERVAL_S
    fact = StationBooted(
        at=request.at, station=request.station, ocpp=request.ocpp, vendor=request.vendor, model=request.model,
        firmware=request.firmware, serial=request.serial, reason=request.reason, status=status, interval_s=interval_s,
        known=request.station in ctx.site.stations,
    )  # fmt: skip
    return Decision((fact,), BootAnswer(status, interval_s, ctx.now))
