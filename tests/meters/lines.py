"""A serial cable between two ttys, and meters to hang on a line."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.meters.peer import Server

VOLTS, AMPS, WATTS = (127.1, 126.5, 128.25), (32.5, 0.0, 8.0), (4100.5, 0.0, -1020.25)


def sdm630(import_kwh: float = 9113.25) -> Server:
    """An Eastron SDM630 with something to tell."""
    meter = Server()
    meter.hold_floats(4, 0x0000, *VOLTS, *AMPS, *WATTS)
    meter.hold_floats(4, 0x0034, sum(WATTS))
    meter.hold_floats(4, 0x0046, 60.02, import_kwh, 12.5)
    meter.hold_floats(4, 0x015A, 3000.0, 3100.0, 3013.25)
    meter.hold(3, 0xFC00, 0x00BC, 0x614E)
    return meter


def em340(volts: tuple[int, int, int] = (2301, 2311, 2298)) -> Server:
    """A Carlo Gavazzi EM340; words low first, `volts` in tenths."""
    meter = Server()
    meter.hold(3, 0x0B, 341)
    for index, volt in enumerate(volts):
        meter.hold(3, 2 * index, volt, 0)
        meter.hold(3, 0x0C + 2 * index, 1000 * (index + 1), 0)
        meter.hold(3, 0x12 + 2 * index, 2000 * (index + 1), 0)
    meter.hold(3, 0x28, 12000, 0)
    meter.hold(3, 0x33, 600, 0xE7DE, 0x000D)
    return meter


@contextlib.asynccontextmanager
async def cable(folder: Path) -> AsyncIterator[tuple[Path, Path]]:
    """Two ttys joined by socat; it is pulled at the end."""
    if shutil.which("socat") is None:
        pytest.skip("SOCAT IS MISSING: nothing was tested on a serial line (apt install socat)")
    ends = folder / "a", folder / "b"
    socat = await asyncio.create_subprocess_exec("socat", *(f"pty,raw,echo=0,link={end}" for end in ends))
    try:
        async with asyncio.timeout(5):
            while not all(end.exists() for end in ends):
                await asyncio.sleep(0.005)
        yield ends
    finally:
        socat.terminate()
        await socat.wait()
