"""What the API shows of what a station is made of: its variables, page by page, and what the gateway keeps there."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import fields
from typing import Any

from edgegw.hub import Hub
from edgegw.journal.rows import stamp
from edgegw.model.state import VariableState
from edgegw.web import masks

Json = dict[str, Any]


def variables(
    hub: Hub, station: str, *, component: str | None, after: str | None, limit: int, masked: bool
) -> tuple[list[Json], str | None]:
    """Variables of a station in the order of their keys, from behind the key `after`; and the key to go on behind,
    None at their end. Keys of OCPP 1.6 have an empty component."""
    wanted = None if component is None else component.casefold()
    keys = sorted(
        key
        for key, row in hub.state.variables.items()
        if row.station == station and (wanted is None or row.component.casefold() == wanted)
    )
    start = 0 if after is None else bisect_right(keys, after)
    shown = keys[start : start + limit]
    items = [_variable(hub.state.variables[key], masked=masked) for key in shown]
    return items, shown[-1] if start + limit < len(keys) else None


def _variable(row: VariableState, *, masked: bool) -> Json:
    body = {field.name: getattr(row, field.name) for field in fields(row) if field.name != "station"}
    body["at"] = stamp(row.at)
    return masks.without(body, "value", masked=masked)


def upkeep(hub: Hub, station: str) -> Json:
    """What the gateway keeps at a station: settings and whether they wait for a restart, list, availability."""
    provisioned, held = hub.state.provisioned.get(station), hub.state.held_lists.get(station)
    settings = [dict(each) for each in provisioned.settings] if provisioned is not None else []
    return {
        "settings": settings,
        "restart_required": any(each["status"] == "reboot_required" for each in settings),
        "list": None if held is None else {
            "version": held.version, "entries": held.entries, "at": stamp(held.at), "reason": held.reason
        },
        "out_of_use": [
            {"evse": row.evse, "connector": row.connector, "at": stamp(row.at)}
            for row in hub.state.availability.values()
            if row.station == station and not row.operative
        ],
    }  # fmt: skip
