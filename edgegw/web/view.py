"""What the API shows: the hub's state joined with the configuration, the newest readings and the neighbours' own words.

Every function returns plain values for JSON. `masked` hides id tokens but for their last four characters: a reader
without rights may see that a card was shown, not which.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from edgegw import __version__
from edgegw.core.price import price
from edgegw.core.tariffs import tariff_of, to_json
from edgegw.hub import Hub
from edgegw.journal.rows import stamp
from edgegw.model.samples import Latest
from edgegw.model.state import CommandState, Metering, StationState, Transaction

Json = dict[str, Any]


def _nothing() -> Json | None:
    return None


async def _no_call(station: str, action: str, payload: Json, timeout_s: float) -> Json:
    raise LookupError(station)


@dataclass(slots=True)
class Neighbours:
    """What the page and the API ask of others; the composition root fills it in as they come up."""

    services: Callable[[], Mapping[str, Any]] = dict
    """State of each supervised service by name: `{"state": ..., "reason": ...}`."""
    uplink: Callable[[], Json | None] = _nothing
    load: Callable[[], Json | None] = _nothing
    call: Callable[[str, str, Json, float], Awaitable[Json]] = _no_call
    """Any OCPP CALL: (station, action, payload, timeout in s) -> `{"result"}` or `{"error"}`; see `api.call_station`."""
    ready: Callable[[], bool] = lambda: True
    effective: Callable[[], Json] = dict
    """The configuration in force, secrets left out."""
    meters: dict[str, str] = field(default_factory=dict)
    """What each configured meter measures, by its id."""


def masked_token(token: str | None) -> str | None:
    return None if token is None else f"…{token[-4:]}" if len(token) > 4 else "…"


def plain(value: Any) -> Any:
    """A row or value as JSON: times as RFC 3339, money as decimal strings."""
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def reading(latest: Latest | None) -> Json | None:
    if latest is None:
        return None
    sample = latest.sample
    return {"at": stamp(sample.at), "age_s": round(latest.age_s, 1), "quality": sample.quality, **sample.values}


def site(hub: Hub, neighbours: Neighbours) -> Json:
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
        "fallback": known.fallback if known is not None else None,
        "stations": {
            "configured": len(hub.site.stations),
            "connected": sum(row.connected for row in hub.state.stations.values()),
        },
        "active_transactions": len(hub.state.at_evse),
        "journal": {
            "epoch": facts.epoch,
            "A": {"head": facts.head, "tail": facts.tail},
            "B": {"head": blocks.head, "tail": blocks.tail},
        },
        "supply": plain(hub.site.supply),
        "limits": [plain(row) for row in hub.state.limits.values()],
        "load": plain(neighbours.load()),
        "uplink": plain(neighbours.uplink()),
        "services": plain(neighbours.services()),
        "meters": meters(hub, neighbours),
    }


def stations(hub: Hub, *, masked: bool) -> list[Json]:
    names = list(hub.site.stations) + [name for name in hub.state.stations if name not in hub.site.stations]
    return [found for name in names if (found := station(hub, name, masked=masked)) is not None]


def station(hub: Hub, name: str, *, masked: bool) -> Json | None:
    """One station: as configured, as it showed itself, and each EVSE with status, reading and transaction."""
    configured, seen = hub.site.stations.get(name), hub.state.stations.get(name)
    if configured is None and seen is None:
        return None
    places = {evse.id for evse in configured.evses} if configured is not None else set()
    places |= {row.evse for row in hub.state.connectors.values() if row.station == name and row.evse > 0}
    body = plain(seen or StationState(name))
    if masked:
        body.pop("serial", None)
        body.pop("address", None)
    return {
        **body,
        "name": configured.name if configured is not None else name,
        "configured": configured is not None,
        "circuit": configured.circuit if configured is not None else None,
        "evses": [_evse(hub, name, number, masked=masked) for number in sorted(places)],
    }


def _evse(hub: Hub, station: str, number: int, *, masked: bool) -> Json:
    configured = hub.site.stations.get(station)
    place = next((evse for evse in configured.evses if evse.id == number), None) if configured is not None else None
    running = hub.state.at_evse.get((station, number))
    return {
        "id": number,
        "max_a": place.max_a if place is not None else None,
        "phases": list(place.phases) if place is not None else None,
        "connectors": [
            {"id": row.connector, "status": row.status, "at": stamp(row.at), "error": row.error}
            for row in hub.state.connectors.values()
            if row.station == station and row.evse == number
        ],
        "reading": reading(hub.latest(f"stations/{station}/{number}")),
        "transaction": transaction(hub, hub.state.transactions[running], masked=masked) if running else None,
    }


def transaction(hub: Hub, row: Transaction, *, masked: bool) -> Json:
    """A transaction with its energy and cost: final when it has ended, else what it would cost if it ended now."""
    body: Json = plain(row)
    if masked:
        body["id_token"] = masked_token(row.id_token)
    meterings, final = row.meterings, row.total is not None
    if row.state == "active":
        latest = hub.latest(f"stations/{row.station}/{row.evse}")
        if latest is not None and "import_wh" in latest.sample.values and meterings:
            if latest.sample.at > meterings[-1].at:
                meterings = (*meterings, Metering(latest.sample.at, int(latest.sample.values["import_wh"])))
    now = row.ended_at or hub.now()
    idle_s = row.idle_s + (max(0, round((now - row.idle_since).total_seconds())) if row.idle_since else 0)
    total = row.total
    if total is None:
        total = price(
            tariff_of(hub.state, hub.site, row), hub.site.timezone, hub.site.currency, started_at=row.started_at,
            ended_at=max(now, row.started_at), meterings=meterings, idle_s=idle_s,
        ).total  # fmt: skip
    energy_wh = meterings[-1].import_wh - meterings[0].import_wh if len(meterings) > 1 else 0
    return {
        **body, "energy_wh": energy_wh, "idle_s": idle_s,
        "cost": {"amount": str(total), "currency": row.currency or hub.site.currency, "final": final},
    }  # fmt: skip


def meters(hub: Hub, neighbours: Neighbours) -> list[Json]:
    names = {source.removeprefix("meters/") for source in hub.sources() if source.startswith("meters/")}
    names |= set(neighbours.meters) | set(hub.state.meters)
    return [
        {
            "id": name,
            "measures": neighbours.meters.get(name),
            "stale": row.stale if (row := hub.state.meters.get(name)) is not None else None,
            "reason": row.reason if row is not None else None,
            "reading": reading(hub.latest(f"meters/{name}")),
        }
        for name in sorted(names)
    ]


def command(row: CommandState) -> Json:
    """A command as its asker sees it (CONTRACT: `{"id", "state", "reason", "result", "at"}`), with its name."""
    return {
        "id": row.id, "name": row.name, "state": row.state, "reason": row.reason, "result": plain(row.result),
        "at": stamp(row.at),
    }  # fmt: skip


def tariffs(hub: Hub) -> list[Json]:
    return [{**to_json(tariff), "source": "file"} for tariff in hub.site.tariffs.values()]
