"""Who is connected: one link a station, and what its coming and going says.

A second connection of a station replaces the first, which is most often half-open and unaware of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from edgegw.model.facts import Fact, SecurityEvent, StationConnected, StationDisconnected, StationFellSilent
from edgegw.stations import admission, metrics
from edgegw.stations.calls import MUTE_AFTER
from edgegw.stations.errors import StationOffline
from edgegw.stations.link import Link
from edgegw.stations.standing import Standing

if TYPE_CHECKING:
    from edgegw.hub import Hub

log = logging.getLogger("edgegw.stations")

PROBE_S: Final = 5.0
"""How long a station may take to answer the ping that keeps a second connection out."""


class Links:
    """The links of one server. `record` writes facts down and raises nothing."""

    def __init__(self, hub: Hub, standing: Standing, record: Callable[..., Awaitable[None]]) -> None:
        self.strangers: set[str] = set()
        """Connected stations that the configuration does not name."""
        self.stopping = False
        """No one comes in or is called any more."""
        self._hub = hub
        self._standing = standing
        self._record = record
        self._links: dict[str, Link] = {}
        self._arrivals: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def __iter__(self) -> Iterator[Link]:
        return iter(list(self._links.values()))

    @property
    def connected(self) -> frozenset[str]:
        """Stations with a live connection."""
        return frozenset(station for station, link in self._links.items() if not link.closed)

    def get(self, station: str) -> Link | None:
        """The station's link, which may be about to end."""
        return self._links.get(station)

    def live(self, station: str) -> Link:
        """The link of a station that can be called. Raises StationOffline."""
        link = self._links.get(station)
        if link is None or link.closed or self.stopping:
            raise StationOffline(f"{station} is not connected")
        return link

    def close(self, stations: Iterable[str], reason: str) -> None:
        """Close the connections of these stations; they come back as what the site says they are now."""
        for station in stations:
            if (link := self._links.get(station)) is not None:
                log.info("%s: disconnected by the gateway: %s", station, reason)
                link.close(1012, reason)

    def has_to_wait(self, newer: Link) -> bool:
        """Another link has the station, and is asked for a sign of life before `newer` may have it: whoever knows a
        station's name can connect as a station of profile 0, so a stranger must not push it out."""
        older = self._links.get(newer.station)
        if older is None or older.closed or newer.address == older.address:
            return False
        return self._standing.profile(newer.station) == 0

    async def arrive(self, link: Link) -> bool:
        """Make `link` the station's; False when the one that it has is alive and the new one proves nothing."""
        async with self._arrivals.setdefault(link.station, asyncio.Lock()):
            if self.stopping:
                return False
            older = self._links.get(link.station)
            facts: list[Fact] = []
            now = self._hub.now()
            if older is not None:
                if self.has_to_wait(link) and await older.is_alive(PROBE_S):
                    await self._turn_away(link, older, now)
                    return False
                older.replaced = True
                older.close(1000, "replaced by a new connection")
                facts += _gone(older, now, "replaced")
            self._links[link.station] = link
            if link.station in self._hub.site.stations:
                self.strangers.discard(link.station)
            else:
                self.strangers.add(link.station)
            metrics.CONNECTED.set(len(self._links))
            facts.append(StationConnected(station=link.station, at=now, ocpp=link.codec.version, address=link.address))
            facts += self._standing.arrived(link.station)
            await self._record(*facts)
            log.info("%s: connected from %s, OCPP %s", link.station, link.address, link.codec.version)
            if (meant := admission.nearly(link.station, self._hub.site.stations)) is not None:
                log.warning("%s: not in the file, which has %s: is it that one?", link.station, meant)
            return True

    async def _turn_away(self, link: Link, older: Link, now: datetime) -> None:
        metrics.REFUSED.labels("connected").inc()
        detail = f"a second connection, from {link.address}, was refused"
        log.warning("%s: %s", link.station, detail)
        if not older.doubted:
            older.doubted = True
            await self._record(SecurityEvent(station=link.station, at=now, kind="second_connection", detail=detail))

    async def leave(self, link: Link, reason: str) -> None:
        """A link has ended: it is the station's no more, unless another has taken its place already."""
        if link.replaced:
            return
        async with self._arrivals.setdefault(link.station, asyncio.Lock()):
            if link.replaced:
                return
            del self._links[link.station]
            self.strangers.discard(link.station)
            metrics.CONNECTED.set(len(self._links))
            log.info("%s: disconnected: %s", link.station, reason)
            await self._record(*_gone(link, self._hub.now(), reason))


def _gone(link: Link, at: datetime, reason: str) -> list[Fact]:
    """The end of a connection, and what it says of the station."""
    facts: list[Fact] = [StationDisconnected(station=link.station, at=at, reason=reason)]
    if link.fell_silent:
        facts.append(StationFellSilent(station=link.station, at=at, calls=MUTE_AFTER))
    return facts
