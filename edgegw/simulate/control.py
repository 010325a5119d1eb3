"""The control of an EVSE: what it offers to the car, and the state of charging that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgegw.simulate.car import MIN_A

if TYPE_CHECKING:
    from edgegw.simulate.station import Station
    from edgegw.simulate.transactions import Transaction
    from edgegw.simulate.world import Place


def limit_a(station: Station, place: Place, evse: int, transaction: Transaction | None) -> float:
    """What the place may draw by the profiles that the station holds; 0 below what can be signalled to a car."""
    limit = place.max_a
    if station.obeys:
        volts = sum(place.volts) / len(place.volts) if place.volts else 230.0
        began_at = transaction.began_at if transaction is not None else None
        phases = place.used or place.terminals
        limit = station.profiles.limit_a(
            evse, station.now(), volts=volts, phases=phases, began_at=began_at, most_a=place.max_a,
            priority=transaction is not None and transaction.priority,
        )  # fmt: skip
    return limit if limit >= MIN_A else 0.0


def charging_state(place: Place, before: str) -> str:
    """In the words of OCPP 2.x; as it was `before` while the car only starts."""
    if place.drawn_a > 0.0:
        return "Charging"
    if place.offered_a < MIN_A:
        return "SuspendedEVSE"
    if place.car is None or place.car.wanted_a() <= 0.0:
        return "SuspendedEV"
    return before
