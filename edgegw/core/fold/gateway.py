"""What facts of the gateway itself change: its configuration, its clock, its storage, its events."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from edgegw.core.clock import put_right
from edgegw.core.fold import tariffs
from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.commands import ENDED
from edgegw.model.state import Change, Changes, ParkedEvent, SiteState, State
from edgegw.model.value import changed


def _clock(state: State, fact: f.ClockCorrected) -> Changes:
    """What runs or is shown as it is now goes on in the new time. A station's boot does not: retry keys hold it."""

    def right(at: datetime | None) -> datetime | None:
        return put_right(at, fact.since_at, fact.before_at, fact.offset_ms)

    return (
        *(
            Change("commands", row.id, changed(row, at=right(row.at), dispatched_at=right(row.dispatched_at)))
            for row in state.commands.values()
            if row.state not in ENDED
        ),
        *tariffs.put_right(state, right),
        *(Change("connectors", key, changed(row, at=right(row.at))) for key, row in state.connectors.items()),
        *(Change("meters", key, changed(row, at=right(row.at))) for key, row in state.meters.items()),
        *(
            Change("stations", key, changed(row, changed_at=right(row.changed_at)))
            for key, row in state.stations.items()
        ),
        *(
            Change(table, key, replace(row, at=right(row.at)))
            for table in ("variables", "monitors", "displays", "outside_limits")
            for key, row in getattr(state, table).items()
            if right(row.at) != row.at  # there may be tens of thousands
        ),
    )


def _storage(state: State, level: Literal["pressed", "full"] | None) -> Changes:
    return (Change("site", "site", changed(state.site.get("site") or SiteState(), storage=level)),)


def _parked(fact: f.EventParked) -> ParkedEvent:
    return ParkedEvent(fact.stream, fact.epoch, fact.sequence, fact.at, fact.event, fact.reason)


FOLDS: Folds = {
    f.ClockCorrected: _clock,
    f.StoragePressed: lambda s, x: _storage(s, x.level),
    f.StorageRecovered: lambda s, x: _storage(s, None),
    f.EventParked: lambda s, x: (Change("parked", f"{x.stream}/{x.epoch}/{x.sequence}", _parked(x)),),
}
