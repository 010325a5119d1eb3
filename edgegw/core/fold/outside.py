"""What facts change in the rows of limits that are set from outside."""

from __future__ import annotations

from typing import Any

from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, OutsideLimit, State


def _set(state: State, fact: Any) -> Changes:
    row = OutsideLimit(
        fact.station, fact.evse, fact.source, fact.at, fact.grid_critical, fact.local_generation, tuple(fact.schedules)
    )
    return (Change("outside_limits", f"{row.station}/{row.evse}/{row.source}", row),)


def _cleared(state: State, fact: Any) -> Changes:
    return tuple(
        Change("outside_limits", key, None)
        for key, row in state.outside_limits.items()
        if (row.station, row.source) == (fact.station, fact.source) and fact.evse in (None, row.evse)
    )


FOLDS: Folds = {
    f.OutsideLimitSet: _set,
    f.OutsideLimitCleared: _cleared,
}
