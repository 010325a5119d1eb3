"""A real hub and stations' server on a free loopback port, for virtual stations to connect to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from edgegw.hub import Hub
from edgegw.model.commands import Command, Outcome
from edgegw.model.facts import Fact
from edgegw.model.site import Site
from edgegw.model.state import Transaction
from edgegw.simulate import Station
from edgegw.simulate.dialect import Version
from edgegw.stations.server import StationServer
from edgegw.stations.settings import Listen, OcppSettings
from edgegw.stations.surroundings import Timing
from edgegw.stations.v2 import CODEC_21, CODEC_201
from edgegw.stations.v16 import CODEC
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site
from tests.support.ledgers import facts_in
from tests.support.stations import bundled

VERSIONS: tuple[Version, ...] = ("1.6", "2.0.1", "2.1")


class WallClock(FakeClock):
    """The real time: stations date what they say, and the hub holds it against its own clock."""

    def now(self) -> Any:
        from edgegw.hub import utc_now

        return utc_now()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


class Served:
    """The gateway's side of a test."""

    def __init__(self, hub: Hub, server: StationServer, folder: Path) -> None:
        self.hub = hub
        self.server = server
        self._folder = folder
        self._count = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.server.addresses[-1][1]}/ocpp"

    def station(self, version: Version = "1.6", id: str = "CP01", **options: Any) -> Station:
        quick: dict[str, Any] = {
            "tick_s": 0.02,
            "backoff_s": (0.02, 0.1),
            "retry_s": 0.05,
            "patience_s": 5.0,
            "meter_every_s": 0.2,
        }
        return Station(id, version, **(quick | {"url": self.url} | options))

    def facts(self, *kinds: type[Fact]) -> list[Any]:
        return [fact for fact in facts_in(self._folder / "journal.db") if isinstance(fact, kinds)]

    @property
    def transactions(self) -> list[Transaction]:
        return sorted(self.hub.state.transactions.values(), key=lambda each: each.started_at)

    def connector_status(self, station: str = "CP01", evse: int = 1) -> str | None:
        rows = self.hub.state.connectors.values()
        return next((row.status for row in rows if (row.station, row.evse) == (station, evse)), None)

    async def command(self, name: str, **args: Any) -> Outcome:
        self._count += 1
        return await self.hub.submit(Command(f"command-{self._count}", name, args), wait_s=5.0)

    async def until(self, check: Any, timeout_s: float = 5.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not check():
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def served(
    folder: Path, site: Site | None = None, listen: Listen | list[Listen] | None = None, **options: Any
) -> AsyncIterator[Served]:
    listen = listen or Listen(address="127.0.0.1", port=0)
    async with a_hub(folder, WallClock(), site or a_site()) as hub, serving(hub, listen, **options) as server:
        yield Served(hub, server, folder)


@contextlib.asynccontextmanager
async def serving(
    hub: Hub, listen: Listen | list[Listen], *, calm_s: float = 60.0, **options: Any
) -> AsyncIterator[StationServer]:
    """Errands that can wait are not seen unless `calm_s` is short."""
    listeners = listen if isinstance(listen, list) else [listen]
    settings = OcppSettings.model_validate({"listen": listeners, "call_timeout": "2s"})
    codecs: Any = {"1.6": CODEC, "2.0.1": CODEC_201, "2.1": CODEC_21}
    timing = Timing(call_timeout_s=2.0, settle_s=0.1, calm_s=calm_s)
    server = StationServer(hub, settings, codecs, **bundled(hub, timing=timing, **options))
    started = asyncio.Event()
    run = asyncio.create_task(server.run(started.set))
    waiter = asyncio.create_task(started.wait())
    await asyncio.wait([run, waiter], return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    try:
        if run.done():
            run.result()
        yield server
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
