"""Smart charging with virtual stations over real websockets: profiles, what they hold, needs, limits from outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edgegw.model import facts as f
from edgegw.model.commands import Setpoint
from edgegw.model.site import Tariff, TariffPeriod
from edgegw.simulate.car import Car
from edgegw.simulate.station import Station
from tests.simulate.served import VERSIONS, Served, served
from tests.support.hubs import a_site

both = pytest.mark.parametrize("version", ["2.0.1", "2.1"])
CURVE = {"curveData": [{"x": 1.0, "y": 2.0}], "priority": 0, "yUnit": "PctMaxW"}


def later(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


async def done(gateway: Served, name: str, **args: Any) -> Any:
    outcome = await gateway.command(name, **({} if "transaction" in args else {"station": "CP01"}), **args)
    assert outcome.state == "done", (name, outcome)
    return outcome.result


async def charging(gateway: Served, station: Station) -> str:
    await station.until(lambda: station.booted)
    station.plug(Car())
    assert await station.present("CARD1")
    await gateway.until(lambda: gateway.hub.state.at_evse)
    return gateway.hub.state.at_evse["CP01", 1]


@pytest.mark.parametrize("version", VERSIONS)
async def test_periods_are_followed_and_a_profile_of_its_id_takes_its_place(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await charging(gateway, station)
        periods = [{"starts_s": 0, "limit": 9}, {"starts_s": 3600, "limit": 30}]
        result = await done(gateway, "set_charging_profile", evse=1, profile={"unit": "a", "periods": periods})
        assert result == {"profile_id": 4001}
        await station.until(lambda: station.places[1].offered_a == 9.0)
        earlier = {"unit": "a", "periods": periods, "starts_at": later(hours=-2)}
        await done(gateway, "set_charging_profile", evse=1, profile=earlier)
        await station.until(lambda: station.places[1].offered_a == 30.0)
        daily = {"limit_a": 12, "recurrence": "daily", "starts_at": later(days=-3), "valid_to": later(hours=1)}
        await done(gateway, "set_charging_profile", evse=1, profile=daily)
        await station.until(lambda: station.places[1].offered_a == 12.0)
        await done(gateway, "clear_charging_profile", profile_id=4001)
        await station.until(lambda: station.places[1].offered_a == 32.0)


async def test_periods_are_joined_for_a_station_that_says_how_many_it_takes(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station("1.6") as station:
        await charging(gateway, station)
        most = {"component": "", "variable": "ChargingScheduleMaxPeriods", "value": "2"}
        told = f.VariablesChanged(at=gateway.hub.now(), station="CP01", action="GetConfiguration", variables=(most,))
        await gateway.hub.record(told)
        periods = [{"starts_s": 0, "limit": 9}, {"starts_s": 60, "limit": 30}, {"starts_s": 120, "limit": 28}]
        await done(gateway, "set_charging_profile", evse=1, profile={"unit": "a", "periods": periods})
        (held,) = station.profiles
        assert [(starts_s, limit) for starts_s, limit, _ in held.periods] == [(0, 9.0), (60, 28.0)]


@both
async def test_a_station_tells_the_profiles_that_it_holds_and_the_outcome_has_them_all(
    tmp_path: Path, version: Any
) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await charging(gateway, station)
        await done(gateway, "set_charging_profile", evse=1, profile={"limit_a": 9})
        most = {"limit_w": 22000, "purpose": "station_max_profile", "profile_id": 9, "stack_level": 2}
        await done(gateway, "set_charging_profile", evse=0, profile=most)
        found = (await done(gateway, "get_charging_profiles"))["profiles"]
        assert [(each["profile_id"], each["evse"], each["purpose"]) for each in found] == [
            (4001, 1, "tx_profile"), (9, 0, "station_max_profile"),
        ]  # fmt: skip
        assert found[1]["periods"] == [{"starts_s": 0, "limit": 22000.0}]
        (one,) = (await done(gateway, "get_charging_profiles", profile_ids=[9]))["profiles"]
        assert one == found[1]
        await done(gateway, "clear_charging_profile", purpose="station_max_profile", stack_level=2)
        assert await done(gateway, "get_charging_profiles", purpose="station_max_profile") == {"profiles": []}
        assert gateway.facts(f.VariablesReported) == [], "the outcome has it"


@both
async def test_a_report_that_nobody_asked_for_is_kept_as_it_came(tmp_path: Path, version: Any) -> None:
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await charging(gateway, station)
        await done(gateway, "set_charging_profile", evse=1, profile={"limit_a": 9})
        (held,) = station.profiles
        part = {"requestId": 99, "chargingLimitSource": "CSO", "evseId": 1, "chargingProfile": [held.wire]}
        assert await station.connection.call("ReportChargingProfiles", part) == {}
        assert [fact.report for fact in gateway.facts(f.VariablesReported)] == [part]


async def test_a_report_that_does_not_come_to_an_end_ends_its_command(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station("2.0.1") as station:
        await station.until(lambda: station.booted)
        station.answers["GetChargingProfiles"] = {"status": "Accepted"}
        outcome = await gateway.command("get_charging_profiles", station="CP01")
        assert (outcome.state, outcome.reason) == ("unknown", "ReportChargingProfiles did not come to an end in time")


@both
async def test_a_car_tells_its_needs_and_gets_a_plan_within_what_its_evse_may_draw(
    tmp_path: Path, version: Any
) -> None:
    async with (
        served(tmp_path, defaults=lambda name: {1: 7.0}) as gateway,
        gateway.station(version) as station,
    ):
        transaction = await charging(gateway, station)
        await gateway.server.orders.apply_setpoint(Setpoint("CP01", 1, 16.0, 120))
        needs = {
            "requestedEnergyTransfer": "AC_three_phase", "departureTime": later(hours=4),
            "acChargingParameters": {"energyAmount": 9000, "evMinCurrent": 6, "evMaxCurrent": 32, "evMaxVoltage": 400},
        }  # fmt: skip
        asked = {"evseId": 1, "maxScheduleTuples": 3, "chargingNeeds": needs}
        assert await station.connection.call("NotifyEVChargingNeeds", asked) == {"status": "Accepted"}
        await station.until(lambda: any(each.id == 5001 for each in station.profiles), timeout_s=2.0)
        (plan,) = [each for each in station.profiles if each.id == 5001]
        assert [limit for _, limit, _ in plan.periods] == [16.0, 7.0]
        assert plan.purpose == "TxProfile"
        assert station.places[1].offered_a == 16.0, "the set point rules as before"
        row = gateway.hub.state.transactions[transaction]
        assert row.departure_at is not None
        assert row.wanted_wh is None
        chosen = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]}
        told = {"timeBase": later(), "evseId": 1, "chargingSchedule": chosen}
        assert await station.connection.call("NotifyEVChargingSchedule", told) == {"status": "Accepted"}
        needed, schedule = gateway.facts(f.VehicleNeedsReported, f.VehicleScheduleReported)
        assert (needed.transaction, needed.energy_wh, needed.planned) == (transaction, 9000, True)
        assert (schedule.transaction, schedule.schedule) == (transaction, chosen)


@both
async def test_a_car_takes_one_of_the_schedules_that_it_is_offered(tmp_path: Path, version: Any) -> None:
    now = datetime.now(UTC)
    dear = TariffPeriod(
        tuple(range(7)), (now + timedelta(hours=1)).time(), (now + timedelta(hours=2)).time(), Decimal(9)
    )
    site = a_site(tariffs={"default": Tariff("default", Decimal(2), periods=(dear,))}, timezone="UTC")
    async with (
        served(tmp_path, site, defaults=lambda name: {1: 32.0}) as gateway,
        gateway.station(version) as station,
    ):
        await charging(gateway, station)
        station.cabinet.takes = 2
        needs = {
            "requestedEnergyTransfer": "AC_three_phase", "departureTime": later(hours=4),
            "acChargingParameters": {"energyAmount": 20000, "evMinCurrent": 6, "evMaxCurrent": 32, "evMaxVoltage": 400},
        }  # fmt: skip
        asked = {"evseId": 1, "maxScheduleTuples": 12, "chargingNeeds": needs}
        assert await station.connection.call("NotifyEVChargingNeeds", asked) == {"status": "Accepted"}
        await station.until(lambda: station.places[1].offered_a == 8.0, timeout_s=2.0)
        (profile,) = [each for each in station.heard("SetChargingProfile") if each["chargingProfile"]["id"] == 5001]
        offered = profile["chargingProfile"]["chargingSchedule"]
        limits = [[each["limit"] for each in one["chargingSchedulePeriod"]] for one in offered]
        assert limits == [[32.0], [8.0], [32.0, 0.0, 32.0]]
        levels = [[each["ePriceLevel"] for each in one["salesTariff"]["salesTariffEntry"]] for one in offered]
        assert levels == [[1, 2, 1]] * 3
        taken = {"timeBase": later(), "evseId": 1, "chargingSchedule": {**offered[1], "id": 1}}
        more = {"selectedChargingScheduleId": offered[1]["id"]} if version == "2.1" else {}
        assert await station.connection.call("NotifyEVChargingSchedule", {**taken, **more}) == {"status": "Accepted"}
        (schedule,) = gateway.facts(f.VehicleScheduleReported)
        assert schedule.selected == more.get("selectedChargingScheduleId")


@both
async def test_a_limit_from_outside_is_state_until_it_is_cleared(tmp_path: Path, version: Any) -> None:
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}]}
    told = {"evseId": 1, "chargingLimit": {"chargingLimitSource": "SO"}, "chargingSchedule": [schedule]}
    async with served(tmp_path) as gateway, gateway.station(version) as station:
        await station.until(lambda: station.booted)
        assert await station.connection.call("NotifyChargingLimit", told) == {}
        (row,) = gateway.hub.state.outside_limits.values()
        assert (row.source, row.schedules) == ("so", (schedule,))
        assert await station.connection.call("ClearedChargingLimit", {"chargingLimitSource": "SO"}) == {}
        assert gateway.hub.state.outside_limits == {}


async def test_a_dynamic_profile_is_changed_by_command_and_pulled_with_its_newest_values(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station("2.1") as station:
        await charging(gateway, station)
        pull = {"chargingProfileId": 4001}
        assert (await station.connection.call("PullDynamicScheduleUpdate", pull))["status"] == "Rejected"
        await done(gateway, "set_charging_profile", evse=1, profile={"limit_a": 20, "kind": "dynamic"})
        await station.until(lambda: station.places[1].offered_a == 20.0)
        await done(gateway, "update_dynamic_schedule", profile_id=4001, limit=8, limit_l2=6)
        await station.until(lambda: station.places[1].offered_a == 8.0)
        assert station.heard("UpdateDynamicSchedule") == [{**pull, "scheduleUpdate": {"limit": 8, "limit_L2": 6}}]
        pulled = await station.connection.call("PullDynamicScheduleUpdate", pull)
        assert pulled == {"status": "Accepted", "scheduleUpdate": {"limit": 8, "limit_L2": 6}}


async def test_a_transaction_charges_with_priority_once_there_is_a_profile_for_it(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station("2.1") as station:
        transaction = await charging(gateway, station)
        refused = await gateway.command("use_priority_charging", transaction=transaction, active=True)
        assert (refused.state, refused.reason) == ("rejected", "no_profile")
        await done(gateway, "set_charging_profile", evse=1, profile={"limit_a": 9})
        priority = {"limit_a": 25, "purpose": "priority_charging", "profile_id": 7}
        against = await gateway.command("set_charging_profile", station="CP01", evse=1, profile=priority)
        assert "works against load management" in str(against.reason)
        await done(gateway, "set_charging_profile", evse=1, profile=priority, force=True)
        await done(gateway, "use_priority_charging", transaction=transaction, active=True)
        await station.until(lambda: station.places[1].offered_a == 25.0)
        reference = station.transactions[1].reference
        told = {"transactionId": reference, "activated": False}
        assert await station.connection.call("NotifyPriorityCharging", told) == {}
        (fact,) = gateway.facts(f.PriorityChargingChanged)
        assert (fact.transaction, fact.active) == (transaction, False)
        await done(gateway, "allow_energy_transfer", transaction=transaction, transfers=["ac_three_phase", "ac_bpt"])
        assert station.cabinet.transfers[str(reference)] == ["AC_three_phase", "AC_BPT"]
        await done(gateway, "send_afrr_signal", signal=-7)
        assert station.cabinet.signals == [-7]


async def test_controls_of_energy_resources_are_set_told_and_cleared(tmp_path: Path) -> None:
    fixed = {"priority": 1, "displacement": 0.9, "excitation": True}
    async with served(tmp_path) as gateway, gateway.station("2.1") as station:
        await station.until(lambda: station.booted)
        await done(gateway, "set_der_control", kind="volt_var", settings=CURVE, control="c1")
        second = await done(gateway, "set_der_control", kind="volt_var", settings=CURVE, control="c2")
        assert second == {"control": "c2", "superseded": ["c1"]}
        await done(gateway, "set_der_control", kind="fixed_pf_absorb", settings=fixed, control="c3", default=True)
        wrong = await gateway.command("set_der_control", station="CP01", kind="fixed_var", settings=CURVE)
        assert wrong.state == "rejected"
        assert "SetDERControl" in str(wrong.reason)
        found = (await done(gateway, "get_der_controls"))["controls"]
        assert [(each["control"], each["kind"], each["default"]) for each in found] == [
            ("c1", "volt_var", False), ("c2", "volt_var", False), ("c3", "fixed_pf_absorb", True),
        ]  # fmt: skip
        assert [each["settings"] for each in found] == [CURVE, CURVE, fixed]
        await done(gateway, "clear_der_control", kind="volt_var")
        assert list(station.cabinet.controls) == ["c3"]
        alarm = {"controlType": "HVMustTrip", "gridEventFault": "OverVoltage", "timestamp": later()}
        assert await station.connection.call("NotifyDERAlarm", alarm) == {}
        started = [(fact.control, fact.active, fact.superseded) for fact in gateway.facts(f.DerControlChanged)]
        assert started == [("c1", True, ()), ("c2", True, ("c1",)), ("c3", True, ())]
        assert [(fact.control, fact.fault, fact.ended) for fact in gateway.facts(f.DerAlarmChanged)] == [
            ("hv_must_trip", "over_voltage", False)
        ]


async def test_batteries_are_swapped_and_whose_they_are_is_personal(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station("2.1") as station:
        await station.until(lambda: station.booted)
        result = await done(gateway, "request_battery_swap", id_token="CARD1")
        await gateway.until(lambda: len(gateway.facts(f.BatterySwapped)) == 2)
        into, out = gateway.facts(f.BatterySwapped)
        assert (into.event, out.event) == ("battery_in", "battery_out")
        assert into.request == out.request == result["request"]
        assert into.batteries[0]["serialNumber"] == "B-1"


async def test_the_values_of_a_stream_become_a_variables(tmp_path: Path) -> None:
    place = {"component": "Connector", "variable": "Temperature", "evse": 1}
    watched = {"monitor": 2, "kind": "periodic", "value": 10.0, "severity": 9, **place}
    stream = {"id": 5, "params": {"interval": 10, "values": 3}, "variableMonitoringId": 2}
    async with served(tmp_path) as gateway, gateway.station("2.1") as station:
        await station.until(lambda: station.booted)
        opening = {"constantStreamData": stream}
        assert await station.connection.call("OpenPeriodicEventStream", opening) == {"status": "Rejected"}
        monitors = f.MonitorsChanged(at=gateway.hub.now(), station="CP01", monitors=(watched,))
        await gateway.hub.record(monitors)
        assert await station.connection.call("OpenPeriodicEventStream", opening) == {"status": "Accepted"}
        station.cabinet.streams[5] = stream
        values = {"id": 5, "pending": 0, "basetime": later(), "data": [{"t": 0, "v": "40"}, {"t": 5, "v": "41.5"}]}
        await station.connection.send("NotifyPeriodicEventStream", values)
        await gateway.until(lambda: gateway.hub.state.variables)
        (row,) = gateway.hub.state.variables.values()
        assert (row.component, row.variable, row.evse, row.value) == ("Connector", "Temperature", 1, "41.5")
        await done(gateway, "adjust_event_stream", stream=5, interval_s=60)
        found = await done(gateway, "get_event_streams")
        assert found == {"streams": [{"stream": 5, "monitor": 2, "interval_s": 60, "values": 3}]}
        assert await station.connection.call("ClosePeriodicEventStream", {"id": 5}) == {}
        assert [row.stream for row in gateway.hub.state.monitors.values()] == [None]
        assert len(gateway.facts(f.EventStreamOpened, f.EventStreamClosed)) == 2


async def test_a_station_shows_costs_by_the_sites_tariffs(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station("2.1") as station:
        transaction = await charging(gateway, station)
        assert await done(gateway, "get_tariffs") == {"tariffs": []}
        id = (await done(gateway, "set_default_tariff", tariff="default"))["tariff"]
        assert await done(gateway, "change_transaction_tariff", transaction=transaction, tariff="default")
        assert station.cabinet.tariffs[1]["energy"]["prices"] == [{"priceKwh": 2.0}]
        (held,) = (await done(gateway, "get_tariffs"))["tariffs"]
        assert (held["tariff"], held["evses"]) == (id, [1])
        assert (await done(gateway, "clear_tariffs", tariffs=[id]))["tariffs"] == [{"tariff": id, "status": "accepted"}]
        await done(gateway, "announce_web_payment", evse=1, timeout_s=60)
        assert station.cabinet.texts == {0: "paying for 1"}


async def test_what_a_terminal_settled_is_paid_once(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station("2.1") as station:
        transaction = await charging(gateway, station)
        settled = {
            "transactionId": station.transactions[1].reference, "pspRef": "psp-1", "status": "Settled",
            "settlementAmount": 12.5, "settlementTime": later(),
        }  # fmt: skip
        for _ in range(2):
            assert await station.connection.call("NotifySettlement", settled) == {}
        assert str(gateway.hub.state.transactions[transaction].paid) == "12.5"
        assert [fact.reference for fact in gateway.facts(f.SettlementReported)] == ["psp-1", "psp-1"]
        asked = {"vatNumber": "BR1", "evseId": 1}
        assert (await station.connection.call("VatNumberValidation", asked))["status"] == "Rejected"


async def test_a_2_0_1_station_is_spared_what_came_later(tmp_path: Path) -> None:
    async with served(tmp_path, a_site()) as gateway, gateway.station("2.0.1") as station:
        await station.until(lambda: station.booted)
        outcome = await gateway.command("send_afrr_signal", station="CP01", signal=1)
        assert outcome.reason == "send_afrr_signal came with OCPP 2.1, the station speaks 2.0.1"
        assert station.heard("AFRRSignal") == []


@pytest.mark.parametrize("supported", [None, "MaxEnergy,MaxTime", "MaxTime"])
async def test_a_station_of_2_1_is_told_at_what_its_transaction_ends(tmp_path: Path, supported: str | None) -> None:
    async with served(tmp_path) as gateway, gateway.station("2.1") as station:
        await station.until(lambda: station.booted)
        if supported is not None:
            entry = {"component": "TxCtrlr", "variable": "SupportedLimits", "value": supported}
            told = f.VariablesChanged(at=gateway.hub.now(), station="CP01", action="NotifyReport", variables=(entry,))
            await gateway.hub.record(told)
        station.plug(Car())
        await done(gateway, "start_transaction", evse=1, id_token="CARD1", energy_wh=40_000)
        await station.until(lambda: 1 in station.transactions and not station.waiting)
        limit = station.transactions[1].limit
        assert limit == (None if supported == "MaxTime" else {"maxEnergy": 40_000})
        if limit is None:
            return
        station.transactions[1].limit = {"maxEnergy": 10}
        await station.until(lambda: not station.transactions)
        await gateway.until(lambda: gateway.transactions[0].state == "ended")
        assert gateway.transactions[0].end_reason == "energy_limit_reached"


async def test_what_a_driver_sets_at_a_station_of_2_1_is_the_transactions_plan(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway, gateway.station("2.1") as station:
        id = await charging(gateway, station)
        reference = station.transactions[1].reference

        async def says(trigger: str, **limit: Any) -> Any:
            event = {
                "eventType": "Updated", "timestamp": later(), "triggerReason": trigger, "seqNo": 90,
                "transactionInfo": {"transactionId": reference, "transactionLimit": limit},
            }  # fmt: skip
            return await station.connection.call("TransactionEvent", event)

        assert "transactionLimit" not in await says("LimitSet", maxEnergy=20_000, maxCost=12.5, maxTime=3600)
        row = gateway.hub.state.transactions[id]
        assert (row.wanted_wh, str(row.max_cost)) == (20_000, "12.5")
        await says("MeterValuePeriodic", maxEnergy=20_000, maxCost=12.5, maxTime=3600)
        (planned,) = gateway.facts(f.TransactionPlanned)
        assert (planned.by, planned.max_s, planned.max_soc) == ("station", 3600, None)


async def test_a_station_of_2_1_that_reckons_costs_gets_the_list_of_prices_and_tells_what_it_came_to(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as gateway, gateway.station("2.1") as station:
        await station.until(lambda: station.booted)
        ask = {"idToken": {"idToken": "CARD1", "type": "ISO14443"}}
        assert "tariff" not in await station.connection.call("Authorize", ask)
        entry = {"component": "TariffCostCtrlr", "variable": "Enabled", "variable_instance": "Tariff", "value": "true"}
        told = f.VariablesChanged(at=gateway.hub.now(), station="CP01", action="NotifyReport", variables=(entry,))
        await gateway.hub.record(told)
        answer = await station.connection.call("Authorize", ask)
        assert answer["tariff"]["energy"]["prices"] == [{"priceKwh": 2.0}]
        nobody = {"idToken": {"idToken": "NOBODY", "type": "ISO14443"}}
        assert "tariff" not in await station.connection.call("Authorize", nobody)
        await done(gateway, "set_default_tariff", tariff="default")
        id = await charging(gateway, station)
        station.unplug()
        await gateway.until(lambda: gateway.hub.state.transactions[id].state == "ended")
        (reckoned,) = gateway.facts(f.CostCalculated)
        assert (reckoned.tariff, reckoned.currency) == (answer["tariff"]["tariffId"], "BRL")
        assert reckoned.total is not None
        assert reckoned.details["totalUsage"]["idleTime"] == 0


async def test_an_event_of_2_1_that_comes_again_is_told_the_first_limit_though_another_is_wished_since(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as gateway, gateway.station("2.1") as station:
        await station.until(lambda: station.booted)
        at = later()

        async def says(number: int, kind: str, trigger: str, **more: Any) -> Any:
            event = {
                "eventType": kind, "timestamp": at, "triggerReason": trigger, "seqNo": number,
                "transactionInfo": {"transactionId": "ab-1"}, "evse": {"id": 1, "connectorId": 1}, **more,
            }  # fmt: skip
            return await station.connection.call("TransactionEvent", event)

        card = {"idToken": {"idToken": "CARD1", "type": "ISO14443"}}
        first = await says(0, "Started", "CablePluggedIn")
        id = next(iter(gateway.hub.state.at_evse.values()))
        await done(gateway, "set_departure", transaction=id, departure_at=later(hours=1), energy_wh=30_000)
        second = await says(1, "Updated", "Authorized", **card)
        assert second["transactionLimit"] == {"maxEnergy": 30_000}
        await done(gateway, "set_departure", transaction=id, departure_at=later(hours=1), energy_wh=9_000)
        assert await says(0, "Started", "CablePluggedIn") == first
        assert await says(1, "Updated", "Authorized", **card) == second
        assert (await says(2, "Updated", "MeterValuePeriodic"))["transactionLimit"] == {"maxEnergy": 9_000}
