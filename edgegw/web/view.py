"""What the API shows: the hub's state joined with the configuration, the newest readings and the neighbours' own words.

Every function returns plain values for JSON. `masked` leaves out what `edgegw.web.masks` names.
"""

from __future__ import annotations

from collections.abc import Iterable

from edgegw import __version__
from edgegw.core.stations import registration_of, registration_source
from edgegw.hub import Hub
from edgegw.journal.rows import stamp
from edgegw.model.state import CommandState
from edgegw.web import masks, power, tokens
from edgegw.web.neighbours import Json, Neighbours
from edgegw.web.plain import plain


def is_full(hub: Hub) -> bool:
    """Whether new transactions are refused, as there is no room to write them down."""
    return hub.storage is not None and hub.storage.level == "full"


def storage(hub: Hub) -> Json | None:
    """How much room the ledger has; None while nobody watches it."""
    found: Json | None = plain(hub.storage)
    return found


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
        "masked": masked,
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
        "limits": power.limits(hub, masked=masked),
        "circuits": power.circuits(hub, neighbours),
        "uplink": uplink(neighbours, masked=masked),
        "services": services(neighbours, masked=masked),
        "meters": power.meters(hub, neighbours, masked=masked),
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
            for row in power.circuits(hub, neighbours)
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
    for row in power.policies(hub, *(f"station:{name}" for name in hub.site.stations)):
        places = hub.site.stations[row.target.removeprefix("station:")].evses
        most_a = max((place.max_a for place in places), default=0.0)
        rules = row.limit_a is not None and row.limit_a < most_a
        yield {
            "target": row.target, "limit_a": row.limit_a if rules else most_a,
            "source": f"policy {row.target}" if rules else "file", "file_a": most_a,
        }  # fmt: skip


def _admissions(hub: Hub) -> Iterable[tuple[str, bool | None, str]]:
    allowed = {"accepted": True, "pending": None, "rejected": False}
    for name in dict.fromkeys([*hub.site.stations, *hub.state.stations]):
        said = registration_of(hub.state, name, hub.site)
        yield name, allowed[said], registration_source(hub.state, name, hub.site)
