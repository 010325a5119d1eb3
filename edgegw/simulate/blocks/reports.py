"""What a virtual station tells when it is asked for all, or a part, of its device model, which only 2.x has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from edgegw.simulate.blocks.provisioning import variables
from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.transactions import Message
from edgegw.simulate.words import stamp

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _get_base_report(station: Station, payload: Payload) -> Reply:
    """All of it, what can be set of it, or what is available and what is wrong (2.0.1 part 2, B07)."""
    known = variables(station)
    match payload["reportBase"]:
        case "ConfigurationInventory":
            known = {name: about for name, about in known.items() if not about[0]}
        case "SummaryInventory":
            known = _summary(station)
    return Reply({"status": "Accepted"}, _report(station, payload["requestId"], known))


def _summary(station: Station) -> dict[str, tuple[bool, str | None]]:
    states = {f"EVSE#{evse}.AvailabilityState": (True, station.status(evse)) for evse in station.places}
    whole = "Unavailable" if 0 in station.inoperative else "Available"
    return {"ChargingStation.AvailabilityState": (True, whole), "ChargingStation.Problem": (True, "false"), **states}


def _get_report(station: Station, payload: Payload) -> Reply:
    """Of the components, or variables, that are named; the criteria fit every component here."""
    asked = payload.get("componentVariable")
    known = {
        name: about
        for name, about in variables(station).items()
        if asked is None
        or any(
            name.startswith(f"{each['component']['name']}.{each.get('variable', {}).get('name', '')}") for each in asked
        )
    }
    if not known:
        return Reply({"status": "EmptyResultSet"})
    return Reply({"status": "Accepted"}, _report(station, payload["requestId"], known))


def _report(station: Station, request: int, known: Mapping[str, tuple[bool, str | None]]) -> Callable[[], None]:
    """Tell all of the device model in NotifyReport, one message a component; `EVSE#1.` is the
    component of an EVSE."""
    components: dict[str, list[Payload]] = {}
    for name, (readonly, value) in known.items():
        place, variable = name.split(".")
        component, _, evse = place.partition("#")
        about: Payload = {"name": component, **({"evse": {"id": int(evse)}} if evse else {})}
        attribute: Payload = {"mutability": "ReadOnly" if readonly else "ReadWrite"}
        attribute |= {} if value is None else {"value": value}
        components.setdefault(place, []).append(
            {"component": about, "variable": {"name": variable}, "variableAttribute": [attribute]}
        )

    def tell() -> None:
        at = station.now()
        last = len(components) - 1
        for number, data in enumerate(components.values()):
            told: Payload = {
                "requestId": request,
                "generatedAt": stamp(at + timedelta(milliseconds=number)),
                "seqNo": number,
                "tbc": number < last,
                "reportData": data,
            }
            station.connection.say(Message("NotifyReport", told, keep=False))

    return tell


DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "GetBaseReport": _get_base_report,
    "GetReport": _get_report,
}
