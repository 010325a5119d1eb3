"""PyPI's `test-ocpp`, a smoke test for any CSMS, finds this one in order: in every security profile."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from edgegw.model.facts import StationBooted
from edgegw.stations.settings import Listen, ListenTls
from tests.simulate.served import served
from tests.support.certificates import Authority
from tests.support.hubs import a_site, a_station

versions = pytest.mark.parametrize("version", ["1.6", "2.0.1"])


async def test_ocpp(*words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("test-ocpp")), *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode or 0, told.decode()


test_ocpp.__test__ = False  # type: ignore[attr-defined]


@pytest.mark.parametrize(("version", "slash"), [("1.6", False), ("1.6", True), ("2.0.1", False)])
async def test_it_boots_and_beats(tmp_path: Path, version: str, slash: bool) -> None:
    async with served(tmp_path) as gateway:
        code, told = await test_ocpp(gateway.url, "CP01", "--ocpp", version, *(["--trailing-slash"] if slash else []))
        assert code == 0, told
        (booted,) = gateway.facts(StationBooted)
        assert (booted.station, booted.ocpp, booted.status) == ("CP01", version, "accepted")


@versions
async def test_profile_1_opens_for_the_password_and_for_no_other(tmp_path: Path, version: str) -> None:
    site = a_site(stations={"CP01": replace(a_station("CP01"), security_profile=1)})
    async with served(tmp_path, site, passwords={"CP01": "right"}) as gateway:
        for password, opens in (("wrong", False), ("right", True)):
            code, told = await test_ocpp(gateway.url, "CP01", "--ocpp", version, "--password", password)
            assert (code == 0) is opens, told
        assert len(gateway.facts(StationBooted)) == 1


@versions
@pytest.mark.parametrize("profile", [2, 3])
async def test_profiles_2_and_3_open_over_tls_for_the_right_proof(tmp_path: Path, profile: int, version: str) -> None:
    authority = Authority(tmp_path)
    hub, own, other = (authority.issue(name, host=host) for name, host in
                       (("hub", "localhost"), ("CP01", "CP01"), ("CP02", "CP02")))  # fmt: skip
    tls = ListenTls(certificate=hub, key=hub.with_suffix(".key"), client_ca=authority.ca)
    site = a_site(stations={"CP01": replace(a_station("CP01"), security_profile=profile)})
    if profile == 2:
        wrong, right = ["--password", "wrong"], ["--password", "right"]
    else:
        wrong, right = (["--cert", str(each), "--key", str(each.with_suffix(".key"))] for each in (other, own))
    listen = Listen(address="127.0.0.1", port=0, tls=tls)
    async with served(tmp_path, site, listen, passwords={"CP01": "right"}) as gateway:
        url = gateway.url.replace("ws://127.0.0.1", "wss://localhost")
        for proof, opens in ((wrong, False), (right, True)):
            code, told = await test_ocpp(url, "CP01", "--ocpp", version, "--ca", str(authority.ca), *proof)
            assert (code == 0) is opens, told
        assert len(gateway.facts(StationBooted)) == 1
