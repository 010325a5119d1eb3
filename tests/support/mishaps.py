"""What goes wrong at a hub, one story a function: each on a plant of its own, with what really flowed as the outcome.

A story fills the site with cars, lets one thing go wrong while the building takes more, and gives the seconds until no
breaker carried more than it may.
"""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from edgegw.simulate.meter import Meter
from edgegw.simulate.world import PHASES
from tests.support.gateway import until
from tests.support.plant import STEP_S, Plant, Post

Story = Callable[[Path], Awaitable[float]]

CALM_S: Final = 12.0
"""Watched for so long after a phase should have come under its breaker: it has to stay there."""


async def _watch(plant: Plant, since: float, for_s: float) -> float:
    await asyncio.sleep(max(0.0, since + for_s - monotonic()))
    return plant.over_s(since)


async def _full(plant: Plant) -> None:
    """Cars everywhere, until one phase of the supply carries all that it may."""
    await plant.charge(*plant.stations)
    await until(lambda: max(plant.flows().values()) > plant.limit_a - 1.0, 60.0, "the site is full")
    await plant.settled()


async def draws_on(folder: Path) -> float:
    """A station accepts every limit, and its car draws what it can."""
    async with Plant(folder, [Post("A"), Post("B", "2.0.1")], building_a=20, building_max_a=33) as plant:
        await _full(plant)
        plant.stations["A"].obeys = False
        begun = monotonic()
        return await _watch(plant, begun, 15 + CALM_S)


async def draws_on_and_denies_it(folder: Path) -> float:
    """The same, and what its station tells of the current is what it was told to draw."""
    posts = [Post("A", faults=("no_current",)), Post("B", "2.0.1")]
    async with Plant(folder, posts, building_a=20, building_max_a=33) as plant:
        await _full(plant)
        plant.stations["A"].obeys = False
        begun = monotonic()
        return await _watch(plant, begun, 15 + CALM_S)


async def refuses(folder: Path) -> float:
    """A station refuses its next limits, as the building takes more."""
    async with Plant(folder, [Post("A"), Post("B", "2.0.1")], building_a=20, building_max_a=33) as plant:
        await _full(plant)
        plant.stations["A"].answers["SetChargingProfile"] = {"status": "Rejected"}
        begun, plant.household.a["L1"] = monotonic(), 35.0
        return await _watch(plant, begun, 15 + CALM_S)


async def falls_silent(folder: Path) -> float:
    """A station stops answering, as the building takes more."""
    async with Plant(folder, [Post("A"), Post("B", "2.0.1")], building_a=20, building_max_a=33) as plant:
        await _full(plant)
        plant.stations["A"].silent = True
        begun, plant.household.a["L1"] = monotonic(), 35.0
        return await _watch(plant, begun, 15 + CALM_S)


async def goes_offline(folder: Path) -> float:
    """A station's connection ends, as the building takes more."""
    async with Plant(folder, [Post("A"), Post("B", "2.0.1")], building_a=20, building_max_a=33) as plant:
        await _full(plant)
        plant.stations["A"].cut()
        begun, plant.household.a["L1"] = monotonic(), 35.0
        return await _watch(plant, begun, 15 + CALM_S)


async def takes_no_pause(folder: Path) -> float:
    """A station that refuses every limit below 6 A, as the building leaves 6 A and no more."""
    posts = [Post("A"), Post("B", "2.0.1", faults=("pause_refused",))]
    async with Plant(folder, posts, building_a=20, building_max_a=50) as plant:
        await _full(plant)
        begun, plant.household.a["L1"] = monotonic(), 57.0
        return await _watch(plant, begun, 15 + CALM_S)


async def wired_otherwise(folder: Path) -> float:
    """Cars on one phase, which is not the one that the file says, as the building takes more there."""
    posts = [Post("A", "1.6", ("L1",), ("L2",)), Post("B", "2.0.1", ("L1",), ("L2",))]
    async with Plant(folder, posts, building_a=20, building_max_a=33) as plant:
        plant.household.a |= {"L1": 0.0, "L2": 25.0}
        await plant.charge("A")
        await until(lambda: plant.drawn()["A"] > 31.0, 30.0, "the first car charges")
        begun = monotonic()
        await plant.charge("B")  # on L1 there would be room for both
        await until(lambda: bool(plant.over(begun)), 40.0, "too much flows")
        return await _watch(plant, plant.over(begun)[0].at, 15 + CALM_S)


async def stale_meter(folder: Path) -> float:
    """The supply's meter stops answering, and the building takes its most."""
    async with Plant(folder, [Post("A"), Post("B", "2.0.1")], building_a=5, building_max_a=40) as plant:
        await _full(plant)
        plant.meter.fault = "silence"
        plant.household.a.update(dict.fromkeys(PHASES, 40.0))
        return await _watch(plant, monotonic(), 23 + CALM_S)


async def late_answers(folder: Path) -> float:
    """A meter on a serial line answers later than it is waited for, as the building takes more; and then in time."""
    async with _serial(folder) as (plant, line):
        await _full(plant)
        begun, plant.household.a["L1"] = monotonic(), 45.0
        for _ in range(3):
            line.delay_s = 1.5
            await asyncio.sleep(1.2)
            line.delay_s = 0.0
            await asyncio.sleep(1.0)
        return await _watch(plant, begun, 15 + CALM_S)


async def killed(folder: Path, *, watched_s: float = 125 + CALM_S) -> float:
    """The gateway is killed, and the building takes its most. One of three cars is paused by then."""
    posts = [Post("A"), Post("B", "2.0.1"), Post("C", "2.0.1", circuit="row"), Post("D", circuit="row")]
    async with Plant(folder, posts, building_a=5, building_max_a=39, circuits={"row": 12.0}) as plant:
        await _full(plant)
        plant.gateway.kill()
        plant.household.a.update(dict.fromkeys(PHASES, 39.0))
        return await _watch(plant, monotonic(), watched_s)


async def cut_off(folder: Path, *, watched_s: float = 125 + CALM_S) -> float:
    """Every cable of the LAN is cut at once, and the building takes its most."""
    async with Plant(folder, [Post("A"), Post("B", "2.0.1")], building_a=5, building_max_a=51) as plant:
        await _full(plant)
        plant.cut_lan()
        plant.household.a.update(dict.fromkeys(PHASES, 51.0))
        return await _watch(plant, monotonic(), watched_s)


async def own_starts(folder: Path) -> float:
    """Cars come one after another and all together, on circuits within circuits; ampere-seconds over any breaker."""
    posts = [
        Post("A"), Post("B", "2.0.1", ("L2", "L3", "L1")), Post("C", circuit="row"), Post("D", "2.1", circuit="row"),
        Post("E", "1.6", ("L2",), circuit="row"), Post("F", "2.0.1", circuit="cell"),
        Post("G", "1.6", ("L2", "L3"), line=True, circuit="cell"),
    ]  # fmt: skip
    circuits = {"row": 32.0, "cell": ("row", 14.0)}
    async with Plant(folder, posts, building_a=20, building_max_a=21, circuits=circuits) as plant:
        for alone, others in (("A", ()), ("C", ()), ("F", "G"), ("B", "DE")):
            await plant.charge(alone)
            await asyncio.sleep(12)
            if others:
                await plant.charge(*others)
                await asyncio.sleep(6)
        for name in posts[1:]:
            await plant.leave(name.id)
        await until(lambda: plant.flows()["L1"] > 50.0, 60.0, "a lone car has the site")
        await plant.charge(*(post.id for post in posts[1:]))
        await asyncio.sleep(30)
        assert sum(a > 5.0 for a in plant.drawn().values()) >= 5, plant.drawn()
        return plant.over_as()


async def starts_without_a_default(folder: Path) -> float:
    """A car begins at a station that has refused its low default and is offline, beside a car that has what there is;
    ampere-seconds over any breaker."""
    posts = [Post("A"), Post("B", "2.0.1", faults=("default_refused",))]
    async with Plant(folder, posts, building_a=20, building_max_a=33) as plant:
        await plant.charge("A")
        await asyncio.sleep(25)
        assert plant.drawn()["A"] > 6.0, plant.drawn()
        plant.stations["B"].cut()
        await asyncio.sleep(1)
        await plant.charge("B")
        await asyncio.sleep(15)
        assert plant.drawn()["B"] > 31.0, plant.drawn()
        return plant.over_as()


async def takes_watts_alone(folder: Path) -> float:
    """A car begins at a station that takes watts alone and gives all of them to one phase, as that is what its car
    uses, beside a car that has what there is; ampere-seconds over any breaker."""
    posts = [Post("A", faults=("ampere_refused",)), Post("B", "2.0.1")]
    async with Plant(folder, posts, building_a=20, building_max_a=33) as plant:
        await plant.charge("B")
        await until(lambda: plant.flows()["L1"] > 44.0, 40.0, "the first car has what there is")
        await plant.charge("A", phases=1)
        await asyncio.sleep(50)
        assert [fact["data"]["quirk"] for fact in plant.facts("station_quirk_learned")] == ["no_ampere"]
        assert plant.drawn()["A"] > 15.0, plant.drawn()
        assert plant.flows()["L1"] > 55.0, plant.flows()
        return plant.over_as()


@dataclass
class Steps:
    """What came of steps of the building: `told_s` until a station was told less, `fits_s` until a step fitted, `peaks`
    to how many times its breaker each brought its phase."""

    peaks: list[float] = field(default_factory=list)
    told_s: list[float] = field(default_factory=list)
    fits_s: list[float] = field(default_factory=list)


async def building_steps(folder: Path, factors: Sequence[float]) -> Steps:
    """The building brings a phase to so many times its breaker, again and again."""
    found, chance = Steps(), random.Random(5)
    async with Plant(folder, [Post("A"), Post("B", "2.0.1"), Post("C", "2.1")], building_max_a=39) as plant:
        await plant.charge(*plant.stations)
        for factor in factors:
            phase = chance.choice(PHASES)
            plant.household.a.update(dict.fromkeys(PHASES, 0.0 if factor > 1.5 else 8.0))
            await asyncio.sleep(5)
            await until(lambda: max(plant.flows().values()) > plant.limit_a - 1.0, 150.0, "the site is full")
            await plant.settled(90.0)
            await asyncio.sleep(chance.random())
            assert max(plant.flows().values()) > plant.limit_a - 1.5, plant.flows()
            limits = {name: station.told[-1][1] for name, station in plant.stations.items()}
            begun = monotonic()
            more_a = factor * plant.limit_a - plant.flows()[phase]
            plant.household.a[phase] = min(plant.limit_a, plant.household.a[phase] + more_a)
            await asyncio.sleep(2 * STEP_S)
            found.peaks.append(plant.flows()[phase] / plant.limit_a)
            found.fits_s.append(await _watch(plant, begun, 11.0))
            for name, station in plant.stations.items():
                lower = [at - begun for at, limit in station.told if at > begun and limit < limits[name]]
                found.told_s += lower[:1]
    return found


class SerialLine:
    """The plant's meter behind a transparent RS485 gateway, whose answers may come `delay_s` late."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.meter: Meter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await reader.readexactly(8)  # every read of registers is so long
                assert self.meter is not None
                body = self.meter._answer(request[0], request[1:6])
                if body is not None:
                    frame = request[:1] + body
                    await asyncio.sleep(self.delay_s)
                    writer.write(frame + struct.pack("<H", _crc(frame)))
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def _serial(folder: Path) -> AsyncIterator[tuple[Plant, SerialLine]]:
    line = SerialLine()
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    try:
        plant = Plant(
            folder, [Post("A"), Post("B", "2.0.1")], building_a=20, building_max_a=50,
            meter_port=server.sockets[0].getsockname()[1], framing="rtu",
        )  # fmt: skip
        line.meter = plant.meter
        async with plant:
            yield plant, line
    finally:
        server.close()


def _crc(frame: bytes) -> int:
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


STARTS: Final[dict[str, Story]] = {
    each.__name__: each for each in (own_starts, starts_without_a_default, takes_watts_alone)
}
"""Those in which nothing but cars begins, so that no ampere-second may be over any breaker."""

WITHIN_S: Final[dict[str, tuple[Story, float]]] = {
    each.__name__: (each, {"stale_meter": 23.0, "killed": 125.0, "cut_off": 125.0}.get(each.__name__, 15.0))
    for each in (
        draws_on,
        draws_on_and_denies_it,
        refuses,
        falls_silent,
        goes_offline,
        takes_no_pause,
        wired_otherwise,
        stale_meter,
        late_answers,
        killed,
        cut_off,
    )
}
"""The stories by name, and within how many seconds no phase may be over its breaker any more."""
