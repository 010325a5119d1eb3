"""What goes on at a site while its parts are cut and killed: cars come, charge and go, at a station of each version."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

from edgegw.model import facts as f
from edgegw.simulate import Car, Place, Station, World
from edgegw.simulate.station import VERSIONS
from tests.faults.case import Case
from tests.support.chain import Chain
from tests.support.gateway import until
from tests.support.ledgers import check

Fault = Callable[[Chain, random.Random], Awaitable[None]]
"""Breaks something for a while; on return it stands again."""

TICK_S = 0.1
SPEED = 60.0
RETURN_S = 120.0
"""From a broker that comes and goes both ends keep away for up to 60 s each (edgegw.mqtt.brokers)."""


def tell(name: str, cycles: int, seed: int, fault: Fault) -> Case:
    """Have `fault` come `cycles` times while cars charge, then see whether anything is missing or doubled."""
    return asyncio.run(_tell(name, cycles, seed, fault))


async def _tell(name: str, cycles: int, seed: int, fault: Fault) -> Case:
    chance = random.Random(f"{name} {seed}")
    names = {f"CP0{number}": version for number, version in enumerate(VERSIONS, 1)}
    with tempfile.TemporaryDirectory(prefix="edgegw-faults-") as place, ExitStack() as stack:
        chain = Chain(Path(place), stack, stations=tuple(names))
        async with AsyncExitStack() as opened:
            places = {id: Place() for id in names}
            world = World(places.values())
            turning = asyncio.create_task(_turn(world))
            stations = [
                await opened.enter_async_context(chain.station(id, version, world=world, places=[places[id]]))
                for id, version in names.items()
            ]
            ending = asyncio.Event()
            cars = [asyncio.create_task(_charge(station, ending, chance)) for station in stations]
            for _ in range(cycles):
                await asyncio.sleep(chance.uniform(0.2, 2.0))
                await fault(chain, chance)
            ending.set()
            charged = [await each for each in cars]
            for station in stations:
                await station.until(lambda station=station: station.connected and not station.waiting, 60)
            turning.cancel()
            await until(lambda: all(row["state"] == "ended" for row in chain.transactions()), 30, "all have ended")
        proof = await chain.proven(RETURN_S)
        chain.gateway.stop()
        facts = check(chain.gateway.database.parent)
        begun = [fact for fact in facts if isinstance(fact, f.TransactionStarted)]
        ended = [fact for fact in facts if isinstance(fact, f.TransactionEnded)]
        billed = {fact.transaction: fact.energy_wh for fact in facts if isinstance(fact, f.CdrClosed)}
        energies = {station.id: int(station.places[1].register_wh) for station in stations}
        wrong = list(proof.differences)
        if not len(begun) == len(ended) == len(billed) == sum(charged):
            wrong.append(f"{sum(charged)} charges, {len(begun)} begun, {len(ended)} ended, {len(billed)} billed")
        for id, energy_wh in energies.items():
            told_wh = sum(billed[fact.transaction] for fact in begun if fact.station == id)
            if abs(told_wh - energy_wh) > sum(fact.station == id for fact in begun):  # each register is cut to whole Wh
                wrong.append(f"{id} counted {energy_wh} Wh, billed are {told_wh} Wh")
        detail = (
            f"{cycles} times, {sum(charged)} charges, {sum(energies.values())} Wh, {proof.ledger.facts} facts, "
            f"{proof.ledger.samples} readings"
        )
        return Case(name, not wrong, "; ".join([detail, *wrong]))


async def _turn(world: World) -> None:
    """A minute of energy each second, so that a lost one would be seen."""
    while True:
        world.step(TICK_S * SPEED)
        await asyncio.sleep(TICK_S)


async def _charge(station: Station, ending: asyncio.Event, chance: random.Random) -> int:
    """Cars one after another until `ending`; how many charged."""
    charges = 0
    await station.until(lambda: station.booted, 60)
    while not ending.is_set():
        station.plug(Car(soc=0.2))
        if await station.present("CARD1"):
            charges += 1
        await asyncio.sleep(chance.uniform(0.3, 2.0))
        station.unplug()
        await asyncio.sleep(chance.uniform(0.1, 0.5))
    return charges
