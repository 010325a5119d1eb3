"""The low lasting limits that stations hold when they are left alone (DESIGN, safe without us)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from edgegw.core.allocate import EvseKey
from edgegw.core.fallback import fallback
from edgegw.model.site import Site
from edgegw.stations.limiting import Limitings, in_watts

if TYPE_CHECKING:
    from edgegw.hub import Hub


def default_limits(site: Site, in_watts: Collection[EvseKey] = ()) -> dict[str, dict[int, float]]:
    """What each station may draw when it is left alone, in A by EVSE; nothing while no supply is configured. Those
    `in_watts` may draw it on one phase."""
    found: dict[str, dict[int, float]] = {}
    if site.supply is not None:
        for (station, evse), limit_a in fallback(site, in_watts).items():
            found.setdefault(station, {})[evse] = limit_a
    return found


class Defaults:
    """Those of the site as it is now. `limitings` tells how its stations take limits."""

    def __init__(self, hub: Hub, limitings: Callable[[], Limitings]) -> None:
        self._hub = hub
        self._limitings = limitings
        self._found: dict[frozenset[EvseKey], Mapping[str, Mapping[int, float]]] = {}
        self._of: Site | None = None

    def of(self, station: str) -> Mapping[int, float]:
        """In A by EVSE; empty for a station that has none."""
        # One station's share depends on all others': a thousand that come at once must not have it worked out each. On
        # who takes watts alone only the shares of those do.
        site, limitings = self._hub.site, self._limitings()
        if self._of is not site:
            self._of, self._found = site, {}
        watts = in_watts(limitings.now()) if limitings.of(station).in_watts else frozenset()
        if watts not in self._found:
            self._found = {key: each for key, each in self._found.items() if not key}  # of the others the newest
            self._found[watts] = default_limits(site, watts)
        return self._found[watts].get(station, {})
