"""Random cuts: any part killed, any link silent, the power gone, while cars charge and the cloud gives commands."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping

from tests.faults import network
from tests.faults.case import Case
from tests.faults.story import CLOUD_ADDRESS, GATEWAY_ADDRESS, tell
from tests.support.chain import Chain

Cut = Callable[[Chain, random.Random], Awaitable[None]]


async def gateway_killed(chain: Chain, chance: random.Random) -> None:
    chain.gateway.kill()
    await asyncio.sleep(chance.uniform(0.0, 0.5))
    await asyncio.to_thread(chain.gateway.start)


async def power_cut(chain: Chain, chance: random.Random) -> None:
    """The file system loses what is not on its device, and the machine starts again."""
    assert chain.disk is not None
    chain.disk.cut_power()
    await asyncio.sleep(chance.uniform(0.0, 0.3))  # what runs on meanwhile must not believe its writes
    chain.gateway.kill()
    await asyncio.to_thread(chain.disk.unmount)
    await asyncio.to_thread(chain.disk.mount)
    await asyncio.to_thread(chain.gateway.start)


async def broker_killed(chain: Chain, chance: random.Random) -> None:
    """Killed with what it had not written, or stopped with a goodbye."""
    if chance.random() < 0.5:
        chain.broker.kill()
    else:
        await asyncio.to_thread(chain.broker.stop)
    await asyncio.sleep(chance.uniform(0.0, 1.0))
    await asyncio.to_thread(chain.broker.start)


async def cloud_killed(chain: Chain, chance: random.Random) -> None:
    """Before its commit, between commit and watermark, after it."""
    chain.cloud.kill()
    await asyncio.sleep(chance.uniform(0.0, 0.5))
    await asyncio.to_thread(chain.cloud.start)


async def links_cut(chain: Chain, chance: random.Random) -> None:
    """The stations' links drop without a goodbye, one or all."""
    gone = [station for station in chain.stations if chance.random() < 0.7]
    for station in gone:
        station.cut()
    await asyncio.sleep(chance.uniform(0.0, 1.0))
    for station in gone:
        station.restore()


async def network_cut(chain: Chain, chance: random.Random) -> None:
    """Between broker and gateway, broker and cloud, or both, packets vanish: nobody is told."""
    addresses = chance.choice(((GATEWAY_ADDRESS,), (CLOUD_ADDRESS,), (GATEWAY_ADDRESS, CLOUD_ADDRESS)))
    for address in addresses:
        await asyncio.to_thread(network.cut, address)
    await asyncio.sleep(chance.uniform(0.2, 4.0))
    for address in addresses:
        await asyncio.to_thread(network.mend, address)


KINDS: Mapping[str, Cut] = {
    kind.__name__: kind for kind in (gateway_killed, power_cut, broker_killed, cloud_killed, links_cut, network_cut)
}


def run(cycles: int, seed: int, only: str | None = None) -> Iterator[Case]:
    """All kinds in random order, or `only` one."""

    async def fault(chain: Chain, chance: random.Random) -> str:
        able = [kind for kind in KINDS if only in (None, kind)]
        if chain.disk is None:
            able = [kind for kind in able if kind != "power_cut"]
        if network.why_not():
            able = [kind for kind in able if kind != "network_cut"]
        if not able:
            return "nothing"
        kind = chance.choice(able)
        await KINDS[kind](chain, chance)
        return kind

    yield tell(only or "cuts", cycles, seed, fault)
