"""What a virtual station does with reservations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _reserve(station: Station, number: int, evse: int, token: str, group: str | None) -> Reply:
    cabinet = station.cabinet
    places = [evse] if evse else list(station.places)
    taken = {place for other, place in cabinet.reserved.items() if other != number}
    if not any(place in station.places and station.free(place) and place not in taken for place in places):
        return Reply({"status": "Occupied"})
    cabinet.reserved[number], cabinet.reserved_for[number] = evse, (token, group)
    return Reply({"status": "Accepted"})


def _reserve_16(station: Station, payload: Payload) -> Reply:
    return _reserve(
        station, payload["reservationId"], payload["connectorId"], payload["idTag"], payload.get("parentIdTag")
    )


def _reserve_2(station: Station, payload: Payload) -> Reply:
    group = payload.get("groupIdToken", {}).get("idToken")
    return _reserve(station, payload["id"], payload.get("evseId", 0), payload["idToken"]["idToken"], group)


def _cancel(station: Station, payload: Payload) -> Reply:
    known = station.cabinet.reserved.pop(payload["reservationId"], None) is not None
    station.cabinet.reserved_for.pop(payload["reservationId"], None)
    return Reply({"status": "Accepted" if known else "Rejected"})


DOES_16: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "CancelReservation": _cancel,
    "ReserveNow": _reserve_16,
}

DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "CancelReservation": _cancel,
    "ReserveNow": _reserve_2,
}
