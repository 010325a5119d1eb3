"""What facts change in the rows of energy meters."""

from __future__ import annotations

from typing import Any

from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, MeterState, State
from edgegw.model.value import changed


def _meter(state: State, fact: Any, **fields: Any) -> Changes:
    old = state.meters.get(fact.meter) or MeterState(fact.meter, stale=False, at=fact.at)
    return (Change("meters", fact.meter, changed(old, at=fact.at, **fields)),)


FOLDS: Folds = {
    f.MeterStale: lambda s, x: _meter(s, x, stale=True, reason=x.reason),
    f.MeterRecovered: lambda s, x: _meter(s, x, stale=False, reason=None),
    f.MeterIdentified: lambda s, x: _meter(s, x, identity=x.identity),
}
