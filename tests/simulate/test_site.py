"""A virtual site's drivers, and how its stations are wired."""

from __future__ import annotations

import asyncio
from pathlib import Path

from edgegw.simulate import Car
from edgegw.simulate.site import Site, Visit, spots
from tests.simulate.served import VERSIONS, served


def test_a_mixed_site_has_every_version_every_phase_and_a_car_between_two() -> None:
    installed = spots(6)
    assert [spot.version for spot in installed] == [*VERSIONS, *VERSIONS]
    assert {phase for spot in installed for phase in spot.phases} == {"L1", "L2", "L3"}
    assert any(spot.line for spot in installed)
    assert [spot.id for spot in spots(2, "2.1", "X")] == ["X01", "X02"]
    assert {spot.version for spot in spots(4, "2.1")} == {"2.1"}


async def test_a_visit_charges_and_leaves_when_it_is_told_to(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        site = Site(spots(1), url=gateway.url, voltage_v=230.0, tick_s=0.05, backoff_s=(0.02, 0.1))
        visit = Visit("CP01", Car(), "CARD1", 0.1)
        late = Visit("CP01", Car(), "CARD1", 60.0)
        living = asyncio.create_task(site.run([visit, late]))
        try:
            await gateway.until(lambda: gateway.transactions and site.places["CP01"].register_wh > 1.0, 10.0)
            visit.leaves.set()
            late.leaves.set()
            await gateway.until(lambda: gateway.transactions[0].state == "ended")
            station = site.stations["CP01"]
            await station.until(lambda: station.places[1].car is None and not station.waiting)
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
        (row,) = gateway.transactions
        assert row.end_reason == "local"
        assert row.energy_wh == int(site.places["CP01"].register_wh)


async def test_a_visit_without_an_end_lasts_until_the_car_is_full(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        site = Site(spots(1), url=gateway.url, voltage_v=230.0, tick_s=0.05, backoff_s=(0.02, 0.1))
        car = Car(capacity_wh=1000.0, soc=0.999)
        living = asyncio.create_task(site.run([Visit("CP01", car, "CARD1")]))
        try:
            await gateway.until(lambda: gateway.transactions and gateway.transactions[0].state == "ended", 10.0)
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
        assert car.soc == 1.0
