"""The low lasting limits that stations hold when they are left alone (DESIGN, safe without us)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from edgegw.core.fallback import fallback
from edgegw.model.site import Site

if TYPE_CHECKING:
    from edgegw.hub import Hub


def default_limits(site: Site) -> dict[str, dict[int, float]]:
    """What each station may draw when it is left alone, in A by EVSE; nothing while no supply is configured."""
    found: dict[str, dict[int, float]] = {}
    if site.supply is not None:
        for (station, evse), limit_a in fallback(site).items():
            found.setdefault(station, {})[evse] = limit_a
    return found


class Defaults:
    """Those of the site as it is now."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._limits: Mapping[str, Mapping[int, float]] = {}
        self._of: Site | None = None

    def of(self, station: str) -> Mapping[int, float]:
        """In A by EVSE; empty for a station that has none."""
        # One station's share depends on all others': a thousand that come at once must not have it worked out each.
        site = self._hub.site
        if self._of is not site:
            self._of, self._limits = site, default_limits(site)
        return self._limits.get(station, {})
