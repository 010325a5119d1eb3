"""A charge seen by the gateway and by another CSMS, which is there, away, or comes back after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegw.model import facts as f
from edgegw.simulate import Car
from edgegw.simulate.station import Station, Version
from tests.simulate.served import VERSIONS
from tests.stations.upstream.csms import SILENCE, Csms, a_csms
from tests.stations.upstream.presented import Presented, presented

SEEN = {
    "1.6": ["StartTransaction", "MeterValues", "StopTransaction"],
    "2.0.1": ["TransactionEvent"],
    "2.1": ["TransactionEvent"],
}


async def charges(station: Station, gateway: Presented, ended: int = 1) -> None:
    """A charge from card to unplugging, with readings on the way, all of it answered by the gateway."""
    metered = "MeterValues" if station.version == "1.6" else "TransactionEvent"
    station.plug(Car())
    before = len(station.said(metered))
    assert await station.present("CARD1")
    await station.until(lambda: len(station.said(metered)) >= before + 3)
    station.unplug()
    await gateway.until(lambda: len(gateway.facts(f.TransactionEnded)) == ended)
    await station.until(lambda: station.waiting == 0)


def of_charges(csms: Csms, version: str) -> list[str]:
    """The course of what was told of transactions, readings once."""
    if version == "1.6":
        names = [action for _, action, _ in csms.heard if action in SEEN["1.6"]]
    else:
        names = [event["eventType"] for event in csms.told("TransactionEvent")]
    return [name for name, before in zip(names, ["", *names], strict=False) if name != before]


ONE = {
    "1.6": ["StartTransaction", "MeterValues", "StopTransaction"],
    "2.0.1": ["Started", "Updated", "Ended"],
    "2.1": ["Started", "Updated", "Ended"],
}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_charge_is_seen_by_both(tmp_path: Path, version: Version) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url) as gateway:
        async with gateway.station(version) as station:
            await gateway.until(gateway.connected)
            await charges(station, gateway)
            await gateway.until(lambda: gateway.backlog() == 0 and of_charges(csms, version) == ONE[version])
        assert csms.actions()[0] == "BootNotification"
        assert csms.told("StatusNotification")
        assert "Authorize" not in csms.actions()  # the gateway has the say
        assert gateway.transactions[0].state == "ended"
        if version == "1.6":
            (start,), (stop,) = csms.told("StartTransaction"), csms.told("StopTransaction")
            assert start["idTag"] == "CARD1"
            assert stop["transactionId"] == 7001
            assert {each["transactionId"] for each in csms.told("MeterValues")} == {7001}
            assert gateway.transactions[0].number != 7001
            assert station.said("StopTransaction")[0]["transactionId"] == gateway.transactions[0].number
        else:
            assert {each["transactionInfo"]["transactionId"] for each in csms.told("TransactionEvent")} == {
                gateway.transactions[0].reference
            }
        await gateway.until(lambda: not csms.sockets)  # the station has gone, so it goes there too


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
async def test_what_happened_while_it_was_away_is_told_later_in_order(
    tmp_path: Path, version: Version, restart: bool
) -> None:
    csms = Csms()
    await csms.start()
    await csms.stop()  # its port is known, and nobody is there
    async with presented(tmp_path, csms.url) as gateway, gateway.station(version) as station:
        await charges(station, gateway)
        await charges(station, gateway, 2)
        told = [(action, payload) for action in SEEN[version] for payload in station.said(action)]
        assert gateway.backlog() == len(told)
        assert not gateway.connected()
        if not restart:
            await csms.start()
            await gateway.until(lambda: gateway.backlog() == 0 and csms.sockets)
    if restart:
        await csms.start()
        async with presented(tmp_path, csms.url) as gateway:  # and the station does not come back
            assert gateway.backlog() == len(told)
            await gateway.until(lambda: gateway.backlog() == 0 and of_charges(csms, version) == ONE[version] * 2)
            await gateway.until(lambda: not csms.sockets)
    await csms.stop()
    assert csms.wrong == []
    assert of_charges(csms, version) == ONE[version] * 2
    heard = [(action, payload) for _, action, payload in csms.heard if action in SEEN[version]]
    assert len(heard) == len(told)
    if version == "1.6":
        ids = {
            name: [payload["transactionId"] for action, payload in heard if action == name] for name in SEEN["1.6"][1:]
        }
        assert ids["StopTransaction"] == [7001, 7002]
        assert sorted(set(ids["MeterValues"])) == [7001, 7002]
        for name in ("StartTransaction", "StopTransaction"):  # its own times, however late
            assert [p["timestamp"] for a, p in heard if a == name] == [p["timestamp"] for a, p in told if a == name]
    else:
        assert [payload for _, payload in heard] == [payload for _, payload in told]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_it_goes_away_in_the_middle_and_comes_back(tmp_path: Path, version: Version) -> None:
    csms = Csms()
    await csms.start()
    async with presented(tmp_path, csms.url) as gateway, gateway.station(version) as station:
        await gateway.until(gateway.connected)
        station.plug(Car())
        assert await station.present("CARD1")
        await gateway.until(lambda: len(csms.told("MeterValues", "TransactionEvent")) >= 3)
        await csms.stop()
        await gateway.until(lambda: not gateway.connected())
        station.unplug()
        await gateway.until(lambda: gateway.facts(f.TransactionEnded))
        await csms.start()
        await gateway.until(lambda: gateway.connected() and gateway.backlog() == 0)
    await csms.stop()
    assert of_charges(csms, version) == ONE[version]
    assert csms.actions().count("BootNotification") == 2
    if version == "1.6":
        assert csms.told("StopTransaction")[0]["transactionId"] == 7001
    else:
        assert [each["seqNo"] for each in csms.told("TransactionEvent")] == sorted(
            {each["seqNo"] for each in csms.told("TransactionEvent")}
        )


async def test_two_stations_do_not_wait_for_each_other(tmp_path: Path) -> None:
    async with (
        a_csms() as csms,
        presented(tmp_path, csms.url) as gateway,
        gateway.station("1.6") as one,
        gateway.station("2.0.1", id="CP02") as other,
    ):
        await gateway.until(lambda: gateway.connected("CP01") and gateway.connected("CP02"))
        csms.answers["StartTransaction"] = SILENCE
        one.plug(Car())
        other.plug(Car())
        assert await one.present("CARD1")
        assert await other.present("CARD1")
        await gateway.until(lambda: csms.told("StartTransaction") and csms.told("TransactionEvent", station="CP02"))
        await gateway.until(lambda: gateway.backlog("CP02") == 0)
        assert gateway.backlog("CP01") > 0


async def test_a_station_that_is_not_named_is_not_presented(tmp_path: Path) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url, stations=["CP02"]) as gateway:
        async with gateway.station("1.6") as one, gateway.station("1.6", id="CP02"):
            await gateway.until(lambda: gateway.connected("CP02"))
            await charges(one, gateway)
        assert set(csms.actions()) == set()
        assert gateway.forwarding.shown("CP01") is None
