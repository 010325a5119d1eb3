"""The lists of id tokens of virtual stations, kept in step with the site's, over a real websocket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgegw.model import facts as f
from edgegw.model.site import Token
from edgegw.simulate.link import Fault
from tests.simulate.served import VERSIONS, Served, served
from tests.support.hubs import a_site

all_versions = pytest.mark.parametrize("version", VERSIONS)
CARDS = [f"CARD{number}" for number in range(1, 8)]


def a_list(*names: str) -> Any:
    return a_site(tokens={name: Token(name) for name in names})


async def sent(gateway: Served, times: int) -> Any:
    await gateway.until(lambda: len(gateway.facts(f.LocalListSent)) == times)
    return gateway.facts(f.LocalListSent)[-1]


def updates(station: Any) -> list[str]:
    return [each["updateType"] for each in station.heard("SendLocalList")]


async def comes_again(gateway: Served, station: Any) -> None:
    boots = len(gateway.facts(f.StationBooted))
    station.reboot("PowerUp", down_s=0.05)
    await gateway.until(lambda: len(gateway.facts(f.StationBooted)) == boots + 1)
    await gateway.until(lambda: not gateway.server.visits)


@all_versions
async def test_a_station_gets_the_sites_list_once(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path, a_list(*CARDS), calm_s=0) as gateway, gateway.station(version) as station:
        fact = await sent(gateway, 1)
        assert (fact.update, fact.entries, fact.version) == ("full", 7, station.cabinet.list_version)
        assert station.cabinet.tokens == CARDS
        await comes_again(gateway, station)
        assert updates(station) == ["Full"]
        assert not any(card in str(gateway.hub.state.held_lists) for card in CARDS)


@all_versions
async def test_a_change_of_the_list_is_told_as_a_differential(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path, a_list(*CARDS), calm_s=0) as gateway, gateway.station(version) as station:
        await sent(gateway, 1)
        await gateway.until(lambda: not gateway.server.visits)
        outcome = await gateway.command("set_tokens", add=[{"id_token": "NEW"}], remove=["CARD7"])
        assert outcome.state == "done"
        fact = await sent(gateway, 2)
        assert (fact.update, fact.entries) == ("differential", 7)
        assert sorted(station.cabinet.tokens) == sorted([*CARDS[:6], "NEW"])
        assert station.cabinet.list_version == fact.version


@all_versions
async def test_a_differential_that_is_not_taken_is_sent_as_a_full_list(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path, a_list(*CARDS), calm_s=0) as gateway, gateway.station(version) as station:
        await sent(gateway, 1)
        await gateway.until(lambda: not gateway.server.visits)
        version_of = gateway.server.lists._version

        async def behind_our_back(link: Any) -> Any:
            held = await version_of(link)
            station.cabinet.list_version += 1_000_000
            return held

        gateway.server.lists._version = behind_our_back  # type: ignore[method-assign]
        await gateway.command("set_tokens", add=[{"id_token": "NEW"}])
        fact = await sent(gateway, 2)
        assert updates(station) == ["Full", "Differential", "Full"]
        assert (fact.update, station.cabinet.list_version) == ("full", fact.version)


@all_versions
async def test_a_list_that_another_has_put_there_is_replaced(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path, a_list("CARD1"), calm_s=0) as gateway, gateway.station(version) as station:
        await sent(gateway, 1)
        await gateway.until(lambda: not gateway.server.visits)
        station.cabinet.list_version, station.cabinet.tokens = 5, ["THIEF"]
        await comes_again(gateway, station)
        await sent(gateway, 2)
        assert station.cabinet.tokens == ["CARD1"]


@all_versions
async def test_a_long_list_goes_in_parts_and_what_does_not_fit_is_left_out(tmp_path: Path, version: Any) -> None:
    site = a_list(*CARDS)
    async with served(tmp_path, site, calm_s=0) as gateway, gateway.station(version) as station:
        station.cabinet.most_sent = 2
        station.cabinet.most_tokens = 5
        fact = await sent(gateway, 1)
        if version == "1.6":
            assert updates(station) == ["Full", "Differential", "Differential"]
            assert (fact.entries, fact.version) == (5, station.cabinet.list_version)
            assert station.cabinet.tokens == CARDS[:5]
        else:  # 2.x tells how much goes in by a report alone: what went in before it was full stays
            assert updates(station) == ["Full", "Differential", "Differential"]
            assert (fact.entries, fact.version) == (4, station.cabinet.list_version)
            assert station.cabinet.tokens == CARDS[:4]


@all_versions
async def test_a_station_that_can_hold_no_list_is_not_asked_again(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path, a_list(*CARDS), calm_s=0) as gateway, gateway.station(version) as station:
        station.answers["GetLocalListVersion"] = Fault("NotSupported")
        fact = await sent(gateway, 1)
        assert (fact.reason, fact.entries) == ("not_supported", 0)
        await comes_again(gateway, station)
        assert len(station.heard("GetLocalListVersion")) == 1
        assert updates(station) == []


@all_versions
async def test_the_version_that_a_station_holds_can_be_asked_for(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        assert (await gateway.command("get_local_list_version", station="CP01")).result == {"version": 0}
        result = (await gateway.command("send_local_list", station="CP01")).result
        assert result is not None
        assert (await gateway.command("get_local_list_version", station="CP01")).result == {
            "version": result["version"]
        }
