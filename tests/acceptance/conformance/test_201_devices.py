"""OCPP 2.0.1 and 2.1, what a station is made of, watches and shows: see docs/conformance.md, blocks B, N and O."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from edgegw.model import facts as f
from edgegw.simulate.blocks.monitoring import measured
from edgegw.simulate.link import Fault
from tests.acceptance.conformance.scene import Scene, later, scene

both = pytest.mark.parametrize("version", ["2.0.1", "2.1"])
HOT: dict[str, Any] = {"component": "Connector", "evse": 1, "connector": 1, "variable": "Temperature"}


async def done(on: Scene, name: str, **args: Any) -> Any:
    outcome = await on.gateway.command(name, station="CP01", **args)
    assert outcome.state == "done", (name, outcome)
    return outcome.result


async def reported(on: Scene, action: str, request: int) -> None:
    """The last part of a report has come, and is a fact."""

    def told() -> bool:
        facts = on.gateway.facts(f.VariablesReported)
        return any((fact.action, fact.report.get("requestId")) == (action, request) for fact in facts)

    await on.gateway.until(told)
    await on.station.until(lambda: not on.station.connection._outbox)  # it has heard so as well


# Block A, security


@both
@pytest.mark.parametrize(
    ("use", "triggered", "kind"),
    [("station", "SignChargingStationCertificate", "ChargingStationCertificate"),
     ("v2g", "SignV2GCertificate", "V2GCertificate"), ("combined", "SignCombinedCertificate", None)],
)  # fmt: skip
async def test_a_certificate_is_asked_for_signed_and_given_for_what_it_is_for(
    tmp_path: Path, version: Any, use: str, triggered: str, kind: str | None
) -> None:
    async with scene(tmp_path, version) as on:
        await done(on, "sign_certificate", use=use)
        assert on.station.heard("TriggerMessage") == [{"requestedMessage": triggered}]
        await on.gateway.until(lambda: on.gateway.facts(f.CertificateRequested))
        assert [fact.use for fact in on.gateway.facts(f.CertificateRequested)] == [use]
        chain = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
        await done(on, "sign_certificate", use=use, chain=chain)
        assert on.station.cabinet.chains == {kind: chain}
        assert [fact.use for fact in on.gateway.facts(f.CertificateIssued)] == [use]


# Block B, provisioning


@both
async def test_a_configuration_inventory_is_what_can_be_set(tmp_path: Path, version: Any) -> None:
    async with scene(tmp_path, version) as on:
        result = await done(on, "get_report", base="configuration_inventory")
        await reported(on, "NotifyReport", result["request"])
        (asked,) = on.station.heard("GetBaseReport")
        assert asked == {"requestId": result["request"], "reportBase": "ConfigurationInventory"}
        rows = list(on.gateway.hub.state.variables.values())
        assert "HeartbeatInterval" in {row.variable for row in rows}
        assert "Model" not in {row.variable for row in rows}
        assert {row.mutability for row in rows} == {"read_write"}


@both
async def test_a_summary_inventory_is_what_is_available_and_what_is_wrong(tmp_path: Path, version: Any) -> None:
    async with scene(tmp_path, version) as on:
        result = await done(on, "get_report", base="summary_inventory")
        await reported(on, "NotifyReport", result["request"])
        rows = on.gateway.hub.state.variables.values()
        assert {(row.component, row.evse, row.variable, row.value) for row in rows} == {
            ("ChargingStation", None, "AvailabilityState", "Available"), ("ChargingStation", None, "Problem", "false"),
            ("EVSE", 1, "AvailabilityState", "Available"),
        }  # fmt: skip


@pytest.mark.parametrize("status", ["Rejected", "NotSupported", "EmptyResultSet"])
async def test_a_base_report_that_the_station_does_not_give_ends_in_its_word(tmp_path: Path, status: str) -> None:
    async with scene(tmp_path, "2.0.1") as on:
        on.station.answers["GetBaseReport"] = {"status": status}
        state, reason = await on.told("get_report", base="configuration_inventory")
        assert (state, str(reason).replace("_", "")) == ("rejected", status.lower())


# Block N, monitoring


@both
async def test_a_monitor_is_set_reported_and_cleared(tmp_path: Path, version: Any) -> None:
    async with scene(tmp_path, version) as on:
        wanted = [
            {**HOT, "kind": "upper_threshold", "value": 60, "severity": 4},
            {**HOT, "kind": "delta", "value": 5, "severity": 8},
        ]
        told = (await done(on, "set_monitors", monitors=wanted))["monitors"]
        assert [each["status"] for each in told] == ["accepted", "accepted"]
        upper, delta = (each["monitor"] for each in told)
        result = await done(on, "get_monitors", criteria=["threshold_monitoring"])
        await reported(on, "NotifyMonitoringReport", result["request"])
        place = {"name": "Connector", "evse": {"id": 1, "connectorId": 1}}
        result = await done(on, "get_monitors", components=[HOT])
        await reported(on, "NotifyMonitoringReport", result["request"])
        first, second = on.station.heard("GetMonitoringReport")
        assert first["monitoringCriteria"] == ["ThresholdMonitoring"]
        assert second["componentVariable"] == [{"component": place, "variable": {"name": "Temperature"}}]
        parts = on.station.said("NotifyMonitoringReport")
        assert [each["monitor"][0]["variableMonitoring"][0]["id"] for each in parts] == [upper, upper, delta]
        cleared = await done(on, "clear_monitors", monitors=[upper, delta])
        assert cleared == {"monitors": [{"monitor": id, "status": "accepted"} for id in (upper, delta)]}
        assert on.gateway.hub.state.monitors == {}
        assert (await on.told("get_monitors")) == ("rejected", "empty_result_set")


@both
async def test_a_monitor_that_takes_the_place_of_another_has_its_number(tmp_path: Path, version: Any) -> None:
    async with scene(tmp_path, version) as on:
        (told,) = (await done(on, "set_monitors", monitors=[{**HOT, "kind": "upper_threshold", "value": 60,
                                                              "severity": 4}]))["monitors"]  # fmt: skip
        again = {**HOT, "kind": "upper_threshold", "value": 70, "severity": 2, "monitor": told["monitor"]}
        await done(on, "set_monitors", monitors=[again])
        (row,) = on.gateway.hub.state.monitors.values()
        assert (row.monitor, row.value, row.severity) == (told["monitor"], 70.0, 2)


@both
async def test_what_its_vendor_built_in_is_not_cleared_and_not_replaced(tmp_path: Path, version: Any) -> None:
    async with scene(tmp_path, version) as on:
        built_in = {"component": {"name": "Connector"}, "variable": {"name": "Temperature"}, "value": 90.0,
                    "type": "UpperThreshold", "severity": 1}  # fmt: skip
        on.station.cabinet.monitors[1], on.station.cabinet.built_in = built_in, {1}
        outcome = await on.gateway.command("clear_monitors", station="CP01", monitors=[1, 9])
        assert (outcome.state, outcome.reason) == ("rejected", "1 rejected, 9 not_found")
        mine = {**HOT, "kind": "upper_threshold", "value": 60, "severity": 4}
        state, reason = await on.told("set_monitors", monitors=[{**mine, "monitor": 1}])
        assert (state, reason) == ("rejected", "Temperature rejected")
        await done(on, "set_monitors", monitors=[mine])
        await done(on, "set_monitoring_base", base="factory_default")
        assert list(on.station.cabinet.monitors) == [1]
        assert on.gateway.hub.state.monitors == {}


@both
async def test_a_level_says_which_events_are_told(tmp_path: Path, version: Any) -> None:
    async with scene(tmp_path, version) as on:
        await done(on, "set_monitors", monitors=[{**HOT, "kind": "upper_threshold", "value": 60, "severity": 4}])
        await done(on, "set_monitoring_level", severity=3)
        assert on.station.heard("SetMonitoringLevel") == [{"severity": 3}]
        measured(on.station, "Connector", "Temperature", 65.0, 1)
        await done(on, "set_monitoring_level", severity=4)
        measured(on.station, "Connector", "Temperature", 66.0, 1)
        await on.gateway.until(lambda: on.gateway.facts(f.AlertRaised))
        assert [fact.value for fact in on.gateway.facts(f.AlertRaised)] == ["66"]


@pytest.mark.parametrize("name", ["set_monitoring_base", "set_monitoring_level"])
async def test_a_base_or_level_that_is_rejected_changes_nothing(tmp_path: Path, name: str) -> None:
    async with scene(tmp_path, "2.0.1") as on:
        monitor = {**HOT, "kind": "upper_threshold", "value": 60, "severity": 4}
        await done(on, "set_monitors", monitors=[monitor])
        on.station.answers["SetMonitoringBase"] = on.station.answers["SetMonitoringLevel"] = {"status": "Rejected"}
        args = {"base": "hard_wired_only"} if name == "set_monitoring_base" else {"severity": 3}
        assert await on.told(name, **args) == ("rejected", "rejected")
        assert len(on.gateway.hub.state.monitors) == 1


@both
async def test_an_alert_stands_with_its_severity_until_it_is_cleared(tmp_path: Path, version: Any) -> None:
    async with scene(tmp_path, version) as on:
        await done(on, "set_monitors", monitors=[{**HOT, "kind": "upper_threshold", "value": 60, "severity": 4}])
        measured(on.station, "Connector", "Temperature", 65.0, 1)

        def alerts() -> Any:
            return on.gateway.hub.state.stations["CP01"].alerts

        await on.gateway.until(alerts)
        (alert,) = alerts()
        assert (alert.component, alert.variable, alert.evse, alert.value) == ("Connector", "Temperature", 1, "65")
        assert (alert.severity, alert.monitor) == (4, 1)
        measured(on.station, "Connector", "Temperature", 50.0, 1)
        await on.gateway.until(lambda: not alerts())
        (ended,) = on.gateway.facts(f.AlertEnded)
        assert (ended.value, ended.monitor) == ("50", 1)


# Block O, display messages


async def shown(on: Scene, expected: list[str], **which: Any) -> None:
    """What the display shows of those that are asked for, as its notifications tell it."""
    before = len(on.station.said("NotifyDisplayMessages"))
    result = await done(on, "get_display_messages", **which)
    await reported(on, "NotifyDisplayMessages", result["request"])
    infos = [info for each in on.station.said("NotifyDisplayMessages")[before:] for info in each["messageInfo"]]
    assert [info["message"]["content"] for info in infos] == expected


@both
async def test_messages_are_asked_for_all_by_number_by_priority_and_by_state(tmp_path: Path, version: Any) -> None:
    async with scene(tmp_path, version) as on:
        first = await done(on, "set_display_message", text="Oi", priority="in_front")
        await done(on, "set_display_message", text="Tchau", shown_while="idle")
        await shown(on, ["Oi", "Tchau"])
        await shown(on, ["Oi"], messages=[first["message"]])
        await shown(on, ["Tchau"], priority="normal_cycle")
        await shown(on, ["Tchau"], shown_while="idle")
        assert await on.told("get_display_messages", shown_while="charging") == ("rejected", "unknown")
        rows = {row.texts[0]["text"]: (row.priority, row.state) for row in on.gateway.hub.state.displays.values()}
        assert rows == {"Oi": ("in_front", None), "Tchau": ("normal_cycle", "idle")}


@both
async def test_a_message_takes_the_place_of_the_one_of_its_number(tmp_path: Path, version: Any) -> None:
    async with scene(tmp_path, version) as on:
        first = await done(on, "set_display_message", text="Oi")
        ends = later(hours=1)
        await done(on, "set_display_message", text="Boa tarde", message=first["message"], ends_at=ends)
        (row,) = on.gateway.hub.state.displays.values()
        assert (row.texts[0]["text"], row.ends_at) == ("Boa tarde", datetime.fromisoformat(ends))
        again = await done(on, "set_display_message", text="Bom dia", message=first["message"])
        (row,) = on.gateway.hub.state.displays.values()
        assert (row.texts[0]["text"], row.ends_at) == ("Bom dia", None)
        assert again == first
        await shown(on, ["Bom dia"])
        (row,) = on.gateway.hub.state.displays.values()
        assert row.texts[0]["text"] == "Bom dia"


@both
async def test_a_message_for_a_transaction_goes_with_it(tmp_path: Path, version: Any) -> None:
    async with scene(tmp_path, version) as on:
        await on.charges()
        (running,) = on.gateway.transactions
        await done(on, "set_display_message", text="Faltam 10 min", transaction=running.id)
        (told,) = on.station.heard("SetDisplayMessage")
        assert told["message"]["transactionId"] == running.reference
        await shown(on, ["Faltam 10 min"])
        on.station.unplug()
        await on.ended("ev_disconnected")
        assert on.station.cabinet.texts == {}
        assert on.gateway.hub.state.displays == {}
        assert await on.told("get_display_messages") == ("rejected", "unknown")


@pytest.mark.parametrize(
    "status",
    ["NotSupportedMessageFormat", "NotSupportedPriority", "NotSupportedState", "UnknownTransaction", "Rejected"],
)
async def test_a_message_that_the_station_does_not_show_ends_in_its_word(tmp_path: Path, status: str) -> None:
    async with scene(tmp_path, "2.0.1") as on:
        on.station.answers["SetDisplayMessage"] = {"status": status}
        state, reason = await on.told("set_display_message", text="Oi")
        assert (state, str(reason).replace("_", "")) == ("rejected", status.lower())


@both
async def test_a_message_is_taken_off_and_an_unknown_one_is_not(tmp_path: Path, version: Any) -> None:
    async with scene(tmp_path, version) as on:
        message = (await done(on, "set_display_message", text="Oi"))["message"]
        await done(on, "clear_display_message", message=message)
        assert on.station.cabinet.texts == {}
        assert await on.told("clear_display_message", message=message) == ("rejected", "unknown")


async def test_a_station_without_a_display_says_so(tmp_path: Path) -> None:
    async with scene(tmp_path, "2.0.1") as on:
        on.station.answers["SetDisplayMessage"] = Fault("NotSupported")
        state, reason = await on.told("set_display_message", text="Oi")
        assert state == "failed"
        assert "NotSupported" in str(reason)
