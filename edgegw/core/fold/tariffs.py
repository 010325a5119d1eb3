"""What a configuration and new price lists leave in the tables: each list, from when to when it was in force, and which
list each station charged by. `edgegw.core.tariff_history` reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, DesiredState, NamedTariff, Ruled, SiteState, State, TariffState
from edgegw.model.value import changed

OTHERWISE = "default"
"""The list of a station whose own is not there."""


def _configured(state: State, fact: f.SiteConfigured) -> Changes:
    """A list that is in the new configuration is in force from now on, one that is not any more no longer."""
    lists: Mapping[str, Mapping[str, Any]] = fact.configuration.get("tariffs", {})
    begins = {name: _begins(state, tariff["digest"], fact.at) for name, tariff in lists.items()}
    now_in_force = {tariff["digest"] for tariff in lists.values()}
    old = state.site.get("site") or SiteState()
    return (
        *(_no_longer(row, begins.get(row.name, fact.at)) for row in _in_force(state) if row.digest not in now_in_force),
        *(_from_now_on(state, name, tariff, begins[name]) for name, tariff in lists.items()),
        Change("site", "site", changed(old, digest=fact.digest, charges_by=_charges_by(old, fact, lists))),
    )


def _lists(state: State, fact: f.TariffsChanged) -> Changes:
    waits = fact.effective_from is not None and fact.effective_from > fact.at
    name = "tariffs/next" if waits else "tariffs"
    waited = state.desired.get("tariffs/next")
    # What was known before its time came into force then, also at a gateway that was off.
    in_time = not waits and waited is not None and waited.rev == fact.rev
    row = DesiredState(
        name, fact.rev, fact.digest, fact.at, fact.by, contents=fact.tariffs, effective_from=fact.effective_from,
        since=fact.effective_from if in_time else None,
    )  # fmt: skip
    gone = () if waits else (Change("desired", "tariffs/next", None),)  # whatever waits is older, or is this
    return (Change("desired", name, row), *gone)


def put_right(state: State, right: Callable[[datetime | None], Any]) -> Iterator[Change]:
    """The times at which lists came into force and went, by a clock that has been corrected."""
    for row in state.tariffs.values():
        ruled = tuple(Ruled(right(each.since), right(each.until)) for each in row.ruled)
        if ruled != row.ruled:
            yield Change("tariffs", row.digest, changed(row, ruled=ruled))
    site = state.site.get("site")
    if site is not None and site.charges_by is not None:
        named = tuple(NamedTariff(each.station, each.tariff, right(each.since)) for each in site.charges_by)
        if named != site.charges_by:
            yield Change("site", "site", changed(site, charges_by=named))


def _begins(state: State, digest: str, at: datetime) -> datetime:
    lists = state.desired.get("tariffs")
    if lists is None or lists.since is None or lists.since > at:
        return at
    return lists.since if any(each["digest"] == digest for each in (lists.contents or {}).values()) else at


def _in_force(state: State) -> list[TariffState]:
    return [row for row in state.tariffs.values() if row.ruled and row.ruled[-1].until is None]


def _no_longer(row: TariffState, at: datetime) -> Change:
    last = row.ruled[-1]
    return Change("tariffs", row.digest, changed(row, ruled=(*row.ruled[:-1], Ruled(last.since, max(last.since, at)))))


def _from_now_on(state: State, name: str, tariff: Mapping[str, Any], since: datetime) -> Change:
    row = state.tariffs.get(tariff["digest"]) or TariffState(tariff["digest"], name, tariff)
    if row.ruled and row.ruled[-1].until is None:
        return Change("tariffs", row.digest, row)
    return Change("tariffs", row.digest, changed(row, ruled=(*row.ruled, Ruled(since))))


def _charges_by(
    old: SiteState, fact: f.SiteConfigured, lists: Mapping[str, Mapping[str, Any]]
) -> tuple[NamedTariff, ...]:
    """Only what differs from the usual list, and from what was so before, is written down."""
    known = old.charges_by
    found = list(known or ())
    newest = {each.station: each.tariff for each in found}
    for station, about in fact.configuration.get("stations", {}).items():
        name = about.get("tariff", OTHERWISE)
        name = name if name in lists else OTHERWISE
        if name != newest.get(station, OTHERWISE):
            found.append(NamedTariff(station, name, fact.at if known is not None else None))
    return tuple(found)


FOLDS: Folds = {
    f.SiteConfigured: _configured,
    f.TariffsChanged: _lists,
}
