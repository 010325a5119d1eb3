"""What is out of use or reserved stays so over a station's restart, over a real websocket, in every version."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from edgegw.model import facts as f
from edgegw.simulate.car import Car
from edgegw.stations import availability
from tests.simulate.served import VERSIONS, Served, served

all_versions = pytest.mark.parametrize("version", VERSIONS)


async def done(gateway: Served, name: str, **args: Any) -> Any:
    outcome = await gateway.command(name, station="CP01", **args)
    assert outcome.state == "done", (name, outcome)
    return outcome.result


async def restarts(gateway: Served, station: Any) -> None:
    await gateway.until(lambda: not gateway.server.visits)
    before = gateway.server.links.get("CP01")
    station.reboot("PowerUp", down_s=0.05)

    def has_come() -> bool:
        # The fact of the boot is written before the boot is answered, and only then is the station visited.
        link = gateway.server.links.get("CP01")
        return link is not None and link is not before and link.ready and link.booted

    await gateway.until(has_come)
    await gateway.until(lambda: not gateway.server.visits)


@all_versions
@pytest.mark.parametrize("evse", [0, 1])
async def test_what_was_out_of_use_is_so_after_a_restart(tmp_path: Path, version: Any, evse: int) -> None:
    async with served(tmp_path, calm_s=0.2) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        await done(gateway, "change_availability", operative=False, **({"evse": 1} if evse else {}))
        station.inoperative.clear()  # it forgets
        await restarts(gateway, station)
        await station.until(lambda: station.inoperative == {evse})
        told = len(station.heard("ChangeAvailability"))
        await gateway.until(lambda: gateway.connector_status() == "unavailable")
        await restarts(gateway, station)  # it remembers
        assert len(station.heard("ChangeAvailability")) == told
        await done(gateway, "change_availability", operative=True)
        await restarts(gateway, station)
        assert station.inoperative <= {1}, "in use again, so nothing is said"
        assert [row.operative for row in gateway.hub.state.availability.values()] == [True]


@all_versions
async def test_one_that_put_it_off_is_told_again_when_its_transaction_has_ended(
    tmp_path: Path, version: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability.follow, "__defaults__", (0.3,))
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        station.plug(Car())
        assert await station.present("CARD1")
        await gateway.until(lambda: gateway.hub.state.at_evse)
        result = await done(gateway, "change_availability", operative=False, evse=1)
        assert result == {"status": "scheduled"}
        station.inoperative.clear()  # it forgets
        station.unplug()
        await gateway.until(lambda: not gateway.hub.state.at_evse)
        await station.until(lambda: station.inoperative == {1})


@all_versions
async def test_a_reservation_is_held_over_a_restart(tmp_path: Path, version: Any) -> None:
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    async with served(tmp_path, calm_s=0) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        await done(gateway, "reserve", evse=1, id_token="CARD1", until=until)
        before = dict(station.cabinet.reserved)
        station.cabinet.reserved.clear()  # it forgets
        await restarts(gateway, station)
        assert station.cabinet.reserved == before
        assert len(gateway.hub.state.reservations) == 1
        station.answers["ReserveNow"] = {"status": "Faulted"}
        await restarts(gateway, station)
        assert gateway.hub.state.reservations == {}
        assert [fact.reason for fact in gateway.facts(f.ReservationEnded)] == ["removed"]


@all_versions
@pytest.mark.parametrize("asked", [False, True])
async def test_a_station_that_says_late_and_unasked_that_it_has_restarted_is_told_of_its_reservations_too(
    tmp_path: Path, version: Any, asked: bool
) -> None:
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    async with served(tmp_path, calm_s=0) as gateway:
        async with gateway.station(version) as station:
            await station.until(lambda: station.booted)
            await done(gateway, "reserve", evse=1, id_token="CARD1", until=until)
        await gateway.until(lambda: not gateway.hub.state.stations["CP01"].connected)
        subprotocol: Any = f"ocpp{version}"
        async with connect(f"{gateway.url}/CP01", subprotocols=[subprotocol], compression=None) as wire:
            heard: list[str] = []

            async def answer() -> None:
                async for text in wire:
                    frame = json.loads(text)
                    if frame[0] == 2:
                        heard.append(frame[2])
                        taken = frame[2] == "ReserveNow" or (asked and frame[2] == "TriggerMessage")
                        rest = [3, frame[1], {"status": "Accepted"}] if taken else [4, frame[1], "NotSupported", "", {}]
                        await wire.send(json.dumps(rest))

            answering = asyncio.create_task(answer())
            await gateway.until(lambda: heard and not gateway.server.visits)  # it has settled
            assert "ReserveNow" not in heard
            about = {"chargePointVendor": "v", "chargePointModel": "m"}
            if version != "1.6":
                about = {"reason": "PowerUp", "chargingStation": {"vendorName": "v", "model": "m"}}  # type: ignore[dict-item]
            await wire.send(json.dumps([2, "late", "BootNotification", about]))
            link = gateway.server.links.get("CP01")
            await gateway.until(lambda: link is not None and link.booted)
            await gateway.until(lambda: not gateway.server.visits)
            assert ("ReserveNow" in heard) is not asked
            answering.cancel()


async def test_any_place_with_a_connector_of_a_type_is_reserved_where_the_version_can(tmp_path: Path) -> None:
    about: dict[str, Any] = {
        "id_token": "CARD1", "until": (datetime.now(UTC) + timedelta(hours=1)).isoformat(), "connector_type": "cType2"
    }  # fmt: skip
    async with served(tmp_path) as gateway:
        async with gateway.station("2.0.1") as station:
            await station.until(lambda: station.booted)
            await done(gateway, "reserve", **about)
            assert station.heard("ReserveNow")[0]["connectorType"] == "cType2"
            (held,) = gateway.hub.state.reservations.values()
            assert held.connector_type == "cType2"
        await gateway.until(lambda: not gateway.hub.state.stations["CP01"].connected)
        async with gateway.station("1.6") as station:
            await station.until(lambda: station.booted)
            refused = await gateway.command("reserve", station="CP01", **about)
            assert refused.reason == "OCPP 1.6 knows no types of connectors: name the EVSE"
