"""What virtual stations of 2.x tell of themselves: reports, monitors, customers, texts; and the inventory of all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgegw.core.variables import key_of
from edgegw.model import facts as f
from tests.simulate.served import VERSIONS, Served, served

all_versions = pytest.mark.parametrize("version", VERSIONS)
both = pytest.mark.parametrize("version", ["2.0.1", "2.1"])
POWER = {"component": "EVSE", "evse": 1, "variable": "Power"}


async def done(gateway: Served, name: str, **args: Any) -> Any:
    outcome = await gateway.command(name, station="CP01", **args)
    assert outcome.state == "done", (name, outcome)
    return outcome.result


async def ended(gateway: Served, request: int) -> None:
    def told() -> bool:
        return any(fact.report.get("requestId") == request for fact in gateway.facts(f.VariablesReported))

    await gateway.until(told)


@all_versions
async def test_a_station_is_asked_for_all_of_itself_once_per_firmware(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path, calm_s=0) as gateway, gateway.station(version) as station:
        await gateway.until(lambda: gateway.facts(f.InventoryTaken))
        place = ("", "NumberOfConnectors") if version == "1.6" else ("ChargingStation", "Model")
        assert gateway.hub.state.variables[key_of("CP01", *place)].value
        station.reboot("PowerUp", down_s=0.05)
        await gateway.until(lambda: len(gateway.facts(f.StationBooted)) == 2)
        await gateway.until(lambda: not gateway.server.visits)
        whole = [each for each in station.heard("GetConfiguration") if "key" not in each]
        assert len(whole + station.heard("GetBaseReport")) == 1
        assert len(gateway.facts(f.InventoryTaken)) == 1


@both
async def test_one_that_reports_nothing_is_not_asked_again(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path, calm_s=0) as gateway, gateway.station(version) as station:
        station.answers["GetBaseReport"] = {"status": "NotSupported"}
        await gateway.until(lambda: gateway.facts(f.InventoryTaken))
        (fact,) = gateway.facts(f.InventoryTaken)
        assert fact.reason == "not_supported"


@both
async def test_one_that_goes_before_its_report_has_ended_is_not_waited_for(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path, calm_s=0) as gateway, gateway.station(version) as station:
        station.answers["GetBaseReport"] = {"status": "Accepted"}  # and no report follows
        await station.until(lambda: station.heard("GetBaseReport"))
        del station.answers["GetBaseReport"]
        station.reboot("PowerUp", down_s=0.05)
        await gateway.until(lambda: gateway.facts(f.InventoryTaken))
        await gateway.until(lambda: not gateway.server.visits)
        assert len(station.heard("GetBaseReport")) == 2


@both
async def test_a_report_is_of_the_components_that_were_named(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        result = await done(gateway, "get_report", components=[{"component": "AuthCtrlr"}])
        await ended(gateway, result["request"])
        assert {row.component for row in gateway.hub.state.variables.values()} == {"AuthCtrlr"}
        await ended(gateway, (await done(gateway, "get_report", base="summary_inventory"))["request"])
        assert station.heard("GetBaseReport")[0]["reportBase"] == "SummaryInventory"


@both
async def test_monitors_are_set_told_and_taken_away(tmp_path: Path, version: Any) -> None:
    monitor = {**POWER, "kind": "upper_threshold", "value": 11000, "severity": 3}
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        (told,) = (await done(gateway, "set_monitors", monitors=[monitor]))["monitors"]
        (row,) = gateway.hub.state.monitors.values()
        assert (row.monitor, row.kind, row.value, row.severity) == (told["monitor"], "upper_threshold", 11000.0, 3)
        await ended(gateway, (await done(gateway, "get_monitors"))["request"])
        assert [each.monitor for each in gateway.hub.state.monitors.values()] == [told["monitor"]]
        await done(gateway, "clear_monitors", monitors=[told["monitor"]])
        assert gateway.hub.state.monitors == {}
        await done(gateway, "set_monitors", monitors=[monitor])
        await done(gateway, "set_monitoring_base", base="hard_wired_only")
        assert gateway.hub.state.monitors == {}


async def test_a_monitor_of_2_1_alone_is_refused_in_words(tmp_path: Path) -> None:
    monitor = {**POWER, "kind": "target_delta", "value": 1, "severity": 3}
    async with served(tmp_path) as gateway, gateway.station("2.0.1") as station:
        await station.until(lambda: station.booted)
        outcome = await gateway.command("set_monitors", station="CP01", monitors=[monitor])
        assert (outcome.state, outcome.reason) == (
            "rejected", "OCPP 2.0.1 has no monitors of the kind target_delta"
        )  # fmt: skip


@both
async def test_what_is_known_of_a_customer_is_told_in_parts_and_forgotten(tmp_path: Path, version: Any) -> None:
    about = "Ana, charged on Monday, and on Tuesday for two hours at the left outlet"
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        station.cabinet.customers["CARD1"] = about
        result = await done(gateway, "customer_information", report=True, clear=True, id_token="CARD1")
        await gateway.until(lambda: any(fact.last for fact in gateway.facts(f.CustomerInformationTold)))
        parts = gateway.facts(f.CustomerInformationTold)
        assert "".join(fact.text for fact in sorted(parts, key=lambda fact: fact.part)) == about
        assert {fact.request for fact in parts} == {result["request"]}
        assert station.cabinet.customers == {}
        nobody = await gateway.command("customer_information", station="CP01", report=True)
        assert nobody.reason == "name the customer by one of id_token, customer and certificate"


@both
async def test_what_a_display_shows_is_asked_for(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        station.cabinet.texts = {7: "Oi", 8: "Tchau"}
        await ended(gateway, (await done(gateway, "get_display_messages"))["request"])
        shown = gateway.hub.state.displays
        await gateway.until(lambda: len(shown) == 2)
        assert {row.message: row.texts[0]["text"] for row in shown.values()} == station.cabinet.texts


@both
async def test_firmware_is_offered_to_others_and_withdrawn(tmp_path: Path, version: Any) -> None:
    md5 = "d41d8cd98f00b204e9800998ecf8427e"
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        result = await done(gateway, "publish_firmware", location="http://192.0.2.9/fw", checksum=md5)
        await gateway.until(lambda: gateway.facts(f.FirmwareStatusChanged))
        (fact,) = gateway.facts(f.FirmwareStatusChanged)
        assert (fact.status, fact.request) == ("published", result["request"])
        await done(gateway, "unpublish_firmware", checksum=md5)
        outcome = await gateway.command("unpublish_firmware", station="CP01", checksum=md5)
        assert (outcome.state, outcome.reason) == ("rejected", "no_firmware")


@both
async def test_a_way_to_another_csms_is_told(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        url = "wss://csms.example/ocpp"
        await done(gateway, "set_network_profile", slot=2, url=url, interface="wired0", security_profile=2)
        told = station.cabinet.networks[2]
        assert (told["ocppCsmsUrl"], told["ocppInterface"], told["securityProfile"]) == (url, "Wired0", 2)
        assert url not in str(gateway.facts(f.CommandReceived)[0].args), "it may hold a password"


@both
async def test_a_connector_whose_state_comes_as_an_event_is_known(tmp_path: Path, version: Any) -> None:
    from edgegw.simulate.transactions import Message
    from edgegw.simulate.words import stamp

    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        event = {
            "eventId": 1, "timestamp": stamp(station.now()), "trigger": "Delta", "actualValue": "Faulted",
            "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
            "variable": {"name": "AvailabilityState"}, "eventNotificationType": "HardWiredNotification",
        }  # fmt: skip
        part = {"generatedAt": stamp(station.now()), "seqNo": 0, "eventData": [event]}
        station.connection.say(Message("NotifyEvent", part, keep=False))
        await gateway.until(lambda: gateway.connector_status() == "faulted")
