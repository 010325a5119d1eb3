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
from sys import intern
from typing import Any, Literal

from edgegw.model.commands import CommandPhase
from edgegw.model.facts import ClockFault, ConnectorStatus
from edgegw.model.requests import AuthorizationStatus, ChargingState, RegistrationStatus
from edgegw.model.site import Phase, TokenStatus
from edgegw.model.value import value


@value(slots=False)
class StationCertificate:
    """A certificate of a station: one that was signed here, or one that was revoked here.

    `fingerprint` is the SHA-256 of it in hex, `serial_number` its serial number in hex where the gateway signed it.
    """

    fingerprint: str
    serial_number: str | None = None
    expires_at: datetime | None = None
    taken: bool = False
    """The station has said that it uses it."""
    expiring: bool = False
    """It has been told that it runs out."""
    revoked_at: datetime | None = None


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
    silent_since: datetime | None = None
    """Since when it answers no CALL, over whatever connections; None: it does, or nobody knows."""
    boot: RegistrationStatus | None = None
    """Somebody's word on what its boot is answered, where that is not by the file or by policy."""
    security_profile: int | None = None
    """What it was brought to by upgrade_security or set to, beside the file's: it only rises."""
    password: str | None = None
    """The digest of one that was set here, in place of the file's, until the gateway's own is in use."""
    pinned_serial: str | None = None
    """Serial number of its first boot, or of the one with which somebody accepted it."""
    foreign_serial: str | None = None
    """Another serial number that it boots with now, None while it is the pinned one."""
    upgrading_to: int | None = None
    """It has been told to come back by this security profile and has not yet."""
    password_at: datetime | None = None
    """When it took the password that the gateway made last, None when it has none of the gateway's."""
    certificates: tuple[StationCertificate, ...] = ()
    """Oldest first."""
    skew_s: float | None = None
    """How far its clock is ahead of the gateway's, in seconds, when it last was worth a fact."""
    clock_fault: ClockFault | None = None
    """What is wrong with its clock; None: nothing, or nobody knows."""
    skew_since: datetime | None = None
    """When that was noticed."""


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
class Payment:
    """Money that was paid for a transaction, or given back, by the payment provider's own id of it."""

    kind: Literal["confirmed", "refunded"]
    at: datetime
    amount: Decimal
    currency: str
    reference: str


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
    told_at: datetime | None = None
    """Its start by the station's own clock, where that was known to be off."""
    clock_offset_ms: int = 0
    """So much later are its times than they were told, as the gateway's clock was wrong and has been corrected."""
    total: Decimal | None = None
    currency: str | None = None
    departure_at: datetime | None = None
    wanted_wh: int | None = None
    """Energy at which the hub stops it."""
    max_cost: Decimal | None = None
    """Cost in the site's currency at which the hub stops it."""
    payments: tuple[Payment, ...] = ()
    events_missed: int = 0
    """Events that its station numbered and that never came."""

    @property
    def paid(self) -> Decimal:
        """What has been paid and not given back."""
        return sum((each.amount if each.kind == "confirmed" else -each.amount for each in self.payments), Decimal(0))

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
    private: str | None = None
    """Arguments that are secret or about a person, as JSON."""
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
    """Key: the id token in capitals. The last decision about it, for the cache."""

    id_token: str
    status: AuthorizationStatus
    source: str
    at: datetime
    group: str | None = None
    language: str | None = None
    expires_at: datetime | None = None
    """The word counts no longer than this, where it was said."""


@value()
class ListedToken:
    """Key `{shard}/{id_token}`: an entry of the local list. `status` None: taken out here, whatever others list."""

    shard: str
    id_token: str
    status: TokenStatus | None = "accepted"
    group: str | None = None
    language: str | None = None
    expires_at: datetime | None = None
    rev: int = 0
    """Of its shard, when the entry came or last changed."""
    by: str | None = None
    """Who set it here; None for the cloud's own shards."""

    def __post_init__(self) -> None:
        # A list may hold 50,000 entries, and few different words: each is kept once.
        for name in ("shard", "status", "group", "language"):
            if (text := getattr(self, name)) is not None:
                object.__setattr__(self, name, intern(text))


@value(slots=False)
class DesiredState:
    """Key: the name, as it stands behind `dn/cfg/`. The revision that is in force here of what somebody wants.

    `tokens/local` counts what commands changed. `tariffs/next` waits for its time.
    """

    name: str
    rev: int
    digest: str
    at: datetime
    by: str
    listed: int | None = None
    """Tokens in the shard."""
    contents: Mapping[str, Any] | None = None
    """Price lists by name."""
    effective_from: datetime | None = None
    since: datetime | None = None
    """Price lists: when they came into force, where that is before `at`."""


@value(slots=False)
class Reservation:
    """Key: its id, which is that of the command that made it. It is there as long as it holds."""

    id: str
    number: int
    station: str
    until: datetime
    by: str
    evse: int | None = None
    id_token: str | None = None
    group: str | None = None
    """Other tokens of this group may use it too."""
    connector_type: str | None = None


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
class Ruled:
    """A time in which a price list was in force; `until` None: it is."""

    since: datetime
    until: datetime | None = None


@value(slots=False)
class TariffState:
    """Key: the tariff's digest. A price list that was in force, kept for the bills that rest on it."""

    digest: str
    name: str
    tariff: Mapping[str, Any]
    ruled: tuple[Ruled, ...] = ()
    """When it was in force, in order; empty where that was not written down."""


@value(slots=False)
class ParkedEvent:
    """Key: stream, epoch and sequence, with `/` between. An event that the broker does not take, and why."""

    stream: Literal["A", "B"]
    epoch: str
    sequence: int
    at: datetime
    event: str | None
    reason: str


@value(slots=False)
class NamedTariff:
    """The price list, by name, that a station charges by from `since` on; None: as long as the ledger knows."""

    station: str
    tariff: str
    since: datetime | None = None


@value(slots=False)
class SiteState:
    """Key: always `site`."""

    digest: str | None = None
    fallback: str | None = None
    """Why the load loop is in fallback, None when it is not."""
    storage: Literal["pressed", "full"] | None = None
    """How short room is in the ledger: see StoragePressed; None when there is enough."""
    charges_by: tuple[NamedTariff, ...] | None = None
    """Stations that charge, or charged, by another list than `default`, in order; None: not written down yet."""


@value()
class VariableState:
    """An attribute of a variable in a station's device model (OCPP 2.0.1 part 1 section 4), as last told.

    Key: station, component, its instance, EVSE, connector, variable, its instance and attribute, with `/` between; each
    is empty where there is none, and without case, as they are in OCPP.
    """

    station: str
    component: str
    variable: str
    at: datetime
    """When the gateway was told that it is like this."""
    attribute: str = "actual"
    """`actual`, `target`, `min_set` or `max_set`."""
    component_instance: str | None = None
    evse: int | None = None
    connector: int | None = None
    variable_instance: str | None = None
    value: str | None = None
    """None where the station did not say, or it is not kept: a secret, or a driver's."""
    mutability: str | None = None
    """`read_only`, `write_only` or `read_write`."""
    data_type: str | None = None
    unit: str | None = None
    """Of value and limits, as OCPP spells it."""
    min_limit: float | None = None
    """For a text or a list: the fewest characters or members."""
    max_limit: float | None = None
    values: str | None = None
    """What it may be, with commas between."""

    def __post_init__(self) -> None:
        # A hub holds tens of thousands, and its stations tell mostly the same words: each is kept once.
        for name in ("station", "component", "variable", "attribute", "value", "mutability", "data_type", "values"):
            if (text := getattr(self, name)) is not None:
                object.__setattr__(self, name, intern(text))


@value()
class MonitorState:
    """Key `{station}/{monitor}`. What a station watches of a variable, and tells of by NotifyEvent."""

    station: str
    monitor: int
    """The number that the station knows it by."""
    component: str
    variable: str
    at: datetime
    kind: str
    """Such as `upper_threshold`, `delta` or `periodic`."""
    value: float
    """Threshold or delta in the variable's unit; of a periodic one the interval in seconds."""
    severity: int
    """0 (danger) to 9 (for the curious)."""
    transaction: bool = False
    """It watches only while a transaction runs."""
    origin: str | None = None
    """`custom_monitor`, `preconfigured_monitor` or `hard_wired_monitor`; OCPP 2.0.1 does not say."""
    component_instance: str | None = None
    evse: int | None = None
    connector: int | None = None
    variable_instance: str | None = None
    stream: int | None = None
    """The periodic event stream that brings its values (OCPP 2.1)."""


@value()
class DisplayState:
    """Key `{station}/{message}`. A message that a station shows, or will show."""

    station: str
    message: int
    """The number that the station knows it by."""
    at: datetime
    priority: str
    """`always_front`, `in_front` or `normal_cycle`."""
    texts: tuple[Mapping[str, Any], ...]
    """One a language: `text`, `format`, and `language` where it is told."""
    state: str | None = None
    """What the station must be doing for it to be shown, such as `charging` or `idle`; None: anything."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    reference: str | None = None
    """The transaction that it belongs to, by the id that the station uses."""
    component: str | None = None
    component_instance: str | None = None
    evse: int | None = None
    connector: int | None = None


@value()
class OutsideLimit:
    """Key `{station}/{evse}/{source}`. A limit that somebody else has set at a station: see OutsideLimitSet."""

    station: str
    evse: int
    source: str
    at: datetime
    grid_critical: bool | None = None
    local_generation: bool | None = None
    schedules: tuple[Mapping[str, Any], ...] = ()


@value(slots=False)
class ProvisionedState:
    """Key: the station. What became of the settings that the site wishes there: see StationProvisioned."""

    station: str
    at: datetime
    digest: str
    settings: tuple[Mapping[str, Any], ...] = ()


@value(slots=False)
class InventoryState:
    """Key: the station. When it last told all that it is made of: see InventoryTaken."""

    station: str
    at: datetime
    digest: str
    reason: str | None = None


@value(slots=False)
class HeldList:
    """Key: the station. The site's list of id tokens as the station holds it: see LocalListSent."""

    station: str
    at: datetime
    version: int
    digest: str
    entries: int
    reason: str | None = None


@value(slots=False)
class WantedAvailability:
    """Key `{station}/{evse}/{connector}`, 0 for all of them. Whether a place shall be in use."""

    station: str
    evse: int
    connector: int
    operative: bool
    at: datetime
    by: str


@value()
class LearnedQuirk:
    """What a station was seen to do: see StationQuirkLearned."""

    quirk: str
    at: datetime
    evidence: str


@value()
class LearnedPhases:
    """How an EVSE is wired, as far as was seen: see PhasesLearned."""

    evse: int
    phases: tuple[Phase | None, ...]
    told: tuple[Phase, ...]
    auto: bool
    reports: tuple[Phase, ...] | None
    contradicts: bool
    odds: float
    steps: int
    at: datetime
    text: str


@value()
class StationQuirks:
    """Key: the station's id. What was learned of it at run time."""

    station: str
    learned: tuple[LearnedQuirk, ...]
    phases: tuple[LearnedPhases, ...] = ()


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
    by_reference: dict[tuple[str, str], str] = field(default_factory=dict)
    """Index: the active transaction by (station, the id that the station uses)."""
    listed_in: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Index: the shards of the local list that name an id token."""
    spelled: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Index: the spellings other than in capitals that the local list has of an id token, by `core.tokens.key`."""
