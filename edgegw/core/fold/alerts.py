"""What facts change in what is wrong with a station by its own word."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Any, Final

from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.state import Alert, Change, Changes, State, StationState
from edgegw.model.value import changed

KEPT: Final = 20
"""Of a station; beyond, the oldest goes. With MOST it keeps a station's state within one publish."""

MOST: Final = 100
"""Characters of a value or a vendor's words that state keeps; the fact has all of them."""

_PLACE: Final = ("component", "component_instance", "evse", "connector", "variable", "variable_instance", "monitor")


def _place(each: Alert | f.AlertFact) -> tuple[Any, ...]:
    return tuple(getattr(each, name) for name in _PLACE)


def _alerts(state: State, fact: f.AlertFact, *new: Alert) -> Changes:
    """The station with `new` in place of what stood for the same variable and monitor."""
    old = state.stations.get(fact.station) or StationState(fact.station)
    kept = [each for each in old.alerts if _place(each) != _place(fact)]
    return (Change("stations", fact.station, changed(old, alerts=tuple([*kept, *new][-KEPT:]))),)


def _raised(state: State, fact: Any) -> Changes:
    about = {field.name: getattr(fact, field.name) for field in fields(Alert)}
    cut = {name: None if about[name] is None else about[name][:MOST] for name in ("value", "info")}
    return _alerts(state, fact, Alert(**about | cut))


def unwatched(state: State, station: str, monitors: Collection[int]) -> Changes:
    """What goes with monitors that a station has no more: nothing would tell that it is over."""
    old = state.stations.get(station)
    kept = tuple(each for each in old.alerts if each.monitor not in monitors) if old is not None else ()
    return () if old is None or kept == old.alerts else (Change("stations", station, changed(old, alerts=kept)),)


FOLDS: Folds = {
    f.AlertRaised: _raised,
    f.AlertEnded: lambda state, fact: _alerts(state, fact),
}
