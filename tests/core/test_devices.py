"""Only what is new in what a station tells of itself becomes facts."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from edgegw.core import devices
from edgegw.core.devices import FACT_BYTES, in_parts, news
from edgegw.core.fold import apply, fold
from edgegw.model import facts as f
from edgegw.model.state import State
from tests.support.clock import FakeClock

NOW = FakeClock().now()
INTERVAL = {
    "component": "OCPPCommCtrlr", "variable": "HeartbeatInterval", "attribute": "actual", "value": "60",
    "mutability": "read_write", "data_type": "integer", "unit": "s", "min_limit": 1,
}  # fmt: skip


def told(*variables: dict[str, Any], action: str = "NotifyReport", station: str = "CP01") -> f.VariablesChanged:
    return f.VariablesChanged(at=NOW, station=station, action=action, variables=variables)


def take(state: State, *facts: f.Fact) -> tuple[f.Fact, ...]:
    """What is new in `facts`, folded."""
    found = news(state, facts)
    for fact in found:
        apply(state, fold(state, fact))
    return found


def numbered(count: int, size: int = 1) -> list[dict[str, Any]]:
    return [{**INTERVAL, "component_instance": str(number), "value": "v" * size} for number in range(count)]


def test_what_is_told_again_is_no_fact() -> None:
    state = State()
    assert take(state, told(INTERVAL)) == (told(INTERVAL),)
    before = dict(state.variables)
    assert take(state, told(INTERVAL)) == ()
    assert state.variables == before


def test_of_a_report_the_one_variable_that_changed_is_a_fact() -> None:
    state = State()
    other = {**INTERVAL, "variable": "Timeout"}
    take(state, told(INTERVAL, other))
    changed = {**other, "value": "61"}
    assert take(state, told(INTERVAL, changed)) == (told(changed),)


def test_what_an_event_does_not_say_of_a_variable_stays_known() -> None:
    state = State()
    take(state, told(INTERVAL))
    event = {"component": "ocppcommctrlr", "variable": "HEARTBEATINTERVAL", "attribute": "actual", "value": "90"}
    (fact,) = take(state, told(event, action="NotifyEvent"))
    assert isinstance(fact, f.VariablesChanged)
    assert fact.variables == ({**INTERVAL, **event},)
    (row,) = state.variables.values()
    assert (row.value, row.unit, row.min_limit) == ("90", "s", 1)


def test_a_variable_told_twice_in_one_message_is_as_it_was_told_last() -> None:
    state = State()
    take(state, told(INTERVAL))
    assert take(state, told({**INTERVAL, "value": "1"}, INTERVAL)) == ()
    (fact,) = take(state, told({**INTERVAL, "value": "1"}, {**INTERVAL, "value": "2"}))
    assert isinstance(fact, f.VariablesChanged)
    assert [entry["value"] for entry in fact.variables] == ["2"]


def test_a_large_report_comes_in_facts_that_pass_in_a_publish() -> None:
    state = State()
    found = take(state, told(*numbered(200, size=900)))
    assert len(found) > 5
    for fact in found:
        assert isinstance(fact, f.VariablesChanged)
        assert len(json.dumps(fact.variables)) < 32 * 1024
    assert len(state.variables) == 200


def test_a_single_entry_is_not_cut() -> None:
    large = {"text": "x" * (FACT_BYTES + 1)}
    assert [len(part) for part in in_parts([large, large])] == [1, 1]


def test_a_station_that_invents_names_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "MAX_ROWS", 3)
    state = State()
    take(state, told(INTERVAL, station="CP02"))
    (fact,) = take(state, told(*numbered(5)))
    assert isinstance(fact, f.VariablesChanged)
    assert (len(fact.variables), fact.left_out) == (3, 2)
    (again,) = take(state, told({**numbered(1)[0], "value": "new"}, *numbered(5)[4:]))
    assert isinstance(again, f.VariablesChanged)
    assert ([entry["value"] for entry in again.variables], again.left_out) == (["new"], 1)
    (nothing,) = take(state, told(*numbered(5)[4:]))
    assert nothing == f.VariablesChanged(at=NOW, station="CP01", action="NotifyReport", variables=(), left_out=1)


def test_monitors_and_display_messages_told_again_are_no_facts() -> None:
    monitor = {
        "monitor": 7, "component": "EVSE", "evse": 1, "variable": "Power", "kind": "upper_threshold", "value": 11000.0,
        "severity": 4, "transaction": False,
    }  # fmt: skip
    text = {"text": "Oi", "format": "utf8", "language": "pt"}
    display = {"message": 3, "priority": "in_front", "texts": [text], "ends_at": (NOW + timedelta(1)).isoformat()}
    facts = (
        f.MonitorsChanged(at=NOW, station="CP01", monitors=(monitor,)),
        f.DisplaysChanged(at=NOW, station="CP01", displays=(display,)),
    )
    state = State()
    assert take(state, *facts) == facts
    assert (state.monitors["CP01/7"].value, state.displays["CP01/3"].ends_at) == (11000.0, NOW + timedelta(1))
    assert take(state, *facts) == ()
    gone = f.DisplaysChanged(at=NOW, station="CP01", removed=(3,))
    assert take(state, gone) == (gone,)
    assert state.displays == {}


def test_a_limit_from_outside_told_again_is_no_fact_and_its_end_always_is() -> None:
    state = State()
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}]}
    limit = f.OutsideLimitSet(at=NOW, station="CP01", evse=0, source="ems", schedules=(schedule,))
    assert take(state, limit) == (limit,)
    later = f.OutsideLimitSet(
        at=NOW + timedelta(seconds=9), station="CP01", evse=0, source="ems", schedules=(schedule,)
    )
    assert take(state, later) == ()
    critical = f.OutsideLimitSet(at=NOW, station="CP01", evse=0, source="ems", grid_critical=True)
    assert take(state, critical) == (critical,)
    end = f.OutsideLimitCleared(at=NOW, station="CP01", source="ems")
    assert take(state, end) == (end,)
    assert take(state, end) == (end,)
    assert state.outside_limits == {}


def test_other_facts_stay_as_they_are_and_in_their_place() -> None:
    event = f.SecurityEvent(at=NOW, station="CP01", kind="tamper")
    assert news(State(), (event, told(INTERVAL), event)) == (event, told(INTERVAL), event)
