"""What a reader without rights does not get: who charges, what identifies a part of the installation, how to reach it.

Facts are shown by a list of what may be seen, so that a fact or a field that a later version adds is hidden until
somebody thinks about it. Free text from stations, drivers and askers is never in it: nobody knows what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SHOWN = "…"
"""Stands for a text that is not shown: there is one (a card was shown), but not which."""


def hidden(text: str | None) -> str | None:
    return None if text is None else SHOWN


def without(body: dict[str, Any], *names: str, masked: bool) -> dict[str, Any]:
    """`body`, and for a masked reader None under `names`."""
    return body | {name: None for name in names if name in body} if masked else body


_ALWAYS = frozenset({"station", "evse", "transaction", "connector"})

_OPEN: Mapping[str, frozenset[str]] = {
    name: _ALWAYS | frozenset(fields.split())
    for name, fields in {
        "site_configured": "digest configuration",
        "epoch_started": "epoch previous",
        "power_restored": "last_seen_at",
        "records_dropped": "stream first last",
        "station_connected": "ocpp",
        "station_disconnected": "",
        "station_booted": "ocpp vendor model firmware status interval_s known",
        "station_accepted": "",
        "station_rejected": "",
        "station_status_changed": "status error",
        "station_disobeyed": "limit_a",
        "security_event": "kind",
        "firmware_status_changed": "status",
        "log_received": "status",
        "variables_reported": "action",
        "token_decided": "kind status source",
        "local_list_changed": "shard rev listed",
        "tariffs_changed": "rev tariffs effective_from",
        "desired_applied": "name rev",
        "transaction_started": "number authorization ocpp tariff tariff_digest offline adopted",
        "transaction_metered": "import_wh reason quality",
        "energy_transfer_started": "",
        "transaction_suspended": "by",
        "transaction_resumed": "",
        "transaction_ended": "reason",
        "transaction_planned": "departure_at energy_wh",
        "payment_confirmed": "amount currency",
        "payment_refunded": "amount currency",
        "reservation_made": "reservation until",
        "reservation_ended": "reservation reason",
        "certificate_requested": "use",
        "certificate_issued": "use",
        "problem_reported": "category",
        "cdr_closed": "started_at ended_at energy_wh idle_s currency total tax lines tariff tariff_digest",
        "policy_limit_changed": "target limit_a limit_w until",
        "fallback_entered": "",
        "fallback_left": "",
        "overload_seen": "circuit phase current_a limit_a",
        "meter_stale": "meter",
        "meter_recovered": "meter",
        "meter_identified": "meter driver",
        "command_received": "command name",
        "command_dispatched": "command",
        "command_ended": "command state",
    }.items()
}


def fact(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a fact's body that anybody may see; an id token is there as SHOWN."""
    allowed = _OPEN.get(kind, frozenset())
    shown = {name: value for name, value in body.items() if name in allowed}
    return shown | ({"id_token": hidden(body["id_token"])} if "id_token" in body else {})


_SECTIONS: Mapping[str, frozenset[str]] = {
    "site": frozenset({"id", "name", "timezone", "locale", "currency"}),
    "stations": frozenset({"id", "name", "evses", "circuit", "priority", "tariff"}),
    "meters": frozenset({"id", "measures", "driver", "every"}),
    "charging": frozenset({"strategy", "solar_only"}),
}
_WHOLE = frozenset({"supply", "tariffs"})


def configuration(body: Mapping[str, Any]) -> dict[str, Any]:
    """What of the configuration anybody may see: no path, host, account or name of a credential."""
    shown: dict[str, Any] = {name: body[name] for name in _WHOLE if name in body}
    for name, fields in _SECTIONS.items():
        section = body.get(name)
        if isinstance(section, Mapping):
            shown[name] = {key: value for key, value in section.items() if key in fields}
        elif isinstance(section, list):
            shown[name] = [{key: value for key, value in row.items() if key in fields} for row in section]
    return shown
