"""The gateway's system clock is at 1970, ahead by years, off by hours and right again, over restarts too."""

import asyncio
import random
from collections.abc import Iterator

from tests.faults.case import Case
from tests.faults.story import tell
from tests.support.chain import Chain
from tests.support.faketime import LIBRARY, MISSING, NEVER_SET, TRUE, SystemClock

TIMES = (NEVER_SET, "+5y", "-5y", "+3h", "-50m", "-7s", TRUE, TRUE)


async def leap(chain: Chain, chance: random.Random) -> str:
    clock = SystemClock(chain.gateway.folder)
    chain.gateway.environment |= clock.environment
    time = chance.choice(TIMES)
    clock.set(time)
    if chance.random() < 0.3:
        chain.gateway.kill()
        await asyncio.to_thread(chain.gateway.start)
    else:
        await asyncio.sleep(chance.uniform(0.0, 3.0))
    return time


def run(cycles: int, seed: int) -> Iterator[Case]:
    if LIBRARY is None:
        yield Case("clock_leaps", skipped=MISSING)
    else:
        yield tell("clock_leaps", cycles, seed, leap)
