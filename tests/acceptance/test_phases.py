"""An installer with a test car, and a socket whose rotation nobody wrote down: a real gateway, station and meter."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from edgegw.cli import main
from edgegw.simulate.car import Car
from edgegw.simulate.meter import Meter
from edgegw.simulate.site import Site, Spot, Visit
from edgegw.simulate.world import Building
from tests.daemon.gateways import Running, gateway

STATIONS = "[{id: CP01, evses: [{phases: auto}]}]"


def configuration(running: Running, meter: int) -> str:
    tokens = running.folder / "tokens.yaml"
    tokens.write_text("CARD1: accepted\n")
    return (
        "supply: {limit_a: 80, building_max_a: 30}\n"
        "meters: [{id: grid, measures: supply, driver: eastron-sdm630, "
        f"connection: {{host: 127.0.0.1, port: {meter}}}}}]\n"
        f"authorization: {{tokens: '{tokens}'}}\n"
    )


@pytest.mark.timeout(200)
async def test_the_phases_of_a_socket_are_learned_with_a_test_car(capsys: pytest.CaptureFixture[str]) -> None:
    """Its first terminal is on L2. The station reads each 2 s, the meter each second, beside a building that lives."""
    with gateway() as running:
        url = f"ws://127.0.0.1:{running.port}/ocpp"
        site = Site([Spot("CP01", "1.6", ("L2", "L3", "L1"))], url=url, voltage_v=230.0, building=Building(8.0))
        async with Meter(site.world.feeder()).serve() as port:
            more = configuration(running, port)
            running.write(stations=STATIONS, more=more, ocpp=", provision: {sample_interval: 2s}")
            await asyncio.to_thread(running.ready)
            living = asyncio.create_task(site.run([Visit("CP01", Car(phases=1, max_a=16.0), "CARD1", 4.0)]))
            await site.stations["CP01"].until(lambda: bool(site.stations["CP01"].transactions), 30.0)
            words = ["stations", "learn-phases", "CP01", "-c", str(running.file)]
            code = await asyncio.to_thread(main, words)
            said = capsys.readouterr()
            assert (code, said.err) == (0, "")
            assert said.out.splitlines()[-1].startswith("done: CP01 is L2 ? ?, sure ")
            (fact,) = await asyncio.to_thread(running.facts, "phases_learned")
            assert (fact["data"]["phases"], fact["data"]["contradicts"]) == (["L2", None, None], False)
            assert await asyncio.to_thread(main, ["stations", "list", "-c", str(running.file)]) == 0
            assert "CP01 is L2 ? ?, sure " in capsys.readouterr().out
            living.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await living
            await asyncio.to_thread(running.stop)
