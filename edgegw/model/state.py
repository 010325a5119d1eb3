"""The fold of the facts: what is so at the site now. Immutable values in plain tables keyed by text.

`State` holds one dict a table. Values are replaced, never changed; only the hub replaces them, through
`edgegw.core.fold`. Of rows that have become history (ended transactions and commands, answers, token decisions) memory
keeps the newest; the journal's tables keep all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from edgegw.model.commands import CommandPhase
from edgegw.model.facts import ConnectorStatus
from edgegw.model.requests import AuthorizationStatus, ChargingState, RegistrationStatus
from edgegw.model.value import value


@value(slots=False)
class StationState:
    """A station as it has shown itself. `registration` is what its boot was or will be answered."""

    id: str
    connected: bool = False
    ocpp: str | None = None
    address: str | None = None
    registration: RegistrationStatus | None = None
    admitted: bool | None = None
    """An installer's word on a station that the configuration does not name: True in, False out, None not asked."""
    vendor: str | None = None
    model: str | None = None
    firmware: str | None = None
    serial: str | None = None
    booted_at: datetime | None = None
    changed_at: datetime | None = None


@value(slots=False)
class ConnectorState:
    """Key `{station}/{evse}/{connector}`; 0/0 is the station itself."""

    station: str
    evse: int
    connector: int
    status: ConnectorStatus
    at: datetime
    error: str | None = None


@value(slots=False)
class Metering:
    """One billing register value of a transaction."""

    at: datetime
    import_wh: int
    quality: Literal["good", "suspect"] = "good"
    signed: bool = False
    """The station's signature stands in the fact."""


@value(slots=False)
class Transaction:
    """Key: the hub's id. `state` is `active` or `ended`. Money rests on `meterings` and the idle time alone."""

    id: str
    station: str
    evse: int
    connector: int
    number: int
    reference: str
    ocpp: str
    started_at: datetime
    tariff: str
    tariff_digest: str
    state: Literal["active", "ended"] = "active"
    id_token: str | None = None
    authorization: AuthorizationStatus | None = None
    charging_state: ChargingState | None = None
    transfer_started_at: datetime | None = None
    idle_since: datetime | None = None
    idle_s: int = 0
    seq_no: int | None = None
    meterings: tuple[Metering, ...] = ()
    ended_at: datetime | None = None
    end_reason: str | None = None
    remote_start: str | None = None
    offline: bool = False
    adopted: bool = False
    """The hub met it in the middle and has not been told of its start."""
    total: Decimal | None = None
    currency: str | None = None

    @property
    def energy_wh(self) -> int:
        """Energy between the first and the last billing register value, 0 before there are two."""
        return self.meterings[-1].import_wh - self.meterings[0].import_wh if len(self.meterings) > 1 else 0


@value(slots=False)
class CommandState:
    """Key: the command's id."""

    id: str
    name: str
    args: Mapping[str, Any]
    by: str
    state: CommandPhase
    at: datetime
    id_token: str | None = None
    proof: str | None = None
    expires_at: datetime | None = None
    wait: bool = False
    dispatched_at: datetime | None = None
    remote_start_id: int | None = None
    reason: str | None = None
    result: Mapping[str, Any] | None = None


@value(slots=False)
class StoredAnswer:
    """Key: the retry key of a request. What its sender was answered, to answer it again."""

    key: str
    transaction: str
    answer: Mapping[str, Any]
    at: datetime


@value(slots=False)
class TokenState:
    """Key: the id token. The last decision about it, for the cache."""

    id_token: str
    status: AuthorizationStatus
    source: str
    at: datetime


@value(slots=False)
class PolicyLimit:
    """Key: the target. A limit that someone set, in force until `until`."""

    target: str
    limit_a: float | None
    limit_w: float | None
    until: datetime | None
    by: str
    at: datetime


@value(slots=False)
class MeterState:
    """Key: the meter's id."""

    id: str
    stale: bool
    at: datetime
    reason: str | None = None
    identity: str | None = None


@value(slots=False)
class TariffState:
    """Key: the tariff's digest. A price list that was in force, kept for the bills that rest on it."""

    digest: str
    name: str
    tariff: Mapping[str, Any]


@value(slots=False)
class SiteState:
    """Key: always `site`."""

    digest: str | None = None
    fallback: str | None = None
    """Why the load loop is in fallback, None when it is not."""


Row = (
    StationState | ConnectorState | Transaction | CommandState | StoredAnswer | TokenState | PolicyLimit | MeterState
    | TariffState | SiteState
)  # fmt: skip

TABLES: Mapping[str, type[Any]] = {
    "stations": StationState,
    "connectors": ConnectorState,
    "transactions": Transaction,
    "commands": CommandState,
    "answers": StoredAnswer,
    "tokens": TokenState,
    "limits": PolicyLimit,
    "meters": MeterState,
    "tariffs": TariffState,
    "site": SiteState,
}
"""Name of each table and the class of its rows."""


@value()
class Change:
    """One row written, or removed when `row` is None."""

    table: str
    key: str
    row: Row | None


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
    meters: dict[str, MeterState] = field(default_factory=dict)
    tariffs: dict[str, TariffState] = field(default_factory=dict)
    site: dict[str, SiteState] = field(default_factory=dict)
    at_evse: dict[tuple[str, int], str] = field(default_factory=dict)
    """Index: the active transaction at (station, EVSE)."""
    by_reference: dict[tuple[str, str], str] = field(default_factory=dict)
    """Index: the active transaction by (station, the id that the station uses)."""
