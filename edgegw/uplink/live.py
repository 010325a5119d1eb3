"""What stands under `up/state/`: the newest of everything, as retained documents. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from edgegw.core.limits import in_force
from edgegw.model.samples import Latest
from edgegw.model.site import Site
from edgegw.model.state import PolicyLimit, State, Transaction
from edgegw.uplink.desired import Refusal

Key = tuple[str, str]
"""Kind and id: `("station", "CP01")`."""


def documents(site: Site, state: State, now: datetime) -> dict[Key, dict[str, Any]]:
    """One document for the site and for each station, meter and circuit, as the durable state shows them at `now`."""
    made: dict[Key, dict[str, Any]] = {("site", site.id): _site(site, state)}
    for id in dict.fromkeys([*site.stations, *state.stations]):
        made["station", id] = {"name": None, **_fields(state.stations.get(id))}
        made["station", id].pop("password", None)  # a digest, and nobody's there
        if (known := site.stations.get(id)) is not None:
            made["station", id] |= {"name": known.name, "circuit": known.circuit}
        made["station", id] |= {"id": id, "connectors": [], "transactions": [], "limit": None}
    for connector in state.connectors.values():
        if (document := made.get(("station", connector.station))) is not None:
            document["connectors"].append(_fields(connector))
    for key in state.at_evse.values():
        transaction = state.transactions[key]
        if (document := made.get(("station", transaction.station))) is not None:
            document["transactions"].append(_transaction(transaction))
    for meter in state.meters.values():
        made["meter", meter.id] = _fields(meter)
    if site.supply is not None:
        made["circuit", "main"] = {"id": "main", "parent": None, "limit_a": site.supply.limit_a, "limit": None}
        for circuit in site.supply.circuits:
            made["circuit", circuit.id] = {**_fields(circuit), "limit": None}
    for limit in in_force(state.limits.values(), now).values():
        kind, _, id = limit.target.partition(":")
        if (document := made.get((kind, id or site.id))) is not None:
            document["limit"] = _limit(limit)
    return made


def configuration(site: Site, state: State, refused: Mapping[str, Refusal]) -> dict[Key, dict[str, Any]]:
    """What of the desired state is in force, and what was refused: one document."""
    applied: dict[str, dict[str, Any]] = {}
    for row in state.desired.values():
        applied[row.name] = {"rev": row.rev, "applied_at": row.at, "by": row.by.partition(":")[0]}
        if row.listed is not None:
            applied[row.name]["listed"] = row.listed
        if row.effective_from is not None:
            applied[row.name]["effective_from"] = row.effective_from
    for name, refusal in refused.items():
        in_force = applied.setdefault(name, {"rev": None, "applied_at": None})
        in_force |= {"error": refusal.error, "refused_rev": refusal.rev, "refused_at": refusal.at}
    known = state.site.get("site")
    digest = None if known is None else known.digest
    return {("config", site.id): {"id": site.id, "configuration": digest, "applied": applied}}


def measured(site: Site, keys: Mapping[Key, Any], latest: Callable[[str], Latest | None]) -> dict[Key, dict[str, Any]]:
    """The newest readings of the stations and meters among `keys`, by source below each."""
    found: dict[Key, dict[str, Any]] = {}
    for kind, id in keys:
        sources = []
        if kind == "meter":
            sources = [f"meters/{id}"]
        elif kind == "station" and id in site.stations:
            sources = [f"stations/{id}/{evse.id}" for evse in site.stations[id].evses]
        readings = {}
        for source in sources:
            if (newest := latest(source)) is not None:
                sample = newest.sample
                readings[source] = {"at": sample.at, "quality": sample.quality, **sample.values}
        if readings:
            found[kind, id] = readings
    return found


def _site(site: Site, state: State) -> dict[str, Any]:
    row = state.site.get("site")
    return {
        "id": site.id,
        "name": site.name,
        "stations_connected": sum(station.connected for station in state.stations.values()),
        "transactions_active": len(state.at_evse),
        "fallback": None if row is None else row.fallback,
        "storage": None if row is None else row.storage,
        "configuration": None if row is None else row.digest,
        "limit": None,
    }


def _transaction(transaction: Transaction) -> dict[str, Any]:
    return {
        "id": transaction.id,
        "evse": transaction.evse,
        "connector": transaction.connector,
        "started_at": transaction.started_at,
        "charging_state": transaction.charging_state,
        "energy_wh": transaction.energy_wh,
    }


def _limit(limit: PolicyLimit) -> dict[str, Any]:
    return {"limit_a": limit.limit_a, "limit_w": limit.limit_w, "until": limit.until, "by": limit.by}


def _fields(row: Any) -> dict[str, Any]:
    return {} if row is None else {name: getattr(row, name) for name in row.__dataclass_fields__}
