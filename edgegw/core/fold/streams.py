"""What facts change where a monitor's values come in a stream."""

from __future__ import annotations

from typing import Any

from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, State
from edgegw.model.value import changed


def _opened(state: State, fact: Any) -> Changes:
    key = f"{fact.station}/{fact.monitor}"
    row = state.monitors.get(key)
    ended = _closed(state, fact)  # the number may have been another monitor's
    return ended if row is None else (*ended, Change("monitors", key, changed(row, stream=fact.stream)))


def _closed(state: State, fact: Any) -> Changes:
    return tuple(
        Change("monitors", key, changed(row, stream=None))
        for key, row in state.monitors.items()
        if (row.station, row.stream) == (fact.station, fact.stream)
    )


FOLDS: Folds = {
    f.EventStreamOpened: _opened,
    f.EventStreamClosed: _closed,
}
