"""What the other CSMS asks of stations: carried out under the hub's rules, or refused by the table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgegw.model import facts as f
from edgegw.simulate import Car
from edgegw.simulate.station import Version
from tests.stations.upstream.csms import Csms, a_csms, now
from tests.stations.upstream.presented import Presented, presented
from tests.support.hubs import a_site

BOTH: list[Version] = ["1.6", "2.0.1"]
ALONE = replace(a_site(), supply=None)
"""A site without load management."""


async def starts(csms: Csms, version: str, token: str = "CARD1", **more: Any) -> Any:
    if version == "1.6":
        return await csms.call("CP01", "RemoteStartTransaction", {"connectorId": 1, "idTag": token, **more})
    order = {"evseId": 1, "idToken": {"idToken": token, "type": "Central"}, "remoteStartId": 31, **more}
    return await csms.call("CP01", "RequestStartTransaction", order)


def commands(gateway: Presented) -> list[tuple[str, str, str]]:
    return [(row.name, row.by.partition(":")[0], row.state) for row in gateway.hub.state.commands.values()]


@pytest.mark.parametrize("version", BOTH)
async def test_it_starts_and_stops_a_charge_as_commands_on_record(tmp_path: Path, version: Version) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url) as gateway, gateway.station(version) as station:
        await gateway.until(gateway.connected)
        station.plug(Car())
        assert (await starts(csms, version))["status"] == "Accepted"
        told = "StartTransaction" if version == "1.6" else "TransactionEvent"
        await gateway.until(lambda: csms.told(told) and gateway.backlog() == 0)
        if version == "1.6":
            stop = await csms.call("CP01", "RemoteStopTransaction", {"transactionId": 7001 + 1})
            await gateway.until(lambda: csms.told("StopTransaction"))
            assert csms.told("StopTransaction")[0]["transactionId"] == 7002
            assert station.heard("RemoteStopTransaction") == [{"transactionId": gateway.transactions[0].number}]
        else:
            reference = gateway.transactions[0].reference
            stop = await csms.call("CP01", "RequestStopTransaction", {"transactionId": reference})
            await gateway.until(lambda: csms.told("TransactionEvent")[-1]["eventType"] == "Ended")
            ours = station.heard("RequestStartTransaction")[0]["remoteStartId"]
            theirs = {each["transactionInfo"].get("remoteStartId") for each in csms.told("TransactionEvent")}
            assert ours != 31
            assert theirs <= {31, None}
            assert 31 in theirs
        assert stop == {"status": "Accepted"}
        assert commands(gateway)[:2] == [
            ("start_transaction", "upstream", "done"), ("stop_transaction", "upstream", "done"),
        ]  # fmt: skip
        assert gateway.transactions[0].state == "ended"


@pytest.mark.parametrize("version", BOTH)
async def test_a_start_of_the_gateways_own_is_told_without_a_number_that_it_never_gave(
    tmp_path: Path, version: Version
) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url) as gateway, gateway.station(version) as station:
        await gateway.until(gateway.connected)
        station.plug(Car())
        assert (await gateway.command("start_transaction", station="CP01", evse=1, id_token="CARD1")).state == "done"
        await gateway.until(lambda: csms.told("StartTransaction", "TransactionEvent"))
        events = csms.told("TransactionEvent")
        assert all("remoteStartId" not in each["transactionInfo"] for each in events)


@pytest.mark.parametrize("version", BOTH)
async def test_the_hubs_rules_hold_for_it(tmp_path: Path, version: Version) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url) as gateway, gateway.station(version) as station:
        await gateway.until(gateway.connected)
        station.plug(Car())
        assert await station.present("CARD1")
        await gateway.until(lambda: gateway.transactions)
        assert (await starts(csms, version, "CARD9"))["status"] == "Rejected"  # the place is in use
        unknown: Any = {"transactionId": 5 if version == "1.6" else "nothing"}
        name = "RemoteStopTransaction" if version == "1.6" else "RequestStopTransaction"
        assert (await csms.call("CP01", name, unknown))["status"] == "Rejected"
        assert station.heard("RemoteStartTransaction") + station.heard("RequestStartTransaction") == []


REFUSED: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "1.6": [
        ("remote_start", "RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"}),
        ("remote_stop", "RemoteStopTransaction", {"transactionId": 7001}),
        ("resets", "Reset", {"type": "Soft"}),
        ("availability", "ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}),
        ("settings", "ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "10"}),
        ("lists", "ClearCache", {}),
        ("firmware", "UpdateFirmware", {"location": "http://x.example/f", "retrieveDate": "2026-01-01T00:00:00Z"}),
        ("others", "GetConfiguration", {}),
    ],
    "2.0.1": [
        ("resets", "Reset", {"type": "Immediate"}),
        ("availability", "ChangeAvailability", {"operationalStatus": "Inoperative"}),
        ("settings", "SetVariables", {"setVariableData": [
            {"attributeValue": "1", "component": {"name": "C"}, "variable": {"name": "V"}}]}),
        ("lists", "ClearCache", {}),
        ("others", "GetTransactionStatus", {}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("version", BOTH)
async def test_what_the_table_refuses_never_reaches_the_station(tmp_path: Path, version: Version) -> None:
    table = {matter: "refuse" for matter, _, _ in REFUSED[version]}
    async with (
        a_csms() as csms,
        presented(tmp_path, csms.url, authority=table) as gateway,
        gateway.station(version) as station,
    ):
        await gateway.until(gateway.connected)
        before = {action: len(station.heard(action)) for _, action, _ in REFUSED[version]}
        for _, action, payload in REFUSED[version]:
            answer = await csms.call("CP01", action, payload)
            assert answer.get("status") == "Rejected" or answer.get("error") == "SecurityError", (action, answer)
        assert {action: len(station.heard(action)) for action in before} == before
        assert commands(gateway) == []


@pytest.mark.parametrize("version", BOTH)
async def test_what_the_table_allows_reaches_the_station_and_its_answer_comes_back(
    tmp_path: Path, version: Version
) -> None:
    table = {matter: "allow" for matter, _, _ in REFUSED[version]}
    async with (
        a_csms() as csms,
        presented(tmp_path, csms.url, authority=table) as gateway,
        gateway.station(version) as station,
    ):
        await gateway.until(gateway.connected)
        for _, action, payload in REFUSED[version]:
            if action in ("Reset", "RemoteStopTransaction"):
                continue
            answer = await csms.call("CP01", action, payload)
            assert "error" not in answer, (action, answer)
            assert answer.get("status", "Accepted") == "Accepted", (action, answer)
            assert station.heard(action)[-1].keys() == payload.keys(), action
        assert await csms.call("CP01", "Reset", REFUSED[version][2 if version == "1.6" else 0][2]) == {
            "status": "Accepted"
        }
        assert station.heard("Reset")
        written = {name for name, by, state in commands(gateway) if (by, state) == ("upstream", "done")}
        assert written >= {"call_station", "reset"}


@pytest.mark.parametrize(
    ("version", "action", "payload"),
    [
        ("1.6", "ChangeConfiguration", {"key": "AuthorizationKey", "value": "0123456789abcdef"}),
        ("2.0.1", "SetVariables", {"setVariableData": [{"attributeValue": "0123456789abcdef",
            "component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}]}),
        ("2.0.1", "SetNetworkProfile", {"configurationSlot": 1, "connectionData": {"ocppVersion": "OCPP20",
            "ocppTransport": "JSON", "ocppCsmsUrl": "ws://other.example", "messageTimeout": 30,
            "securityProfile": 1, "ocppInterface": "Wired0"}}),
    ],
)  # fmt: skip
async def test_no_table_lets_it_take_a_station_away(
    tmp_path: Path, version: Version, action: str, payload: dict[str, Any]
) -> None:
    about = {"authority": {"settings": "allow"}}
    async with (
        a_csms() as csms,
        presented(tmp_path, csms.url, **about) as gateway,
        gateway.station(version) as station,
    ):
        await gateway.until(gateway.connected)
        answer = await csms.call("CP01", action, payload)
        assert answer.get("status") == "Rejected" or answer.get("error") == "SecurityError"
        assert station.heard(action) == []


def profile(version: str, purpose: str, id: int = 9001) -> dict[str, Any]:
    periods = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8}]}
    about: dict[str, Any] = {"stackLevel": 0, "chargingProfilePurpose": purpose, "chargingProfileKind": "Relative"}
    if version == "1.6":
        return {"connectorId": 0, "csChargingProfiles": {"chargingProfileId": id, "chargingSchedule": periods, **about}}
    return {"evseId": 0, "chargingProfile": {"id": id, "chargingSchedule": [{"id": 1, **periods}], **about}}


WIDE = {"1.6": "ChargePointMaxProfile", "2.0.1": "ChargingStationMaxProfile"}


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize(
    ("say", "managed", "purpose", "id", "taken"),
    [
        ("refuse", False, "wide", 9001, False),
        ("allow", False, "TxDefaultProfile", 9001, True),
        ("allow", True, "TxDefaultProfile", 9001, False),
        ("allow", True, "wide", 9001, True),
        ("allow", True, "wide", 1000, False),  # the gateway's own
    ],
)
async def test_a_profile_from_there_never_lifts_a_limit_from_here(
    tmp_path: Path, version: Version, say: str, managed: bool, purpose: str, id: int, taken: bool
) -> None:
    site = a_site() if managed else ALONE
    async with (
        a_csms() as csms,
        presented(tmp_path, csms.url, site, authority={"profiles": say}) as gateway,
        gateway.station(version) as station,
    ):
        await gateway.until(gateway.connected)
        order = profile(version, WIDE[version] if purpose == "wide" else purpose, id)
        answer = await csms.call("CP01", "SetChargingProfile", order)
        assert answer == {"status": "Accepted" if taken else "Rejected"}
        assert (order in station.heard("SetChargingProfile")) == taken
        cleared = await csms.call("CP01", "ClearChargingProfile", {})
        may_clear = say == "allow" and not managed
        assert bool(station.heard("ClearChargingProfile")) == may_clear
        assert may_clear or cleared.get("status") != "Accepted"


@pytest.mark.parametrize("managed", [True, False])
async def test_a_start_with_a_profile_is_held_to_its_limit_where_somebody_can(tmp_path: Path, managed: bool) -> None:
    about = profile("1.6", "TxProfile")["csChargingProfiles"]
    async with (
        a_csms() as csms,
        presented(tmp_path, csms.url, a_site() if managed else ALONE) as gateway,
        gateway.station("1.6") as station,
    ):
        await gateway.until(gateway.connected)
        station.plug(Car())
        answer = await starts(csms, "1.6", chargingProfile=about)
        assert answer == {"status": "Accepted" if managed else "Rejected"}
        starting = [row.args.get("limit_a") for row in gateway.hub.state.commands.values()]
        assert starting == ([8] if managed else [])


@pytest.mark.parametrize("version", BOTH)
async def test_boots_and_statuses_are_told_again_without_asking_the_station(tmp_path: Path, version: Version) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url) as gateway, gateway.station(version) as station:
        await gateway.until(lambda: gateway.connected() and csms.told("StatusNotification"))
        for wanted in ("BootNotification", "StatusNotification", "Heartbeat"):
            before = len(csms.told(wanted))
            assert await csms.call("CP01", "TriggerMessage", {"requestedMessage": wanted}) == {"status": "Accepted"}
            await gateway.until(
                lambda wanted=wanted, before=before: wanted == "Heartbeat" or len(csms.told(wanted)) > before
            )
        assert station.heard("TriggerMessage") == []
        seen = len(csms.told("MeterValues"))
        assert await csms.call("CP01", "TriggerMessage", {"requestedMessage": "MeterValues"}) == {"status": "Accepted"}
        await gateway.until(lambda: len(csms.told("MeterValues")) > seen)


async def test_it_gets_the_report_that_it_asked_for_and_no_other(tmp_path: Path) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url) as gateway, gateway.station("2.0.1") as station:
        await gateway.until(gateway.connected)
        said: dict[str, Any] = {"generatedAt": now(), "seqNo": 0, "tbc": False}
        await station.connection.call("NotifyReport", {"requestId": 4, **said})
        await csms.call("CP01", "GetBaseReport", {"requestId": 77, "reportBase": "FullInventory"})
        await station.connection.call("NotifyReport", {"requestId": 77, **said})
        await gateway.until(lambda: csms.told("NotifyReport"))
        assert {each["requestId"] for each in csms.told("NotifyReport")} == {77}


async def test_what_is_no_valid_call_is_answered_and_the_connection_goes_on(tmp_path: Path) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url) as gateway, gateway.station("1.6"):
        await gateway.until(gateway.connected)
        assert await csms.call("CP01", "MadeUp", {}) == {"error": "NotImplemented"}
        assert await csms.call("CP01", "Reset", {"type": "Sideways"}) == {"error": "PropertyConstraintViolation"}
        socket = csms.sockets["CP01"]
        await socket.send("nonsense")
        await gateway.until(lambda: csms.unasked)
        assert csms.sockets["CP01"] is socket
        assert await csms.call("CP01", "ChangeAvailability", {"connectorId": 0, "type": "Operative"}) == {
            "status": "Accepted"
        }


async def test_an_error_of_the_station_goes_back_as_it_is(tmp_path: Path) -> None:
    async with a_csms() as csms, presented(tmp_path, csms.url) as gateway, gateway.station("1.6") as station:
        from edgegw.simulate.link import Fault

        await gateway.until(gateway.connected)
        station.answers["GetConfiguration"] = Fault("NotSupported", "not here")
        assert await csms.call("CP01", "GetConfiguration", {}) == {"error": "NotSupported"}
        assert gateway.facts(f.CommandReceived) == []  # what only reads is not written down
