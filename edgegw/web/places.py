"""What the API shows of stations, their EVSEs and the transactions there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from edgegw.core.rotation import learned
from edgegw.core.stations import profile_of, profile_source, registration_source
from edgegw.core.wishes import idle_so_far, running_bill, so_far
from edgegw.hub import Hub
from edgegw.journal.rows import stamp
from edgegw.model.state import LearnedPhases, StationState, Transaction, energy_wh
from edgegw.web import devices, masks
from edgegw.web.findings import findings
from edgegw.web.neighbours import Json, Neighbours
from edgegw.web.plain import plain, reading

HIDDEN = ("serial", "pinned_serial", "foreign_serial", "address")
"""What a masked reader does not get of a station."""
KNOCK = ("station", "address", "reason", "text", "count", "first_at", "last_at")
"""What is told of those who were not let in."""
TOLERATED = ("kind", "text", "where", "count", "first_at", "last_at")
"""What is told of each kind of tolerance that a station needs."""

WIRED = ("phases", "contradicts", "odds", "steps", "at", "text")
"""What is told of the phases that were learned of an EVSE."""

SETPOINT = ("setpoint_a", "reserved_a", "accepted", "binding", "reason")
"""What it tells of an EVSE."""


@dataclass(slots=True)
class _Places:
    """What is known of each (station, EVSE), gathered once for all of them. EVSE 0 is the station itself."""

    connectors: dict[tuple[str, int], list[Json]]
    setpoints: dict[tuple[str, int], Mapping[str, Any]]
    tolerated: Callable[[str], Iterable[Any]]
    knocks: Callable[[str, str | None], Iterable[Any]]
    wired: dict[tuple[str, int], LearnedPhases]


def _places(hub: Hub, neighbours: Neighbours) -> _Places:
    connectors: dict[tuple[str, int], list[Json]] = {}
    for row in hub.state.connectors.values():
        connectors.setdefault((row.station, row.evse), []).append(
            {"id": row.connector, "status": row.status, "at": stamp(row.at), "error": row.error}
        )
    setpoints = (neighbours.load() or {}).get("evses", ())
    by_place = {(row["station"], row["evse"]): row for row in setpoints}
    return _Places(connectors, by_place, neighbours.tolerated, neighbours.knocks, learned(hub.state, hub.site))


def stations(hub: Hub, neighbours: Neighbours, *, masked: bool) -> list[Json]:
    """All stations: the configured ones, then those that came by themselves."""
    places = _places(hub, neighbours)
    return [
        _station(hub, neighbours, places, name, masked=masked)
        for name in dict.fromkeys([*hub.site.stations, *hub.state.stations])
    ]


def station(hub: Hub, neighbours: Neighbours, name: str, *, masked: bool) -> Json | None:
    """One station: as configured, as it showed itself, and each EVSE with status, reading and transaction."""
    if name not in hub.site.stations and name not in hub.state.stations:
        return None
    return _station(hub, neighbours, _places(hub, neighbours), name, masked=masked)


def _station(hub: Hub, neighbours: Neighbours, places: _Places, name: str, *, masked: bool) -> Json:
    configured, seen = hub.site.stations.get(name), hub.state.stations.get(name)
    numbers = {evse.id for evse in configured.evses} if configured is not None else set()
    numbers |= {evse for station, evse in (*places.connectors, *hub.state.at_evse) if station == name and evse > 0}
    row = seen or StationState(name)
    shown = plain(row)
    shown["password"] = "set here" if shown["password"] else None
    shown["security_profile"] = profile_of(hub.state, name, hub.site)
    body = {
        **shown,
        "link": plain(_link(row)),
        "boot_source": registration_source(hub.state, name, hub.site),
        "security_source": profile_source(hub.state, name, hub.site),
        "serial_changed": row.foreign_serial is not None,
        **_peculiar(neighbours, name, masked=masked),
        "name": configured.name if configured is not None else name,
        "configured": configured is not None,
        "circuit": configured.circuit if configured is not None else None,
        "connectors": places.connectors.get((name, 0), []),
        "tolerated": [{field: plain(getattr(each, field)) for field in TOLERATED} for each in places.tolerated(name)],
        "knocks": [knock(each) for each in places.knocks(name, row.address)],
        "evses": [_evse(hub, places, name, number, masked=False) for number in sorted(numbers)],
        "upkeep": devices.upkeep(hub, name),
    }
    body["findings"] = findings(body)
    return (
        body if not masked else _masked(body, [_evse(hub, places, name, each, masked=True) for each in sorted(numbers)])
    )


def _masked(body: Json, evses: list[Json]) -> Json:
    """Findings stay: their sentences name nobody and no address."""
    knocks = [masks.without(each, "address", masked=True) for each in body["knocks"]]
    return {
        **masks.without(body, *HIDDEN, "password", masked=True),
        "certificates": [], "alerts": [], "evses": evses, "knocks": knocks,
    }  # fmt: skip


def _link(row: StationState) -> Json:
    """`up`, `silent` (connected, and answers nothing), `down` or `never` here, and since when, as far as is known."""
    if row.connected:
        return {"state": "silent", "since": row.silent_since} if row.silent_since else {"state": "up", "since": None}
    if row.ocpp is None:
        return {"state": "never", "since": None}
    return {"state": "down", "since": row.changed_at}


def knock(each: Any) -> Json:
    return {name: plain(getattr(each, name)) for name in KNOCK}


def _peculiar(neighbours: Neighbours, station: str, *, masked: bool) -> Json:
    bare: Json = {"quirks": None, "proof": None, "password_pending": None, "upstream": None}
    known: Json = plain(bare | neighbours.peculiar(station))
    if known["upstream"] is not None and masked:
        known["upstream"]["trouble"] = masks.hidden(known["upstream"]["trouble"])
    return known


def _evse(hub: Hub, places: _Places, station: str, number: int, *, masked: bool) -> Json:
    configured = hub.site.stations.get(station)
    place = next((evse for evse in configured.evses if evse.id == number), None) if configured is not None else None
    running = hub.state.at_evse.get((station, number))
    setpoint, wired = places.setpoints.get((station, number)), places.wired.get((station, number))
    return {
        "id": number,
        "max_a": place.max_a if place is not None else None,
        "phases": list(place.phases) if place is not None and not place.auto else None,
        "wired": {name: plain(getattr(wired, name)) for name in WIRED} if wired is not None else None,
        "connectors": places.connectors.get((station, number), []),
        "setpoint": masks.without({name: setpoint[name] for name in SETPOINT}, "reason", masked=masked)
        if setpoint is not None
        else None,
        "reading": reading(hub.latest(f"stations/{station}/{number}")),
        "transaction": transaction(hub, hub.state.transactions[running], masked=masked) if running else None,
    }


def transaction(hub: Hub, row: Transaction, *, masked: bool) -> Json:
    """A transaction with its energy and cost: final when it has ended, else what it would cost if it ended now."""
    body: Json = plain(row)
    total = body.pop("total")
    if masked:
        body["id_token"] = masks.hidden(row.id_token)
        body["payments"] = [{**each, "reference": masks.SHOWN} for each in body["payments"]]
    register = _register(hub, row) if row.state == "active" else None
    meterings = so_far(row, register)
    now = row.ended_at or hub.now()
    idle_s = idle_so_far(row, now)
    final = total is not None
    if total is None:
        total = plain(running_bill(hub.state, hub.site, row, meterings, now).total)
    return {
        **body, "energy_wh": energy_wh(meterings), "idle_s": idle_s,
        "cost": {"amount": total, "currency": row.currency or hub.site.currency, "final": final},
        "shown_at_station": plain(shown) if (shown := hub.reckoned(row.id)) is not None else None,
    }  # fmt: skip


def _register(hub: Hub, row: Transaction) -> tuple[datetime, int] | None:
    latest = hub.latest(f"stations/{row.station}/{row.evse}")
    if latest is None or "import_wh" not in latest.sample.values:
        return None
    return latest.sample.at, int(latest.sample.values["import_wh"])
