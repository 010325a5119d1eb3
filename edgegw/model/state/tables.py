"""All tables of the fold, the rows that each holds, and the changes that are made to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgegw.model.state.commands import CommandState
from edgegw.model.state.desired import DesiredState
from edgegw.model.state.devices import DisplayState, MonitorState, VariableState
from edgegw.model.state.gateway import MeterState, ParkedEvent, SiteState
from edgegw.model.state.limits import OutsideLimit, PolicyLimit
from edgegw.model.state.provisioning import HeldList, InventoryState, ProvisionedState, WantedAvailability
from edgegw.model.state.reservations import Reservation
from edgegw.model.state.stations import ConnectorState, StationQuirks, StationState
from edgegw.model.state.tariffs import TariffState
from edgegw.model.state.tokens import ListedToken, TokenState
from edgegw.model.state.transactions import StoredAnswer, Transaction
from edgegw.model.value import value

Row = (
    StationState | ConnectorState | Transaction | CommandState | StoredAnswer | TokenState | PolicyLimit | MeterState
    | TariffState | SiteState | ListedToken | DesiredState | Reservation | ParkedEvent
    | VariableState | MonitorState | DisplayState | OutsideLimit | ProvisionedState | HeldList | WantedAvailability
    | InventoryState | StationQuirks
)  # fmt: skip

TABLES: Mapping[str, type[Any]] = {
    "stations": StationState,
    "connectors": ConnectorState,
    "transactions": Transaction,
    "commands": CommandState,
    "answers": StoredAnswer,
    "tokens": TokenState,
    "limits": PolicyLimit,
    "reservations": Reservation,
    "meters": MeterState,
    "tariffs": TariffState,
    "site": SiteState,
    "desired": DesiredState,
    "listed": ListedToken,
    "parked": ParkedEvent,
    "variables": VariableState,
    "monitors": MonitorState,
    "displays": DisplayState,
    "outside_limits": OutsideLimit,
    "provisioned": ProvisionedState,
    "held_lists": HeldList,
    "availability": WantedAvailability,
    "inventories": InventoryState,
    "quirks": StationQuirks,
}
"""Name of each table and the class of its rows."""


@value()
class Change:
    """One row written, or removed when `row` is None."""

    table: str
    key: str
    row: Row | None


Changes = tuple[Change, ...]


@dataclass(slots=True)
class State:
    """All tables. Readers treat it as read-only; the hub alone applies changes."""

    stations: dict[str, StationState] = field(default_factory=dict)
    connectors: dict[str, ConnectorState] = field(default_factory=dict)
    transactions: dict[str, Transaction] = field(default_factory=dict)
    commands: dict[str, CommandState] = field(default_factory=dict)
    answers: dict[str, StoredAnswer] = field(default_factory=dict)
    tokens: dict[str, TokenState] = field(default_factory=dict)
    limits: dict[str, PolicyLimit] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)
    meters: dict[str, MeterState] = field(default_factory=dict)
    tariffs: dict[str, TariffState] = field(default_factory=dict)
    site: dict[str, SiteState] = field(default_factory=dict)
    desired: dict[str, DesiredState] = field(default_factory=dict)
    listed: dict[str, ListedToken] = field(default_factory=dict)
    parked: dict[str, ParkedEvent] = field(default_factory=dict)
    variables: dict[str, VariableState] = field(default_factory=dict)
    monitors: dict[str, MonitorState] = field(default_factory=dict)
    displays: dict[str, DisplayState] = field(default_factory=dict)
    outside_limits: dict[str, OutsideLimit] = field(default_factory=dict)
    provisioned: dict[str, ProvisionedState] = field(default_factory=dict)
    held_lists: dict[str, HeldList] = field(default_factory=dict)
    availability: dict[str, WantedAvailability] = field(default_factory=dict)
    inventories: dict[str, InventoryState] = field(default_factory=dict)
    quirks: dict[str, StationQuirks] = field(default_factory=dict)
    at_evse: dict[tuple[str, int], str] = field(default_factory=dict)
    """Index: the active transaction at (station, EVSE)."""
    begun_at_evse: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    """Index: all transactions at (station, EVSE)."""
    by_reference: dict[tuple[str, str], str] = field(default_factory=dict)
    """Index: the active transaction by (station, the id that the station uses)."""
    told_by: dict[tuple[str, str], int] = field(default_factory=dict)
    """Index: how many rows of (`variables`, `monitors` or `displays`; a station) there are."""
    listed_in: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Index: the shards of the local list that name an id token."""
    spelled: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Index: the spellings other than in capitals that the local list has of an id token, by `core.tokens.key`."""
