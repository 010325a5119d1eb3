"""A crowd comes in a few at a time, and who goes leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from edgegw.stations.entrance import Entrance
from tests.simulate.served import Served, served
from tests.support.hubs import a_site, a_station


def station(gateway: Served, name: str = "CP01") -> Any:
    return connect(f"{gateway.url}/{name}", subprotocols=[Subprotocol("ocpp1.6")], proxy=None)


async def test_the_next_enters_when_one_is_in() -> None:
    entrance = Entrance(2)
    first, second = await entrance.enter(), await entrance.enter()
    waiting = [asyncio.create_task(entrance.enter()) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    second.over()
    second.over()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [task.done() for task in waiting] == [True, False], "a place that is given back twice is one place"
    first.over()
    await asyncio.gather(*waiting)


async def test_a_crowd_is_let_in_a_few_at_a_time(tmp_path: Path) -> None:
    """While those on their way in wait for their commit, the others wait for their handshake's answer."""
    names = [f"CP{number:02}" for number in range(5)]
    site = a_site(stations={name: a_station(name) for name in names})
    async with served(tmp_path, site) as gateway:
        gateway.server.doorkeeper._entrance = Entrance(2)
        record, may = gateway.hub.record, asyncio.Event()

        async def slowly(*facts: Any) -> None:
            await may.wait()
            await record(*facts)

        gateway.hub.record = slowly  # type: ignore[method-assign]
        coming = [asyncio.create_task(station(gateway, name).__aenter__()) for name in names]
        await asyncio.sleep(0.2)
        assert sum(task.done() for task in coming) == 2
        may.set()
        for connection in await asyncio.gather(*coming):
            await connection.close()


async def test_who_goes_while_it_waits_gives_its_place_back(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        entrance = gateway.server.doorkeeper._entrance = Entrance(1)
        held = await entrance.enter()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await station(gateway).__aenter__()
        held.over()
        async with asyncio.timeout(5), station(gateway):
            pass


async def test_who_only_knows_a_stations_name_does_not_close_the_entrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second connection from elsewhere waits for the first one's pong, which may take seconds."""
    async with served(tmp_path) as gateway:
        gateway.server.doorkeeper._entrance = Entrance(1)
        async with station(gateway):
            await gateway.until(lambda: "CP01" in gateway.server.links.connected)
            monkeypatch.setattr(gateway.server.links.live("CP01"), "address", "192.0.2.1")
            silent = asyncio.Event()

            async def no_pong(within_s: float) -> bool:
                return await silent.wait()

            monkeypatch.setattr(gateway.server.links.live("CP01"), "is_alive", no_pong)
            async with station(gateway), asyncio.timeout(5), station(gateway, "CP02"):
                pass
            silent.set()


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("aborted", [False, True])
async def test_a_connection_that_has_ended_is_freed_without_the_collector(
    tmp_path: Path, no_collector: None, aborted: bool
) -> None:
    """The collector seldom looks at what has lived long: a station that comes and goes would cost 20 kB each time."""
    async with served(tmp_path) as gateway:
        async with gateway.station() as one:
            await one.until(lambda: one.booted)
            assert (await gateway.command("clear_cache", station="CP01")).state == "done"
            link: Any = gateway.server.links.live("CP01")
            parts = [weakref.ref(each) for each in (link, link._websocket, link._websocket.protocol)]
            del link
            if aborted:
                one.cut()
        await gateway.until(lambda: "CP01" not in gateway.server.links.connected)
        await gateway.until(lambda: all(part() is None for part in parts))
