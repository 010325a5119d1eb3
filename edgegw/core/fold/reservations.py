"""What facts change in the rows of reservations."""

from __future__ import annotations

from typing import Any

from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, Reservation, State


def _reserved(state: State, fact: Any) -> Changes:
    row = Reservation(
        id=fact.reservation, number=fact.number, station=fact.station, until=fact.until, by=fact.by, evse=fact.evse,
        id_token=fact.id_token, group=fact.group, connector_type=fact.connector_type,
    )  # fmt: skip
    return (Change("reservations", row.id, row),)


FOLDS: Folds = {
    f.ReservationMade: _reserved,
    f.ReservationEnded: lambda s, x: (Change("reservations", x.reservation, None),),
}
