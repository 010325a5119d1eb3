"""The disk is full, and then it is not; or its fsync fails now and again. Cars charge meanwhile or are refused; what
was answered is there afterwards, and nobody has to come and mend it."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

from tests.faults.case import Case
from tests.faults.story import tell
from tests.support.chain import Chain

FIU = "/usr/lib/fiu"
PRELOADED = [*Path(FIU).glob("*.so"), *Path("/usr/lib").glob("*/fiu/*.so")]
FSYNC_FAILS = "enable_random name=posix/io/sync/*,probability=0.1"


async def filled(chain: Chain, chance: random.Random) -> str:
    if chain.disk is None:
        return "nothing"
    hoard = await asyncio.to_thread(chain.disk.fill)
    await asyncio.sleep(chance.uniform(1.0, 5.0))
    if chance.random() < 0.3:
        chain.gateway.kill()
        try:
            await asyncio.to_thread(chain.gateway.start)
        except AssertionError:
            # Without the ballast not even the ledger can be opened. systemd starts it again until there is room.
            hoard.unlink()
            await asyncio.to_thread(chain.gateway.start)
            return "disk_filled_and_no_start_before_there_was_room"
        await asyncio.sleep(1.0)
        hoard.unlink()
        return "disk_filled_and_started_on_it"
    hoard.unlink()
    return "disk_filled"


async def fsync_fails(chain: Chain, chance: random.Random) -> str:
    """One fsync in ten reports an error: the gateway runs so for a while, and then on a good disk again."""
    libraries = {path.name: str(path) for path in PRELOADED}
    chain.gateway.environment |= {
        "LD_PRELOAD": " ".join(libraries[name] for name in ("fiu_run_preload.so", "fiu_posix_preload.so")),
        "FIU_ENABLE": "",
        "FIU_CTRL_FIFO": str(chain.gateway.folder / "fiu"),
    }
    chain.gateway.kill()
    await asyncio.to_thread(chain.gateway.start)
    control = next(chain.gateway.folder.glob("fiu-*.in"))
    with control.open("w") as commands:
        commands.write(f"{FSYNC_FAILS}\n")
    await asyncio.sleep(chance.uniform(2.0, 6.0))
    chain.gateway.kill()
    for name in ("LD_PRELOAD", "FIU_ENABLE", "FIU_CTRL_FIFO"):
        del chain.gateway.environment[name]
    for left in chain.gateway.folder.glob("fiu-*"):
        left.unlink()
    await asyncio.to_thread(chain.gateway.start)
    return "fsync_failing"


def run(cycles: int, seed: int) -> Iterator[Case]:
    yield tell("disk_full", cycles, seed, filled, refusals=True)
    if PRELOADED:
        yield tell("fsync_fails", cycles, seed, fsync_fails)
    else:
        yield Case("fsync_fails", skipped="no fsync was made to fail, as libfiu is missing: apt install fiu-utils")
