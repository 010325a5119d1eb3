"""What a virtual station does with texts for its display, which only 2.x has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.transactions import Message

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _show(station: Station, payload: Payload) -> Reply:
    """A message of a number that it shows already takes its place (2.0.1 part 2, O06)."""
    message = payload["message"]
    if message["message"]["format"] not in ("ASCII", "UTF8"):
        return Reply({"status": "NotSupportedMessageFormat"})
    reference = message.get("transactionId")
    if reference is not None and station.running(reference) is None:
        return Reply({"status": "UnknownTransaction"})
    station.cabinet.texts[message["id"]] = message["message"]["content"]
    station.cabinet.shown[message["id"]] = message
    return Reply({"status": "Accepted"})


def _clear_text(station: Station, payload: Payload) -> Reply:
    known = station.cabinet.texts.pop(payload["id"], None) is not None
    station.cabinet.shown.pop(payload["id"], None)
    return Reply({"status": "Accepted" if known else "Unknown"})


def _tell_texts(station: Station, payload: Payload) -> Reply:
    infos = [each for each in _infos(station) if _fits(each, payload)]
    if not infos:
        return Reply({"status": "Unknown"})

    def tell() -> None:
        for number, info in enumerate(infos, 1):
            part = {"requestId": payload["requestId"], "messageInfo": [info], "tbc": number < len(infos)}
            station.connection.say(Message("NotifyDisplayMessages", part, keep=False))

    return Reply({"status": "Accepted"}, tell)


def _infos(station: Station) -> list[dict[str, Any]]:
    """As they were set; one that the station has of its own is of the normal cycle."""
    own = {"priority": "NormalCycle"}
    return [
        {**own, "id": number, "message": {"format": "UTF8", "content": text}, **station.cabinet.shown.get(number, {})}
        for number, text in station.cabinet.texts.items()
    ]


def _fits(info: Mapping[str, Any], payload: Payload) -> bool:
    """By all that is asked for: numbers, priority, what the station does."""
    return (
        info["id"] in payload.get("id", [info["id"]])
        and info["priority"] == payload.get("priority", info["priority"])
        and info.get("state") == payload.get("state", info.get("state"))
    )


def ended(station: Station, reference: str | None) -> None:
    """A transaction has ended, and with it the messages that were for it (2.0.1 part 2, O02)."""
    for number in [number for number, each in station.cabinet.shown.items() if each.get("transactionId") == reference]:
        if reference is not None:
            del station.cabinet.shown[number], station.cabinet.texts[number]


DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ClearDisplayMessage": _clear_text,
    "GetDisplayMessages": _tell_texts,
    "SetDisplayMessage": _show,
}
