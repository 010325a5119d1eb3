"""Facts of reservations."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from edgegw.model.facts.fact import StationFact
from edgegw.model.value import value


@value(kw_only=True)
class ReservationMade(StationFact):
    """A station keeps an EVSE, or any of its own when `evse` is None, for an id token and for every other one of
    its `group`. `number` is what the station knows the reservation by; any EVSE may be one with a connector of
    `connector_type`, as OCPP 2.x spells it."""

    type: ClassVar[str] = "reservation_made"
    personal: ClassVar[tuple[str, ...]] = ("id_token",)
    shown: ClassVar[tuple[str, ...] | None] = ("reservation", "until")

    reservation: str
    number: int
    evse: int | None = None
    id_token: str | None = None
    group: str | None = None
    until: datetime
    by: str
    connector_type: str | None = None


@value(kw_only=True)
class ReservationEnded(StationFact):
    """`used`: the one it was made for charges. `removed`: the station gave it up, such as for a fault."""

    type: ClassVar[str] = "reservation_ended"
    shown: ClassVar[tuple[str, ...] | None] = ("reservation", "reason")

    reservation: str
    reason: Literal["used", "cancelled", "expired", "removed"]
