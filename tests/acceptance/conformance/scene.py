"""The scene of a conformance case: the real gateway, and a station that has booted."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from edgegw.model.site import Site, Token
from edgegw.simulate import Car, Station
from edgegw.simulate.dialect import Version
from tests.simulate.served import Served, served
from tests.support.hubs import a_site

TOKENS = {
    "CARD1": Token("CARD1", group="FLEET"),
    "CARD2": Token("CARD2", "blocked"),
    "CARD3": Token("CARD3", "expired"),
    "CARD4": Token("CARD4", "invalid"),
}


class Scene:
    """`gateway` and `station`, and what a case does with them most."""

    def __init__(self, gateway: Served, station: Station) -> None:
        self.gateway = gateway
        self.station = station

    async def says(self, action: str, **payload: Any) -> Any:
        """The answer to a CALL of the station."""
        return await self.station.connection.call(action, payload)

    async def told(self, name: str, **args: Any) -> tuple[str, str | None]:
        """How a command to the station ends, and why."""
        outcome = await self.gateway.command(name, station="CP01", **args)
        return outcome.state, outcome.reason

    async def charges(self) -> None:
        """A car takes current, with CARD1."""
        self.station.plug(Car(soc=0.3))
        assert await self.station.present("CARD1")
        await self.station.until(lambda: self.station.places[1].power_w > 0 and not self.station.waiting)
        await self.gateway.until(lambda: self.gateway.transactions)

    async def ended(self, reason: str) -> None:
        """The one transaction ends for this reason, with a register of the station's meter."""
        await self.gateway.until(lambda: self.gateway.transactions[-1].state == "ended")
        assert self.gateway.transactions[-1].end_reason == reason


@contextlib.asynccontextmanager
async def scene(folder: Path, version: Version, site: Site | None = None, **options: Any) -> AsyncIterator[Scene]:
    async with (
        served(folder, site or a_site(tokens=TOKENS)) as gateway,
        gateway.station(version, **options) as station,
    ):
        # Its statuses are said as well, so that what a case looks for comes from the case.
        await station.until(lambda: station.booted and not station.connection._outbox)
        yield Scene(gateway, station)


def later(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
