"""What a reader without rights does not get: who charges, what identifies a part of the installation, how to reach it.

Of facts it is shown what each class names in `Fact.shown`, so that a fact or a field that a later version adds is
hidden until somebody thinks about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgegw.model.facts import FACTS

SHOWN = "…"
"""Stands for a text that is not shown: there is one (a card was shown), but not which."""


def hidden(text: str | None) -> str | None:
    return None if text is None else SHOWN


def without(body: dict[str, Any], *names: str, masked: bool) -> dict[str, Any]:
    """`body`, and for a masked reader None under `names`."""
    return body | {name: None for name in names if name in body} if masked else body


_PLACE = frozenset({"station", "evse", "transaction", "connector"})

_OPEN: Mapping[str, frozenset[str]] = {
    kind: _PLACE.union(shown) for kind, cls in FACTS.items() if (shown := vars(cls).get("shown")) is not None
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
    "charging": frozenset({"strategy", "solar_only", "cheap_hours"}),
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
