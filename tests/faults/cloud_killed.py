"""SIGKILL for the cloud's consumer at any moment: before its commit, between commit and watermark, after it."""

import asyncio
import random
from collections.abc import Iterator

from tests.faults.case import Case
from tests.faults.story import tell
from tests.support.chain import Chain


async def kill(chain: Chain, chance: random.Random) -> None:
    chain.cloud.kill()
    await asyncio.sleep(chance.uniform(0.0, 1.0))
    await asyncio.to_thread(chain.cloud.start)


def run(cycles: int, seed: int) -> Iterator[Case]:
    yield tell("cloud_killed", cycles, seed, kill)
