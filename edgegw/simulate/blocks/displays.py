"""What a virtual station does with texts for its display, which only 2.x has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _show(station: Station, payload: Payload) -> Reply:
    message = payload["message"]
    if message["message"]["format"] not in ("ASCII", "UTF8"):
        return Reply({"status": "NotSupportedMessageFormat"})
    station.cabinet.texts[message["id"]] = message["message"]["content"]
    return Reply({"status": "Accepted"})


def _clear_text(station: Station, payload: Payload) -> Reply:
    known = station.cabinet.texts.pop(payload["id"], None) is not None
    return Reply({"status": "Accepted" if known else "Unknown"})


DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ClearDisplayMessage": _clear_text,
    "SetDisplayMessage": _show,
}
