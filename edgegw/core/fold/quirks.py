"""What facts change in the rows of what was learned of stations."""

from __future__ import annotations

from typing import Any

from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, LearnedPhases, LearnedQuirk, State, StationQuirks


def _learned(state: State, fact: f.StationQuirkLearned) -> Changes:
    new = LearnedQuirk(fact.quirk, fact.at, fact.evidence)
    return _with(state, fact.station, (*_others(state, fact), new))


def _forgotten(state: State, fact: f.StationQuirkForgotten) -> Changes:
    return _with(state, fact.station, _others(state, fact))


def _others(state: State, fact: Any) -> tuple[LearnedQuirk, ...]:
    old = state.quirks.get(fact.station)
    return tuple(each for each in (old.learned if old is not None else ()) if each.quirk != fact.quirk)


def _phases(state: State, fact: f.PhasesLearned) -> Changes:
    old = state.quirks.get(fact.station) or StationQuirks(fact.station, ())
    new = LearnedPhases(
        fact.evse, fact.phases, fact.told, fact.auto, fact.reports, fact.contradicts, fact.odds, fact.steps, fact.at,
        fact.text,
    )  # fmt: skip
    phases = (*(each for each in old.phases if each.evse != fact.evse), new)
    return (Change("quirks", fact.station, StationQuirks(fact.station, old.learned, phases)),)


def _with(state: State, station: str, learned: tuple[LearnedQuirk, ...]) -> Changes:
    old = state.quirks.get(station)
    phases = old.phases if old is not None else ()
    if learned or phases:
        return (Change("quirks", station, StationQuirks(station, learned, phases)),)
    return (Change("quirks", station, None),) if old is not None else ()


def outdated(state: State, fact: f.StationBooted) -> Changes:
    """What was learned of a station holds for its model and firmware alone; how it is wired stays."""
    old = state.stations.get(fact.station)
    if old is None or old.booted_at is None or (old.model, old.firmware) == (fact.model, fact.firmware):
        return ()
    return _with(state, fact.station, ())


FOLDS: Folds = {
    f.PhasesLearned: _phases,
    f.StationQuirkForgotten: _forgotten,
    f.StationQuirkLearned: _learned,
}
