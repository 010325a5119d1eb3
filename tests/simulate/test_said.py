"""What is said of a station while it is here: it rules at once, at the real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgegw.model.facts import StationBooted, StationSet
from edgegw.simulate.link import Refused
from tests.simulate.served import VERSIONS, served

SECRET = "CANARY-0123456789"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("boot", ["pending", "rejected"])
async def test_a_station_of_the_file_that_shall_wait_is_not_served_until_it_is_let_in(
    tmp_path: Path, version: Any, boot: str
) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        assert (await gateway.command("set_station", station="CP01", boot=boot)).state == "done"
        station.reboot("PowerUp", 0.1)
        await gateway.until(lambda: len(gateway.facts(StationBooted)) == 2)
        assert gateway.facts(StationBooted)[1].status == boot
        assert not station.booted
        cleared = await gateway.command("clear_cache", station="CP01")
        # A pending station may be set up (OCPP 1.6 section 4.2), a rejected one is left alone.
        assert cleared.state == ("done" if boot == "pending" else "failed")
        with pytest.raises(Refused):
            await station.connection.call("Heartbeat", {})
        await gateway.command("set_station", station="CP01", boot="accepted")
        station.reboot("PowerUp", 0.1)
        await station.until(lambda: station.booted)


async def test_a_station_whose_profile_rises_comes_back_with_its_password(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        async with gateway.station("2.0.1") as station:
            await station.until(lambda: station.booted)
            said = await gateway.command("set_station", station="CP01", security_profile=1, password=SECRET)
            assert said.state == "done"
            await station.until(lambda: not station.connected)
            await gateway.until(lambda: not gateway.hub.state.stations["CP01"].connected)
            assert gateway.server.links.connected == frozenset()
        async with gateway.station("2.0.1", password="wrong-0123456789") as station:
            with pytest.raises(TimeoutError):
                await station.until(lambda: station.booted, 0.5)
        async with gateway.station("2.0.1", password=SECRET) as station:
            await station.until(lambda: station.booted)
        (fact,) = gateway.facts(StationSet)
        assert SECRET not in str(fact)


async def test_a_stranger_that_was_let_in_can_be_asked_for_a_password(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        async with gateway.station("1.6", id="NEW") as station:
            await station.until(lambda: station.connected)
            await gateway.until(lambda: "NEW" in gateway.hub.state.stations)
            for args in ({"boot": "accepted"}, {"security_profile": 1, "password": "ab" * 10}):
                assert (await gateway.command("set_station", station="NEW", **args)).state == "done"
            await station.until(lambda: not station.connected)
        async with gateway.station("1.6", id="NEW", password=bytes.fromhex("ab" * 10).hex().upper()) as station:
            await station.until(lambda: station.booted)


async def test_what_is_said_of_a_station_outlives_a_restart(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        await gateway.command("set_station", station="CP01", boot="pending")
        await gateway.command("set_station", station="CP01", security_profile=1, password=SECRET)
    async with served(tmp_path) as gateway, gateway.station("2.0.1", password=SECRET) as station:
        await gateway.until(lambda: gateway.facts(StationBooted))
        assert gateway.facts(StationBooted)[0].status == "pending"
        assert not station.booted
