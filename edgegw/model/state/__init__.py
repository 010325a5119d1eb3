"""The fold of the facts: what is so at the site now. Immutable values in plain tables keyed by text.

`State` holds one dict a table. Values are replaced, never changed; only the hub replaces them, through
`edgegw.core.fold`. Of rows that have become history (ended transactions and commands, answers, token decisions) memory
keeps the newest; the journal's tables keep all.
"""

from __future__ import annotations

from edgegw.model.state.commands import CommandState
from edgegw.model.state.desired import DesiredState
from edgegw.model.state.devices import DisplayState, MonitorState, VariableState
from edgegw.model.state.gateway import MeterState, ParkedEvent, SiteState
from edgegw.model.state.limits import OutsideLimit, PolicyLimit
from edgegw.model.state.provisioning import HeldList, InventoryState, ProvisionedState, WantedAvailability
from edgegw.model.state.reservations import Reservation
from edgegw.model.state.stations import (
    Alert,
    ConnectorState,
    LearnedPhases,
    LearnedQuirk,
    StationCertificate,
    StationQuirks,
    StationState,
)
from edgegw.model.state.tables import TABLES, Change, Changes, Row, State
from edgegw.model.state.tariffs import NamedTariff, Ruled, TariffState
from edgegw.model.state.tokens import ListedToken, TokenState
from edgegw.model.state.transactions import Metering, Payment, StoredAnswer, Transaction, energy_wh

__all__ = [
    "TABLES",
    "Alert",
    "Change",
    "Changes",
    "CommandState",
    "ConnectorState",
    "DesiredState",
    "DisplayState",
    "HeldList",
    "InventoryState",
    "LearnedPhases",
    "LearnedQuirk",
    "ListedToken",
    "MeterState",
    "Metering",
    "MonitorState",
    "NamedTariff",
    "OutsideLimit",
    "ParkedEvent",
    "Payment",
    "PolicyLimit",
    "ProvisionedState",
    "Reservation",
    "Row",
    "Ruled",
    "SiteState",
    "State",
    "StationCertificate",
    "StationQuirks",
    "StationState",
    "StoredAnswer",
    "TariffState",
    "TokenState",
    "Transaction",
    "VariableState",
    "WantedAvailability",
    "energy_wh",
]
