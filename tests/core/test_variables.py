"""What commands tell of a station's variables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from edgegw.core.fold import apply, fold
from edgegw.core.variables import is_secret, key_of, read, written
from edgegw.model import facts as f
from edgegw.model.state import State

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY: dict[str, Any] = {
    "component": None,
    "variable": "MeterValueSampleInterval",
    "attribute": "actual",
    "status": "accepted",
}


def after(state: State, facts: tuple[f.Fact, ...]) -> State:
    for fact in facts:
        apply(state, fold(state, fact))
    return state


def value(state: State, variable: str, component: str = "") -> Any:
    row = state.variables.get(key_of("CP01", component, variable))
    return row.value if row is not None else None


def test_what_was_read_is_kept_and_told_once() -> None:
    state = State()
    told = [{**KEY, "value": "30", "readonly": False}, {**KEY, "variable": "X", "status": "unknown_variable"}]
    (fact,) = read(state, "CP01", NOW, told)
    assert isinstance(fact, f.VariablesChanged)
    assert fact.action == "GetConfiguration"
    after(state, (fact,))
    assert (value(state, "metervaluesampleinterval"), value(state, "X")) == ("30", None)
    assert state.variables[key_of("CP01", "", KEY["variable"])].mutability == "read_write"
    assert read(state, "CP01", NOW, told) == ()


def test_what_was_set_is_kept_where_the_station_was_heard_to_tell_it() -> None:
    state = after(State(), read(State(), "CP01", NOW, [{**KEY, "value": "30", "readonly": False}]))
    wanted = [{"variable": KEY["variable"], "value": "60"}, {"variable": "WifiKey", "value": "hush"}]
    told = [KEY, {**KEY, "variable": "WifiKey"}]
    after(state, written(state, "CP01", NOW, wanted, told))
    assert (value(state, KEY["variable"]), value(state, "WifiKey")) == ("60", None)


def test_what_needs_a_restart_or_was_refused_is_not_so_yet() -> None:
    state = after(State(), read(State(), "CP01", NOW, [{**KEY, "value": "30"}]))
    wanted = [{"variable": KEY["variable"], "value": "60"}]
    for status in ("reboot_required", "rejected", "unknown"):
        assert written(state, "CP01", NOW, wanted, [{**KEY, "status": status}]) == ()


def test_no_password_is_kept_though_a_station_tells_it() -> None:
    state = after(State(), read(State(), "CP01", NOW, [{**KEY, "variable": "Wifi_Password", "value": "hush"}]))
    assert "hush" not in str(state.variables)
    assert is_secret("AuthorizationKey")
    assert not is_secret("LocalAuthListEnabled")
