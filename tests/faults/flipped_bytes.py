"""Bytes of the ledger's file are flipped, in its pages or its header: it is set aside, what can be read of it is
taken over, the loss is told, and cars go on charging."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

from tests.faults.case import Case
from tests.faults.story import tell
from tests.support.chain import Chain
from tests.support.gateway import until

PAGES = 3
BYTES = 16
HEADER_BYTES = 100


def flip(file: Path, chance: random.Random) -> str:
    """Flip some bytes; where."""
    size = file.stat().st_size
    with file.open("r+b") as database:
        if chance.random() < 0.1:
            places, where = [chance.randrange(HEADER_BYTES)], "header"
        else:
            starts = [chance.randrange(HEADER_BYTES, size - BYTES) for _ in range(PAGES)]
            places, where = [start + n for start in starts for n in range(BYTES)], "pages"
        for place in places:
            database.seek(place)
            byte = database.read(1)[0]
            database.seek(place)
            database.write(bytes([byte ^ chance.randrange(1, 256)]))
    return where


async def flipped(chain: Chain, chance: random.Random) -> str:
    # What the cloud has not got yet may be in the page that is hit: that nobody can promise.
    await until(lambda: chain.gateway.delivered, 60, "the cloud has everything")
    # The clean stop moves the log into the file, as what is flipped there would be nobody's loss. Only after an unclean
    # one is all looked through at the start; else damage comes to light when it is read.
    await asyncio.to_thread(chain.gateway.stop)
    await asyncio.to_thread(chain.gateway.start)
    await until(lambda: chain.gateway.delivered, 60, "the cloud has everything again")
    chain.gateway.kill()
    before = set(chain.gateway.database.parent.glob("*.damaged-*.db"))
    where = flip(chain.gateway.database, chance)
    await asyncio.to_thread(chain.gateway.start)
    found = set(chain.gateway.database.parent.glob("*.damaged-*.db")) - before
    return f"{where}{'' if found else '_that_the_log_overwrites'}"


def run(cycles: int, seed: int) -> Iterator[Case]:
    yield tell("flipped_bytes", min(cycles, 20), seed, flipped, refusals=True)
