"""Whether the gateway is ready, and in words why not: what a probe, a person at a terminal and an alert get to read.

Live is who answers at all: nothing else is asked, so that a full disk or a broker that is away never has the process
restarted, which would mend neither. Ready is who takes new transactions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from edgegw.hub import Hub
from edgegw.web import view
from edgegw.web.neighbours import Json, Neighbours

_IN_TROUBLE: Final = ("waiting", "degraded", "failed")


def health(hub: Hub, neighbours: Neighbours, *, masked: bool) -> Json:
    """`status` is `ok`, or the word for the worst of what `reasons` tell in words; `troubles` keep nobody from
    charging."""
    services = view.services(neighbours, masked=masked)
    reasons: list[tuple[str, str]] = []
    if not neighbours.ready():
        vital = services.get("stations", {"state": "not started"})
        reasons.append(("starting", f"the stations' port is not served: {_words(vital)}"))
    journal = hub.journal
    if journal.mending:
        reasons.append(("ledger_down", "the ledger was damaged and is being salvaged; that may take minutes"))
    elif journal.trouble is not None:
        reasons.append(("ledger_down", "the ledger takes no writes" + ("" if masked else f": {journal.trouble}")))
    if view.is_full(hub):
        reasons.append(("storage_full", "there is no room left: what charges goes on, and no new transaction is begun"))
    return {
        "status": reasons[0][0] if reasons else "ok",
        "reasons": [text for _, text in reasons],
        "troubles": _troubles(hub, services, masked=masked),
        "services": services,
        "storage": view.storage(hub),
    }


def _troubles(hub: Hub, services: Mapping[str, Mapping[str, Any]], *, masked: bool) -> list[str]:
    found = [
        f"{name}: {_words(row)}" for name, row in services.items() if name != "stations" and row["state"] in _IN_TROUBLE
    ]
    if hub.clock.state == "unsynced":
        found.append("the clock is not set: times of facts are corrected once it is")
    if (why := view.fallback_reason(hub)) is not None:
        found.append("the load is held at the safe shares" + ("" if masked else f": {why}"))
    if hub.storage is not None and hub.storage.level == "pressed":
        found.append("room is short: the oldest readings and facts go")
    return found


def _words(row: Mapping[str, Any]) -> str:
    reason = row.get("reason")
    return str(row["state"]) if reason is None else f"{row['state']}, {reason}"
