"""What is known of stations beside the state, connected or not: quirks, clocks, proofs. To show, and to take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgegw.model.facts import StationQuirkForgotten
from edgegw.stations.links import Links
from edgegw.stations.quirkfiles import Families
from edgegw.stations.quirks import effects
from edgegw.stations.standing import Standing

if TYPE_CHECKING:
    from edgegw.hub import Hub


class Peculiarities:
    """Of all stations. `families` are the known quirks."""

    def __init__(self, hub: Hub, links: Links, families: Families, standing: Standing) -> None:
        self._hub = hub
        self._links = links
        self._families = families
        self._standing = standing

    def of(self, station: str) -> dict[str, Any]:
        """As plain values to show."""
        state, configured = self._hub.state, self._hub.site.stations.get(station)
        named = configured.quirks if configured is not None else None
        learned = state.quirks.get(station)
        seen, link = state.stations.get(station), self._links.get(station)
        quirk = self._families.quirk(named, seen, learned)
        known = {each.quirk: each for each in (learned.learned if learned is not None else ())}
        skew_s = link.clock.skew_s if link is not None else seen.skew_s if seen is not None else None
        return {
            "quirks": {
                "named": named,
                "recognised": [name for name in quirk.names if name not in known],
                "learned": [{"quirk": each.quirk, "at": each.at, "evidence": each.evidence} for each in known.values()],
                "effects": effects(quirk),
                "notes": list(quirk.notes),
            },
            "proof": self._standing.proof(station) if link is not None else None,
            "password_pending": self._standing.trust.keys.is_pending(station),
            "skew_s": None if skew_s is None else round(skew_s, 1),
        }

    async def forget(self, station: str, quirk: str, by: str) -> bool:
        """Take back what was learned of a station; False when no such thing was. Raises JournalError."""
        learned = self._hub.state.quirks.get(station)
        if learned is None or all(each.quirk != quirk for each in learned.learned):
            return False
        await self._hub.record(StationQuirkForgotten(station=station, at=self._hub.now(), quirk=quirk, by=by))
        if (link := self._links.get(station)) is not None:
            link.peculiar.forgot(quirk)
        return True
