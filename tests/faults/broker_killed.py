"""The broker is stopped, or killed with what it had not written, and comes back."""

import asyncio
import random
from collections.abc import Iterator

from tests.faults.case import Case
from tests.faults.story import tell
from tests.support.chain import Chain


async def cut(chain: Chain, chance: random.Random) -> None:
    if chance.random() < 0.5:
        chain.broker.kill()
    else:
        await asyncio.to_thread(chain.broker.stop)
    await asyncio.sleep(chance.uniform(0.0, 2.0))
    await asyncio.to_thread(chain.broker.start)


def run(cycles: int, seed: int) -> Iterator[Case]:
    yield tell("broker_killed", cycles, seed, cut)
