"""Stations of npm's packages: `ocpp-rpc`, which validates both ways, `@voltbras/ts-ocpp` and `ocpp-ts`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgegw.model.facts import StationBooted
from edgegw.stations.settings import Listen, ListenTls
from tests.simulate.served import VERSIONS, Served, served
from tests.stations.foreign import day
from tests.stations.foreign.node import NodeStation, station
from tests.support.certificates import Authority
from tests.support.hubs import a_site, a_station

pytestmark = pytest.mark.timeout(300)  # the first time, npm brings the packages

ACTIONS_OF_OCPP_TS = [
    "CancelReservation", "ChangeAvailability", "ChangeConfiguration", "ClearCache", "ClearChargingProfile",
    "GetCompositeSchedule", "GetConfiguration", "GetDiagnostics", "GetLocalListVersion", "RemoteStartTransaction",
    "RemoteStopTransaction", "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "TriggerMessage",
    "UnlockConnector", "UpdateFirmware",
]  # fmt: skip


async def lives_a_day(gateway: Served, one: NodeStation, version: str) -> None:
    await day.boots(one, version)
    await day.obeys(gateway, one, version)
    await day.charges(gateway, one, version)
    assert gateway.facts(StationBooted)[0].ocpp == version
    assert one.wrong == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_ocpp_rpc_finds_nothing_wrong_with_what_it_is_told_and_answered(tmp_path: Path, version: str) -> None:
    async with (
        served(tmp_path) as gateway,
        station("ocpp_rpc.mjs", gateway.url, day.answers(version), version=version) as one,
    ):
        await lives_a_day(gateway, one, version)


async def test_ts_ocpp_lives_a_day(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, station("ts_ocpp.mjs", gateway.url, day.answers("1.6")) as one:
        await lives_a_day(gateway, one, "1.6")


@pytest.mark.parametrize("slashes", ["", "/"])
async def test_ts_ocpp_comes_in_by_the_doubled_slash_that_it_makes(tmp_path: Path, slashes: str) -> None:
    async with served(tmp_path) as gateway, station("ts_ocpp.mjs", gateway.url + slashes, {}) as one:
        await day.boots(one, "1.6")


async def test_ocpp_ts_lives_a_day_with_its_password(tmp_path: Path) -> None:
    site = a_site(stations={"CP01": replace(a_station("CP01"), security_profile=1)})
    more: dict[str, Any] = {"password": "secret-1", "actions": ACTIONS_OF_OCPP_TS}
    async with (
        served(tmp_path, site, passwords={"CP01": "secret-1"}) as gateway,
        station("ocpp_ts.mjs", gateway.url, day.answers("1.6"), **more) as one,
    ):
        await lives_a_day(gateway, one, "1.6")


@pytest.mark.parametrize("version", VERSIONS)
async def test_ocpp_rpc_shows_its_password_or_stays_out(tmp_path: Path, version: str) -> None:
    site = a_site(stations={"CP01": replace(a_station("CP01"), security_profile=1)})
    async with served(tmp_path, site, passwords={"CP01": "right"}) as gateway:
        for password, opens in (("wrong", False), ("right", True)):
            async with station("ocpp_rpc.mjs", gateway.url, {}, version=version, password=password) as one:
                assert one.wrong == ([] if opens else ["not connected: 401"])
                if opens:
                    await day.boots(one, version)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("profile", [2, 3])
async def test_ocpp_rpc_comes_over_tls_with_what_its_profile_asks_for(
    tmp_path: Path, profile: int, version: str
) -> None:
    authority = Authority(tmp_path)
    hub, own = authority.issue("hub"), authority.issue("CP01", host="CP01")
    listen = Listen(
        address="127.0.0.1",
        port=0,
        tls=ListenTls(certificate=hub, key=hub.with_suffix(".key"), client_ca=authority.ca),
    )
    site = a_site(stations={"CP01": replace(a_station("CP01"), security_profile=profile)})
    proof = {"password": "right"} if profile == 2 else {"certificate": str(own), "key": str(own.with_suffix(".key"))}
    async with served(tmp_path, site, listen, passwords={"CP01": "right"}) as gateway:
        url = gateway.url.replace("ws://127.0.0.1", "wss://localhost")
        about = {"version": version, "ca": str(authority.ca)}
        async with station("ocpp_rpc.mjs", url, {}, **about) as bare:
            assert bare.wrong == ["not connected: 401"]
        async with station("ocpp_rpc.mjs", url, {}, **about, **proof) as one:
            await day.boots(one, version)


async def test_a_made_up_action_is_refused_and_the_connection_goes_on(tmp_path: Path) -> None:
    """ocpp-rpc in strict mode sends no action that it has no schema of; ocpp-ts sends anything."""
    async with (
        served(tmp_path) as gateway,
        station("ocpp_ts.mjs", gateway.url, {}, actions=[]) as one,
    ):
        await day.boots(one, "1.6")
        await day.asks_for_what_is_not_there(one)
