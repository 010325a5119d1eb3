"""What a virtual station watches of itself, which only 2.x does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.transactions import Message
from edgegw.simulate.words import stamp

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _set(station: Station, payload: Payload) -> Reply:
    """Watches whatever it is told to, but never by a target."""
    results = []
    for wanted in payload["setMonitoringData"]:
        about = {name: wanted[name] for name in ("component", "variable", "type", "severity")}
        if wanted["type"].startswith("Target"):
            results.append({**about, "status": "UnsupportedMonitorType"})
            continue
        number = wanted.get("id") or 1 + max(station.cabinet.monitors, default=0)
        station.cabinet.monitors[number] = wanted
        results.append({**about, "status": "Accepted", "id": number})
    return Reply({"setMonitoringResult": results})


def _clear(station: Station, payload: Payload) -> Reply:
    results = []
    for number in payload["id"]:
        known = station.cabinet.monitors.pop(number, None) is not None
        results.append({"id": number, "status": "Accepted" if known else "NotFound"})
    return Reply({"clearMonitoringResult": results})


def _report(station: Station, payload: Payload) -> Reply:
    monitors = station.cabinet.monitors
    if not monitors:
        return Reply({"status": "EmptyResultSet"})

    def tell() -> None:
        for place, (number, wanted) in enumerate(monitors.items()):
            watched = {
                "id": number, "transaction": wanted.get("transaction", False), "value": wanted["value"],
                "type": wanted["type"], "severity": wanted["severity"],
            }  # fmt: skip
            if station.version == "2.1":
                watched["eventNotificationType"] = "CustomMonitor"
            part = {
                "requestId": payload["requestId"], "seqNo": place, "tbc": place + 1 < len(monitors),
                "generatedAt": stamp(station.now()),
                "monitor": [
                    {"component": wanted["component"], "variable": wanted["variable"], "variableMonitoring": [watched]}
                ],
            }  # fmt: skip
            station.connection.say(Message("NotifyMonitoringReport", part, keep=False))

    return Reply({"status": "Accepted"}, tell)


def _base(station: Station, payload: Payload) -> Reply:
    if payload["monitoringBase"] != "All":
        station.cabinet.monitors.clear()
    return Reply({"status": "Accepted"})


def _level(station: Station, payload: Payload) -> Reply:
    return Reply({"status": "Accepted"})


DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ClearVariableMonitoring": _clear,
    "GetMonitoringReport": _report,
    "SetMonitoringBase": _base,
    "SetMonitoringLevel": _level,
    "SetVariableMonitoring": _set,
}
