"""What facts change in the rows of desired state."""

from __future__ import annotations

from typing import Any

from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, DesiredState, State


def _applied(state: State, fact: Any) -> Changes:
    return (Change("desired", fact.name, DesiredState(fact.name, fact.rev, fact.digest, fact.at, "cloud")),)


FOLDS: Folds = {
    f.DesiredApplied: _applied,
}
