"""What a virtual station does with new firmware."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.progress import progress
from edgegw.simulate.transactions import Message

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


_FIRMWARE: Final = ("Downloading", "Downloaded", "Installing", "Installed")


def _firmware_16(station: Station, payload: Payload) -> Reply:
    return Reply({}, progress(station, "FirmwareStatusNotification", _FIRMWARE, None))


def _firmware_signed_16(station: Station, payload: Payload) -> Reply:
    tell = progress(station, "SignedFirmwareStatusNotification", _FIRMWARE, payload["requestId"])
    return Reply({"status": "Accepted"}, tell)


def _firmware_2(station: Station, payload: Payload) -> Reply:
    tell = progress(station, "FirmwareStatusNotification", _FIRMWARE, payload["requestId"])
    return Reply({"status": "Accepted"}, tell)


def _publish(station: Station, payload: Payload) -> Reply:
    def tell() -> None:
        station.cabinet.published.add(payload["checksum"])
        part = {"status": "Published", "requestId": payload["requestId"], "location": [payload["location"]]}
        station.connection.say(Message("PublishFirmwareStatusNotification", part, keep=False))

    return Reply({"status": "Accepted"}, tell)


def _unpublish(station: Station, payload: Payload) -> Reply:
    known = payload["checksum"] in station.cabinet.published
    station.cabinet.published.discard(payload["checksum"])
    return Reply({"status": "Unpublished" if known else "NoFirmware"})


DOES_16: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "SignedUpdateFirmware": _firmware_signed_16,
    "UpdateFirmware": _firmware_16,
}

DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "PublishFirmware": _publish,
    "UnpublishFirmware": _unpublish,
    "UpdateFirmware": _firmware_2,
}
