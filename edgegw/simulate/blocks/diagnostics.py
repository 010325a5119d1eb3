"""What a virtual station does when its logs are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.progress import progress

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


_LOG: Final = ("Uploading", "Uploaded")


def _diagnostics_16(station: Station, payload: Payload) -> Reply:
    tell = progress(station, "DiagnosticsStatusNotification", _LOG, None)
    return Reply({"fileName": f"{station.id}-diagnostics.zip"}, tell)


def _log(station: Station, payload: Payload) -> Reply:
    tell = progress(station, "LogStatusNotification", _LOG, payload["requestId"])
    return Reply({"status": "Accepted", "filename": f"{station.id}-{payload['logType'].lower()}.zip"}, tell)


DOES_16: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "GetDiagnostics": _diagnostics_16,
    "GetLog": _log,
}

DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "GetLog": _log,
}
