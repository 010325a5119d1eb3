"""What is said of a station beside the file: how its boot is answered, by which profile and password it comes in.

The file is the default. What somebody said later is a fact, and the newest rules until `as_configured` takes it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from edgegw.core import security
from edgegw.core.context import Context
from edgegw.core.passwords import LEAST, MOST, is_seal
from edgegw.core.unfit import Unfit
from edgegw.model import facts as f
from edgegw.model.requests import RegistrationStatus
from edgegw.model.site import Site
from edgegw.model.state import State

Boot = Literal["accepted", "pending", "rejected"]


def registration_of(state: State, station: str, site: Site) -> RegistrationStatus:
    """What a station's boot is answered: configured ones are accepted unless somebody said otherwise, others by an
    installer's word or by policy."""
    seen = state.stations.get(station)
    if station in site.stations:
        return "accepted" if seen is None or seen.boot is None else seen.boot
    if seen is not None and seen.admitted is not None:
        return "accepted" if seen.admitted else "rejected"
    if seen is not None and seen.boot == "pending":
        return "pending"
    return {"reject": "rejected", "pending": "pending", "accept": "accepted"}[site.unknown_stations]  # type: ignore[return-value]


def registration_source(state: State, station: str, site: Site) -> str:
    """Whose word `registration_of` is: `file`, `installer` (somebody here or in the cloud), `ocpp.unknown_stations`, or
    `ocpp.on_serial_change` where that keeps it out."""
    seen = state.stations.get(station)
    if security.is_kept_out(site, seen):
        return "ocpp.on_serial_change"
    if seen is not None and (seen.boot is not None or (station not in site.stations and seen.admitted is not None)):
        return "installer"
    return "file" if station in site.stations else "ocpp.unknown_stations"


def profile_source(state: State, station: str, site: Site) -> str:
    """Whose word `profile_of` is: `file`, or `ledger` where the station was raised or has been given a password."""
    configured = site.stations.get(station)
    least = configured.security_profile if configured is not None else 0
    return "ledger" if profile_of(state, station, site) > least else "file"


def profile_of(state: State, station: str, site: Site) -> int:
    """The security profile by which a station comes in, as far as the state tells: see `security.profile_of`."""
    seen = state.stations.get(station)
    return security.profile_of(site, seen, station, has_password=seen is not None and seen.password is not None)


def said_of(state: State, station: str, args: Mapping[str, Any], by: str, ctx: Context) -> Iterator[f.Fact]:
    """The facts of a set_station. Raises Unfit in words: nothing of it counts."""
    given = {name for name in ("boot", "password", "security_profile") if args.get(name) is not None}
    if args.get("as_configured"):
        if given:
            raise Unfit(f"as_configured takes back what was said; leave {', '.join(sorted(given))} out")
        yield f.StationSet(at=ctx.now, station=station, as_configured=True, by=by)
        return
    if not given:
        raise Unfit("say boot, password, security_profile or as_configured")
    profile, sealed = args.get("security_profile"), args.get("password")
    if sealed is not None and not is_seal(sealed):
        raise Unfit(f"password has {LEAST} to {MOST} characters")
    if profile is not None:
        _may_rise(state, station, profile, sealed, ctx)
    yield from boot_facts(state, station, args.get("boot"), by, ctx)
    if profile is not None or sealed is not None:
        yield f.StationSet(at=ctx.now, station=station, security_profile=profile, password=sealed, by=by)


def boot_facts(state: State, station: str, boot: Boot | None, by: str, ctx: Context) -> Iterator[f.Fact]:
    """The fact of a word on a station's boot, none where it is so already."""
    row = state.stations.get(station)
    if boot is None:
        return
    if station in ctx.site.stations or boot == "pending":
        if registration_of(state, station, ctx.site) != boot:
            yield f.StationSet(at=ctx.now, station=station, boot=boot, by=by)
    elif row is None or row.admitted is not (boot == "accepted"):
        said = f.StationAccepted if boot == "accepted" else f.StationRejected
        yield said(at=ctx.now, station=station, by=by)


def _may_rise(state: State, station: str, profile: int, sealed: str | None, ctx: Context) -> None:
    """A profile only rises (OCPP 2.0.1 part 2 A05): who could lower it by a message would not need to break it."""
    now = profile_of(state, station, ctx.site)
    if profile < now:
        raise Unfit(f"security profile {now} is in force for {station}, and only rises; as_configured takes it back")
    seen, configured = state.stations.get(station), ctx.site.stations.get(station)
    known = (seen is not None and seen.password is not None) or (configured is not None and configured.has_password)
    if profile in (1, 2) and sealed is None and not known:
        raise Unfit(f"security profile {profile} needs a password; say it as well")
