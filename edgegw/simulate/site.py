"""A virtual site: stations and meters on one grid, and the drivers who come and go."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from edgegw.simulate.car import Car
from edgegw.simulate.dialect import VERSIONS, Version
from edgegw.simulate.station import Station
from edgegw.simulate.world import PHASES, Building, Phase, Place, World

STEP_S: Final = 0.2
"""How often the physics moves."""

_WIRINGS: Final[tuple[tuple[tuple[Phase, ...], bool], ...]] = (
    (PHASES, False),
    (("L2",), False),
    (("L2", "L3", "L1"), False),
    (("L1", "L2"), True),
    (("L3", "L1", "L2"), False),
    (("L3",), False),
)
"""Terminals of the first, second, ... station of a mixed site: rotated, single-phase, between two phases."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A station as it is installed. `line` is one load between two phases."""

    id: str
    version: Version = "1.6"
    phases: tuple[Phase, ...] = PHASES
    line: bool = False
    max_a: float = 32.0


def spots(count: int, version: Version | None = None, prefix: str = "CP") -> list[Spot]:
    """`count` stations of one version, or of all three in turn for None, wired as at a site with 127/220 V."""
    return [
        Spot(f"{prefix}{n + 1:02}", version or VERSIONS[n % len(VERSIONS)], *_WIRINGS[n % len(_WIRINGS)])
        for n in range(count)
    ]


class Site:
    """Stations on a grid of `voltage_v` with a building. `run` it; put meters on its `world` before.

    `haste` is how many times faster than in truth batteries fill and the building's day passes; what is measured
    stays true to the power that flows. `options` are those of `Station`.
    """

    def __init__(
        self,
        installed: Sequence[Spot],
        *,
        url: str,
        voltage_v: float = 127.0,
        building: Building | None = None,
        haste: float = 1.0,
        **options: Any,
    ) -> None:
        self.places = {spot.id: Place(1, spot.phases, spot.line, spot.max_a) for spot in installed}
        self.world = World(self.places.values(), voltage_v=voltage_v, building=building, haste=haste)
        self.stations = {
            spot.id: Station(
                spot.id, spot.version, url=url, places=[self.places[spot.id]], world=self.world, **options
            )
            for spot in installed
        }  # fmt: skip

    def connect_to(self, url: str) -> None:
        """Another address for all stations, before they run."""
        for station in self.stations.values():
            station.connection.connect_to(url)

    async def run(self, visits: Iterable[Visit] = ()) -> None:
        """Live until cancelled; each of `visits` takes place in its time."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.step(), name="physics")
            for station in self.stations.values():
                group.create_task(station.run(), name=f"station {station.id}")
            for visit in visits:
                group.create_task(visit.pay(self.stations[visit.station]), name=f"visit at {visit.station}")

    async def step(self) -> None:
        """Move the physics in real time until cancelled."""
        last = monotonic()
        while True:
            await asyncio.sleep(STEP_S)
            now = monotonic()
            self.world.step(now - last)
            last = now


@dataclass(slots=True)
class Visit:
    """A driver comes `after_s` seconds after the start, plugs in, shows a card, and drives off after `stays_s`.

    `stays_s` None: until the car is full. `shows_card` False: somebody else starts the charge from afar.
    """

    station: str
    car: Car
    token: str
    after_s: float = 0.0
    stays_s: float | None = None
    shows_card: bool = True
    leaves: asyncio.Event = field(default_factory=asyncio.Event)
    """Set it to make the driver leave earlier."""

    async def pay(self, station: Station, evse: int = 1) -> None:
        """The whole visit. One that is told to leave before it has begun does not take place."""
        if await self._told_to_leave(self.after_s):
            return
        await station.until(lambda: station.booted, 3600.0)
        station.plug(self.car, evse)
        if self.shows_card:
            await asyncio.sleep(0.5)
            await station.present(self.token, evse)
        await self._stay()
        running = station.transactions.get(evse)
        if running is not None and running.token == self.token:
            await station.present(self.token, evse)
            await asyncio.sleep(0.5)
        station.unplug(evse)

    async def _stay(self) -> None:
        if self.stays_s is not None:
            await self._told_to_leave(self.stays_s)
            return
        while self.car.wanted_a() > 0.0 and not await self._told_to_leave(1.0):
            pass

    async def _told_to_leave(self, within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                await self.leaves.wait()
        except TimeoutError:
            return False
        return True


async def traffic(station: Station, tokens: Sequence[str], *, seed: int, haste: float, pause_s: float) -> None:
    """Drivers at one station, one after another until cancelled, with about `pause_s` between them."""
    chance = random.Random(f"{seed}/{station.id}")
    while True:
        car = Car(
            capacity_wh=chance.choice((40_000.0, 60_000.0, 77_000.0)),
            soc=chance.uniform(0.2, 0.7),
            max_a=chance.choice((16.0, 32.0)),
            phases=chance.choice((1, 3, 3)),
            haste=haste,
        )
        visit = Visit(station.id, car, chance.choice(list(tokens)), chance.uniform(0.2, 1.0) * pause_s)
        await visit.pay(station, chance.choice(list(station.places)))
