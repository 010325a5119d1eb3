"""What a virtual station does when it is taken in or out of use, and with its locks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _change_availability_16(station: Station, payload: Payload) -> Reply:
    evse = payload["connectorId"]
    if evse != 0 and evse not in station.places:
        return Reply({"status": "Rejected"})
    if payload["type"] == "Operative":
        station.inoperative.discard(evse)
        return Reply({"status": "Accepted"})
    station.inoperative.add(evse)
    busy = bool(station.transactions) if evse == 0 else evse in station.transactions
    return Reply({"status": "Scheduled" if busy else "Accepted"})


def _unlock_16(station: Station, payload: Payload) -> Reply:
    evse = payload["connectorId"]
    if evse not in station.places:
        return Reply({"status": "NotSupported"})
    return Reply({"status": "Unlocked"}, lambda: station.stop(evse, "UnlockCommand"))


def _change_availability_2(station: Station, payload: Payload) -> Reply:
    evse = payload.get("evse", {}).get("id", 0)
    if evse != 0 and evse not in station.places:
        return Reply({"status": "Rejected"})
    if payload["operationalStatus"] == "Operative":
        station.inoperative.discard(evse)
        return Reply({"status": "Accepted"})
    station.inoperative.add(evse)
    busy = bool(station.transactions) if evse == 0 else evse in station.transactions
    return Reply({"status": "Scheduled" if busy else "Accepted"})


def _unlock_2(station: Station, payload: Payload) -> Reply:
    evse = payload["evseId"]
    if evse not in station.places or payload["connectorId"] != 1:
        return Reply({"status": "UnknownConnector"})
    return Reply({"status": "OngoingAuthorizedTransaction" if evse in station.transactions else "Unlocked"})


DOES_16: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ChangeAvailability": _change_availability_16,
    "UnlockConnector": _unlock_16,
}

DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ChangeAvailability": _change_availability_2,
    "UnlockConnector": _unlock_2,
}
