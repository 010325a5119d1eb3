"""OCPP 2.0.1, Core: the cases of a CSMS that no other test shows, by functional block: see docs/conformance.md."""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from edgegw.model import facts as f
from edgegw.simulate import Car
from edgegw.simulate.link import Refused
from tests.acceptance.conformance.scene import TOKENS, Scene, later, now, scene

VERSION = "2.0.1"


# Block B, provisioning


@pytest.mark.parametrize(("kind", "charging"), [("hard", False), ("hard", True), ("soft", False)])
async def test_a_reset_ends_as_the_station_says(tmp_path: Path, kind: str, charging: bool) -> None:
    async with scene(tmp_path, VERSION) as on:
        if charging:
            await on.charges()
        assert await on.told("reset", kind=kind) == ("done", None)
        assert on.station.heard("Reset") == [{"type": "Immediate" if kind == "hard" else "OnIdle"}]
        await on.gateway.until(lambda: len(on.gateway.facts(f.StationBooted)) == 2)
        if charging:
            await on.ended("immediate_reset")


@pytest.mark.parametrize(("kind", "charging"), [("hard", False), ("hard", True), ("soft", False), ("soft", True)])
async def test_an_evse_is_reset_by_itself_and_the_station_does_not_boot(
    tmp_path: Path, kind: str, charging: bool
) -> None:
    async with scene(tmp_path, VERSION) as on:
        waits = kind == "soft" and charging
        if charging:
            await on.charges()
        outcome = await on.gateway.command("reset", station="CP01", kind=kind, evse=1)
        assert (outcome.state, outcome.result) == ("done", {"status": "scheduled"} if waits else None)
        assert on.station.heard("Reset") == [{"type": "Immediate" if kind == "hard" else "OnIdle", "evseId": 1}]
        if waits:
            assert on.gateway.transactions[0].state == "active"
            on.station.unplug()
        await on.gateway.until(lambda: on.gateway.connector_status() == "unavailable")
        if charging:
            await on.ended("ev_disconnected" if waits else "immediate_reset")
            on.station.unplug()
        await on.gateway.until(lambda: on.gateway.connector_status() == "available")
        assert len(on.gateway.facts(f.StationBooted)) == 1


@pytest.mark.parametrize(("lacks", "evse"), [({"EVSE.AllowReset"}, 1), (set(), 7)])
async def test_an_evse_that_is_not_reset_by_itself_is_rejected(tmp_path: Path, lacks: set[str], evse: int) -> None:
    async with scene(tmp_path, VERSION) as on:
        on.station.cabinet.lacks = lacks
        assert await on.told("reset", kind="hard", evse=evse) == ("rejected", "rejected")


# Block C, authorization


@pytest.mark.parametrize(
    ("token", "status"),
    [("CARD1", "Accepted"), ("CARD2", "Blocked"), ("CARD3", "Expired"), ("CARD4", "Invalid"), ("NOBODY", "Invalid")],
)
async def test_a_token_is_answered_with_its_status_and_its_group(tmp_path: Path, token: str, status: str) -> None:
    async with scene(tmp_path, VERSION) as on:
        info = (await on.says("Authorize", idToken={"idToken": token, "type": "ISO14443"}))["idTokenInfo"]
        assert info["status"] == status
        if status == "Accepted":
            assert info["groupIdToken"]["idToken"] == "FLEET"


# Block D, local authorization list


@pytest.mark.parametrize(
    ("status", "ends"),
    [("Failed", ("failed", "failed")), ("VersionMismatch", ("rejected", "version_mismatch"))],
)
async def test_a_list_that_the_station_does_not_take_ends_in_its_word(tmp_path: Path, status: str, ends: Any) -> None:
    async with scene(tmp_path, VERSION) as on:
        on.station.answers["SendLocalList"] = {"status": status}
        assert await on.told("send_local_list") == ends


async def test_a_whole_list_has_what_is_known_of_each_token(tmp_path: Path) -> None:
    async with scene(tmp_path, VERSION) as on:
        assert (await on.told("send_local_list"))[0] == "done"
        (sent,) = on.station.heard("SendLocalList")
        assert sent["updateType"] == "Full"
        entries = sent["localAuthorizationList"]
        assert {entry["idToken"]["idToken"] for entry in entries} == TOKENS.keys()
        assert all(entry["idTokenInfo"]["status"] for entry in entries)


# Block E, transactions


class Told:
    """A transaction as a station of any start and stop point tells it."""

    def __init__(self, on: Scene) -> None:
        self._on = on
        self._numbers = count()

    async def event(self, kind: str, trigger: str, wh: int, **more: Any) -> Any:
        about = {"transactionId": "tx-1"} | more.pop("info", {})
        values = [{"value": wh, "measurand": "Energy.Active.Import.Register"}]
        return await self._on.says(
            "TransactionEvent", eventType=kind, timestamp=now(), triggerReason=trigger, seqNo=next(self._numbers),
            transactionInfo=about, meterValue=[{"timestamp": now(), "sampledValue": values}], **more,
        )  # fmt: skip


EVSE = {"evse": {"id": 1, "connectorId": 1}}
CARD = {"idToken": {"idToken": "CARD1", "type": "ISO14443"}}

STARTS = {
    "ParkingBayOccupancy": ("EVDetected", {}, {}),
    "EVConnected": ("CablePluggedIn", {"chargingState": "EVConnected"}, {}),
    "Authorized": ("Authorized", {}, CARD),
    "DataSigned": ("SignedDataReceived", {"chargingState": "EVConnected"}, CARD),
    "PowerPathClosed": ("ChargingStateChanged", {"chargingState": "SuspendedEV"}, CARD),
    "EnergyTransfer": ("ChargingStateChanged", {"chargingState": "Charging"}, CARD),
}
"""TxStartPoint (part 2, E01): the trigger of the first event, the charging state and the token that come with it."""

STOPS = {
    "ParkingBayOccupancy": ("EVDeparted", {"stoppedReason": "Local"}, {}),
    "EVConnected": ("EVCommunicationLost", {"stoppedReason": "EVDisconnected"}, {}),
    "Authorized": ("StopAuthorized", {"stoppedReason": "Local"}, CARD),
    "Deauthorized": ("Deauthorized", {"stoppedReason": "DeAuthorized"}, {}),
    "PowerPathClosed": ("ChargingStateChanged", {"stoppedReason": "Local", "chargingState": "EVConnected"}, {}),
    "EnergyTransfer": ("ChargingStateChanged", {"stoppedReason": "StoppedByEV", "chargingState": "SuspendedEV"}, {}),
}
"""TxStopPoint (E06), likewise for the last event."""


async def tells(on: Scene, start: str, stop: str) -> None:
    """From the parking bay to the end: 10 kWh are drawn between 1,000 and 11,000 Wh."""
    told = Told(on)
    trigger, state, token = STARTS[start]
    begun = await told.event("Started", trigger, 1000, info=state, **EVSE, **token)
    if token:
        assert begun["idTokenInfo"]["status"] == "Accepted"
    else:
        shown = await told.event("Updated", "Authorized", 1000, info=state, **CARD)
        assert shown["idTokenInfo"]["status"] == "Accepted"
    if start in ("ParkingBayOccupancy", "Authorized"):
        await told.event("Updated", "CablePluggedIn", 1000, info={"chargingState": "EVConnected"})
    if start != "EnergyTransfer":
        await told.event("Updated", "ChargingStateChanged", 1000, info={"chargingState": "Charging"})
    await told.event("Updated", "MeterValuePeriodic", 6000, info={"chargingState": "Charging"})
    trigger, reason, token = STOPS[stop]
    ended = await told.event("Ended", trigger, 11_000, info=reason, **token)
    assert ended["totalCost"] == 20.0


@pytest.mark.parametrize("start", STARTS)
async def test_a_transaction_of_any_start_point_is_the_same_charge(tmp_path: Path, start: str) -> None:
    async with scene(tmp_path, VERSION) as on:
        await tells(on, start, "Authorized")
        (row,) = on.gateway.transactions
        assert (row.state, row.id_token, row.energy_wh) == ("ended", "CARD1", 10_000)
        assert [len(on.gateway.facts(kind)) for kind in (f.TransactionStarted, f.EnergyTransferStarted)] == [1, 1]


@pytest.mark.parametrize("stop", STOPS)
async def test_a_transaction_of_any_stop_point_ends_for_its_reason(tmp_path: Path, stop: str) -> None:
    async with scene(tmp_path, VERSION) as on:
        await tells(on, "EVConnected", stop)
        (row,) = on.gateway.transactions
        reasons = {"EVConnected": "ev_disconnected", "Deauthorized": "de_authorized", "EnergyTransfer": "stopped_by_ev"}
        assert (row.state, row.energy_wh, row.end_reason) == ("ended", 10_000, reasons.get(stop, "local"))


async def test_a_token_that_may_not_charge_is_told_so_in_the_answer_to_its_event(tmp_path: Path) -> None:
    async with scene(tmp_path, VERSION) as on:
        told = Told(on)
        await told.event("Started", "CablePluggedIn", 1000, **EVSE)
        blocked = {"idToken": {"idToken": "CARD2", "type": "ISO14443"}}
        answer = await told.event("Updated", "Authorized", 1000, **blocked)
        assert answer["idTokenInfo"]["status"] == "Blocked"


STATUS = "get_transaction_status"


@pytest.mark.parametrize("queued", [False, True])
async def test_a_station_tells_whether_messages_of_anything_wait(tmp_path: Path, queued: bool) -> None:
    async with scene(tmp_path, VERSION) as on:
        if queued:
            on.station.answers["GetTransactionStatus"] = {"messagesInQueue": True}
        outcome = await on.gateway.command(STATUS, station="CP01")
        assert on.station.heard("GetTransactionStatus") == [{}]
        assert (outcome.state, outcome.result) == ("done", {"messages_in_queue": queued})


@pytest.mark.parametrize("ongoing", [True, False])
@pytest.mark.parametrize("queued", [False, True])
async def test_a_station_tells_whether_a_transaction_goes_on_and_whether_messages_of_it_wait(
    tmp_path: Path, ongoing: bool, queued: bool
) -> None:
    async with scene(tmp_path, VERSION, meter_every_s=60.0) as on:
        await on.charges()
        if not ongoing:
            on.station.unplug()
            await on.ended("ev_disconnected")
        await on.station.until(lambda: not on.station.waiting)
        if queued:
            on.station.answers["GetTransactionStatus"] = {"messagesInQueue": True, "ongoingIndicator": ongoing}
        (transaction,) = on.gateway.transactions
        outcome = await on.gateway.command(STATUS, transaction=transaction.id)
        assert on.station.heard("GetTransactionStatus")[-1] == {"transactionId": transaction.reference}
        assert (outcome.state, outcome.result) == ("done", {"messages_in_queue": queued, "ongoing": ongoing})


async def test_a_transaction_that_the_station_does_not_know_is_not_going_on(tmp_path: Path) -> None:
    async with scene(tmp_path, VERSION) as on:
        await Told(on).event("Started", "Authorized", 1000, info={"chargingState": "Charging"}, **EVSE, **CARD)
        (transaction,) = on.gateway.transactions
        outcome = await on.gateway.command(STATUS, transaction=transaction.id)
        assert outcome.result == {"messages_in_queue": False, "ongoing": False}
        nowhere = await on.gateway.command(STATUS, transaction="0190-none")
        assert (nowhere.state, nowhere.reason) == ("rejected", "there is no such transaction, or it has ended")


# Block F, remote control


@pytest.mark.parametrize("cable", ["first", "later"])
async def test_a_remote_start_brings_the_profile_that_its_transaction_keeps_to(tmp_path: Path, cable: str) -> None:
    profile = {"periods": [{"starts_s": 0, "limit": 10}, {"starts_s": 3600, "limit": 16}], "unit": "a"}
    async with scene(tmp_path, VERSION) as on:
        if cable == "first":
            on.station.plug(Car(soc=0.3))
        assert (await on.told("start_transaction", evse=1, id_token="CARD1", profile=profile, force=True))[0] == "done"
        if cable == "later":
            await on.station.until(lambda: on.station.waits_for_cable(1))
            on.station.plug(Car(soc=0.3))
        (asked,) = on.station.heard("RequestStartTransaction")
        told = asked["chargingProfile"]
        assert (told["chargingProfilePurpose"], "transactionId" in told) == ("TxProfile", False)
        await on.station.until(lambda: on.station.places[1].offered_a == 10.0)
        await on.gateway.until(lambda: on.gateway.transactions)
        assert on.gateway.transactions[0].remote_start is not None
        on.station.unplug()
        assert not [each for each in on.station.profiles if each.purpose == "TxProfile"]


async def test_a_remote_start_with_a_profile_that_the_station_does_not_take_begins_nothing(tmp_path: Path) -> None:
    async with scene(tmp_path, VERSION) as on:
        on.station.plug(Car())
        on.station.answers["RequestStartTransaction"] = {
            "status": "Rejected", "statusInfo": {"reasonCode": "InvalidProfile"}
        }  # fmt: skip
        outcome = await on.gateway.command(
            "start_transaction", station="CP01", evse=1, id_token="CARD1", profile={"limit_a": 10}, force=True
        )
        assert (outcome.state, outcome.result) == ("rejected", {"reason_code": "InvalidProfile"})
        assert not on.gateway.transactions


@pytest.mark.parametrize(
    ("action", "name"),
    [("RequestStartTransaction", "start_transaction"), ("RequestStopTransaction", "stop_transaction")],
)
async def test_what_the_station_rejects_is_rejected(tmp_path: Path, action: str, name: str) -> None:
    async with scene(tmp_path, VERSION) as on:
        stops = name == "stop_transaction"
        if stops:
            await on.charges()
        on.station.answers[action] = {"status": "Rejected", "statusInfo": {"reasonCode": "NotNow"}}
        args = {"evse": 1} | ({} if stops else {"id_token": "CARD1"})
        outcome = await on.gateway.command(name, station="CP01", **args)
        assert (outcome.state, outcome.reason, outcome.result) == ("rejected", "rejected", {"reason_code": "NotNow"})
        assert len(on.gateway.transactions) == (1 if stops else 0)


async def test_a_remote_start_without_a_cable_in_time_begins_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegw.simulate.station.CABLE_TIMEOUT_S", 0.2)
    async with scene(tmp_path, VERSION) as on:
        assert (await on.told("start_transaction", evse=1, id_token="CARD1"))[0] == "done"
        await on.station.until(lambda: not on.station.waits_for_cable(1))
        on.station.plug(Car())
        await asyncio.sleep(0.2)
        assert not on.gateway.transactions


@pytest.mark.parametrize(
    ("status", "ends"),
    [("Unlocked", ("done", None)), ("UnlockFailed", ("failed", "unlock_failed")),
     ("OngoingAuthorizedTransaction", ("rejected", "ongoing_authorized_transaction")),
     ("UnknownConnector", ("rejected", "unknown_connector"))],
)  # fmt: skip
async def test_an_unlock_ends_as_the_station_says(tmp_path: Path, status: str, ends: Any) -> None:
    async with scene(tmp_path, VERSION) as on:
        on.station.answers["UnlockConnector"] = {"status": status}
        assert await on.told("unlock_connector", evse=1) == ends


@pytest.mark.parametrize(
    ("message", "charging", "brings"),
    [("boot_notification", False, "BootNotification"), ("heartbeat", False, "Heartbeat"),
     ("status_notification", False, "StatusNotification"), ("meter_values", False, "MeterValues"),
     ("transaction_event", True, "TransactionEvent")],
)  # fmt: skip
async def test_what_is_triggered_comes(tmp_path: Path, message: str, charging: bool, brings: str) -> None:
    async with scene(tmp_path, VERSION, meter_every_s=60.0) as on:
        if charging:
            await on.charges()
        before = len(on.station.said(brings))
        assert (await on.told("trigger", message=message))[0] == "done"
        await on.station.until(lambda: len(on.station.said(brings)) > before)


@pytest.mark.parametrize(
    ("status", "ends"),
    [("Rejected", ("rejected", "rejected")), ("NotImplemented", ("rejected", "not_implemented"))],
)
async def test_a_trigger_that_the_station_does_not_follow_is_rejected(tmp_path: Path, status: str, ends: Any) -> None:
    async with scene(tmp_path, VERSION) as on:
        on.station.answers["TriggerMessage"] = {"status": status}
        assert await on.told("trigger", message="heartbeat") == ends


# Block G, availability


@pytest.mark.parametrize("where", [{}, {"evse": 1}, {"evse": 1, "connector": 1}])
async def test_a_station_an_evse_and_a_connector_are_taken_out_of_use(tmp_path: Path, where: Any) -> None:
    async with scene(tmp_path, VERSION) as on:
        assert (await on.told("change_availability", operative=False, **where))[0] == "done"
        await on.gateway.until(lambda: on.gateway.connector_status() == "unavailable")
        (asked,) = on.station.heard("ChangeAvailability")
        named = {"evse": "id", "connector": "connectorId"}
        assert asked.get("evse", {}) == {named[key]: value for key, value in where.items()}
        assert (await on.told("change_availability", operative=True, **where))[0] == "done"
        await on.gateway.until(lambda: on.gateway.connector_status() == "available")


async def test_what_charges_goes_out_of_use_when_it_has_ended(tmp_path: Path) -> None:
    async with scene(tmp_path, VERSION) as on:
        await on.charges()
        outcome = await on.gateway.command("change_availability", station="CP01", evse=1, operative=False)
        assert (outcome.state, outcome.result) == ("done", {"status": "scheduled"})
        assert on.gateway.transactions[0].state == "active"
        on.station.unplug()
        await on.ended("ev_disconnected")
        await on.gateway.until(lambda: on.gateway.connector_status() == "unavailable")


async def test_a_change_that_the_station_rejects_is_rejected(tmp_path: Path) -> None:
    async with scene(tmp_path, VERSION) as on:
        on.station.answers["ChangeAvailability"] = {"status": "Rejected"}
        assert await on.told("change_availability", operative=False) == ("rejected", "rejected")


# Block H, reservation


@pytest.mark.parametrize("status", ["Faulted", "Occupied", "Unavailable", "Rejected"])
async def test_a_reservation_that_the_station_does_not_take_is_none(tmp_path: Path, status: str) -> None:
    async with scene(tmp_path, VERSION) as on:
        on.station.answers["ReserveNow"] = {"status": status}
        told = await on.told("reserve", evse=1, id_token="CARD1", until=later(hours=1))
        assert told == ("rejected", status.lower())
        assert on.gateway.hub.state.reservations == {}


async def test_a_reservation_may_be_for_any_evse(tmp_path: Path) -> None:
    async with scene(tmp_path, VERSION) as on:
        assert (await on.told("reserve", id_token="CARD1", until=later(hours=1)))[0] == "done"
        assert "evseId" not in on.station.heard("ReserveNow")[0]


@pytest.mark.parametrize(("status", "reason"), [("Expired", "expired"), ("Removed", "removed")])
async def test_a_reservation_that_the_station_gives_up_has_ended(tmp_path: Path, status: str, reason: str) -> None:
    async with scene(tmp_path, VERSION) as on:
        assert (await on.told("reserve", evse=1, id_token="CARD1", until=later(hours=1)))[0] == "done"
        number = on.station.heard("ReserveNow")[0]["id"]
        assert await on.says("ReservationStatusUpdate", reservationId=number, reservationUpdateStatus=status) == {}
        assert on.gateway.hub.state.reservations == {}
        assert [fact.reason for fact in on.gateway.facts(f.ReservationEnded)] == [reason]


# Block J, meter values


async def test_clock_aligned_values_are_kept_without_a_transaction(tmp_path: Path) -> None:
    async with scene(tmp_path, VERSION) as on:
        value = {"value": 4321, "context": "Sample.Clock", "measurand": "Energy.Active.Import.Register"}
        answer = await on.says("MeterValues", evseId=1, meterValue=[{"timestamp": now(), "sampledValue": [value]}])
        assert answer == {}
        latest = on.gateway.hub.latest("stations/CP01/1")
        assert latest is not None
        assert latest.sample.values["import_wh"] == 4321


# Block L, N, P, what a station tells of its firmware, its security and its vendor's own


@pytest.mark.parametrize("status", ["DownloadFailed", "InstallVerificationFailed", "InvalidSignature", "Installed"])
async def test_an_update_is_followed_to_its_end(tmp_path: Path, status: str) -> None:
    async with scene(tmp_path, VERSION) as on:
        on.station.answers["UpdateFirmware"] = {"status": "Accepted"}
        outcome = await on.gateway.command("update_firmware", station="CP01", location="http://192.0.2.9:8008/files")
        assert outcome.result is not None
        request = outcome.result["request"]
        assert await on.says("FirmwareStatusNotification", status=status, requestId=request) == {}
        last = on.gateway.facts(f.FirmwareStatusChanged)[-1]
        assert (last.status.replace("_", ""), last.request) == (status.lower(), request)


@pytest.mark.parametrize("status", ["Rejected", "AcceptedCanceled"])
async def test_an_update_that_stands_in_for_another_or_is_refused_says_so(tmp_path: Path, status: str) -> None:
    async with scene(tmp_path, VERSION) as on:
        on.station.answers["UpdateFirmware"] = {"status": status}
        outcome = await on.gateway.command("update_firmware", station="CP01", location="http://192.0.2.9:8008/files")
        assert outcome.state == ("rejected" if status == "Rejected" else "done")


async def test_a_security_event_is_taken_and_kept(tmp_path: Path) -> None:
    async with scene(tmp_path, VERSION) as on:
        assert await on.says("SecurityEventNotification", type="TamperDetectionActivated", timestamp=now()) == {}
        assert len(on.gateway.facts(f.SecurityEvent)) == 1


async def test_a_vendors_message_that_nobody_here_knows_is_not_accepted(tmp_path: Path) -> None:
    async with scene(tmp_path, VERSION) as on:
        assert (await on.says("DataTransfer", vendorId="org.example"))["status"] == "UnknownVendorId"


async def test_an_action_that_nobody_knows_costs_one_error_and_no_connection(tmp_path: Path) -> None:
    async with scene(tmp_path, VERSION) as on:
        with pytest.raises(Refused) as refused:
            await on.says("MakeCoffee")
        assert refused.value.code == "NotImplemented"
        assert "currentTime" in await on.says("Heartbeat")
