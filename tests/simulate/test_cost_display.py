"""Costs on the stations' displays, from the card to the bill, over a real websocket."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edgegw.core import cost_display
from edgegw.model.site import Tariff
from edgegw.simulate import Car, Station
from tests.simulate.served import VERSIONS, Served, served
from tests.support.hubs import a_site

DEAR = {"default": Tariff("default", Decimal(1000), session=Decimal(5))}


def transfers(station: Station, name: str) -> list[dict[str, Any]]:
    heard = station.heard("DataTransfer")
    return [json.loads(each["data"]) for each in heard if each.get("messageId") == name]


async def charge(gateway: Served, station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost_display, "SOONEST", timedelta(0))
    await station.until(lambda: station.booted)
    await gateway.until(lambda: "CP01" in gateway.hub._costs.able or not station.shows_cost)
    station.plug(Car())
    assert await station.present("CARD1")
    for _ in range(3):
        before = station.places[1].register_wh
        await station.until(lambda before=before: station.places[1].register_wh >= before + 1 and not station.waiting)
        await gateway.hub.tick()
    assert await station.present("CARD1")
    await gateway.until(lambda: gateway.transactions[0].state == "ended")
    await station.until(lambda: not station.waiting)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_driver_sees_the_cost_rise_and_what_the_charge_came_to(
    version: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(tmp_path, a_site(tariffs=DEAR)) as gateway:
        station = gateway.station(version)
        station.shows_cost = True
        async with station:
            await charge(gateway, station, monkeypatch)
            total = float(gateway.transactions[0].total or 0)
            assert total > 5
            if version == "1.6":
                await station.until(lambda: transfers(station, "FinalCost"))
                assert transfers(station, "SetUserPrice")[0]["priceText"] == "1000 BRL/kWh + 5 BRL"
                costs = [each["cost"] for each in transfers(station, "RunningCost")]
                assert [each["cost"] for each in transfers(station, "FinalCost")] == [total]
            else:
                costs = [each["totalCost"] for each in station.heard("CostUpdated")]
            assert len(costs) >= 2
            assert costs == sorted(costs)
            assert 5 <= costs[-1] <= total


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("shows", ["auto", "off"])
async def test_a_station_without_a_display_and_a_site_that_wants_none_are_left_alone(
    version: Any, shows: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = a_site(tariffs=DEAR, display_cost=shows)
    async with served(tmp_path, site) as gateway, gateway.station(version) as station:
        await charge(gateway, station, monkeypatch)
        assert not station.heard("CostUpdated")
        assert not station.heard("DataTransfer")
