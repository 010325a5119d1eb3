"""A gateway whose stations are presented to another CSMS, on a ledger that may have been used before."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from edgegw.model.site import Site
from edgegw.stations.settings import Listen, Upstream
from edgegw.stations.upstream import service
from edgegw.stations.upstream.forwarding import Forwarding
from edgegw.stations.upstream.pace import UpstreamPace
from tests.simulate.served import Served, WallClock, serving
from tests.support.hubs import a_hub, a_site

QUICK = UpstreamPace(answer_s=2.0, linger_s=0.1, retry_s=0.05, first_pause_s=0.05, longest_pause_s=0.1)


class Presented(Served):
    forwarding: Forwarding

    def backlog(self, station: str = "CP01") -> int:
        presence = self.forwarding.presences.get(station)
        return presence.queue.count if presence is not None else 0

    def connected(self, station: str = "CP01") -> bool:
        presence = self.forwarding.presences.get(station)
        return presence is not None and presence.connected


@contextlib.asynccontextmanager
async def presented(
    folder: Path, url: str, site: Site | None = None, pace: UpstreamPace = QUICK,
    passwords: dict[str, str] | None = None, **about: Any,
) -> AsyncIterator[Presented]:  # fmt: skip
    settings = Upstream.model_validate({"url": url, "wait": "1s", **about})
    listen = Listen(address="127.0.0.1", port=0)
    async with a_hub(folder, WallClock(), site or a_site()) as hub:
        forwarding = Forwarding(hub, settings, pace)
        async with (
            serving(hub, listen, forwarding=forwarding) as server,
            running(service.Upstream(forwarding, settings, (passwords or {}).get, pace)),
        ):
            gateway = Presented(hub, server, folder)
            gateway.forwarding = forwarding
            yield gateway


@contextlib.asynccontextmanager
async def running(upstream: service.Upstream) -> AsyncIterator[None]:
    started = asyncio.Event()
    task = asyncio.create_task(upstream.run(started.set))
    waiter = asyncio.create_task(started.wait())
    await asyncio.wait([task, waiter], return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    if task.done():
        task.result()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
