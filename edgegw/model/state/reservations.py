"""Rows about reservations."""

from __future__ import annotations

from datetime import datetime

from edgegw.model.value import value


@value(slots=False)
class Reservation:
    """Key: its id, which is that of the command that made it. It is there as long as it holds."""

    id: str
    number: int
    station: str
    until: datetime
    by: str
    evse: int | None = None
    id_token: str | None = None
    group: str | None = None
    """Other tokens of this group may use it too."""
    connector_type: str | None = None
