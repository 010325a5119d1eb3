"""What a virtual station does when its logs are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.progress import progress
from edgegw.simulate.transactions import Message
from edgegw.simulate.words import stamp

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


_PART: Final = 40
"""Characters of a customer's information that go into a message."""

_LOG: Final = ("Uploading", "Uploaded")


def _diagnostics_16(station: Station, payload: Payload) -> Reply:
    tell = progress(station, "DiagnosticsStatusNotification", _LOG, None)
    return Reply({"fileName": f"{station.id}-diagnostics.zip"}, tell)


def _log(station: Station, payload: Payload) -> Reply:
    tell = progress(station, "LogStatusNotification", _LOG, payload["requestId"])
    return Reply({"status": "Accepted", "filename": f"{station.id}-{payload['logType'].lower()}.zip"}, tell)


def _customer(station: Station, payload: Payload) -> Reply:
    cabinet = station.cabinet
    name = payload.get("customerIdentifier") or payload.get("idToken", {}).get("idToken", "")
    known = cabinet.customers.get(name, "")
    if payload["clear"]:
        cabinet.customers.pop(name, None)
    parts = [known[at : at + _PART] for at in range(0, len(known), _PART)] or [""]

    def tell() -> None:
        for number, text in enumerate(parts):
            part = {
                "requestId": payload["requestId"], "seqNo": number, "tbc": number + 1 < len(parts), "data": text,
                "generatedAt": stamp(station.now()),
            }  # fmt: skip
            station.connection.say(Message("NotifyCustomerInformation", part, keep=False))

    return Reply({"status": "Accepted"}, tell)


DOES_16: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "GetDiagnostics": _diagnostics_16,
    "GetLog": _log,
}

DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "CustomerInformation": _customer,
    "GetLog": _log,
}
