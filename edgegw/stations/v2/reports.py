"""What a 2.x station tells of itself, in the site's words: all of it, as the hub keeps what is new (decision 80)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from edgegw.core.devices import in_parts
from edgegw.core.secrets import is_secret, without_secrets
from edgegw.model.facts import (
    AlertEnded,
    AlertRaised,
    DisplaysChanged,
    Fact,
    MonitorsChanged,
    OutsideLimitCleared,
    OutsideLimitSet,
    StationStatusChanged,
    VariablesChanged,
    VariablesReported,
)
from edgegw.stations.codec import Payload, Peer
from edgegw.stations.words import STATUSES, place_number, read_time, shown_at, snake

UNKEPT: Final = frozenset({"basicauthpassword", "token", "vehicleid", "vehiclecertificate"})
"""Variables whose values are secret, or tell who charges: SecurityCtrlr.BasicAuthPassword, TokenReader.Token,
ConnectedEV.VehicleID and VehicleCertificate."""


def is_unkept(variable: str) -> bool:
    """Whether the value of a variable is not written down."""
    return variable.casefold() in UNKEPT or is_secret(variable)


def facts_of(action: str, payload: Payload, peer: Peer) -> tuple[Fact, ...]:
    """The facts that a notification holds; one that has none of its own is kept as it came."""
    read = _READS.get(action)
    if read is None:
        return (VariablesReported(station=peer.station, at=peer.now, action=action, report=without_secrets(payload)),)
    return tuple(read(payload, peer))


def _variables(payload: Payload, peer: Peer) -> Iterator[Fact]:
    variables = tuple(entry for each in payload.get("reportData", ()) for entry in _attributes(each, _place(each)))
    if variables:
        yield VariablesChanged(station=peer.station, at=peer.now, action="NotifyReport", variables=variables)
    yield from _end("NotifyReport", payload, peer, "reportData")


def _attributes(each: Payload, place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    about = each.get("variableCharacteristics", {})
    described = {
        "data_type": _snake(about.get("dataType")),
        "unit": about.get("unit"),
        "min_limit": about.get("minLimit"),
        "max_limit": about.get("maxLimit"),
        "values": about.get("valuesList"),
    }
    for attribute in each["variableAttribute"]:
        mutability = attribute.get("mutability")
        is_kept = mutability != "WriteOnly" and not _is_unkept(each)
        yield place | _known(
            attribute=snake(attribute.get("type", "Actual")),
            value=_text(attribute.get("value")) if is_kept else None,
            mutability=_snake(mutability),
            **described,
        )


def _monitors(payload: Payload, peer: Peer) -> Iterator[Fact]:
    monitors = tuple(
        _place(each)
        | _known(
            monitor=monitor["id"], kind=snake(monitor["type"]), value=monitor["value"], severity=monitor["severity"],
            transaction=monitor["transaction"], origin=_snake(monitor.get("eventNotificationType")),
        )
        for each in payload.get("monitor", ())
        for monitor in each["variableMonitoring"]
    )  # fmt: skip
    if monitors:
        yield MonitorsChanged(station=peer.station, at=peer.now, monitors=monitors)
    yield from _end("NotifyMonitoringReport", payload, peer, "monitor")


def _events(payload: Payload, peer: Peer) -> Iterator[Fact]:
    """What a variable has come to; and as an event of its own, unless it is only told from time to time."""
    events = [_without_unkept(each) for each in payload["eventData"]]
    variables = tuple(
        _place(each) | _known(attribute="actual", value=_text(each.get("actualValue"))) for each in events
    )
    yield VariablesChanged(station=peer.station, at=peer.now, action="NotifyEvent", variables=variables)
    for each in events:
        component, status = each["component"], STATUSES.get(str(each.get("actualValue")))
        place = component.get("evse", {})
        is_connector = component["name"].casefold() == "connector" and "connectorId" in place
        if is_connector and each["variable"]["name"].casefold() == "availabilitystate" and status is not None:
            # 2.1 tells the state of a connector like this instead of by StatusNotification (2.0.1 may do so).
            at = shown_at(each["timestamp"], peer.now)
            evse, connector = place_number(place["id"]), place_number(place["connectorId"])
            yield StationStatusChanged(station=peer.station, at=at, evse=evse, connector=connector, status=status)
    yield from (fact for each in events if (fact := _alert(each, peer)) is not None)
    told = [each for each in events if each["trigger"] != "Periodic"]
    for part in in_parts(told):
        report = without_secrets({**payload, "eventData": list(part)})
        yield VariablesReported(station=peer.station, at=peer.now, action="NotifyEvent", report=report)


def _alert(each: Payload, peer: Peer) -> AlertRaised | AlertEnded | None:
    """What an event raises, or with `cleared` ends (N07); 2.0.1 tells its severity by its monitor alone."""
    number = each.get("variableMonitoringId")
    about = _place(each) | _known(event=each["eventId"], monitor=number, value=_text(each.get("actualValue")))
    at = shown_at(each["timestamp"], peer.now)
    if each.get("cleared"):
        return AlertEnded(station=peer.station, at=at, **about)
    if each["trigger"] != "Alerting":
        return None
    monitor = peer.known.monitor(number) if number is not None else None
    running = peer.by_reference(each["transactionId"]) if "transactionId" in each else None
    return AlertRaised(
        station=peer.station, at=at, severity=each.get("severity", monitor.severity if monitor is not None else None),
        cause=each.get("cause"), code=each.get("techCode"), info=without_secrets(each.get("techInfo")),
        transaction=running.id if running is not None else None, **about,
    )  # fmt: skip


def _displays(payload: Payload, peer: Peer) -> Iterator[Fact]:
    displays = tuple(_display(each) for each in payload.get("messageInfo", ()))
    if displays:
        yield DisplaysChanged(station=peer.station, at=peer.now, displays=displays)
    yield from _end("NotifyDisplayMessages", payload, peer, "messageInfo")


def _display(each: Payload) -> dict[str, Any]:
    display = each.get("display")
    return {
        **({} if display is None else _component(display)),
        **_known(
            message=each["id"], priority=snake(each["priority"]), state=_snake(each.get("state")),
            starts_at=_time(each.get("startDateTime")), ends_at=_time(each.get("endDateTime")),
            reference=each.get("transactionId"),
        ),
        "texts": [
            _known(text=text["content"], format=snake(text["format"]), language=text.get("language"))
            for text in (each["message"], *each.get("messageExtra", ()))
        ],
    }  # fmt: skip


def _limit(payload: Payload, peer: Peer) -> Iterator[Fact]:
    limit = payload["chargingLimit"]
    yield OutsideLimitSet(
        station=peer.station, at=peer.now, evse=payload.get("evseId") or 0, source=snake(limit["chargingLimitSource"]),
        grid_critical=limit.get("isGridCritical"), local_generation=limit.get("isLocalGeneration"),
        schedules=tuple(payload.get("chargingSchedule", ())),
    )  # fmt: skip


def _no_limit(payload: Payload, peer: Peer) -> Iterator[Fact]:
    source = snake(payload["chargingLimitSource"])
    yield OutsideLimitCleared(station=peer.station, at=peer.now, source=source, evse=payload.get("evseId"))


def _end(action: str, payload: Payload, peer: Peer, entries: str) -> Iterator[Fact]:
    """The last part of a report tells whoever asked for it that all of it is there."""
    if not payload.get("tbc", False):
        report = {name: value for name, value in payload.items() if name != entries}
        yield VariablesReported(station=peer.station, at=peer.now, action=action, report=report)


def _place(each: Payload) -> dict[str, Any]:
    variable = each["variable"]
    return _component(each["component"]) | _known(variable=variable["name"], variable_instance=variable.get("instance"))


def _component(component: Payload) -> dict[str, Any]:
    evse = component.get("evse", {})
    return _known(
        component=component["name"], component_instance=component.get("instance"), evse=evse.get("id"),
        connector=evse.get("connectorId"),
    )  # fmt: skip


def _is_unkept(each: Payload) -> bool:
    return is_unkept(each["variable"]["name"])


def _without_unkept(event: Payload) -> Payload:
    if not _is_unkept(event):
        return event
    return {name: value for name, value in event.items() if name not in ("actualValue", "techInfo")}


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _snake(word: str | None) -> str | None:
    return None if word is None else snake(word)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _time(text: str | None) -> str | None:
    at = None if text is None else read_time(text)
    return None if at is None else at.isoformat()


_READS: Final[Mapping[str, Callable[[Payload, Peer], Iterator[Fact]]]] = {
    "ClearedChargingLimit": _no_limit,
    "NotifyChargingLimit": _limit,
    "NotifyDisplayMessages": _displays,
    "NotifyEvent": _events,
    "NotifyMonitoringReport": _monitors,
    "NotifyReport": _variables,
}
