"""GET /api/v1/stations/{id}/trace: a station's conversation as server-sent events, from now on.

Each frame is an event `frame`. It has no id: what was said while nobody listened is kept nowhere.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from edgegw.journal.rows import dump
from edgegw.web.stream import HEARTBEAT_S


async def frames(
    source: AsyncGenerator[dict[str, Any], None], over: asyncio.Future[Any], for_s: float
) -> AsyncGenerator[bytes, None]:
    """Events of the entries of `source`, until `over` is done, or for `for_s` seconds, where that is not 0."""
    clock = asyncio.get_running_loop().time
    ends_at = clock() + (for_s or math.inf)
    async with aclosing(source):
        coming: asyncio.Future[dict[str, Any] | None] = asyncio.ensure_future(anext(source, None))
        await asyncio.sleep(0)
        try:
            yield b": listening\n\n"  # from here on no frame is missed
            while not over.done() and clock() < ends_at:
                pause_s = min(HEARTBEAT_S, ends_at - clock())
                await asyncio.wait((coming, over), timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
                if coming.done():
                    if (entry := coming.result()) is None:
                        return
                    coming = asyncio.ensure_future(anext(source, None))
                    yield f"event: frame\ndata: {dump(entry)}\n\n".encode()
                elif not over.done():
                    yield b": still here\n\n"
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
