"""What a virtual station does with a vendor's own messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.words import VENDOR

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


COSTS: Final = "org.openchargealliance.costmsg"
"""Vendor of the messages of the OCA's note on California pricing."""


def _data_transfer_16(station: Station, payload: Payload) -> Reply:
    if payload["vendorId"] == COSTS and station.shows_cost:
        return Reply({"status": "Accepted"})
    if payload["vendorId"] != VENDOR:
        return Reply({"status": "UnknownVendorId"})
    return Reply({"status": "Accepted", "data": payload.get("data", "")})


def _data_transfer_2(station: Station, payload: Payload) -> Reply:
    if payload["vendorId"] != VENDOR:
        return Reply({"status": "UnknownVendorId"})
    return Reply({"status": "Accepted", "data": payload.get("data")})


DOES_16: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "DataTransfer": _data_transfer_16,
}

DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "DataTransfer": _data_transfer_2,
}
