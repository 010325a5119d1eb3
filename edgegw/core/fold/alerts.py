"""What facts change in what is wrong with a station by its own word."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.state import Alert, Change, Changes, State, StationState
from edgegw.model.value import changed

KEPT: Final = 50
"""Of a station; beyond, the oldest goes."""

_PLACE: Final = ("component", "component_instance", "evse", "connector", "variable", "variable_instance", "monitor")


def _place(each: Alert | f.AlertFact) -> tuple[Any, ...]:
    return tuple(getattr(each, name) for name in _PLACE)


def _alerts(state: State, fact: f.AlertFact, *new: Alert) -> Changes:
    """The station with `new` in place of what stood for the same variable and monitor."""
    old = state.stations.get(fact.station) or StationState(fact.station)
    kept = [each for each in old.alerts if _place(each) != _place(fact)]
    return (Change("stations", fact.station, changed(old, alerts=tuple([*kept, *new][-KEPT:]))),)


def _raised(state: State, fact: Any) -> Changes:
    return _alerts(state, fact, Alert(**{field.name: getattr(fact, field.name) for field in fields(Alert)}))


FOLDS: Folds = {
    f.AlertRaised: _raised,
    f.AlertEnded: lambda state, fact: _alerts(state, fact),
}
