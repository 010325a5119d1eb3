"""The stations' links drop without a goodbye, one or all, while the broker is up."""

import asyncio
import random
from collections.abc import Iterator

from tests.faults.case import Case
from tests.faults.story import tell
from tests.support.chain import Chain


async def cut(chain: Chain, chance: random.Random) -> None:
    gone = [station for station in chain.stations if chance.random() < 0.7]
    for station in gone:
        station.cut()
    await asyncio.sleep(chance.uniform(0.0, 2.0))
    for station in gone:
        station.restore()


def run(cycles: int, seed: int) -> Iterator[Case]:
    yield tell("links_cut", cycles, seed, cut)
