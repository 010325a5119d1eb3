"""Schemas of desired state, of which `core.desired` takes a document in whole or not at all."""

from __future__ import annotations

from edgegw.core.commands.schemas import arguments
from edgegw.core.desired import MAX_REVISION, MAX_SHARDS
from edgegw.core.tariffs import DAYS, MAX_TARIFFS
from edgegw.model.commands import CATALOGUE
from edgegw.uplink.contract.words import TIME, Schema, each, fields, listed, maybe

SHARDS = f"0 to {MAX_SHARDS - 1}"

_REVISION: Schema = {
    "type": "integer", "minimum": 1, "maximum": MAX_REVISION,
    "description": "Rises with every change; one that is not above what is in force is refused",
}  # fmt: skip
_MONEY: Schema = {
    "type": ["string", "number"], "pattern": r"^[0-9]{1,6}(\.[0-9]{1,6})?$", "minimum": 0, "exclusiveMaximum": 1_000_000
}  # fmt: skip
_CLOCK: Schema = {"type": "string", "pattern": r"^(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?|24:00)$"}
_DURATION: Schema = {
    "type": ["string", "integer"], "pattern": "^[0-9]{1,7}[smhd]?$", "minimum": 0, "maximum": 9_999_999
}  # fmt: skip


def schemas() -> dict[str, Schema]:
    """By name."""
    return {
        "tokens": _document(
            {"tokens": listed(_token(), "All of the shard: those that it no longer names are taken out")},
            about="One shard of the local list of id tokens.",
        ),
        "tariffs": _document(
            {"tariffs": {**each(_tariff(), "All price lists of yours by name"), "maxProperties": MAX_TARIFFS}},
            {"effective_from": maybe(TIME, "From when on they count; at once when not said")},
            about="Price lists. A transaction is billed by those in force when it began.",
        ),
        "limits": _document(
            {"limits": each(_limit(), "By target; one that is not named is lifted", "^(site|(circuit|station):.+)$")},
            about="Limits beside those of the site and of commands; of all for a target the lowest rules.",
        ),
        "stations": _document(
            {"stations": each(_station(), "By the station's identity")},
            about="What stations that the site's file does not name are answered when they boot.",
        ),
    }


def _document(required: Schema, optional: Schema | None = None, *, about: str) -> Schema:
    return fields({"rev": _REVISION, **required}, optional, about=about, closed=True)


def _token() -> Schema:
    """An entry, as the command `set_tokens` has it, too."""
    found: Schema = arguments(CATALOGUE["set_tokens"])["properties"]["add"]["items"]
    return found


def _tariff() -> Schema:
    period = fields(
        {"from": _CLOCK, "to": {**_CLOCK, "description": "Local time; one at or before from is the next day's"},
         "energy_kwh": _MONEY},
        {"days": {"type": "array", "minItems": 1, "items": {"enum": list(DAYS)}, "description": "All when not said"}},
        closed=True,
    )  # fmt: skip
    idle = fields(
        {"price": _MONEY}, {"after": {**_DURATION, "description": "Free at first, such as 10m"}}, closed=True
    )  # fmt: skip
    return fields(
        {"energy_kwh": {**_MONEY, "description": "A kWh, in the site's currency"}},
        {
            "session": {**_MONEY, "description": "Once a transaction"},
            "idle_minute": maybe(idle, "A minute of occupying the place without charging"),
            "periods": listed(period, "Other prices of a kWh by time; the first that fits"),
            "tax_percent": {**_MONEY, "description": "On top of it all"},
        },
        closed=True,
    )


def _limit() -> Schema:
    limits = ("limit_a", "limit_w")
    least = {"type": ["number", "null"], "minimum": 0}
    return {
        **fields({}, {**dict.fromkeys(limits, least), "until": maybe(TIME)}, closed=True),
        "anyOf": [{"required": [name], "properties": {name: {"type": "number"}}} for name in limits],
    }


def _station() -> Schema:
    return fields({"boot": {"enum": ["accepted", "rejected"]}}, closed=True)
