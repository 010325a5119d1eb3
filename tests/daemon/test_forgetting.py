"""Stations forget whom the ledger has forgotten: virtual ones, at a real hub and ledger."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from edgegw.daemon.care import Care
from edgegw.hub import Hub
from edgegw.model import facts as f
from edgegw.model.commands import ENDED
from tests.simulate.served import Served, served

TOKEN = "TARGET42"


@contextlib.asynccontextmanager
async def caring(hub: Hub) -> AsyncIterator[None]:
    care = Care(hub, hub.journal)
    care.carry_out()
    task = asyncio.create_task(care.keep_forgetting())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def orders(gateway: Served) -> list[Any]:
    return [row for row in gateway.hub.state.commands.values() if row.by == "gateway:erasure"]


async def is_nowhere(gateway: Served, folder: Path) -> None:
    """The token is in no file of the ledger."""
    await gateway.until(lambda: all(row.state in ENDED and row.id_token is None for row in orders(gateway)))
    await gateway.until(lambda: len(gateway.facts(f.PersonalDataErased)) == 2)
    await gateway.hub.journal.call(lambda store: store.scrub())
    assert not [path.name for path in folder.iterdir() if path.is_file() and TOKEN.encode() in path.read_bytes()]


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_station_forgets_whom_the_ledger_forgets(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, caring(gateway.hub), gateway.station(version) as station:
        await station.until(lambda: station.booted)
        station.cabinet.customers[TOKEN] = "charged on Monday"
        outcome = await gateway.command("erase_personal_data", id_token=TOKEN)
        assert outcome.result is not None
        assert outcome.result["stations"] == ["CP01"]
        await station.until(lambda: not station.cabinet.customers)
        (asked,) = station.heard("CustomerInformation")
        assert (asked["report"], asked["clear"], asked["idToken"]["idToken"]) == (False, True, TOKEN)
        await is_nowhere(gateway, tmp_path)


async def test_a_station_of_1_6_clears_its_cache(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, caring(gateway.hub), gateway.station("1.6") as station:
        await station.until(lambda: station.booted)
        await gateway.command("erase_personal_data", id_token=TOKEN)
        await station.until(lambda: station.heard("ClearCache") == [{}])


async def test_one_that_is_away_is_asked_when_it_comes_also_after_a_restart(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, caring(gateway.hub):
        async with gateway.station("2.0.1") as station:
            await station.until(lambda: station.booted)
        await gateway.until(lambda: gateway.facts(f.StationDisconnected))
        await gateway.command("erase_personal_data", id_token=TOKEN)
        (order,) = orders(gateway)
        assert (order.state, order.id_token) == ("received", TOKEN)
    async with served(tmp_path) as gateway, caring(gateway.hub), gateway.station("2.0.1") as station:
        await station.until(lambda: station.heard("CustomerInformation"))
        await is_nowhere(gateway, tmp_path)


async def test_what_a_run_before_left_of_a_token_is_erased_at_the_next(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        Care(gateway.hub, gateway.hub.journal).carry_out()
        async with gateway.station("2.0.1") as station:
            await station.until(lambda: station.booted)
            await gateway.command("erase_personal_data", id_token=TOKEN)
            await gateway.until(lambda: [row.state for row in orders(gateway)] == ["done"])
        assert orders(gateway)[0].id_token == TOKEN
    async with served(tmp_path) as gateway, caring(gateway.hub):
        await is_nowhere(gateway, tmp_path)
