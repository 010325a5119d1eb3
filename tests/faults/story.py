"""What goes on at a site while its parts are cut and killed: cars come, charge and go at a station of each version, and
the cloud gives commands. At the end nothing is missing, nothing doubled, nothing done twice."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, closing
from pathlib import Path
from typing import Any

from edgegw.simulate import Car, Place, Station, World
from edgegw.simulate.demo.proof import Proof
from edgegw.simulate.dialect import VERSIONS
from tests.faults import network
from tests.faults.case import Case
from tests.faults.commander import ENDED, Commander, judged
from tests.support.chain import SITE, Chain
from tests.support.filesystem import LoopFilesystem, Unavailable
from tests.support.gateway import until
from tests.support.ledgers import check

Fault = Callable[[Chain, random.Random], Awaitable[str]]
"""Breaks something for a while and says what; on return it stands again."""

GATEWAY_ADDRESS = "127.0.0.2"
CLOUD_ADDRESS = "127.0.0.3"
"""The broker as either side calls it, so that one can be cut off from it without the other."""

TICK_S = 0.1
SPEED = 60.0
RETURN_S = 180.0
"""From a broker that comes and goes both ends keep away for up to 60 s each (edgegw.mqtt.brokers)."""
DISK_MIB = 128


def tell(name: str, cycles: int, seed: int, fault: Fault, *, refusals: bool = False) -> Case:
    """Have `fault` come `cycles` times while cars charge, then see whether anything is missing or doubled.

    With `refusals` a car may be refused: then there may be transactions that nobody charged in.
    """
    return asyncio.run(_tell(name, cycles, seed, fault, refusals))


async def _tell(name: str, cycles: int, seed: int, fault: Fault, refusals: bool) -> Case:
    chance = random.Random(f"{name} {seed}")
    names = {f"CP0{number}": version for number, version in enumerate(VERSIONS, 1)}
    injected: Counter[str] = Counter()
    heard: Counter[str] = Counter()
    apart = not network.why_not()
    skipped = [why] if (why := network.why_not()) else []
    with tempfile.TemporaryDirectory(prefix="edgegw-faults-") as place, ExitStack() as stack:
        folder = Path(place)
        disk: LoopFilesystem | None = None
        try:
            disk = stack.enter_context(LoopFilesystem(folder / "ledger", DISK_MIB))
        except Unavailable as error:
            skipped.append(str(error))
        ways = {"gateway_address": GATEWAY_ADDRESS, "cloud_address": CLOUD_ADDRESS} if apart else {}
        chain = Chain(folder, stack, stations=tuple(names), disk=disk, **ways)
        async with AsyncExitStack() as opened:
            places = {id: Place() for id in names}
            world = World(places.values())
            turning = asyncio.create_task(_turn(world))
            stations = []
            for id, version in names.items():
                station = chain.station(id, version, world=world, places=[places[id]])
                _count(station, heard)
                stations.append(await opened.enter_async_context(station))
            commander = Commander(f"mqtt://127.0.0.1:{chain.broker.port}", SITE, list(names), chance)
            commanding = asyncio.create_task(commander.run())
            booting = [asyncio.create_task(_boot_again(station, chance)) for station in stations]
            ending = asyncio.Event()
            cars = [asyncio.create_task(_charge(station, ending, chance)) for station in stations]
            for _ in range(cycles):
                await asyncio.sleep(chance.uniform(0.2, 2.0))
                injected[await fault(chain, chance)] += 1
            ending.set()
            charged = [await each for each in cars]
            await commander.settled(RETURN_S)
            for station in stations:
                await station.until(lambda station=station: station.connected and not station.waiting, 60)
            for task in (turning, commanding, *booting):
                task.cancel()
            await asyncio.gather(turning, commanding, *booting, return_exceptions=True)
            await until(lambda: all(row["state"] == "ended" for row in chain.transactions()), 30, "all have ended")
        proof = await chain.proven(RETURN_S)
        chain.gateway.stop()
        wrong = [*_differences(chain, proof, pruned=refusals), *judged(commander.states, heard)]
        bills = _bills(chain.cloud.database)
        billed = {id: sum(energy_wh for station, energy_wh in bills if station == id) for id in names}
        energies = {station.id: int(station.places[1].register_wh) for station in stations}
        if len(bills) != sum(charged) and not (refusals and sum(charged) < len(bills)):
            wrong.append(f"{sum(charged)} charges, {len(bills)} bills")
        for id, energy_wh in energies.items():
            # Each register is cut to whole Wh.
            if abs(billed[id] - energy_wh) > sum(station == id for station, _ in bills):
                wrong.append(f"{id} counted {energy_wh} Wh, billed are {billed[id]} Wh")
        ends = Counter(state for state in commander.states.values() if state in ENDED)
        return Case(
            name,
            dict(injected),
            {"charges": sum(charged), "energy_wh": sum(energies.values()), "commands": len(commander.states)},
            {
                "bills": len(bills),
                "billed_wh": sum(billed.values()),
                "facts": proof.ledger.facts,
                "facts_in_cloud": proof.cloud.facts,
                "readings": proof.ledger.samples,
                "readings_in_cloud": proof.cloud.samples,
                "carried_out": sum(heard.values()),
                **{f"commands_{state}": count for state, count in sorted(ends.items())},
                **{f"because {reason}": count for reason, count in commander.reasons.most_common(5)},
            },
            wrong,
            "; ".join(skipped),
        )


def _differences(chain: Chain, proof: Proof, *, pruned: bool) -> list[str]:
    """What is wrong in the ledger itself, or between it and the cloud. In a `pruned` one the oldest are gone, which the
    cloud has."""
    if not pruned:
        check(chain.gateway.database.parent)
        return proof.differences
    words = [sys.executable, "-m", "edgegw", "journal", "verify", "-c", str(chain.gateway.file)]
    verified = subprocess.run(words, capture_output=True, text=True, check=False)
    wrong = [] if verified.returncode == 0 else [f"journal verify: {verified.stdout}{verified.stderr}"]
    gone = ("in the cloud and not in the ledger", "the ledger says None")
    return wrong + [each for each in proof.differences if not any(words in each for words in gone)]


def _bills(cloud: Path) -> list[tuple[str, int]]:
    """(station, Wh) of each transaction that began, as the cloud has billed it; -1 Wh when it has not."""
    with closing(sqlite3.connect(cloud)) as database:
        return database.execute(
            "SELECT t.station, coalesce(c.energy_wh, -1) FROM transactions t LEFT JOIN cdrs c "
            "ON c.site = t.site AND c.transaction_id = t.id"
        ).fetchall()


def _count(station: Station, heard: Counter[str]) -> None:
    """Have the station do what the commands want, and count how often it is asked to carry out each."""
    station.answers["DataTransfer"] = {"status": "Accepted"}
    serve = station.serve

    def counted(action: str, payload: dict[str, Any]) -> Any:
        if action == "DataTransfer":
            heard[payload["messageId"]] += 1
        return serve(action, payload)

    station.serve = counted  # type: ignore[method-assign]


async def _boot_again(station: Station, chance: random.Random) -> None:
    """Many stations boot with each new link, others go on as if nothing had been: those are called only after a while,
    and few commands would get through."""
    while True:
        await station.until(lambda: station.connected, RETURN_S)
        await station.until(lambda: not station.connected, float("inf"))
        if chance.random() < 0.8:
            station.connection.booted = False


async def _turn(world: World) -> None:
    """A minute of energy each second, so that a lost one would be seen."""
    while True:
        world.step(TICK_S * SPEED)
        await asyncio.sleep(TICK_S)


async def _charge(station: Station, ending: asyncio.Event, chance: random.Random) -> int:
    """Cars one after another until `ending`; how many charged."""
    charges = 0
    with contextlib.suppress(TimeoutError):
        await station.until(lambda: station.booted, 60)
    while not ending.is_set():
        station.plug(Car(soc=0.2))
        if await station.present("CARD1"):
            charges += 1
        await asyncio.sleep(chance.uniform(0.3, 2.0))
        station.unplug()
        await asyncio.sleep(chance.uniform(0.1, 0.5))
    return charges
