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
        if number in station.cabinet.built_in:
            results.append({**about, "status": "Rejected"})
            continue
        station.cabinet.monitors[number] = wanted
        results.append({**about, "status": "Accepted", "id": number})
    return Reply({"setMonitoringResult": results})


def _clear(station: Station, payload: Payload) -> Reply:
    """What its vendor built in stays (2.0.1 part 2, N06)."""
    results = []
    for number in payload["id"]:
        if number in station.cabinet.built_in:
            results.append({"id": number, "status": "Rejected"})
            continue
        known = station.cabinet.monitors.pop(number, None) is not None
        station.cabinet.alerting.pop(number, None)
        results.append({"id": number, "status": "Accepted" if known else "NotFound"})
    return Reply({"clearMonitoringResult": results})


_CRITERIA: Final[Mapping[str, tuple[str, ...]]] = {
    "ThresholdMonitoring": ("UpperThreshold", "LowerThreshold"),
    "DeltaMonitoring": ("Delta",),
    "PeriodicMonitoring": ("Periodic", "PeriodicClockAligned"),
}


def _report(station: Station, payload: Payload) -> Reply:
    monitors = {number: each for number, each in station.cabinet.monitors.items() if _fits(each, payload)}
    if not monitors:
        return Reply({"status": "EmptyResultSet"})

    def tell() -> None:
        for place, (number, wanted) in enumerate(monitors.items()):
            watched = {
                "id": number, "transaction": wanted.get("transaction", False), "value": wanted["value"],
                "type": wanted["type"], "severity": wanted["severity"],
            }  # fmt: skip
            if station.version == "2.1":
                watched["eventNotificationType"] = _origin(station, number)
            part = {
                "requestId": payload["requestId"], "seqNo": place, "tbc": place + 1 < len(monitors),
                "generatedAt": stamp(station.now()),
                "monitor": [
                    {"component": wanted["component"], "variable": wanted["variable"], "variableMonitoring": [watched]}
                ],
            }  # fmt: skip
            station.connection.say(Message("NotifyMonitoringReport", part, keep=False))

    return Reply({"status": "Accepted"}, tell)


def _fits(wanted: Payload, payload: Payload) -> bool:
    """By the components and variables that are named, and by the kinds of the criteria."""
    named, criteria = payload.get("componentVariable"), payload.get("monitoringCriteria")
    kinds = [kind for each in criteria or () for kind in _CRITERIA[each]]
    is_named = named is None or any(
        each["component"]["name"] == wanted["component"]["name"]
        and each.get("variable", wanted["variable"])["name"] == wanted["variable"]["name"]
        for each in named
    )
    return is_named and (criteria is None or wanted["type"] in kinds)


def _origin(station: Station, number: int) -> str:
    return "HardWiredMonitor" if number in station.cabinet.built_in else "CustomMonitor"


def _base(station: Station, payload: Payload) -> Reply:
    cabinet = station.cabinet
    if payload["monitoringBase"] != "All":
        cabinet.monitors = {number: each for number, each in cabinet.monitors.items() if number in cabinet.built_in}
        cabinet.alerting.clear()
    return Reply({"status": "Accepted"})


def _level(station: Station, payload: Payload) -> Reply:
    if not 0 <= payload["severity"] <= 9:
        return Reply({"status": "Rejected"})
    station.cabinet.severity = payload["severity"]
    return Reply({"status": "Accepted"})


def measured(station: Station, component: str, variable: str, value: float, evse: int | None = None) -> None:
    """A variable has come to a value: whatever watches it tells, once when it crosses its threshold and once when it is
    back (2.0.1 part 2, N07)."""
    for number, wanted in station.cabinet.monitors.items():
        place = wanted["component"]
        is_it = (place["name"], wanted["variable"]["name"], place.get("evse", {}).get("id")) == (
            component, variable, evse,
        )  # fmt: skip
        if is_it and wanted["severity"] <= station.cabinet.severity and wanted["type"] in _BEYOND:
            _look(station, number, wanted, value)


_BEYOND: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "UpperThreshold": lambda value, threshold: value > threshold,
    "LowerThreshold": lambda value, threshold: value < threshold,
}


def _look(station: Station, number: int, wanted: Payload, value: float) -> None:
    cabinet = station.cabinet
    is_beyond, before = _BEYOND[wanted["type"]](value, wanted["value"]), cabinet.alerting.get(number)
    if is_beyond == (before is not None):
        return
    cabinet.events += 1
    event = {
        "eventId": cabinet.events, "timestamp": stamp(station.now()), "trigger": "Alerting",
        "actualValue": f"{value:g}",
        "component": wanted["component"], "variable": wanted["variable"], "variableMonitoringId": number,
        "eventNotificationType": _origin(station, number),
    }  # fmt: skip
    if station.version == "2.1":
        event["severity"] = wanted["severity"]
    if is_beyond:
        cabinet.alerting[number] = cabinet.events
    else:
        del cabinet.alerting[number]
        event["cleared"] = True
    part = {"generatedAt": stamp(station.now()), "seqNo": 0, "eventData": [event]}
    station.connection.say(Message("NotifyEvent", part, keep=False))


DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ClearVariableMonitoring": _clear,
    "GetMonitoringReport": _report,
    "SetMonitoringBase": _base,
    "SetMonitoringLevel": _level,
    "SetVariableMonitoring": _set,
}
