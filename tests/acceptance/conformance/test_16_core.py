"""OCPP 1.6, the core profile's cases of a central system that no other test shows: see docs/conformance.md."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from edgegw.model import facts as f
from edgegw.simulate import Car
from tests.acceptance.conformance.scene import now, scene


async def test_a_card_before_the_cable_begins_with_the_cable(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        assert await on.station.present("CARD1")
        assert on.station.status() == "Preparing"
        assert not on.gateway.transactions
        on.station.plug(Car())
        await on.gateway.until(lambda: on.gateway.transactions)
        assert on.gateway.transactions[0].id_token == "CARD1"


@pytest.mark.parametrize("remote", [False, True])
async def test_a_cable_that_does_not_come_in_time_leaves_nothing_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remote: bool
) -> None:
    monkeypatch.setattr("edgegw.simulate.station.CABLE_TIMEOUT_S", 0.3)
    async with scene(tmp_path, "1.6") as on:
        if remote:
            assert (await on.told("start_transaction", evse=1, id_token="CARD1"))[0] == "done"
        else:
            assert await on.station.present("CARD1")
        await on.gateway.until(lambda: on.gateway.connector_status() == "preparing")
        await on.gateway.until(lambda: on.gateway.connector_status() == "available")
        on.station.plug(Car())
        await asyncio.sleep(0.2)
        assert not on.gateway.transactions
        on.station.unplug()


async def test_a_cable_that_is_pulled_out_ends_the_charge(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        await on.charges()
        on.station.unplug()
        await on.ended("ev_disconnected")
        await on.gateway.until(lambda: on.gateway.connector_status() == "available")


async def test_a_cable_that_is_pulled_out_only_pauses_where_the_station_is_set_so(tmp_path: Path) -> None:
    """StopTransactionOnEVSideDisconnect false: SuspendedEV until the cable is back or the card comes."""
    async with scene(tmp_path, "1.6") as on:
        await on.charges()
        suspended = {"connectorId": 1, "errorCode": "NoError", "status": "SuspendedEV", "timestamp": now()}
        await on.says("StatusNotification", **suspended)
        await on.gateway.until(lambda: on.gateway.transactions[0].charging_state == "suspended_ev")
        await on.says("StatusNotification", **{**suspended, "status": "Charging", "timestamp": now()})
        await on.gateway.until(lambda: on.gateway.transactions[0].charging_state == "charging")
        assert await on.station.present("CARD1")
        await on.ended("local")
        assert len(on.gateway.transactions) == 1


async def test_a_start_with_a_cached_card_comes_without_authorize(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.plug(Car())
        on.station.begin("CARD1", 1)
        await on.gateway.until(lambda: on.gateway.transactions)
        assert not on.station.said("Authorize")
        assert await on.station.present("CARD1")
        await on.ended("local")


async def test_a_soft_reset_ends_the_charge_in_order_and_the_station_boots(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        await on.charges()
        assert (await on.told("reset", kind="soft"))[0] == "done"
        assert on.station.heard("Reset") == [{"type": "Soft"}]
        await on.ended("soft_reset")
        await on.gateway.until(lambda: len(on.gateway.facts(f.StationBooted)) == 2)


async def test_an_unlocked_connector_ends_its_charge(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        await on.charges()
        assert await on.told("unlock_connector", evse=1) == ("done", None)
        await on.ended("unlock_command")


@pytest.mark.parametrize(
    ("status", "ends"),
    [("UnlockFailed", ("failed", "unlock_failed")), ("NotSupported", ("rejected", "not_supported"))],
)
async def test_a_connector_that_stays_locked_says_why(tmp_path: Path, status: str, ends: Any) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.answers["UnlockConnector"] = {"status": status}
        assert await on.told("unlock_connector", evse=1) == ends


@pytest.mark.parametrize(
    ("status", "ends"), [("NotSupported", ("rejected", "not_supported")), ("Rejected", ("rejected", "rejected"))]
)
async def test_a_setting_that_the_station_does_not_take_is_rejected_in_its_word(
    tmp_path: Path, status: str, ends: Any
) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.answers["ChangeConfiguration"] = {"status": status}
        state, reason = await on.told(
            "set_variables", variables=[{"variable": "MeterValueSampleInterval", "value": "-1"}]
        )
        assert state == ends[0]
        assert ends[1] in str(reason)


@pytest.mark.parametrize(
    ("token", "status"),
    [("CARD1", "Accepted"), ("CARD2", "Blocked"), ("CARD3", "Expired"), ("CARD4", "Invalid"), ("NOBODY", "Invalid")],
)
async def test_a_card_is_answered_with_its_status(tmp_path: Path, token: str, status: str) -> None:
    async with scene(tmp_path, "1.6") as on:
        info = (await on.says("Authorize", idTag=token))["idTagInfo"]
        assert info["status"] == status
        if status == "Accepted":
            assert info["parentIdTag"] == "FLEET"


async def test_a_lock_that_fails_is_a_fault_of_its_connector_until_it_is_over(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        status = {"connectorId": 1, "errorCode": "ConnectorLockFailure", "status": "Faulted", "timestamp": now()}
        await on.says("StatusNotification", **status)
        assert on.gateway.connector_status() == "faulted"
        assert on.gateway.facts(f.StationStatusChanged)[-1].error == "ConnectorLockFailure"
        state, reason = await on.told("start_transaction", evse=1, id_token="CARD1")
        assert (state, reason) == ("rejected", "EVSE 1 of CP01 is faulted")
        over = {"errorCode": "NoError", "status": "Available", "timestamp": now()}
        await on.says("StatusNotification", **{**status, **over})
        assert on.gateway.connector_status() == "available"


async def test_a_remote_start_that_the_station_rejects_is_rejected_and_makes_room(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        on.station.answers["RemoteStartTransaction"] = {"status": "Rejected"}
        assert await on.told("start_transaction", evse=1, id_token="CARD1") == ("rejected", "rejected")
        del on.station.answers["RemoteStartTransaction"]
        on.station.plug(Car())
        assert (await on.told("start_transaction", evse=1, id_token="CARD1"))[0] == "done"
        await on.gateway.until(lambda: on.gateway.transactions)


async def test_a_remote_stop_that_the_station_rejects_leaves_the_charge_running(tmp_path: Path) -> None:
    async with scene(tmp_path, "1.6") as on:
        await on.charges()
        on.station.answers["RemoteStopTransaction"] = {"status": "Rejected"}
        assert await on.told("stop_transaction", evse=1) == ("rejected", "rejected")
        assert on.gateway.transactions[0].state == "active"


async def test_a_charge_that_the_power_cut_ends_when_the_station_is_back(tmp_path: Path) -> None:
    """Boot first, then StopTransaction with the time of the cut (StopTransaction reason PowerLoss)."""
    async with scene(tmp_path, "1.6") as on:
        await on.charges()
        on.station.cut()
        await on.station.until(lambda: not on.station.connected)
        on.station.stop(1, "PowerLoss")
        on.station.reboot("PowerUp", 0.1)
        on.station.restore()
        await on.ended("power_loss")
        kinds = [type(fact) for fact in on.gateway.facts(f.StationBooted, f.TransactionEnded)]
        assert kinds == [f.StationBooted, f.StationBooted, f.TransactionEnded]
        assert on.gateway.transactions[0].energy_wh == int(on.station.places[1].register_wh)


@pytest.mark.parametrize("known", [True, False])
async def test_a_vendors_message_that_nobody_here_knows_is_not_accepted(tmp_path: Path, known: bool) -> None:
    async with scene(tmp_path, "1.6") as on:
        answer = await on.says("DataTransfer", vendorId="org.example", **({"messageId": "m"} if known else {}))
        assert answer["status"] in ("Rejected", "UnknownVendorId", "UnknownMessageId")
