"""Events that a 2.x station loses while its link is down: noticed by their numbers, settled by asking once."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegw.model.facts import TransactionEventsMissed
from edgegw.simulate import Car, Station
from edgegw.simulate.dialect import Version
from tests.simulate.served import Served, served

numbered = pytest.mark.parametrize("version", ["2.0.1", "2.1"])


async def charging(gateway: Served, station: Station) -> None:
    await station.until(lambda: station.booted)
    station.plug(Car())
    assert await station.present("CARD1")
    await station.until(lambda: station.places[1].register_wh >= 1.0 and not station.waiting)


async def lose(station: Station) -> None:
    """Forget every event that happens until the link is back."""
    await station.until(lambda: station.waiting >= 1)
    station.connection.forget("TransactionEvent")
    station.restore()


@numbered
async def test_a_transaction_whose_end_was_lost_with_the_stations_memory_is_closed(
    version: Version, tmp_path: Path
) -> None:
    async with served(tmp_path) as gateway, gateway.station(version, meter_every_s=60) as station:
        await charging(gateway, station)
        station.cut()
        await station.until(lambda: not station.connected)
        assert await station.present("CARD1")
        await lose(station)
        await gateway.until(lambda: gateway.transactions[0].state == "ended")
        (row,) = gateway.transactions
        assert (row.end_reason, row.total is not None, gateway.hub.state.at_evse) == ("not_ongoing", True, {})
        assert len(station.heard("GetTransactionStatus")) == 1


@numbered
async def test_one_that_goes_on_goes_on_and_what_was_lost_of_it_is_told(version: Version, tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station(version, meter_every_s=0.1) as station:
        await charging(gateway, station)
        station.cut()
        await station.until(lambda: not station.connected)
        lost = station.transactions[1].sequence
        await lose(station)
        await station.until(lambda: station.heard("GetTransactionStatus"))
        assert gateway.transactions[0].state == "active"
        assert await station.present("CARD1")
        await gateway.until(lambda: gateway.transactions[0].state == "ended")
        station.cut()
        await station.until(lambda: not station.connected)
        station.restore()
        await gateway.until(lambda: gateway.transactions[0].events_missed)
        assert gateway.facts(TransactionEventsMissed)[0].first == lost
        assert len(station.heard("GetTransactionStatus")) <= 2, "once a connection, and not once it is settled"


@numbered
async def test_a_link_that_comes_back_to_a_story_told_whole_asks_nothing(version: Version, tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await charging(gateway, station)
        assert await station.present("CARD1")
        await gateway.until(lambda: gateway.transactions[0].state == "ended")
        await station.until(lambda: not station.waiting)
        station.cut()
        await station.until(lambda: not station.connected)
        station.restore()
        await station.until(lambda: station.connected)
        await station.until(lambda: station.heard("TriggerMessage"))  # the errands are done up to there
        assert not station.heard("GetTransactionStatus")


async def test_a_1_6_station_is_asked_nothing_that_it_can_not_know(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station("1.6") as station:
        await charging(gateway, station)
        station.cut()
        await station.until(lambda: not station.connected)
        station.restore()
        await station.until(lambda: station.heard("TriggerMessage"))
        assert gateway.transactions[0].state == "active"
        assert not [row for row in gateway.hub.state.commands.values() if row.name == "get_transaction_status"]
