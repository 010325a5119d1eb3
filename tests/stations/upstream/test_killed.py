"""`edgegw run`, killed with SIGKILL while another CSMS is away, and again while that is told what it missed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edgegw.simulate import Car, Station
from edgegw.simulate.station import Version
from tests.stations.upstream.csms import Csms
from tests.support.gateway import GatewayProcess, until

pytestmark = pytest.mark.timeout(120)


async def charges(station: Station) -> None:
    station.plug(Car())
    assert await station.present("CARD1")
    await asyncio.sleep(0.5)
    station.unplug()
    await until(lambda: station.waiting == 0)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_what_stations_were_answered_is_told_once_and_in_order_over_kills(
    tmp_path: Path, version: Version
) -> None:
    csms = Csms()
    await csms.start()
    await csms.stop()
    gateway = GatewayProcess(tmp_path)
    gateway.written["ocpp"]["upstream"] = {"url": csms.url}
    gateway.write()
    tell = ("StartTransaction", "StopTransaction") if version == "1.6" else ("TransactionEvent",)
    quick = {"tick_s": 0.02, "backoff_s": (0.05, 0.2), "retry_s": 0.1, "meter_every_s": 0.05}
    with gateway:
        async with Station("CP01", version, url=gateway.url, **quick) as station:  # type: ignore[arg-type]
            await until(lambda: station.booted)
            await charges(station)
            station.plug(Car())
            assert await station.present("CARD1")
            await until(lambda: len(station.said(tell[0])) >= 2)
            gateway.kill()
            station.unplug()
            await asyncio.to_thread(gateway.start)
            await until(lambda: station.connected and station.waiting == 0)
            await charges(station)
            said = [payload for action in tell for payload in station.said(action)]
        gateway.kill()  # at once: what was answered is kept, whatever of the readings was not
        await csms.start()
        await asyncio.to_thread(gateway.start)
        await until(lambda: len(csms.told(*tell)) >= 3)
        gateway.kill()
        await asyncio.to_thread(gateway.start)
        await until(lambda: gateway.get("/stations/CP01")["upstream"]["backlog"] == 0)
    await csms.stop()
    assert csms.wrong == []
    told = {}
    for (_, action, payload), id in zip(csms.heard, csms.ids, strict=True):
        if action in tell:
            assert told.setdefault(id, (action, payload)) == (action, payload)  # again is the same again
    if version == "1.6":
        assert [action for action, _ in told.values()] == ["StartTransaction", "StopTransaction"] * 3
        stops = [payload["transactionId"] for action, payload in told.values() if action == "StopTransaction"]
        assert len(set(stops)) == 3
        times = [(action, payload["timestamp"]) for action, payload in told.values()]
        assert sorted(times) == sorted(
            (action, payload["timestamp"]) for action in tell for payload in station.said(action)
        )
    else:
        kept = [(p["transactionInfo"]["transactionId"], p["seqNo"]) for p in said if not is_reading(p)]
        heard = [(p["transactionInfo"]["transactionId"], p["seqNo"]) for _, p in told.values() if not is_reading(p)]
        assert heard == kept


def is_reading(event: dict[str, str]) -> bool:
    return event["triggerReason"] in ("MeterValuePeriodic", "MeterValueClock")
