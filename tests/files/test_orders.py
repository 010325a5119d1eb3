"""Orders that name no URL, through the real hub to a virtual station of each version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgegw.files.service import FileService
from edgegw.model.commands import Command
from edgegw.model.facts import FileReceived
from tests.files.served import ask, file_service
from tests.files.test_service import keep
from tests.simulate.served import VERSIONS, served


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_station_that_is_asked_for_its_log_is_told_where_to_put_it(tmp_path: Path, version: Any) -> None:
    running: list[FileService] = []

    async def locate(command: Command) -> Command:
        return await running[0].located(command)

    async with served(tmp_path, locate=locate) as gateway, file_service(gateway.hub, tmp_path) as files:
        running.append(files)
        async with gateway.station(version) as station:
            await station.until(lambda: station.booted)
            outcome = await gateway.command("get_log", station="CP01", kind="security")
            assert outcome.state == "done"
            (payload,) = station.heard("GetLog")
            assert (await ask("PUT", payload["log"]["remoteLocation"], b"log")).status == 200
            (fact,) = gateway.facts(FileReceived)
            assert (fact.station, fact.size, fact.command) == ("CP01", 3, outcome.id)
            await keep(files)
            outcome = await gateway.command("update_firmware", station="CP01", location="local:v2.bin")
            assert outcome.state == "done"
            assert (await gateway.command("clear_cache", station="CP01")).state == "done"
            (payload,) = station.heard("UpdateFirmware")
            url = payload["location"] if version == "1.6" else payload["firmware"]["location"]
            assert (await ask("GET", url)).status == 200


async def test_no_url_lies_open_in_the_ledger(tmp_path: Path) -> None:
    running: list[FileService] = []

    async def locate(command: Command) -> Command:
        return await running[0].located(command)

    async with served(tmp_path, locate=locate) as gateway, file_service(gateway.hub, tmp_path) as files:
        running.append(files)
        async with gateway.station("2.0.1") as station:
            await station.until(lambda: station.booted)
            await gateway.command("get_log", station="CP01", kind="security")
            (payload,) = station.heard("GetLog")
            token = payload["log"]["remoteLocation"].rpartition("/")[2]
        await gateway.hub.flush()
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


async def test_without_a_file_service_a_url_has_to_be_given(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station("2.0.1") as station:
        await station.until(lambda: station.booted)
        for name, args in (("get_log", {"kind": "security"}), ("update_firmware", {"location": "local:v2.bin"})):
            outcome = await gateway.command(name, station="CP01", **args)
            assert (outcome.state, "ocpp.files" in str(outcome.reason)) == ("rejected", True)
        assert station.heard("GetLog") == []
