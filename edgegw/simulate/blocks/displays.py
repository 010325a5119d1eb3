"""What a virtual station does with texts for its display, which only 2.x has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.transactions import Message

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


def _tell_texts(station: Station, payload: Payload) -> Reply:
    wanted = payload.get("id", station.cabinet.texts)
    texts = {number: text for number, text in station.cabinet.texts.items() if number in wanted}
    if not texts:
        return Reply({"status": "Unknown"})
    infos = [
        {"id": number, "priority": "NormalCycle", "message": {"format": "UTF8", "content": text}}
        for number, text in texts.items()
    ]

    def tell() -> None:
        for number, info in enumerate(infos, 1):
            part = {"requestId": payload["requestId"], "messageInfo": [info], "tbc": number < len(infos)}
            station.connection.say(Message("NotifyDisplayMessages", part, keep=False))

    return Reply({"status": "Accepted"}, tell)


DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ClearDisplayMessage": _clear_text,
    "GetDisplayMessages": _tell_texts,
    "SetDisplayMessage": _show,
}
