"""The tables that are the fold of stream A, by name, with their keys and the kinds of their columns.

The SQL that makes them stands in `schema/`; here is what writing and reading rows needs to know. A row is a dict of
plain values: text, int, bool or None; times are text as `stamp` writes it, money is decimal text, JSON is text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

Kind = Literal["text", "int", "bool", "time", "day", "money", "json"]
Row = dict[str, Any]
RowKey = tuple[Any, ...]

_INT = 2**31
_SHORT = frozenset({"evse", "connector", "idle_s", "samples"})
"""Columns that are 32 bits wide; the others of their kind have 64."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name, the columns of its key, which come first, every column's kind, and those never null."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, Kind]
    required: frozenset[str]

    def __hash__(self) -> int:
        return hash(self.name)

    def blank(self, key: RowKey) -> Row:
        """A row of which nothing but the key is known."""
        return dict.fromkeys(self.columns) | dict(zip(self.key, key, strict=True))


def stamp(at: datetime) -> str:
    """A time as text that sorts by time: UTC, microseconds always written."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def fits(column: str, kind: Kind, value: Any) -> bool:
    """Whether a database takes `value` in a column of that kind, whatever a site may have put into its facts."""
    if value is None:
        return True  # `required` says where not
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        bound = _INT if column in _SHORT else _INT**2 * 2
        return isinstance(value, int) and not isinstance(value, bool) and -bound <= value < bound
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        if kind == "time":
            return datetime.fromisoformat(value).tzinfo is not None
        if kind == "day":
            return bool(date.fromisoformat(value))
        return kind != "money" or Decimal(value).is_finite()
    except (ValueError, InvalidOperation):
        return False


def _table(name: str, key: str, required: str = "", /, **columns: Kind) -> Table:
    names = tuple(key.split())
    kinds = {each: columns.pop(each, "text") for each in names} | columns
    return Table(name, names, kinds, frozenset(kinds if required == "*" else required.split()))


SITES = _table(
    "sites", "site", configured_at="time", digest="text", timezone="text", currency="text", configuration="json",
    epoch="text", epoch_reason="text", restored_at="time",
)  # fmt: skip
STATIONS = _table(
    "stations", "site station", connected="bool", connected_at="time", disconnect_reason="text", registration="text",
    ocpp="text", vendor="text", model="text", firmware="text", serial="text", booted_at="time", changed_at="time",
)  # fmt: skip
CONNECTORS = _table(
    "connectors", "site station evse connector", evse="int", connector="int", status="text", error="text", info="text",
    changed_at="time",
)  # fmt: skip
TRANSACTIONS = _table(
    "transactions", "site id", "station evse", station="text", evse="int", connector="int", reference="text",
    ocpp="text", id_token="text", tariff="text", remote_start="text", started_at="time", transfer_started_at="time",
    ended_at="time", end_reason="text", begin_wh="int", begin_at="time", last_wh="int", metered_at="time",
    corrected_ms="int",
)  # fmt: skip
CDRS = _table(
    "cdrs", "site transaction_id", "*", station="text", evse="int", started_at="time", ended_at="time", day="day",
    energy_wh="int", idle_s="int", currency="text", total="money", tax="money", tariff="text", lines="json",
)  # fmt: skip
COMMANDS = _table(
    "commands", "site id", name="text", args="json", asker="text", id_token="text", state="text", reason="text",
    result="json", received_at="time", dispatched_at="time", ended_at="time", expires_at="time",
)  # fmt: skip
PAYMENTS = _table(
    "payments", "site fact", "transaction_id station evse at amount currency", transaction_id="text", station="text",
    evse="int", at="time", amount="money", currency="text", reference="text", method="text",
)  # fmt: skip
DROPS = _table(
    "drops", "site fact", stream="text", first="int", last="int", reason="text", at="time",
)  # fmt: skip
CLOCK_CORRECTIONS = _table(
    "clock_corrections", "site fact", boot="text", was="text", source="text", offset_ms="int", since_at="time",
    before_at="time", after_at="time",
)  # fmt: skip

PROJECTED: Mapping[str, Table] = {
    table.name: table
    for table in (
        SITES, STATIONS, CONNECTORS, TRANSACTIONS, CDRS, COMMANDS, PAYMENTS, DROPS, CLOCK_CORRECTIONS,
    )
}  # fmt: skip
"""Every table that is a fold of facts: emptied and folded again they are the same."""
