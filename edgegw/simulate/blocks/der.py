"""What a virtual station does with controls of its energy resources, which 2.1 brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.transactions import Message
from edgegw.simulate.words import stamp

if TYPE_CHECKING:
    from edgegw.simulate.station import Station

_KEYS: Final = {
    "EnterService": "enterService",
    "FixedPFAbsorb": "fixedPFAbsorb",
    "FixedPFInject": "fixedPFInject",
    "FixedVar": "fixedVar",
    "FreqDroop": "freqDroop",
    "Gradients": "gradient",
    "LimitMaxDischarge": "limitMaxDischarge",
}
_ALWAYS_DEFAULT: Final = frozenset({"enterService", "gradient"})


def _set(station: Station, payload: Payload) -> Reply:
    """A control comes into force at once, in the place of others of its type."""
    key = _KEYS.get(payload["controlType"], "curve")
    if key not in payload:
        return Reply({"status": "Rejected"})
    held = station.cabinet.controls
    others = [
        control
        for control, other in held.items()
        if other["controlType"] == payload["controlType"]
        and other["isDefault"] == payload["isDefault"]
        and control != payload["controlId"]
    ]
    held[payload["controlId"]] = payload
    about = {"supersededIds": others} if others else {}

    def starts() -> None:
        told = {"controlId": payload["controlId"], "started": True, "timestamp": stamp(station.now()), **about}
        station.connection.say(Message("NotifyDERStartStop", told, keep=False))

    return Reply({"status": "Accepted", **about}, starts)


def _get(station: Station, payload: Payload) -> Reply:
    found = _named(station, payload)
    if not found:
        return Reply({"status": "NotFound"})

    def tell() -> None:
        for number, control in enumerate(found, 1):
            told = {"requestId": payload["requestId"], "tbc": number < len(found), **_reported(control)}
            station.connection.say(Message("ReportDERControl", told, keep=False))

    return Reply({"status": "Accepted"}, tell)


def _reported(control: Payload) -> Payload:
    key = _KEYS.get(control["controlType"], "curve")
    inner = "fixedPF" if key.startswith("fixedPF") else key
    told: Payload = {"id": control["controlId"], inner: control[key]}
    if key == "curve":
        told["curveType"] = control["controlType"]
    if key not in _ALWAYS_DEFAULT:
        told |= {"isDefault": control["isDefault"], "isSuperseded": False}
    return {key: [told]}


def _clear(station: Station, payload: Payload) -> Reply:
    found = _named(station, payload)
    for control in found:
        del station.cabinet.controls[control["controlId"]]
    return Reply({"status": "Accepted" if found else "NotFound"})


def _named(station: Station, payload: Payload) -> list[Payload]:
    return [
        control
        for control in station.cabinet.controls.values()
        if all(control[key] == payload[key] for key in ("isDefault", "controlType", "controlId") if key in payload)
    ]


DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ClearDERControl": _clear,
    "GetDERControl": _get,
    "SetDERControl": _set,
}
