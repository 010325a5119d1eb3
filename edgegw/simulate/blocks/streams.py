"""What a virtual station does with streams of values, which 2.1 brought.."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _get(station: Station, payload: Payload) -> Reply:
    held = list(station.cabinet.streams.values())
    return Reply({"constantStreamData": held} if held else {})


def _adjust(station: Station, payload: Payload) -> Reply:
    stream = station.cabinet.streams.get(payload["id"])
    if stream is None:
        return Reply({"status": "Rejected"})
    stream["params"] = {**stream["params"], **payload["params"]}
    return Reply({"status": "Accepted"})


DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "AdjustPeriodicEventStream": _adjust,
    "GetPeriodicEventStream": _get,
}
