"""The site's price list at stations that reckon by one themselves, over a real websocket."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edgegw.core.tariffs import to_json
from edgegw.model import facts as f
from edgegw.model.site import Tariff
from edgegw.simulate import Car, Station
from edgegw.stations import tariffs
from edgegw.stations.v2.tariffs import tariff_id
from edgegw.web import places
from tests.simulate.served import VERSIONS, Served, served
from tests.support.hubs import a_site

CHEAP, DEAR = (Tariff("default", Decimal(price), revision=number) for number, price in enumerate((2, 3)))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tariffs, "GATHER_S", 0.01)


def held(station: Station) -> set[str]:
    return {each["tariffId"] for each in station.cabinet.tariffs.values()}


def comes(gateway: Served, version: Any = "2.1", *, reckons: bool = True, has: Tariff | None = None) -> Station:
    station = gateway.station(version)
    station.shows_cost = reckons
    if has is not None:
        station.cabinet.tariffs[1] = {"tariffId": tariff_id(has), "currency": "BRL"}
    return station


async def test_it_gets_the_sites_list_once_and_another_when_that_changes(tmp_path: Path) -> None:
    site = a_site(tariffs={"default": CHEAP})
    async with served(tmp_path, site, calm_s=0) as gateway, comes(gateway) as station:
        await station.until(lambda: held(station) == {tariff_id(CHEAP)})
        await gateway.until(lambda: not gateway.server.visits)
        station.reboot("PowerUp", 0.05)
        await station.until(lambda: len(station.heard("GetTariffs")) == 2)
        await gateway.until(lambda: not gateway.server.visits)
        assert len(station.heard("SetDefaultTariff")) == 1
        lists = {"default": to_json(DEAR)}
        await gateway.hub.record(f.TariffsChanged(at=gateway.hub.now(), rev=1, digest="", tariffs=lists, by="cloud"))
        await station.until(lambda: held(station) == {tariff_id(DEAR)})
        assert not station.heard("ClearTariffs")


@pytest.mark.parametrize("site", [{"display_cost": "off"}, {"tariffs": {}}], ids=["off", "without a list"])
async def test_what_no_longer_holds_is_taken_back_and_lists_of_others_stay(tmp_path: Path, site: Any) -> None:
    async with served(tmp_path, a_site(**{"tariffs": {"default": CHEAP}, **site}), calm_s=0) as gateway:
        station = comes(gateway, has=CHEAP)
        station.cabinet.tariffs[2] = {"tariffId": "of-the-vendor", "currency": "BRL"}
        async with station:
            await station.until(lambda: held(station) == {"of-the-vendor"})
            await gateway.until(lambda: not gateway.server.visits)
            assert not station.heard("SetDefaultTariff")


@pytest.mark.parametrize("version", VERSIONS)
async def test_one_that_does_not_reckon_is_left_alone(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path, calm_s=0) as gateway, comes(gateway, version, reckons=False) as station:
        await station.until(lambda: station.booted)
        await gateway.until(lambda: gateway.hub.state.inventories and not gateway.server.visits)
        assert not station.heard("GetTariffs")


async def test_one_that_does_not_take_it_is_told_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with served(tmp_path, calm_s=0) as gateway:
        station = comes(gateway)
        station.answers["SetDefaultTariff"] = {"status": "ConditionNotSupported"}
        async with station:
            await station.until(lambda: station.heard("SetDefaultTariff"))
            await gateway.until(lambda: not gateway.server.visits)
    assert "CP01: errand tariffs: set_default_tariff: condition_not_supported" in caplog.text


async def test_what_it_shows_of_a_running_charge_is_known_and_is_no_fact(tmp_path: Path) -> None:
    async with served(tmp_path, calm_s=0) as gateway, comes(gateway) as station:
        await station.until(lambda: held(station))
        station.plug(Car())
        assert await station.present("CARD1")
        await gateway.until(lambda: gateway.hub.state.at_evse)
        (id,) = gateway.hub.state.at_evse.values()
        station.tell_readings(1)
        await gateway.until(lambda: gateway.hub.reckoned(id))
        shown = gateway.hub.reckoned(id)
        assert shown is not None
        assert (shown.currency, Decimal(shown.amount or "-1") >= 0) == ("BRL", True)
        row = gateway.hub.state.transactions[id]
        assert places.transaction(gateway.hub, row, masked=True)["shown_at_station"]["currency"] == "BRL"
        assert not gateway.facts(f.CostCalculated)
