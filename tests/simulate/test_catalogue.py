"""Each command of the catalogue, carried out by a virtual station over a real websocket, in every version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edgegw.core.variables import key_of
from edgegw.model import facts as f
from edgegw.model.site import Token
from edgegw.simulate.car import Car
from tests.simulate.served import VERSIONS, Served, served
from tests.support.hubs import a_site

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
FILES = "http://192.0.2.9:8008/files"

all_versions = pytest.mark.parametrize("version", VERSIONS)


def later(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


async def done(gateway: Served, name: str, **args: Any) -> Any:
    outcome = await gateway.command(name, station="CP01", **args)
    assert outcome.state == "done", (name, outcome)
    return outcome.result


@all_versions
async def test_a_station_is_reserved_and_given_up(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        result = await done(gateway, "reserve", evse=1, id_token="CARD1", until=later(hours=1))
        (held,) = gateway.hub.state.reservations.values()
        assert result == {"reservation": held.id}
        assert (held.station, held.evse, held.id_token) == ("CP01", 1, "CARD1")
        assert station.cabinet.reserved == {held.number: 1}
        second = await gateway.command("reserve", station="CP01", evse=1, id_token="CARD2", until=later(hours=1))
        assert second.reason == "EVSE 1 of CP01 is reserved already"
        outcome = await gateway.command("cancel_reservation", reservation=held.id)
        assert outcome.state == "done"
        assert station.cabinet.reserved == {}
        assert gateway.hub.state.reservations == {}
        assert [fact.reason for fact in gateway.facts(f.ReservationEnded)] == ["cancelled"]


@all_versions
async def test_a_reservation_ends_with_the_charge_that_it_was_made_for(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        await done(gateway, "reserve", evse=1, id_token="CARD1", until=later(hours=1))
        station.plug(Car())
        assert await station.present("CARD1")
        await gateway.until(lambda: not gateway.hub.state.reservations)
        assert [fact.reason for fact in gateway.facts(f.ReservationEnded)] == ["used"]


@all_versions
async def test_settings_are_read_and_changed(tmp_path: Path, version: Any) -> None:
    name = {"variable": "HeartbeatInterval"} | ({} if version == "1.6" else {"component": "OCPPCommCtrlr"})
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        await done(gateway, "set_variables", variables=[{**name, "value": "77"}])
        result = await done(gateway, "get_variables", variables=[name])
        (told,) = result["variables"]
        assert (told["variable"], told["value"], told["status"]) == ("HeartbeatInterval", "77", "accepted")
        refused = await gateway.command(
            "set_variables", station="CP01", variables=[{**name, "variable": "Nonsense", "value": "1"}]
        )
        assert refused.state == "rejected"
        assert "Nonsense" in str(refused.reason)


@all_versions
async def test_all_settings_are_told(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        result = await done(gateway, "get_variables")
        if version == "1.6":
            assert {"HeartbeatInterval", "NumberOfConnectors"} <= {each["variable"] for each in result["variables"]}
            return
        await gateway.until(lambda: any(not fact.report["tbc"] for fact in gateway.facts(f.VariablesReported)))
        assert {fact.report["requestId"] for fact in gateway.facts(f.VariablesReported)} == {result["request"]}


@all_versions
async def test_firmware_and_logs_end_with_the_acceptance_and_go_on_as_facts(tmp_path: Path, version: Any) -> None:
    signed = {"certificate": PEM, "signature": "c2ln"}
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        update = await done(gateway, "update_firmware", location=FILES, **signed)
        log = await done(gateway, "get_log", kind="security", location=FILES)
        assert log["file"] == "CP01-securitylog.zip"
        await gateway.until(lambda: len(gateway.facts(f.FirmwareStatusChanged)) == 4)
        await gateway.until(lambda: len(gateway.facts(f.LogReceived)) == 2)
        assert [(fact.status, fact.request) for fact in gateway.facts(f.FirmwareStatusChanged)] == [
            (status, update["request"]) for status in ("downloading", "downloaded", "installing", "installed")
        ]
        assert [(fact.status, fact.request) for fact in gateway.facts(f.LogReceived)] == [
            ("uploading", log["request"]), ("uploaded", log["request"]),
        ]  # fmt: skip
        assert update["request"] != log["request"]
        received = gateway.facts(f.CommandReceived)
        assert all("location" not in fact.args for fact in received), "it may hold a password"


@all_versions
async def test_certificates_are_installed_told_and_deleted(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        await done(gateway, "install_certificate", use="csms_root", certificate=PEM)
        (found,) = (await done(gateway, "get_certificates", uses=["csms_root"]))["certificates"]
        assert found.pop("use") == "csms_root"
        await done(gateway, "delete_certificate", **found)
        assert (await done(gateway, "get_certificates", uses=["csms_root"]))["certificates"] == []
        refused = await gateway.command("install_certificate", station="CP01", use="csms_root", certificate="no PEM")
        assert refused.state == "rejected"


@all_versions
async def test_a_station_asks_for_its_certificate_and_gets_it(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        await done(gateway, "sign_certificate")
        await gateway.until(lambda: gateway.facts(f.CertificateRequested))
        (asked,) = gateway.facts(f.CertificateRequested)
        assert (asked.station, asked.use) == ("CP01", "station")
        assert asked.csr.startswith("-----BEGIN CERTIFICATE REQUEST-----")
        assert gateway.facts(f.CertificateIssued) == []
        await done(gateway, "sign_certificate", chain=PEM)
        (issued,) = gateway.facts(f.CertificateIssued)
        assert (issued.station, issued.use) == ("CP01", "station")


@all_versions
async def test_the_sites_list_becomes_the_stations(tmp_path: Path, version: Any) -> None:
    tokens = {"CARD1": Token("CARD1"), "CARD2": Token("CARD2", "blocked")}
    async with served(tmp_path, a_site(tokens=tokens)) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        first = await done(gateway, "send_local_list")
        assert first["entries"] == 2
        assert (station.cabinet.list_version, station.cabinet.tokens) == (first["version"], ["CARD1", "CARD2"])
        assert (await done(gateway, "send_local_list"))["version"] > first["version"]
        await done(gateway, "clear_cache")


@all_versions
async def test_a_station_tells_what_its_profiles_come_to(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        await done(gateway, "set_charging_profile", evse=1, profile={"limit_a": 10})
        result = await done(gateway, "get_composite_schedule", evse=1, duration_s=600, unit="a")
        assert (result["evse"], result["duration_s"]) == (1, 600)
        assert [(each["starts_s"], each["limit_a"]) for each in result["periods"]] == [(0, 10.0)]


@all_versions
async def test_a_text_is_shown_and_taken_off_where_there_is_a_display(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        if version == "1.6":
            refused = await gateway.command("set_display_message", station="CP01", text="Oi")
            assert (refused.state, refused.reason) == ("rejected", "OCPP 1.6 has no display messages")
            return
        shown = await done(gateway, "set_display_message", text="Oi")
        assert station.cabinet.texts == {shown["message"]: "Oi"}
        await done(gateway, "clear_display_message", message=shown["message"])
        assert station.cabinet.texts == {}


@all_versions
async def test_the_hub_stops_a_charge_that_has_reached_its_energy(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        # Told of the energy, a station of 2.1 would end by itself (tests/simulate/test_smart_charging.py).
        none = {"component": "TxCtrlr", "variable": "SupportedLimits", "value": ""}
        told = f.VariablesChanged(at=gateway.hub.now(), station="CP01", action="NotifyReport", variables=(none,))
        await gateway.hub.record(told)
        station.plug(Car())
        outcome = await gateway.command(
            "start_transaction", station="CP01", evse=1, id_token="CARD1", energy_wh=1, departure_at=later(hours=8)
        )
        assert outcome.state == "done"
        await gateway.until(lambda: gateway.transactions and gateway.transactions[0].wanted_wh == 1)
        assert gateway.transactions[0].departure_at is not None
        await gateway.until(lambda: gateway.transactions[0].state == "ended", timeout_s=20)
        (stop,) = [fact for fact in gateway.facts(f.CommandReceived) if fact.name == "stop_transaction"]
        assert stop.by == "gateway:energy_wh"
        assert gateway.transactions[0].energy_wh >= 1


@all_versions
async def test_settings_that_were_read_or_changed_are_known_from_then_on(tmp_path: Path, version: Any) -> None:
    name = {"variable": "HeartbeatInterval"} | ({} if version == "1.6" else {"component": "OCPPCommCtrlr"})
    key = key_of("CP01", name.get("component", ""), "HeartbeatInterval")
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        await done(gateway, "get_variables", variables=[name])
        assert gateway.hub.state.variables[key].value == "300"
        await done(gateway, "set_variables", variables=[{**name, "value": "77"}])
        assert gateway.hub.state.variables[key].value == "77"


FLEET = {"CARD1": Token("CARD1", group="fleet"), "CARD3": Token("CARD3", group="fleet"), "CARD4": Token("CARD4")}


@all_versions
async def test_a_reservation_is_used_by_another_card_of_the_group_and_by_nobody_else(
    tmp_path: Path, version: Any
) -> None:
    async with served(tmp_path, a_site(tokens=FLEET)) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        await done(gateway, "reserve", evse=1, id_token="CARD1", until=later(hours=1))
        (held,) = gateway.hub.state.reservations.values()
        assert station.cabinet.reserved_for == {held.number: ("CARD1", "fleet")}
        station.plug(Car())
        assert not await station.present("CARD4")
        assert await station.present("CARD3")
        await gateway.until(lambda: gateway.transactions)
        assert gateway.hub.state.reservations == {}
        (started,) = gateway.facts(f.TransactionStarted)
        assert (started.reservation, started.id_token) == (held.id, "CARD3")
        assert await station.present("CARD1"), "and the first card ends what its group began"
        await gateway.until(lambda: gateway.transactions[0].state == "ended")


@all_versions
async def test_a_master_pass_ends_what_runs_and_begins_nothing(tmp_path: Path, version: Any) -> None:
    tokens = {**FLEET, "GUARD": Token("GUARD", group="STAFF")}
    site = a_site(tokens=tokens, master_pass_group="STAFF")
    async with served(tmp_path, site) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        if version != "1.6":
            await station.until(lambda: station.settings.get("AuthCtrlr.MasterPassGroupId") == "STAFF")
        station.plug(Car())
        assert not await station.present("GUARD")
        assert not station.transactions
        assert await station.present("CARD4")
        await gateway.until(lambda: gateway.transactions)
        assert not await station.present("GUARD")
        await gateway.until(lambda: gateway.transactions[0].state == "ended")
        reason = gateway.transactions[0].end_reason
        assert reason == ("remote" if version == "1.6" else "master_pass")


@all_versions
async def test_an_answer_that_is_none_of_ocpp_is_shown_as_it_is_without_its_secrets(
    tmp_path: Path, version: Any
) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        station.answers["ClearCache"] = {"status": "Perhaps", "password": "hush-hush"}
        call = {"station": "CP01", "action": "ClearCache", "payload": {}}
        ended = await gateway.command("call_station", **call)
        words = f"the answer of CP01 to ClearCache breaks OCPP {version} at status: "
        words += "is none of the words that are possible here"
        assert (ended.state, ended.reason) == ("unknown", words)
        assert ended.result == {
            "error": {"code": "PropertyConstraintViolation", "description": words},
            "answer": {"status": "Perhaps", "password": "…"},
        }
        ended = await gateway.command("clear_cache", station="CP01")
        assert (ended.state, ended.reason) == ("unknown", words)
        ended = await gateway.command("call_station", **{**call, "action": "Heartbeat"})
        assert (ended.state, ended.reason) == ("rejected", "Heartbeat is what a station says, it can't be sent to one")
