"""The outlook on a real ledger: what it learns of the past, and how it goes on."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edgegw.core.quarters import number
from edgegw.hub import Hub
from edgegw.journal.errors import Damaged
from edgegw.load.outlook import Outlook
from edgegw.model import facts as f
from edgegw.model.requests import TransactionAnswer
from edgegw.model.samples import MeterSample
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site, start, stop

ROLES = {"supply": "grid"}


async def no_rest(seconds: float) -> None:
    """Others have their turn, and no time passes."""
    await asyncio.sleep(0)


def outlook(hub: Hub, roles: dict[str, str] = ROLES) -> Outlook:
    return Outlook(hub, roles, sleep=no_rest)


async def measured(hub: Hub, clock: FakeClock, minutes: int, watts: float, **of: Any) -> None:
    """The supply's meter reads each half a minute."""
    for _ in range(minutes * 2):
        hub.observe([MeterSample(of.get("source", "meters/grid"), clock.now(), {"power_w": watts},
                                 of.get("quality", "good"))])  # fmt: skip
        clock.advance(30)
    await hub.flush()


async def charge(hub: Hub, clock: FakeClock, hours: int, supply_w: float) -> None:
    """A car that takes 10 kW beside what the meter reads, each quarter of an hour's register told."""
    answer = await hub.request(start(clock))
    assert isinstance(answer, TransactionAnswer)
    register = 1_000_000
    for _ in range(4 * hours):
        await measured(hub, clock, 15, supply_w)
        register += 2500
        hub.observe([MeterSample("stations/CP01/1", clock.now(), {"import_wh": register})])
    await hub.request(stop(clock, answer, import_wh=register))
    await hub.flush()


async def test_the_past_is_learned_from_the_ledger_the_building_less_the_cars(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await measured(hub, clock, 120, 6000.0)
        await charge(hub, clock, 2, 16_000.0)
        clock.advance(90)
        made = outlook(hub)
        assert made.prospect() is None
        await made.look()
        shown = made.snapshot()
        assert shown["building"]["days"] == pytest.approx(4 / 24, abs=0.05)
        assert shown["timezone"] == "America/Sao_Paulo"
        assert len(shown["quarters"]) == 96
        soon = shown["quarters"][0]
        assert soon["building"]["mean_w"] == pytest.approx(6000, abs=300)
        assert 3000 < soon["cars"]["mean_w"] < 10_001
        assert soon["begins_at"] <= clock.now() < soon["begins_at"] + timedelta(minutes=15)


async def test_it_goes_on_with_what_is_over_and_does_not_read_it_twice(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        made = outlook(hub)
        await made.look()
        assert made.snapshot()["quarters"] == []
        await measured(hub, clock, 15, 4000.0)
        await made.look()
        assert made.snapshot()["building"]["days"] == 0.0, "the last block may still be on its way to the disk"
        clock.advance(60)
        await made.look()
        await made.look()
        assert made.snapshot()["quarters"][0]["building"]["mean_w"] == 4000
        await charge(hub, clock, 1, 14_000.0)
        clock.advance(60)
        await made.look()
        assert made.snapshot()["quarters"][0]["building"]["mean_w"] == pytest.approx(4000, abs=200)
        assert made._cars.days == pytest.approx(5 / 96)


async def test_readings_that_are_not_good_are_a_gap(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await measured(hub, clock, 15, 4000.0)
        await measured(hub, clock, 15, 900_000.0, quality="suspect")
        await measured(hub, clock, 15, 4000.0)
        clock.advance(60)
        made = outlook(hub)
        await made.look()
        assert made._building.days == pytest.approx(2 / 96)
        assert made.snapshot()["quarters"][0]["building"]["high_w"] == 4000


async def test_without_a_meter_it_is_the_cars_alone_from_the_first_one_on(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        clock.advance(3600)
        await charge(hub, clock, 2, 0.0)
        clock.advance(3660)
        made = outlook(hub, {})
        await made.look()
        shown = made.snapshot()
        assert shown["building"] is None
        assert shown["quarters"][0]["building"] is None
        assert made._cars.days == pytest.approx(12 / 96)
        prospect = made.prospect()
        assert prospect is not None
        assert prospect.building is None
        assert prospect.others.days == made._cars.days


async def test_cars_are_known_from_before_there_was_a_meter(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        answer = await hub.request(start(clock))
        assert isinstance(answer, TransactionAnswer)
        clock.advance(3600)
        await hub.request(stop(clock, answer))
        clock.advance(3600)
        await measured(hub, clock, 60, 3000.0)
        clock.advance(3660)
        made = outlook(hub)
        await made.look()
        assert (made._cars.days, made._building.days) == (pytest.approx(12 / 96), pytest.approx(4 / 96))


async def test_cars_of_drivers_who_tell_are_not_among_the_others(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await measured(hub, clock, 15, 3000.0)
        answer = await hub.request(start(clock))
        assert isinstance(answer, TransactionAnswer)
        await hub.record(
            f.TransactionPlanned(
                at=clock.now(), station="CP01", evse=1, transaction=answer.transaction, energy_wh=50_000,
                departure_at=clock.now() + timedelta(hours=9), by="page",
            )
        )  # fmt: skip
        await measured(hub, clock, 60, 13_000.0)
        hub.observe([MeterSample("stations/CP01/1", clock.now(), {"import_wh": 1_010_000})])
        clock.advance(60)
        made = outlook(hub)
        await made.look()
        prospect = made.prospect()
        assert prospect is not None
        assert prospect.quarter == number(clock.now())
        assert max(each.high_w for each in prospect.others.expected) == 0.0
        assert made.snapshot()["quarters"][0]["cars"]["high_w"] == pytest.approx(10_000, abs=100)


async def test_another_zone_or_a_clock_that_went_back_is_a_new_beginning(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await measured(hub, clock, 60, 3000.0)
        clock.advance(60)
        made = outlook(hub)
        await made.look()
        await hub.configure(a_site(timezone="Europe/Berlin"))
        await made.look()
        assert (made.snapshot()["timezone"], made._building.days) == ("Europe/Berlin", pytest.approx(4 / 96))
        clock.set(clock.now() - timedelta(days=3))
        await made.look()
        assert made._building.days == 0.0


async def test_a_ledger_that_can_not_be_read_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await measured(hub, clock, 30, 3000.0)
        clock.advance(60)
        made, looked = outlook(hub), asyncio.Event()
        read = hub.journal.reader.curve

        async def broken(*asked: Any, **more: Any) -> Any:
            raise Damaged("a record is damaged")

        hub.journal.reader.curve = broken  # type: ignore[method-assign]

        async def sleep(seconds: float) -> None:
            if seconds == 20.0:
                looked.set()
            await asyncio.sleep(0.001)

        made._sleep = sleep
        running = asyncio.create_task(made.run(lambda: None))
        await asyncio.wait_for(looked.wait(), 5)
        assert "the forecast waits for the ledger" in caplog.text
        assert made._building.days == 0.0
        hub.journal.reader.curve = read  # type: ignore[method-assign]
        while made._building.days == 0.0:
            await asyncio.sleep(0.001)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert made._building.days == pytest.approx(2 / 96)
