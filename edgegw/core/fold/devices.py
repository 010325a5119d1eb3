"""What facts change in the rows of what a station is made of: variables, monitors, messages on its display."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from edgegw.core.fold.alerts import unwatched
from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, DisplayState, MonitorState, State, VariableState


def variable_key(station: str, entry: Mapping[str, Any]) -> str:
    """Key of the row of an entry of VariablesChanged."""
    place = (
        entry["component"], entry.get("component_instance"), entry.get("evse"), entry.get("connector"),
        entry["variable"], entry.get("variable_instance"), entry.get("attribute", "actual"),
    )  # fmt: skip
    return "/".join((station, *("" if each is None else _part(str(each)) for each in place)))


def _part(text: str) -> str:
    return text.casefold().replace("%", "%25").replace("/", "%2f")


def _variables(state: State, fact: Any) -> Changes:
    return tuple(
        Change("variables", variable_key(fact.station, entry), VariableState(station=fact.station, at=fact.at, **entry))
        for entry in fact.variables
    )


def _monitors(state: State, fact: Any) -> Changes:
    removed = (Change("monitors", f"{fact.station}/{monitor}", None) for monitor in fact.removed)
    put = (
        Change(
            "monitors", f"{fact.station}/{entry['monitor']}", MonitorState(station=fact.station, at=fact.at, **entry)
        )
        for entry in fact.monitors
    )
    return (*removed, *put, *(unwatched(state, fact.station, fact.removed) if fact.removed else ()))


def _displays(state: State, fact: Any) -> Changes:
    removed = (Change("displays", f"{fact.station}/{message}", None) for message in fact.removed)
    put = (
        Change("displays", f"{fact.station}/{entry['message']}", _display(fact.station, fact.at, entry))
        for entry in fact.displays
    )
    return (*removed, *put)


def _display(station: str, at: datetime, entry: Mapping[str, Any]) -> DisplayState:
    times = {name: datetime.fromisoformat(entry[name]) for name in ("starts_at", "ends_at") if name in entry}
    return DisplayState(station=station, at=at, **{**entry, "texts": tuple(entry["texts"]), **times})


FOLDS: Folds = {
    f.VariablesChanged: _variables,
    f.MonitorsChanged: _monitors,
    f.DisplaysChanged: _displays,
}
