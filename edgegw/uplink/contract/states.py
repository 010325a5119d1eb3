"""Schemas of the retained documents that `live` makes."""

from __future__ import annotations

from typing import get_args

from edgegw.model.samples import QUANTITIES, Quality
from edgegw.model.site import Circuit
from edgegw.model.state import (
    Alert,
    ConnectorState,
    MeterState,
    PolicyLimit,
    SiteState,
    StationCertificate,
    StationState,
    Transaction,
)
from edgegw.uplink.contract.classes import row
from edgegw.uplink.contract.words import TEXT, TIME, Schema, each, fields, listed, maybe

KINDS = ("site", "station", "meter", "circuit", "config", "uplink")
"""Of documents, as they stand behind `up/state/`."""


def schemas() -> dict[str, Schema]:
    """By name: `state_station` and so on."""
    made = {
        "site": _site(), "station": _station(), "meter": _meter(), "circuit": _circuit(), "config": _config(),
        "uplink": _uplink(),
    }  # fmt: skip
    for schema in made.values():
        schema["properties"]["measured"] = _MEASURED
        schema["required"].append("measured")
    return {f"state_{kind}": made[kind] for kind in KINDS}


_MEASURED: Schema = each(
    fields(
        {"at": TIME, "quality": {"enum": list(get_args(Quality))}}, {name: {"type": "number"} for name in QUANTITIES},
        about="The newest reading of a source",
    ),
    "By source: meters/{id}, stations/{id}/{evse}; renewed every 10 s",
)  # fmt: skip


def _site() -> Schema:
    own = row(SiteState)["properties"]
    return fields(
        {
            "id": TEXT,
            "name": TEXT,
            "stations_connected": {"type": "integer"},
            "transactions_active": {"type": "integer"},
            "fallback": {**own["fallback"], "description": "Why load management holds every EVSE at its safe share"},
            "storage": {**own["storage"], "description": "How short room is in the ledger"},
            "configuration": {**own["digest"], "description": "Digest of the newest site_configured fact"},
            "limit": maybe(_limit()),
        },
        about="The site.",
    )


def _station() -> Schema:
    known = row(StationState)["properties"]
    seen = {name: schema for name, schema in known.items() if name not in ("id", "password")}
    seen["certificates"] = listed(row(StationCertificate), "Of its own, oldest first")
    seen["alerts"] = listed(row(Alert), "What it has told to be wrong and not yet to be over, oldest first")
    running = row(Transaction)["properties"]
    shown = ("id", "evse", "connector", "started_at", "charging_state")
    transaction = fields({**{name: running[name] for name in shown}, "energy_wh": {"type": "integer"}})
    return fields(
        {
            "id": TEXT,
            "name": maybe(TEXT, "null for one that the site's file does not name"),
            "connectors": listed(row(ConnectorState), "Newest status of each; EVSE 0 is the station"),
            "transactions": listed(transaction, "Those that are running"),
            "limit": maybe(_limit()),
        },
        {"circuit": {**TEXT, "description": "Not there for one that the file does not name"}, **seen},
        about="A charging station. What is only known once it has connected is not there before.",
    )


def _meter() -> Schema:
    return {**row(MeterState), "description": "An energy meter of the site."}


def _circuit() -> Schema:
    own = row(Circuit)
    return fields({**own["properties"], "limit": maybe(_limit())}, about="A feeder; `main` is the supply.")


def _limit() -> Schema:
    own = row(PolicyLimit)["properties"]
    return fields({name: own[name] for name in ("limit_a", "limit_w", "until", "by")}, about="What holds by policy")


def _config() -> Schema:
    count: Schema = {"type": "integer"}
    applied = fields(
        {"rev": maybe(count, "In force; null when none is"), "applied_at": maybe(TIME)},
        {
            "by": {**TEXT, "description": "Whose word"},
            "listed": {**count, "description": "Tokens in the shard"},
            "effective_from": TIME,
            "error": {**TEXT, "description": "Why the newest document was refused, none of it applied"},
            "refused_rev": maybe(count, "Its rev, null when it has none that can be read"),
            "refused_at": TIME,
        },
    )
    return fields(
        {
            "id": TEXT,
            "configuration": maybe(TEXT, "Digest of the newest site_configured fact"),
            "applied": each(applied, "By the name behind dn/cfg/; tokens/local is what commands set at the site"),
        },
        about="What of the desired state is in force.",
    )


def _uplink() -> Schema:
    count: Schema = {"type": "integer"}
    number: Schema = {**TEXT, "pattern": "^[0-9]+$"}
    stream = fields(
        {
            "epoch": TEXT,
            "head": {**number, "description": "The newest number of the epoch"},
            "acknowledged": {**number, "description": "How far the cloud has it durably"},
            "backlog": {**count, "description": "How many it lacks"},
            "oldest_s": {"type": ["integer", "null"], "description": "Age of the oldest of them, seconds"},
            "parked": {**count, "description": "Events that the broker takes in no form"},
        }
    )
    return fields(
        {
            "id": TEXT,
            "broker": maybe(TEXT, "URL of the one in use"),
            "trouble": maybe(TEXT, "What comes in the way of the events"),
            "streams": fields({"A": stream, "B": stream}),
        },
        about="How far the cloud has what the site wrote, renewed every 5 s.",
    )
