"""What a virtual station does when batteries are to be swapped, which 2.1 brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.transactions import Message

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _swap(station: Station, payload: Payload) -> Reply:
    """The driver puts an empty battery in and takes a full one out, at once."""

    def swap() -> None:
        for event, charge, serial in (("BatteryIn", 12.0, "B-1"), ("BatteryOut", 100.0, "B-2")):
            battery = {"evseId": min(station.places), "serialNumber": serial, "soC": charge, "soH": 97.0}
            told = {"eventType": event, "requestId": payload["requestId"], "idToken": payload["idToken"]}
            station.connection.say(Message("BatterySwap", {**told, "batteryData": [battery]}, keep=False))

    return Reply({"status": "Accepted"}, swap)


DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "RequestBatterySwap": _swap,
}
