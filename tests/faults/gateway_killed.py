"""SIGKILL for the gateway at any moment, and a start some moments later."""

import asyncio
import random
from collections.abc import Iterator

from tests.faults.case import Case
from tests.faults.story import tell
from tests.support.chain import Chain


async def kill(chain: Chain, chance: random.Random) -> None:
    chain.gateway.kill()
    await asyncio.sleep(chance.uniform(0.0, 1.0))
    await asyncio.to_thread(chain.gateway.start)


def run(cycles: int, seed: int) -> Iterator[Case]:
    yield tell("gateway_killed", cycles, seed, kill)
