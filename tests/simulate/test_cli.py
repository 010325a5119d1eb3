"""`edgegw simulate` as a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edgegw.model.site import Token
from edgegw.simulate.cli import main
from tests.meters.site import Hub, meter, meters, running, tcp
from tests.simulate.served import served
from tests.support.hubs import a_site
from tests.support.ports import free_port


@asynccontextmanager
async def simulate(*words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "edgegw", "simulate", *words, stdout=asyncio.subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.communicate()


async def test_stations_connect_and_cars_come_until_it_is_told_to_stop(tmp_path: Path) -> None:
    site = a_site(tokens={"CARD1": Token("CARD1")})
    async with (
        served(tmp_path, site) as gateway,
        simulate(
            "stations", "--url", gateway.url, "--count", "2", "--token", "CARD1", "--pause", "0.5", "--speed", "1000"
        ) as process,
    ):
        await gateway.until(lambda: gateway.server.links.connected == {"CP01", "CP02"}, 15.0)
        await gateway.until(lambda: gateway.transactions, 15.0)
        assert {row.ocpp for row in gateway.hub.state.stations.values()} == {"1.6", "2.0.1"}
        os.kill(process.pid, signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_a_meter_is_read_by_its_driver_and_a_site_has_one_too() -> None:
    port = free_port()
    for words in (
        ("meter", "--driver", "carlo-gavazzi-em340"),
        ("site", "--url", "ws://127.0.0.1:1", "--count", "1", "--driver", "eastron-sdm630"),
    ):
        hub = Hub()
        async with simulate(*words, "--listen", f"127.0.0.1:{port}", "--building", "12") as process:
            assert process.stdout is not None
            async with asyncio.timeout(15):
                while f"at 127.0.0.1:{port}" not in (await process.stdout.readline()).decode():
                    pass
            async with running(meters(hub, meter("grid", tcp(port), driver=words[-1]))):
                await hub.until(lambda hub=hub: len(hub.samples) > 2)  # type: ignore[misc]
        assert {sample.quality for sample in hub.samples} == {"good"}
        assert 5 < hub.samples[-1].values["current_l1_a"] < 25


async def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, simulate("meter", "--listen", f"127.0.0.1:{port}") as process:
        output, _ = await asyncio.wait_for(process.communicate(), 15)
    assert process.returncode == 1
    assert output.decode().count("\n") == 1
    assert "address already in use" in output.decode()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["stations"],
        ["meter", "--listen", "nowhere"],
        ["meter", "--driver", "unknown"],
        ["stations", "--url", "ws://x", "--version", "1.5"],
        ["stations", "--url", "ws://x", "--speed", "0"],
    ],
)
def test_wrong_usage_exits_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: edgegw simulate" in capsys.readouterr().err
