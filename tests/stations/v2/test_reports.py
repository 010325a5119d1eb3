"""What a 2.x station tells of itself, in both versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from edgegw.model.facts import (
    AlertEnded,
    AlertRaised,
    DisplaysChanged,
    Fact,
    MonitorsChanged,
    OutsideLimitCleared,
    OutsideLimitSet,
    VariablesChanged,
    VariablesReported,
)
from edgegw.model.state import MonitorState
from edgegw.stations.codec import Codec, Known, Payload, Peer, Tell
from edgegw.stations.v2 import CODEC_21, CODEC_201
from tests.stations.peers import NOW, assert_reply, assert_tolerated, peer

AT = "2026-11-24T11:00:00Z"
HAPPENED = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
PART = {"requestId": 1, "generatedAt": AT, "seqNo": 0}
POWER = {
    "component": {"name": "EVSE", "instance": "left", "evse": {"id": 1, "connectorId": 2}},
    "variable": {"name": "Power", "instance": "L1"},
}
PLACE = {
    "component": "EVSE", "component_instance": "left", "evse": 1, "connector": 2, "variable": "Power",
    "variable_instance": "L1",
}  # fmt: skip
both = pytest.mark.parametrize("codec", [CODEC_201, CODEC_21], ids=["2.0.1", "2.1"])


def told(codec: Codec, action: str, payload: Payload, by: Peer | None = None) -> tuple[Fact, ...]:
    assert_tolerated(codec, action, payload)
    heard = codec.incoming(action, payload, by or peer())
    assert isinstance(heard, Tell)
    assert_reply(codec, action, heard.reply)
    return heard.facts


def changed(action: str, *variables: dict[str, Any]) -> VariablesChanged:
    return VariablesChanged(station="CP01", at=NOW, action=action, variables=variables)


def kept(action: str, payload: Payload) -> VariablesReported:
    return VariablesReported(station="CP01", at=NOW, action=action, report=payload)


@both
def test_a_report_tells_each_attribute_of_a_variable(codec: Codec) -> None:
    about = {
        "dataType": "OptionList", "supportsMonitoring": True, "unit": "W", "minLimit": 0, "maxLimit": 22000,
        "valuesList": "1,2",
    }  # fmt: skip
    attributes = [{"value": "11000", "mutability": "ReadOnly"}, {"type": "MaxSet", "value": "22000"}]
    data = [{**POWER, "variableAttribute": attributes, "variableCharacteristics": about}]
    described = {"data_type": "option_list", "unit": "W", "min_limit": 0, "max_limit": 22000, "values": "1,2"}
    assert told(codec, "NotifyReport", {**PART, "tbc": True, "reportData": data}) == (
        changed(
            "NotifyReport",
            {**PLACE, "attribute": "actual", "value": "11000", "mutability": "read_only", **described},
            {**PLACE, "attribute": "max_set", "value": "22000", **described},
        ),
    )


@both
@pytest.mark.parametrize("action", ["NotifyReport", "NotifyMonitoringReport"])
def test_the_last_part_of_a_report_tells_that_all_of_it_is_there(codec: Codec, action: str) -> None:
    assert told(codec, action, {**PART, "tbc": True}) == ()
    assert told(codec, action, {**PART, "tbc": False}) == (kept(action, {**PART, "tbc": False}),)
    assert told(codec, action, PART) == (kept(action, PART),)
    data = [{**POWER, "variableAttribute": [{"value": "1"}]}]
    last = told(codec, "NotifyReport", {**PART, "reportData": data})
    assert last == (changed("NotifyReport", {**PLACE, "attribute": "actual", "value": "1"}), kept("NotifyReport", PART))


@both
@pytest.mark.parametrize(
    ("component", "variable", "mutability"),
    [
        ("SecurityCtrlr", "BasicAuthPassword", "ReadWrite"),
        ("TokenReader", "Token", "ReadOnly"),
        ("X", "Y", "WriteOnly"),
    ],
)
def test_a_secret_and_a_drivers_token_are_in_no_fact(
    codec: Codec, component: str, variable: str, mutability: str
) -> None:
    place: dict[str, Any] = {"component": {"name": component}, "variable": {"name": variable}}
    data = [{**place, "variableAttribute": [{"value": "hunter2", "mutability": mutability}]}]
    facts = told(codec, "NotifyReport", {**PART, "reportData": data})
    if mutability != "WriteOnly":  # an event does not say it
        event = {**place, **OCCURRED, "actualValue": "hunter2", "techInfo": "hunter2"}
        facts += told(codec, "NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": [event]})
    assert variable in str(facts)
    assert "hunter2" not in str(facts)


OCCURRED = {
    "eventId": 1, "timestamp": AT, "trigger": "Alerting", "actualValue": "true",
    "eventNotificationType": "HardWiredNotification",
}  # fmt: skip


@both
def test_an_event_changes_its_variable_and_stays_one_unless_it_only_tells_a_value(codec: Codec) -> None:
    alert, periodic = {**POWER, **OCCURRED}, {**POWER, **OCCURRED, "eventId": 2, "trigger": "Periodic"}
    entry = {**PLACE, "attribute": "actual", "value": "true"}
    payload = {"generatedAt": AT, "seqNo": 0, "eventData": [alert, periodic]}
    assert told(codec, "NotifyEvent", payload) == (
        changed("NotifyEvent", entry, entry),
        AlertRaised(station="CP01", at=HAPPENED, event=1, **PLACE, value="true"),
        kept("NotifyEvent", {**payload, "eventData": [alert]}),
    )
    assert told(codec, "NotifyEvent", {**payload, "eventData": [periodic]}) == (changed("NotifyEvent", entry),)


@both
def test_an_alert_has_the_severity_of_its_monitor_and_ends_when_it_is_cleared(codec: Codec) -> None:
    watched = MonitorState("CP01", 7, "EVSE", "Power", NOW, "upper_threshold", 11000, 4)
    by = replace(peer(), known=Known(monitor={7: watched}.get))
    event = {**POWER, **OCCURRED, "variableMonitoringId": 7, "cause": 3, "techCode": "E9", "techInfo": "hot"}
    about: dict[str, Any] = {"station": "CP01", "at": HAPPENED, "event": 1, **PLACE, "value": "true", "monitor": 7}
    _, raised, _ = told(codec, "NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": [event]}, by)
    assert raised == AlertRaised(**about, severity=4, cause=3, code="E9", info="hot")
    over = {**event, "cleared": True}
    _, ended, _ = told(codec, "NotifyEvent", {"generatedAt": AT, "seqNo": 1, "eventData": [over]}, by)
    assert ended == AlertEnded(**about)


def test_the_severity_that_an_event_of_2_1_brings_goes_before_its_monitors() -> None:
    event = {**POWER, **OCCURRED, "severity": 0}
    _, raised, _ = told(CODEC_21, "NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": [event]})
    assert isinstance(raised, AlertRaised)
    assert raised.severity == 0


@both
def test_what_only_changes_is_no_alert(codec: Codec) -> None:
    event = {**POWER, **OCCURRED, "trigger": "Delta"}
    facts = told(codec, "NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": [event]})
    assert [fact.type for fact in facts] == ["variables_changed", "variables_reported"]


@both
def test_a_monitoring_report_tells_each_monitor(codec: Codec) -> None:
    monitor = {"id": 7, "transaction": False, "value": 11000.5, "type": "UpperThreshold", "severity": 4}
    monitor |= {"eventNotificationType": "CustomMonitor"} if codec is CODEC_21 else {}
    payload = {**PART, "tbc": True, "monitor": [{**POWER, "variableMonitoring": [monitor]}]}
    entry = {"monitor": 7, "kind": "upper_threshold", "value": 11000.5, "severity": 4, "transaction": False}
    entry |= {"origin": "custom_monitor"} if codec is CODEC_21 else {}
    assert told(codec, "NotifyMonitoringReport", payload) == (
        MonitorsChanged(station="CP01", at=NOW, monitors=({**PLACE, **entry},)),
    )


@both
def test_display_messages_are_told_with_their_texts_and_times(codec: Codec) -> None:
    text = {"format": "UTF8", "language": "pt", "content": "Oi"}
    info = {
        "id": 3, "priority": "InFront", "state": "Idle", "message": text, "startDateTime": AT, "endDateTime": "never",
        "transactionId": "T1",
    }  # fmt: skip
    if codec is CODEC_21:
        info["messageExtra"] = [{"format": "UTF8", "content": "Hi"}]
    texts = [{"text": "Oi", "format": "utf8", "language": "pt"}]
    texts += [{"text": "Hi", "format": "utf8"}] if codec is CODEC_21 else []
    entry = {"message": 3, "priority": "in_front", "state": "idle", "starts_at": "2026-11-24T11:00:00+00:00"}
    facts = told(codec, "NotifyDisplayMessages", {"requestId": 5, "messageInfo": [info]})
    assert facts == (
        DisplaysChanged(station="CP01", at=NOW, displays=({**entry, "reference": "T1", "texts": texts},)),
        kept("NotifyDisplayMessages", {"requestId": 5}),
    )


@both
def test_limits_from_outside_come_with_their_schedules_as_told_and_go(codec: Codec) -> None:
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}]}
    limit = {"chargingLimitSource": "EMS", "isGridCritical": True}
    assert told(
        codec, "NotifyChargingLimit", {"evseId": 1, "chargingLimit": limit, "chargingSchedule": [schedule]}
    ) == (OutsideLimitSet(station="CP01", at=NOW, evse=1, source="ems", grid_critical=True, schedules=(schedule,)),)
    assert told(codec, "NotifyChargingLimit", {"chargingLimit": {"chargingLimitSource": "SO"}}) == (
        OutsideLimitSet(station="CP01", at=NOW, evse=0, source="so"),
    )
    assert told(codec, "ClearedChargingLimit", {"chargingLimitSource": "EMS"}) == (
        OutsideLimitCleared(station="CP01", at=NOW, source="ems"),
    )
