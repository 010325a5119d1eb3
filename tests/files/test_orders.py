"""Orders that name no URL, through the real hub to a virtual station of each version."""

from __future__ import annotations

from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from edgegw.files.service import FileService
from edgegw.hub import utc_now
from edgegw.model.commands import Command
from edgegw.model.facts import FileReceived
from tests.files.served import ask, file_service
from tests.files.test_service import keep
from tests.files.test_signature import FIRMWARE, signed
from tests.simulate.served import VERSIONS, served
from tests.support.certificates import Authority


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


@pytest.mark.parametrize("version", VERSIONS)
async def test_signed_firmware_goes_to_a_station_with_its_proof_and_any_other_does_not(
    tmp_path: Path, version: Any
) -> None:
    running: list[FileService] = []

    async def locate(command: Command) -> Command:
        return await running[0].located(command)

    authority = Authority(tmp_path)
    certificate = authority.issue("maker")
    proof = signed(tmp_path, certificate.with_suffix(".key"))
    pem = certificate.read_text()
    async with (
        served(tmp_path, locate=locate) as gateway,
        file_service(gateway.hub, tmp_path, firmware_ca=authority.ca) as files,
        gateway.station(version) as station,
    ):
        gateway.hub.now = utc_now
        running.append(files)
        await station.until(lambda: station.booted)
        await keep(files)
        files.shelf.sign("v2.bin", pem, proof)
        await keep(files, "bad.bin", b"firmware that somebody changed")
        files.shelf.sign("bad.bin", pem, proof)
        action = "SignedUpdateFirmware" if version == "1.6" else "UpdateFirmware"
        outcome = await gateway.command("update_firmware", station="CP01", location="local:bad.bin")
        assert (outcome.state, station.heard(action)) == ("rejected", [])
        assert "not this certificate's over this file" in str(outcome.reason)
        assert (await gateway.command("update_firmware", station="CP01", location="local:v2.bin")).state == "done"
        (payload,) = station.heard(action)
        firmware = payload["firmware"]
        assert (firmware["signingCertificate"], firmware["signature"]) == (pem, proof)
        assert (await ask("GET", firmware["location"])).body == FIRMWARE


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_firmware_is_published_and_withdrawn_by_its_checksum(tmp_path: Path, version: Any) -> None:
    running: list[FileService] = []

    async def locate(command: Command) -> Command:
        return await running[0].located(command)

    async with (
        served(tmp_path, locate=locate) as gateway,
        file_service(gateway.hub, tmp_path) as files,
        gateway.station(version) as station,
    ):
        running.append(files)
        await station.until(lambda: station.booted)
        await keep(files)
        published = await gateway.command("publish_firmware", station="CP01", location="local:v2.bin")
        checksum = md5(FIRMWARE).hexdigest()
        assert (published.state, (published.result or {})["checksum"]) == ("done", checksum)
        (payload,) = station.heard("PublishFirmware")
        assert (await ask("GET", payload["location"])).body == FIRMWARE
        assert (await gateway.command("unpublish_firmware", station="CP01", checksum=checksum)).state == "done"
        outcome = await gateway.command("publish_firmware", station="CP01", location="http://192.0.2.9/v2.bin")
        assert (outcome.state, outcome.reason) == ("rejected", "name the checksum, the MD5 of what is at the location")


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
