"""What the API shows: the hub's state joined with the configuration, the newest readings and the neighbours' own words.

Every function returns plain values for JSON. `masked` leaves out what `edgegw.web.masks` names.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from edgegw import __version__
from edgegw.core.fallback import limits_of, phases_of
from edgegw.core.limits import in_force
from edgegw.core.rotation import learned
from edgegw.core.stations import profile_of
from edgegw.core.wishes import idle_so_far, running_bill, so_far
from edgegw.files.service import FileService
from edgegw.hub import Hub
from edgegw.journal.rows import stamp
from edgegw.model.samples import Latest
from edgegw.model.state import CommandState, LearnedPhases, PolicyLimit, StationState, Transaction
from edgegw.web import devices, masks, tokens

Json = dict[str, Any]


def _nothing() -> Json | None:
    return None


async def _silence(station: str) -> AsyncGenerator[Json, None]:
    return
    yield  # which makes it a generator


async def _nothing_to_forget(station: str, quirk: str, by: str) -> bool:
    return False


@dataclass(slots=True)
class Neighbours:
    """What the page and the API ask of others; the composition root fills it in as they come up."""

    services: Callable[[], Mapping[str, Any]] = dict
    """State of each supervised service by name: `{"state": ..., "reason": ..., "restarts": ...}`."""
    uplink: Callable[[], Json | None] = _nothing
    load: Callable[[], Json | None] = _nothing
    """What the load loop's last turn came to, by circuit and by EVSE (`LoadLoop.snapshot`); None while it is down."""
    ready: Callable[[], bool] = lambda: True
    peculiar: Callable[[str], Json] = lambda station: {}
    """What is known of a station's quirks and clock (`StationServer.peculiar`)."""
    forget: Callable[[str, str, str], Awaitable[bool]] = _nothing_to_forget
    """Take back a quirk that was learned of a station (`StationServer.forget`)."""
    effective: Callable[[], Json] = dict
    """The configuration in force, secrets left out."""
    files: Callable[[], FileService | None] = lambda: None
    """The file service, None when the configuration asks for none."""
    trace: Callable[[str], AsyncGenerator[Json, None]] = _silence
    """What is said with a station, frame by frame, from the first `anext` on."""
    tolerated: Callable[[str], Iterable[Any]] = lambda station: ()
    """What a station is let off with: objects with the fields of TOLERATED."""
    meters: dict[str, str] = field(default_factory=dict)
    """What each configured meter measures, by its id."""


CURRENTS = ("limit_a", "measured_a", "building_a", "given_a", "reserved_a", "margin_a")
"""What the load loop tells of a phase of a circuit, in ampere."""

HIDDEN = ("serial", "pinned_serial", "foreign_serial", "address")
"""What a masked reader does not get of a station."""
TOLERATED = ("kind", "text", "where", "count", "first_at", "last_at")
"""What is told of each kind of tolerance that a station needs."""

WIRED = ("phases", "contradicts", "odds", "steps", "at", "text")
"""What is told of the phases that were learned of an EVSE."""

SETPOINT = ("setpoint_a", "reserved_a", "accepted", "binding", "reason")
"""What it tells of an EVSE."""


def plain(value: Any) -> Any:
    """A row or value as JSON: times as RFC 3339, money as decimal strings."""
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def is_full(hub: Hub) -> bool:
    """Whether new transactions are refused, as there is no room to write them down."""
    return hub.storage is not None and hub.storage.level == "full"


def storage(hub: Hub) -> Json | None:
    """How much room the ledger has; None while nobody watches it."""
    found: Json | None = plain(hub.storage)
    return found


def reading(latest: Latest | None) -> Json | None:
    if latest is None:
        return None
    sample = latest.sample
    return {"at": stamp(sample.at), "age_s": round(latest.age_s, 1), "quality": sample.quality, **sample.values}


def site(hub: Hub, neighbours: Neighbours, *, masked: bool) -> Json:
    """The whole site on one page."""
    known = hub.state.site.get("site")
    facts, blocks = hub.journal.position("A"), hub.journal.position("B")
    return {
        "id": hub.site.id,
        "name": hub.site.name,
        "timezone": hub.site.timezone,
        "locale": hub.site.locale,
        "currency": hub.site.currency,
        "version": __version__,
        "now": stamp(hub.now()),
        "configuration": known.digest if known is not None else None,
        "fallback": masks.hidden(fallback_reason(hub)) if masked else fallback_reason(hub),
        "stations": {
            "configured": len(hub.site.stations),
            "connected": sum(row.connected for row in hub.state.stations.values() if row.id in hub.site.stations),
            "others": sum(row.connected for row in hub.state.stations.values() if row.id not in hub.site.stations),
        },
        "active_transactions": len(hub.state.at_evse),
        "journal": {
            "epoch": facts.epoch,
            "A": {"head": facts.head, "tail": facts.tail},
            "B": {"head": blocks.head, "tail": blocks.tail},
            "trouble": masks.hidden(hub.journal.trouble) if masked else hub.journal.trouble,
            "set_aside": [path.name for path in hub.journal.set_aside],
        },
        "supply": plain(hub.site.supply),
        "limits": limits(hub, masked=masked),
        "circuits": circuits(hub, neighbours),
        "uplink": uplink(neighbours, masked=masked),
        "services": services(neighbours, masked=masked),
        "meters": meters(hub, neighbours, masked=masked),
    }


def fallback_reason(hub: Hub) -> str | None:
    """Why the load loop is in fallback, None when it is not."""
    known = hub.state.site.get("site")
    return known.fallback if known is not None else None


def services(neighbours: Neighbours, *, masked: bool) -> Json:
    """The supervised services by name. Reasons of failures name hosts, ports and files."""
    return {name: masks.without(row, "reason", masked=masked) for name, row in plain(neighbours.services()).items()}


def uplink(neighbours: Neighbours, *, masked: bool) -> Json | None:
    status = plain(neighbours.uplink())
    return None if status is None else masks.without(status, "broker", "trouble", masked=masked)


# Stations


@dataclass(slots=True)
class _Places:
    """What is known of each (station, EVSE), gathered once for all of them. EVSE 0 is the station itself."""

    connectors: dict[tuple[str, int], list[Json]]
    setpoints: dict[tuple[str, int], Mapping[str, Any]]
    tolerated: Callable[[str], Iterable[Any]]
    wired: dict[tuple[str, int], LearnedPhases]


def _places(hub: Hub, neighbours: Neighbours) -> _Places:
    connectors: dict[tuple[str, int], list[Json]] = {}
    for row in hub.state.connectors.values():
        connectors.setdefault((row.station, row.evse), []).append(
            {"id": row.connector, "status": row.status, "at": stamp(row.at), "error": row.error}
        )
    setpoints = (neighbours.load() or {}).get("evses", ())
    by_place = {(row["station"], row["evse"]): row for row in setpoints}
    return _Places(connectors, by_place, neighbours.tolerated, learned(hub.state, hub.site))


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
    numbers |= {evse for station, evse in places.connectors if station == name and evse > 0}
    shown = plain(seen or StationState(name))
    shown["password"] = "set here" if shown["password"] else None
    shown["security_profile"] = profile_of(hub.state, name, hub.site)
    return {
        **masks.without(shown, *HIDDEN, "password", masked=masked),
        **({"certificates": []} if masked else {}),
        "serial_changed": seen is not None and seen.foreign_serial is not None,
        **plain({"quirks": None} | neighbours.peculiar(name)),
        "name": configured.name if configured is not None else name,
        "configured": configured is not None,
        "circuit": configured.circuit if configured is not None else None,
        "connectors": places.connectors.get((name, 0), []),
        "tolerated": [{field: plain(getattr(each, field)) for field in TOLERATED} for each in places.tolerated(name)],
        "evses": [_evse(hub, places, name, number, masked=masked) for number in sorted(numbers)],
        "upkeep": devices.upkeep(hub, name),
    }


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
    energy_wh = meterings[-1].import_wh - meterings[0].import_wh if len(meterings) > 1 else 0
    return {
        **body, "energy_wh": energy_wh, "idle_s": idle_s,
        "cost": {"amount": total, "currency": row.currency or hub.site.currency, "final": final},
    }  # fmt: skip


def _register(hub: Hub, row: Transaction) -> tuple[datetime, int] | None:
    latest = hub.latest(f"stations/{row.station}/{row.evse}")
    if latest is None or "import_wh" not in latest.sample.values:
        return None
    return latest.sample.at, int(latest.sample.values["import_wh"])


# Meters and feeders


def meters(hub: Hub, neighbours: Neighbours, *, masked: bool) -> list[Json]:
    names = {source.removeprefix("meters/") for source in hub.sources() if source.startswith("meters/")}
    names |= set(neighbours.meters) | set(hub.state.meters)
    found = []
    for name in sorted(names):
        row = hub.state.meters.get(name)
        body = {
            "id": name,
            "measures": neighbours.meters.get(name),
            "stale": row.stale if row is not None else None,
            "reason": row.reason if row is not None else None,
            "reading": reading(hub.latest(f"meters/{name}")),
        }
        found.append(masks.without(body, "reason", masked=masked))
    return found


def circuits(hub: Hub, neighbours: Neighbours) -> list[Json]:
    """The supply, `main`, and the feeders below it: the limit that rules and where it is from, and each phase."""
    supply = hub.site.supply
    if supply is None:
        return []
    parents: dict[str, str | None] = {"main": None} | {each.id: each.parent or "main" for each in supply.circuits}
    decided = {row["id"]: row for row in (neighbours.load() or {}).get("circuits", ())}
    made = []
    for name, breaker_a in limits_of(supply).items():
        rows = _policies(hub, *(("site", "circuit:main") if name == "main" else (f"circuit:{name}",)))
        limit_a, source = breaker_a, "file"
        for row in rows:
            if row.limit_a is not None and row.limit_a < limit_a:
                limit_a, source = row.limit_a, f"policy {row.target}"
        nothing = dict.fromkeys(CURRENTS) | {"limit_a": limit_a}
        phases = decided.get(name, {}).get("phases", {})
        made.append(
            {
                "id": name, "parent": parents[name], "limit_a": limit_a, "source": source, "breaker_a": breaker_a,
                "trust": decided.get(name, {}).get("trust"),
                "phases": {phase: {**nothing, **phases.get(phase, {})} for phase in phases_of(supply)},
            }
        )  # fmt: skip
    return made


def limits(hub: Hub, *, masked: bool) -> list[Json]:
    """Limits that someone set and that are in force; the lowest of all that meet in a place wins."""
    now = hub.now()
    rows = (row for row in hub.state.limits.values() if row.until is None or now < row.until)
    return [masks.without(plain(row), "by", masked=masked) for row in rows]


def _policies(hub: Hub, *targets: str) -> list[PolicyLimit]:
    found = in_force(hub.state.limits.values(), hub.now())
    return [found[target] for target in targets if target in found]


# Commands, prices, configuration


def command(row: CommandState, *, masked: bool) -> Json:
    """A command as its asker sees it (CONTRACT: `{"id", "state", "reason", "result", "at"}`), with its name."""
    body = {
        "id": row.id, "name": row.name, "state": row.state, "reason": row.reason, "result": plain(row.result),
        "at": stamp(row.at),
    }  # fmt: skip
    return body | {"reason": None, "result": None} if masked else body


def effective(hub: Hub, neighbours: Neighbours, *, masked: bool) -> Json:
    """The file's content with defaults filled in, and what rules beside it: who may be here, and how much may flow."""
    configuration = plain(neighbours.effective())
    return {
        "configuration": masks.configuration(configuration) if masked else configuration,
        "limits": [
            {"target": f"circuit:{row['id']}", "limit_a": row["limit_a"], "source": row["source"],
             "file_a": row["breaker_a"]}
            for row in circuits(hub, neighbours)
        ] + list(_station_limits(hub)),
        "stations": [
            {"station": name, "admitted": admitted, "source": source} for name, admitted, source in _admissions(hub)
        ],
        "tariffs": [
            {"tariff": tariff.name, "revision": tariff.revision, "source": tokens.tariff_source(hub, tariff)}
            for tariff in hub.site.tariffs.values()
        ],
        "tokens": tokens.summary(hub),
        "desired": tokens.desired(hub),
    }  # fmt: skip


def _station_limits(hub: Hub) -> Iterable[Json]:
    for row in _policies(hub, *(f"station:{name}" for name in hub.site.stations)):
        places = hub.site.stations[row.target.removeprefix("station:")].evses
        most_a = max((place.max_a for place in places), default=0.0)
        rules = row.limit_a is not None and row.limit_a < most_a
        yield {
            "target": row.target, "limit_a": row.limit_a if rules else most_a,
            "source": f"policy {row.target}" if rules else "file", "file_a": most_a,
        }  # fmt: skip


def _admissions(hub: Hub) -> Iterable[tuple[str, bool | None, str]]:
    for name in hub.site.stations:
        said = row.boot if (row := hub.state.stations.get(name)) is not None else None
        allowed = {None: True, "accepted": True, "pending": None, "rejected": False}[said]
        yield name, allowed, "file" if said is None else "installer"
    for name, row in hub.state.stations.items():
        if name in hub.site.stations:
            continue
        if row.admitted is not None:
            yield name, row.admitted, "installer"
        else:
            allowed = {"accept": True, "pending": None, "reject": False}[hub.site.unknown_stations]
            yield name, allowed, "ocpp.unknown_stations"
