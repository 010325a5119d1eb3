"""What each fact changes in the rows of the tables: the folds of the blocks, as one."""

from __future__ import annotations

from edgegw.core.fold import (
    alerts,
    commands,
    desired,
    devices,
    gateway,
    load,
    meters,
    outside,
    provisioning,
    quirks,
    reservations,
    security,
    stations,
    streams,
    tariffs,
    tokens,
    transaction,
)
from edgegw.core.fold.folds import merged
from edgegw.model.facts import Fact
from edgegw.model.state import Changes, State

_FOLDS = merged(
    (
        alerts.FOLDS,
        commands.FOLDS,
        desired.FOLDS,
        devices.FOLDS,
        gateway.FOLDS,
        load.FOLDS,
        meters.FOLDS,
        outside.FOLDS,
        provisioning.FOLDS,
        quirks.FOLDS,
        reservations.FOLDS,
        security.FOLDS,
        stations.FOLDS,
        streams.FOLDS,
        tariffs.FOLDS,
        tokens.FOLDS,
        transaction.FOLDS,
    )
)


def fold(state: State, fact: Fact) -> Changes:
    """What `fact` changes in the tables of `state`; nothing for a fact that only history needs."""
    folder = _FOLDS.get(type(fact))
    return folder(state, fact) if folder is not None else ()
