"""What facts change in the rows of desired state."""

from __future__ import annotations

from typing import Any

from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, DesiredState, State


def _tariffs(state: State, fact: Any) -> Changes:
    waits = fact.effective_from is not None and fact.effective_from > fact.at
    name = "tariffs/next" if waits else "tariffs"
    row = DesiredState(
        name, fact.rev, fact.digest, fact.at, fact.by, contents=fact.tariffs, effective_from=fact.effective_from
    )
    gone = () if waits else (Change("desired", "tariffs/next", None),)  # whatever waits is older, or is this
    return (Change("desired", name, row), *gone)


def _applied(state: State, fact: Any) -> Changes:
    return (Change("desired", fact.name, DesiredState(fact.name, fact.rev, fact.digest, fact.at, "cloud")),)


FOLDS: Folds = {
    f.TariffsChanged: _tariffs,
    f.DesiredApplied: _applied,
}
