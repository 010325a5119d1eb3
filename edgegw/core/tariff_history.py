"""Which price list was in force when: a story that is told days later costs what it would have cost then. Pure.

The ledger knows since when each list has been in force, and which list each station charged by, from the SiteConfigured
facts. Of a time before all that is known the oldest list that is known counts.
"""

from __future__ import annotations

from datetime import UTC, datetime

from edgegw.core.fold.tariffs import OTHERWISE
from edgegw.core.price import tariff_digest
from edgegw.model.site import Site
from edgegw.model.state import State, TariffState

_EVER = datetime.min.replace(tzinfo=UTC)


def tariff_now(site: Site, station: str) -> tuple[str, str]:
    """Name and digest of the list that a station charges by now; no digest where there is none."""
    about = site.stations.get(station)
    name = about.tariff if about is not None and about.tariff in site.tariffs else OTHERWISE
    tariff = site.tariffs.get(name)
    return name, tariff_digest(tariff) if tariff is not None else ""


def tariff_at(state: State, site: Site, station: str, at: datetime) -> tuple[str, str]:
    """Name and digest of the list that a station charged by at `at`."""
    known = state.site.get("site")
    name = OTHERWISE
    if known is None or known.charges_by is None:
        return tariff_now(site, station)
    for each in known.charges_by:
        if each.station == station and (each.since or _EVER) <= at:
            name = each.tariff
    row = _ruled(state, name, at)
    return (name, row.digest) if row is not None else tariff_now(site, station)


def _ruled(state: State, name: str, at: datetime) -> TariffState | None:
    """The list of a name that was in force at `at`; of a time before all that is known the oldest one."""
    oldest: tuple[datetime, TariffState] | None = None
    untimed: TariffState | None = None
    for row in state.tariffs.values():
        if row.name != name:
            continue
        for span in row.ruled:
            if span.since <= at and (span.until is None or at < span.until):
                return row
            if oldest is None or span.since < oldest[0]:
                oldest = span.since, row
        if not row.ruled:
            untimed = row  # from before the ledger wrote that down; the last of them was in force until then
    if oldest is None or at >= oldest[0]:
        return None
    return untimed or oldest[1]
