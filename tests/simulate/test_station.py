"""Virtual stations of every version against the real server: whole charging stories, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from edgegw.model.commands import Setpoint
from edgegw.model.facts import StationBooted, TransactionEnded, TransactionMetered, TransactionStarted
from edgegw.simulate import Car, Place, Station
from edgegw.simulate.dialect import Version
from edgegw.simulate.link import Fault
from edgegw.stations.schemas import for_version
from edgegw.stations.settings import Listen, ListenTls
from tests.simulate.served import VERSIONS, served

every_version = pytest.mark.parametrize("version", VERSIONS)


def assert_strictly_valid(station: Station) -> None:
    """Everything that the station said passes its version's own schemas, without any tolerance."""
    schemas = for_version(station.version)
    for action, payload in station.connection.said:
        schema = schemas.get(action, "request", strict=True)
        assert schema is not None, action
        assert schema.violation(payload) is None, (action, schema.violation(payload), payload)


async def charging(station: Station, evse: int = 1, **car: Any) -> None:
    """Booted, plugged in, started, and drawing current."""
    await station.until(lambda: station.booted)
    station.plug(Car(**car), evse)
    assert await station.present("CARD1", evse)
    await station.until(lambda: station.places[evse].power_w > 0 and not station.waiting)


@every_version
async def test_a_whole_charging_story(version: Version, tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        await gateway.until(lambda: gateway.connector_status() == "available")
        station.plug(Car(soc=0.4))
        assert station.status() == ("Preparing" if version == "1.6" else "Occupied")
        assert await station.present("CARD1")
        await station.until(lambda: station.places[1].drawn_a > 6)
        await gateway.until(lambda: gateway.transactions[0].charging_state == "charging")
        await gateway.until(lambda: gateway.hub.latest("stations/CP01/1") is not None)
        latest = gateway.hub.latest("stations/CP01/1")
        assert latest is not None
        reading = latest.sample.values
        assert reading["power_w"] == pytest.approx(reading["current_l1_a"] * reading["voltage_l1_v"] * 3, rel=0.02)
        assert await station.present("CARD1")
        await gateway.until(lambda: gateway.transactions[0].state == "ended")
        station.unplug()
        await gateway.until(lambda: gateway.connector_status() == "available")
        (row,) = gateway.transactions
        assert (row.id_token, row.end_reason, row.ocpp) == ("CARD1", "local", version)
        assert row.meterings[-1].import_wh == int(station.places[1].register_wh)
        assert_strictly_valid(station)


@every_version
async def test_a_blocked_card_starts_nothing(version: Version, tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        station.plug(Car())
        assert not await station.present("CARD2")
        assert not station.transactions
        assert not station.places[1].closed


@every_version
async def test_a_car_is_started_and_stopped_from_afar(version: Version, tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        station.plug(Car())
        begun = await gateway.command("start_transaction", station="CP01", evse=1, id_token="CARD1")
        assert begun.state == "done", begun
        await gateway.until(lambda: gateway.transactions)
        (row,) = gateway.transactions
        ended = await gateway.command("stop_transaction", transaction=row.id)
        assert ended.state == "done", ended
        await gateway.until(lambda: gateway.transactions[0].state == "ended")
        assert gateway.transactions[0].end_reason == "remote"
        if version != "1.6":
            (asked,) = station.heard("RequestStartTransaction")
            started = station.said("TransactionEvent")[0]
            assert started["transactionInfo"]["remoteStartId"] == asked["remoteStartId"]
        assert_strictly_valid(station)


@every_version
async def test_a_remote_start_waits_for_the_cable(version: Version, tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        asking = asyncio.create_task(gateway.command("start_transaction", station="CP01", evse=1, id_token="CARD1"))
        await station.until(lambda: station.waits_for_cable(1))
        assert not station.transactions
        station.plug(Car())
        assert (await asking).state == "done"
        await gateway.until(lambda: gateway.transactions)


@every_version
async def test_a_limit_is_followed_and_gives_way_to_the_default_when_its_time_is_over(
    version: Version, tmp_path: Path
) -> None:
    defaults = {1: 8.0}
    async with served(tmp_path, defaults=lambda station: defaults) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted and list(station.profiles))
        await charging(station)
        assert station.places[1].offered_a == 8.0
        result = await gateway.server.orders.apply_setpoint(Setpoint("CP01", 1, 12.0, 4))
        assert result.accepted, result
        await station.until(lambda: station.places[1].drawn_a == 12.0)
        await station.until(lambda: station.places[1].drawn_a == 8.0, 8.0)


@every_version
async def test_less_than_six_amperes_is_a_pause(version: Version, tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await charging(station)
        await gateway.server.orders.apply_setpoint(Setpoint("CP01", 1, 0.0, 60))
        await station.until(lambda: station.places[1].drawn_a == 0.0)
        await gateway.until(lambda: gateway.transactions[0].charging_state == "suspended_evse")
        await gateway.server.orders.apply_setpoint(Setpoint("CP01", 1, 6.0, 60))
        await gateway.until(lambda: gateway.transactions[0].charging_state == "charging")


@every_version
async def test_a_transaction_of_an_offline_station_arrives_later_with_its_own_times(
    version: Version, tmp_path: Path
) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        station.cut()
        await station.until(lambda: not station.connected)
        station.plug(Car())
        assert await station.present("CARD1")
        began_at = station.transactions[1].began_at
        await station.until(lambda: station.places[1].register_wh >= 1.0)
        assert await station.present("CARD1")
        assert station.waiting >= 2
        await asyncio.sleep(0.2)
        assert not gateway.transactions
        station.restore()
        await gateway.until(lambda: gateway.transactions and gateway.transactions[0].state == "ended")
        (row,) = gateway.transactions
        assert abs((row.started_at - began_at).total_seconds()) < 0.002
        assert row.meterings[-1].import_wh == int(station.places[1].register_wh)
        await station.until(lambda: not station.waiting)
        assert len(gateway.facts(TransactionStarted)) == len(gateway.facts(TransactionEnded)) == 1
        assert len(gateway.facts(StationBooted)) == 1, "a reconnect is no boot"
        assert_strictly_valid(station)


@every_version
async def test_a_card_that_was_taken_offline_and_is_blocked_ends_the_transaction(
    version: Version, tmp_path: Path
) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        station.cut()
        await station.until(lambda: not station.connected)
        station.plug(Car())
        assert await station.present("CARD2")
        station.restore()
        await gateway.until(lambda: gateway.transactions and gateway.transactions[0].state == "ended")
        assert gateway.transactions[0].end_reason == "de_authorized"
        assert not station.places[1].closed


@every_version
async def test_too_many_meter_values_give_way_and_the_rest_of_the_transaction_stays(
    version: Version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegw.simulate.connection.MAX_KEPT", 6)
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        # Booted, and its statuses are said: one on its way would take a place until the link's end is noticed.
        await station.until(lambda: station.booted and not station.connection._outbox)
        station.cut()
        await station.until(lambda: not station.connected)
        station.plug(Car())
        assert await station.present("CARD1")
        for _ in range(20):
            station.tell_readings(1)
        station.unplug()
        assert station.waiting == 6
        station.restore()
        await gateway.until(lambda: gateway.transactions and gateway.transactions[0].state == "ended")
        assert gateway.transactions[0].energy_wh == int(station.places[1].register_wh)


@every_version
async def test_what_was_not_answered_is_sent_again_and_counted_once(version: Version, tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station(version, patience_s=0.2) as station:
        await station.until(lambda: station.booted)
        asked = gateway.hub.request
        forgotten = 0

        async def forgets_to_answer(request: Any, *beside: Any) -> Any:
            nonlocal forgotten
            answer = await asked(request, *beside)
            if getattr(request, "stage", None) == "started" and forgotten < 2:
                forgotten += 1
                await asyncio.sleep(0.3)
            return answer

        gateway.hub.request = forgets_to_answer  # type: ignore[method-assign]
        station.plug(Car())
        await station.present("CARD1")
        await station.until(lambda: forgotten == 2 and not station.waiting)
        assert len(gateway.facts(TransactionStarted)) == 1


@every_version
async def test_a_reset_station_comes_back_and_boots_again(version: Version, tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await charging(station)
        assert (await gateway.command("reset", station="CP01", kind="hard")).state == "done"
        await station.until(lambda: not station.booted)
        await station.until(lambda: station.booted and not station.waiting)
        await gateway.until(lambda: gateway.transactions[0].state == "ended")
        assert gateway.transactions[0].end_reason == ("hard_reset" if version == "1.6" else "immediate_reset")
        assert len(gateway.facts(StationBooted)) == 2


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_soft_reset_waits_until_the_station_is_idle(version: Version, tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await charging(station)
        outcome = await gateway.command("reset", station="CP01", kind="soft")
        assert outcome.result == {"status": "scheduled"}
        assert station.booted
        station.unplug()
        await station.until(lambda: not station.booted)
        await gateway.until(lambda: gateway.transactions[0].end_reason == "ev_disconnected")


@every_version
async def test_an_evse_out_of_use_takes_no_car(version: Version, tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        assert (await gateway.command("change_availability", station="CP01", operative=False)).state == "done"
        assert station.status() == "Unavailable"
        await gateway.until(lambda: gateway.connector_status() == "unavailable")
        start = await gateway.command("start_transaction", station="CP01", evse=1, id_token="CARD1")
        assert start.state in ("failed", "rejected")
        assert (await gateway.command("change_availability", station="CP01", operative=True)).state == "done"
        await gateway.until(lambda: gateway.connector_status() == "available")


@every_version
async def test_small_talk(version: Version, tmp_path: Path) -> None:
    """Unlock, trigger, data transfer, profiles set and cleared by command."""
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        assert (await gateway.command("unlock_connector", station="CP01", evse=1)).state == "done"
        before = len(station.said("StatusNotification"))
        assert (await gateway.command("trigger", station="CP01", message="status_notification")).state == "done"
        await station.until(lambda: len(station.said("StatusNotification")) > before)
        echo = await gateway.command("data_transfer", station="CP01", vendor_id="edgegw", payload="hello")
        assert echo.result == {"data": "hello"}
        unknown = await gateway.command("data_transfer", station="CP01", vendor_id="else")
        assert unknown.reason == "unknown_vendor_id"
        profile = {"limit_a": 10, "stack_level": 3}
        assert (await gateway.command("set_charging_profile", station="CP01", evse=1, profile=profile)).state == "done"
        await station.until(lambda: station.places[1].offered_a == 10.0)
        assert (await gateway.command("clear_charging_profile", station="CP01", evse=1)).state == "done"
        await station.until(lambda: station.places[1].offered_a == 32.0)
        assert_strictly_valid(station)


@every_version
async def test_what_a_station_does_not_know_and_what_it_cannot_are_two_answers(
    version: Version, tmp_path: Path
) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        with pytest.raises(Fault) as unknown:
            station.serve("MakeCoffee", {})
        with pytest.raises(Fault) as unable:
            station.serve("Heartbeat", {})
        assert (unknown.value.code, unable.value.code) == ("NotImplemented", "NotSupported")
        station.answers["ClearCache"] = unable.value
        with pytest.raises(Exception, match="NotSupported"):
            await gateway.server.orders.call("CP01", "ClearCache", {}, 2.0)


async def test_settings_of_a_1_6_station_are_read_and_changed(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station("1.6") as station:
        await station.until(lambda: station.booted)
        call = gateway.server.orders.call
        payload = {"key": "MeterValueSampleInterval", "value": "7"}
        assert await call("CP01", "ChangeConfiguration", payload, 2.0) == {"status": "Accepted"}
        assert station.meter_every_s == 7.0
        payload = {"key": "NumberOfConnectors", "value": "7"}
        assert await call("CP01", "ChangeConfiguration", payload, 2.0) == {"status": "Rejected"}
        answer = await call("CP01", "GetConfiguration", {"key": ["MeterValueSampleInterval", "Nonsense"]}, 2.0)
        assert answer["configurationKey"] == [{"key": "MeterValueSampleInterval", "readonly": False, "value": "7"}]
        assert answer["unknownKey"] == ["Nonsense"]


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_variables_of_a_2_x_station_are_read_and_changed(version: Version, tmp_path: Path) -> None:
    def named(component: str, variable: str, **more: Any) -> dict[str, Any]:
        return {"component": {"name": component}, "variable": {"name": variable}, **more}

    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        wanted = [
            named("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="7"),
            named("ChargingStation", "Model", attributeValue="x"),
        ]
        answer = await gateway.server.orders.call("CP01", "SetVariables", {"setVariableData": wanted}, 2.0)
        assert [each["attributeStatus"] for each in answer["setVariableResult"]] == ["Accepted", "Rejected"]
        asked = [
            named("SampledDataCtrlr", "TxUpdatedInterval"),
            named("SampledDataCtrlr", "Nonsense"),
            named("Nonsense", "Nonsense"),
            named("SecurityCtrlr", "BasicAuthPassword"),
        ]
        answer = await gateway.server.orders.call("CP01", "GetVariables", {"getVariableData": asked}, 2.0)
        results = answer["getVariableResult"]
        statuses = [each["attributeStatus"] for each in results]
        assert statuses == ["Accepted", "UnknownVariable", "UnknownComponent", "Rejected"]
        assert results[0]["attributeValue"] == "7"


async def test_a_station_shows_its_password(tmp_path: Path) -> None:
    from dataclasses import replace

    from tests.support.hubs import a_site, a_station

    site = a_site(stations={"CP01": replace(a_station("CP01"), security_profile=1)})
    async with served(tmp_path, site, passwords={"CP01": "right"}) as gateway:
        async with gateway.station(password="wrong") as station:
            await asyncio.sleep(0.2)
            assert not station.connected
        async with gateway.station(password="right") as station:
            await station.until(lambda: station.booted)


async def test_a_station_comes_over_tls(tmp_path: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
         "hub.key", "-out", "hub.pem", "-subj", "/CN=hub", "-days", "2", "-addext", "subjectAltName=IP:127.0.0.1"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    certificate = ListenTls(certificate=tmp_path / "hub.pem", key=tmp_path / "hub.key")
    listen = Listen(address="127.0.0.1", port=0, tls=certificate)
    async with served(tmp_path, listen=listen) as gateway:
        context = ssl.create_default_context(cafile=str(tmp_path / "hub.pem"))
        station = Station("CP01", url=gateway.url.replace("ws://", "wss://"), tls=context)
        async with station:
            await station.until(lambda: station.booted)


async def test_a_silent_station_answers_nothing_until_it_speaks_again(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station("1.6") as station:
        await station.until(lambda: station.booted)
        station.silent = True
        with pytest.raises(Exception, match="did not answer"):
            await gateway.server.orders.call("CP01", "GetConfiguration", {}, 0.3)
        station.silent = False
        await gateway.server.orders.call("CP01", "GetConfiguration", {}, 2.0)


async def test_a_station_that_disobeys_takes_the_limit_and_goes_on(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station("1.6") as station:
        station.obeys = False
        await charging(station)
        assert (await gateway.server.orders.apply_setpoint(Setpoint("CP01", 1, 8.0, 60))).accepted
        await station.until(lambda: station.places[1].drawn_a > 12.0)


async def test_two_cars_at_one_station_are_two_transactions(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        places = [Place(1), Place(2, ("L1",))]
        async with gateway.station("2.0.1", "CP02", places=places) as station:
            await charging(station, 1, max_a=12.0)
            await charging(station, 2, max_a=12.0)
            await gateway.until(lambda: len(gateway.transactions) == 2)
            await gateway.server.orders.apply_setpoint(Setpoint("CP02", 1, 10.0, 60))
            await station.until(lambda: places[0].drawn_a == 10.0 and places[1].drawn_a == 12.0)
            assert len(gateway.facts(TransactionMetered)) >= 2
