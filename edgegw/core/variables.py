"""What commands tell of a station's variables: what was read, and what was changed, as facts of what is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from edgegw.core.devices import news
from edgegw.core.fold.devices import variable_key
from edgegw.core.secrets import is_secret
from edgegw.model import facts as f
from edgegw.model.state import State

KEYS: Final = ""
"""The component of the keys of OCPP 1.6, which has no components."""

_PLACE: Final = ("component", "component_instance", "evse", "connector", "variable", "variable_instance", "attribute")


def key_of(station: str, component: str, variable: str, instance: str | None = None) -> str:
    """Key of the row of a variable's actual value; `component` KEYS for a key of OCPP 1.6."""
    return variable_key(station, {"component": component, "variable": variable, "variable_instance": instance})


def read(state: State, station: str, at: datetime, told: Iterable[Mapping[str, Any]]) -> tuple[f.Fact, ...]:
    """Facts of variables that a station was asked for, as far as they are new: each of `told` as get_variables has it
    in its result."""
    entries = []
    for each in told:
        if each.get("status") != "accepted":
            continue
        entry = place_of(each)
        if each.get("value") is not None and not is_secret(each["variable"]):
            entry["value"] = each["value"]
        if "readonly" in each:
            entry["mutability"] = "read_only" if each["readonly"] else "read_write"
        entries.append(entry)
    return _facts(state, station, at, entries)


def written(
    state: State, station: str, at: datetime, wanted: Iterable[Mapping[str, Any]], told: Iterable[Mapping[str, Any]]
) -> tuple[f.Fact, ...]:
    """Facts of variables that a station took over: `wanted` as set_variables names them, `told` as its result does.

    Only of those that the station was heard to tell: what may not be read, such as a password, is not kept either.
    What needs a restart is not so yet.
    """
    values = {_key(station, each): each["value"] for each in wanted}
    entries = []
    for each in told:
        key = _key(station, each)
        row = state.variables.get(key)
        if each.get("status") != "accepted" or key not in values or row is None or row.mutability == "write_only":
            continue
        if row.value is not None and not is_secret(row.variable):
            entries.append({**place_of(each), "value": values[key]})
    return _facts(state, station, at, entries)


def place_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Where a variable stands, as facts name it."""
    place = {name: entry[name] for name in _PLACE if entry.get(name) is not None}
    return {"component": KEYS, "attribute": "actual", **place}


def _key(station: str, entry: Mapping[str, Any]) -> str:
    return variable_key(station, place_of(entry))


def _facts(state: State, station: str, at: datetime, entries: list[dict[str, Any]]) -> tuple[f.Fact, ...]:
    if not entries:
        return ()
    action = "GetConfiguration" if entries[0]["component"] == KEYS else "GetVariables"
    return news(state, [f.VariablesChanged(station=station, at=at, action=action, variables=tuple(entries))])
