"""`python -m edgegw.simulate.broker PORT`: the broker on a loopback port, until it is ended."""

from __future__ import annotations

import asyncio
import contextlib
import sys

from edgegw.simulate.broker.server import broker


async def _serve(port: int) -> None:
    async with broker(port=port):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(int(sys.argv[1])))
