"""Facts: what happened, in the past tense, never edited. The journal holds them in order; all else is their fold.

Each class is one fact type; `type` is its name on every wire. `at` is when it happened (aware UTC), `personal` names
the fields that identify a person: the journal keeps those beside the fact, under a salted commitment, so that they can
be erased without breaking the hash chain. A schema only grows within v1: new fields have defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, ClassVar, Literal

from edgegw.model.requests import AuthorizationStatus, RegistrationStatus
from edgegw.model.value import value

Clock = Literal["synced", "unsynced", "corrected"]


@value(kw_only=True)
class Fact:
    """Anything that happened at the site at `at`."""

    type: ClassVar[str] = ""
    personal: ClassVar[tuple[str, ...]] = ()
    subject: ClassVar[tuple[str, str] | None] = None
    """Collection and field that name what the fact is about: `("stations", "station")`; None: the site itself."""

    at: datetime


@value(kw_only=True)
class StationFact(Fact):
    subject: ClassVar[tuple[str, str] | None] = ("stations", "station")

    station: str


@value(kw_only=True)
class TransactionFact(StationFact):
    """`transaction` is the hub's own id, a UUIDv7; `evse` is 1 or more."""

    transaction: str
    evse: int


# The gateway itself


@value(kw_only=True)
class SiteConfigured(Fact):
    """Configuration that money or limits depend on came into force; `digest` is SHA-256 of its canonical JSON."""

    type: ClassVar[str] = "site_configured"

    digest: str
    configuration: Mapping[str, Any]


@value(kw_only=True)
class EpochStarted(Fact):
    """A new count of sequence numbers began: a new ledger, a restore or a salvage."""

    type: ClassVar[str] = "epoch_started"

    epoch: str
    reason: str
    previous: str | None = None


@value(kw_only=True)
class PowerRestored(Fact):
    """The gateway started after an unclean stop; `last_seen_at` is the newest fact before it."""

    type: ClassVar[str] = "power_restored"

    last_seen_at: datetime | None = None


@value(kw_only=True)
class RecordsDropped(Fact):
    """Records of `stream` from sequence `first` to `last` were given up, for `reason`."""

    type: ClassVar[str] = "records_dropped"

    stream: Literal["A", "B"]
    first: int
    last: int
    reason: str


# Stations


@value(kw_only=True)
class StationConnected(StationFact):
    type: ClassVar[str] = "station_connected"

    ocpp: str
    address: str | None = None


@value(kw_only=True)
class StationDisconnected(StationFact):
    type: ClassVar[str] = "station_disconnected"

    reason: str


@value(kw_only=True)
class StationBooted(StationFact):
    """A BootNotification and its answer. `known` is False for a station that the configuration does not name."""

    type: ClassVar[str] = "station_booted"

    ocpp: str
    vendor: str
    model: str
    firmware: str | None = None
    serial: str | None = None
    reason: str | None = None
    status: RegistrationStatus
    interval_s: int
    known: bool = True


@value(kw_only=True)
class StationAccepted(StationFact):
    """An installer let a pending station in."""

    type: ClassVar[str] = "station_accepted"

    by: str


@value(kw_only=True)
class StationRejected(StationFact):
    type: ClassVar[str] = "station_rejected"

    by: str


ConnectorStatus = Literal[
    "available", "preparing", "occupied", "charging", "suspended_ev", "suspended_evse", "finishing", "reserved",
    "unavailable", "faulted",
]  # fmt: skip
"""The union of 1.6's and 2.x's status values, in snake_case; 2.x has `occupied` for what 1.6 tells apart."""


@value(kw_only=True)
class StationStatusChanged(StationFact):
    """A connector's status. `evse` 0 is the station. `error` is 1.6's errorCode or vendor code, None for NoError."""

    type: ClassVar[str] = "station_status_changed"

    evse: int
    connector: int
    status: ConnectorStatus
    error: str | None = None
    info: str | None = None


@value(kw_only=True)
class StationDisobeyed(StationFact):
    """The station refused or ignored a limit: it is counted at its maximum until it obeys."""

    type: ClassVar[str] = "station_disobeyed"

    evse: int
    limit_a: float
    reason: str


@value(kw_only=True)
class SecurityEvent(StationFact):
    """A SecurityEventNotification, or what the gateway itself saw."""

    type: ClassVar[str] = "security_event"

    kind: str
    detail: str | None = None


@value(kw_only=True)
class FirmwareStatusChanged(StationFact):
    type: ClassVar[str] = "firmware_status_changed"

    status: str
    request: int | None = None


@value(kw_only=True)
class LogReceived(StationFact):
    """DiagnosticsStatusNotification or LogStatusNotification."""

    type: ClassVar[str] = "log_received"

    status: str
    request: int | None = None


@value(kw_only=True)
class VariablesReported(StationFact):
    """A part of a device model report or a notification of variables, as the station sent it."""

    type: ClassVar[str] = "variables_reported"

    action: str
    report: Mapping[str, Any]


# Authorization


@value(kw_only=True)
class TokenDecided(StationFact):
    """A station asked for a token; `source` is what decided: list, cache, cloud or policy.

    `retry_key` and `answer` when it was asked for in a `transaction`: see TransactionStarted.
    """

    type: ClassVar[str] = "token_decided"
    personal: ClassVar[tuple[str, ...]] = ("id_token",)

    id_token: str | None
    kind: str
    status: AuthorizationStatus
    source: Literal["list", "cache", "cloud", "policy"]
    transaction: str | None = None
    retry_key: str | None = None
    answer: Mapping[str, Any] | None = None


# Transactions


@value(kw_only=True)
class TransactionStarted(TransactionFact):
    """A transaction began at the station's time `at`.

    `number` is 1.6's integer id, given by the hub; `reference` the id that the station uses (2.x's own, or the number
    as text). `retry_key` tells a retry from a new start. `answer` is what the station was answered, so that a retry
    gets the same. `tariff` and `tariff_digest` name the prices in force. `remote_start` is the command that asked for
    it. `adopted`: the hub met it in the middle and did not see its start. When its start, or its EVSE (0 for not known
    yet), is told of later, a second fact of the same transaction takes the place of the first.
    """

    type: ClassVar[str] = "transaction_started"
    personal: ClassVar[tuple[str, ...]] = ("id_token",)

    connector: int
    number: int
    reference: str
    id_token: str | None = None
    id_token_kind: str = "ISO14443"
    authorization: AuthorizationStatus | None = None
    seq_no: int | None = None
    ocpp: str
    retry_key: str
    answer: Mapping[str, Any]
    tariff: str
    tariff_digest: str
    remote_start: str | None = None
    offline: bool = False
    adopted: bool = False


@value(kw_only=True)
class TransactionMetered(TransactionFact):
    """The register that a bill rests on: at start, end, tariff boundaries, signed values, and every 15 minutes."""

    type: ClassVar[str] = "transaction_metered"

    import_wh: int
    reason: Literal["begin", "end", "boundary", "signed", "periodic"]
    quality: Literal["good", "suspect"] = "good"
    source: str
    signed: str | None = None


@value(kw_only=True)
class EnergyTransferStarted(TransactionFact):
    """The first Charging status or rise of the register, in every OCPP version."""

    type: ClassVar[str] = "energy_transfer_started"


@value(kw_only=True)
class TransactionSuspended(TransactionFact):
    """Energy stopped flowing: `by` the vehicle or the station."""

    type: ClassVar[str] = "transaction_suspended"

    by: Literal["ev", "evse"]


@value(kw_only=True)
class TransactionResumed(TransactionFact):
    type: ClassVar[str] = "transaction_resumed"


@value(kw_only=True)
class TransactionEnded(TransactionFact):
    """The station ended the transaction at its time `at`, for `reason` (OCPP's reason in snake_case).

    `superseded`: the hub took it as ended, because another began at its EVSE. When the station tells of the end later,
    a second fact with the station's own reason, and a second CdrClosed, take the places of the first.
    """

    type: ClassVar[str] = "transaction_ended"
    personal: ClassVar[tuple[str, ...]] = ("id_token",)

    reason: str
    id_token: str | None = None
    seq_no: int | None = None
    retry_key: str
    answer: Mapping[str, Any]


@value(kw_only=True)
class CdrClosed(TransactionFact):
    """The charge detail record: what is billed, and why. Money is a decimal string in `currency`. Of several of one
    transaction the newest counts: something of it became known late."""

    type: ClassVar[str] = "cdr_closed"

    started_at: datetime
    ended_at: datetime
    energy_wh: int
    idle_s: int
    currency: str
    total: str
    tax: str
    lines: tuple[Mapping[str, Any], ...]
    tariff: str
    tariff_digest: str


# Load


@value(kw_only=True)
class PolicyLimitChanged(Fact):
    """A limit that someone set came, changed or went (`limit_a` and `limit_w` None). `target`: `site`, `circuit:ID`,
    `station:ID`."""

    type: ClassVar[str] = "policy_limit_changed"

    target: str
    limit_a: float | None = None
    limit_w: float | None = None
    until: datetime | None = None
    by: str


@value(kw_only=True)
class FallbackEntered(Fact):
    """The load loop no longer trusts what it sees and holds every EVSE at its safe share."""

    type: ClassVar[str] = "fallback_entered"

    reason: str


@value(kw_only=True)
class FallbackLeft(Fact):
    type: ClassVar[str] = "fallback_left"


@value(kw_only=True)
class OverloadSeen(Fact):
    """A phase of a feeder was above its limit."""

    type: ClassVar[str] = "overload_seen"

    circuit: str
    phase: str
    current_a: float
    limit_a: float


# Meters


@value(kw_only=True)
class MeterFact(Fact):
    subject: ClassVar[tuple[str, str] | None] = ("meters", "meter")

    meter: str


@value(kw_only=True)
class MeterStale(MeterFact):
    type: ClassVar[str] = "meter_stale"

    reason: str


@value(kw_only=True)
class MeterRecovered(MeterFact):
    type: ClassVar[str] = "meter_recovered"


@value(kw_only=True)
class MeterIdentified(MeterFact):
    type: ClassVar[str] = "meter_identified"

    driver: str
    identity: str


# Commands


@value(kw_only=True)
class CommandReceived(Fact):
    """A command was written down before anyone was told that it arrived. `args` without personal values."""

    type: ClassVar[str] = "command_received"
    personal: ClassVar[tuple[str, ...]] = ("id_token",)

    command: str
    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    id_token: str | None = None
    by: str
    proof: str | None = None
    expires_at: datetime | None = None
    wait: bool = False


@value(kw_only=True)
class CommandDispatched(Fact):
    """The command is on its way to the one who carries it out; from here on it is never sent again."""

    type: ClassVar[str] = "command_dispatched"

    command: str
    remote_start_id: int | None = None


@value(kw_only=True)
class CommandEnded(Fact):
    type: ClassVar[str] = "command_ended"

    command: str
    state: Literal["done", "failed", "expired", "rejected", "unknown"]
    reason: str | None = None
    result: Mapping[str, Any] | None = None


def _leaves(cls: type[Fact]) -> list[type[Fact]]:
    found = [cls] if cls.type else []
    for below in cls.__subclasses__():
        found += _leaves(below)
    return found


FACTS: Mapping[str, type[Fact]] = {cls.type: cls for cls in _leaves(Fact)}
"""Every fact class by its wire name."""
