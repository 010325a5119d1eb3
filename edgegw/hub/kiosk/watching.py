"""Which bays stand otherwise than before."""

from __future__ import annotations

from collections.abc import Set

from edgegw.core.kiosk.places import Bay, BayState, bays
from edgegw.model.kiosk import KioskTerms
from edgegw.model.site import Site
from edgegw.model.state import State


class Watching:
    """Remembers how each bay stood."""

    def __init__(self, terms: KioskTerms) -> None:
        self._terms = terms
        self._stood: dict[tuple[str, int], BayState] = {}

    def changed(self, state: State, site: Site, touched: Set[str] | None) -> list[Bay]:
        """The bays, of stations that were `touched` (all for None), that stand otherwise than when last asked."""
        found = []
        for station in site.stations if touched is None else touched:
            for bay in bays(state, site, self._terms, station):
                before = self._stood.get((bay.station, bay.evse))
                self._stood[bay.station, bay.evse] = bay.state
                if before != bay.state:
                    found.append(bay)
        return found
