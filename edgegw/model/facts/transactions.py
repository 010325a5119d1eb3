"""Facts of transactions: what a bill stands on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from edgegw.model.facts.fact import TransactionFact
from edgegw.model.requests import AuthorizationStatus
from edgegw.model.value import value


@value(kw_only=True)
class TransactionStarted(TransactionFact):
    """A transaction began at the station's time `at`.

    `number` is 1.6's integer id, given by the hub; `reference` the id that the station uses (2.x's own, or the number
    as text). `retry_key` tells a retry from a new start. `answer` is what the station was answered, so that a retry
    gets the same. `tariff` and `tariff_digest` name the prices that were in force at `at`. `remote_start` is the
    command that asked for it, `reservation` the one that it uses by the station's word. `adopted`: the hub met it in
    the middle and did not see its start. When its start, or its EVSE (0 for not known yet), is told of later, a second
    fact of the same transaction takes the place of the first. `told_at` is what the station's clock said where that was
    known to be off; `station_clock` doubtful: nobody can say what it was.
    """

    type: ClassVar[str] = "transaction_started"
    personal: ClassVar[tuple[str, ...]] = ("id_token",)
    shown: ClassVar[tuple[str, ...] | None] = (
        "number",
        "authorization",
        "ocpp",
        "tariff",
        "tariff_digest",
        "offline",
        "adopted",
    )

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
    reservation: str | None = None
    told_at: datetime | None = None
    station_clock: Literal["corrected", "doubtful"] | None = None


@value(kw_only=True)
class TransactionMetered(TransactionFact):
    """The register that a bill rests on: at start, end, tariff boundaries, signed values, and every 15 minutes.

    `signed` is the station's signed value byte for byte; what is known of how it was made stands beside it.
    """

    type: ClassVar[str] = "transaction_metered"
    shown: ClassVar[tuple[str, ...] | None] = ("import_wh", "reason", "quality")

    import_wh: int
    reason: Literal["begin", "end", "boundary", "signed", "periodic"]
    quality: Literal["good", "suspect"] = "good"
    source: str
    signed: str | None = None
    encoding_method: str | None = None
    signing_method: str | None = None
    public_key: str | None = None


@value(kw_only=True)
class ValueSigned(TransactionFact):
    """A value that a station signed and that no bill rests on here, in OCPP's own words; `signed` byte for byte."""

    type: ClassVar[str] = "value_signed"

    measurand: str
    signed: str
    encoding_method: str | None = None
    signing_method: str | None = None
    public_key: str | None = None
    value: str | None = None
    unit: str | None = None
    multiplier: int | None = None
    context: str | None = None
    phase: str | None = None
    location: str | None = None


@value(kw_only=True)
class EnergyTransferStarted(TransactionFact):
    """The first Charging status or rise of the register, in every OCPP version."""

    type: ClassVar[str] = "energy_transfer_started"
    shown: ClassVar[tuple[str, ...] | None] = ()


@value(kw_only=True)
class TransactionSuspended(TransactionFact):
    """Energy stopped flowing: `by` the vehicle or the station."""

    type: ClassVar[str] = "transaction_suspended"
    shown: ClassVar[tuple[str, ...] | None] = ("by",)

    by: Literal["ev", "evse"]


@value(kw_only=True)
class TransactionResumed(TransactionFact):
    type: ClassVar[str] = "transaction_resumed"
    shown: ClassVar[tuple[str, ...] | None] = ()


@value(kw_only=True)
class TransactionEventsMissed(TransactionFact):
    """Events of a 2.x transaction, by their numbers `first` to `last`, that never came, and that its station says do
    not wait to be sent."""

    type: ClassVar[str] = "transaction_events_missed"
    shown: ClassVar[tuple[str, ...] | None] = ("first", "last")

    first: int
    last: int


@value(kw_only=True)
class TransactionEnded(TransactionFact):
    """The station ended the transaction at its time `at`, for `reason` (OCPP's reason in snake_case).

    `superseded`: the hub took it as ended, because another began at its EVSE; `not_ongoing`: because the station says
    that it does not go on and has nothing more to tell. When the station tells of the end later, a second fact with the
    station's own reason, and a second CdrClosed, take the places of the first. `told_at` and `station_clock` as in
    TransactionStarted.
    """

    type: ClassVar[str] = "transaction_ended"
    personal: ClassVar[tuple[str, ...]] = ("id_token",)
    shown: ClassVar[tuple[str, ...] | None] = ("reason",)

    reason: str
    id_token: str | None = None
    seq_no: int | None = None
    retry_key: str
    answer: Mapping[str, Any]
    told_at: datetime | None = None
    station_clock: Literal["corrected", "doubtful"] | None = None


@value(kw_only=True)
class TransactionCorrected(TransactionFact):
    """Times of a transaction that were told by a clock that was wrong, put right by the ClockCorrected before it.

    Each of its times from `since_at` to `until_at` is later by `offset_ms`. `started_at`, `ended_at` and
    `transfer_started_at` are what they have become. When it has ended, a new CdrClosed follows.
    """

    type: ClassVar[str] = "transaction_corrected"

    offset_ms: int
    since_at: datetime
    until_at: datetime
    started_at: datetime
    ended_at: datetime | None = None
    transfer_started_at: datetime | None = None


@value(kw_only=True)
class CdrClosed(TransactionFact):
    """The charge detail record: what is billed, and why. Money is a decimal string in `currency`. Of several of one
    transaction the newest counts: something of it became known late."""

    type: ClassVar[str] = "cdr_closed"
    shown: ClassVar[tuple[str, ...] | None] = (
        "started_at",
        "ended_at",
        "energy_wh",
        "idle_s",
        "currency",
        "total",
        "tax",
        "lines",
        "tariff",
        "tariff_digest",
    )

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


@value(kw_only=True)
class TransactionPlanned(TransactionFact):
    """What the driver of a running transaction wants: to leave at a time, to stop at an energy or at a cost, which is a
    decimal string in the site's currency. It takes the place of what was wanted before. The station alone ends it after
    `max_s` seconds from its start, or at `max_soc` percent, where its driver has set that there (OCPP 2.1)."""

    type: ClassVar[str] = "transaction_planned"
    shown: ClassVar[tuple[str, ...] | None] = ("departure_at", "energy_wh")

    departure_at: datetime | None = None
    energy_wh: int | None = None
    max_cost: str | None = None
    max_s: int | None = None
    max_soc: int | None = None
    by: str


@value(kw_only=True)
class CostCalculated(TransactionFact):
    """What a station reckons itself that a transaction costs, by the tariff that it holds (OCPP 2.1, CostDetailsType):
    evidence of what its driver was shown. The bill is cdr_closed. `total` is a decimal string, with tax if it says."""

    type: ClassVar[str] = "cost_calculated"
    shown: ClassVar[tuple[str, ...] | None] = ("total", "currency")

    total: str | None
    currency: str
    tariff: str | None = None
    details: Mapping[str, Any]


@value(kw_only=True)
class PaymentConfirmed(TransactionFact):
    """A transaction has been paid, in whole or in part. `reference` is the payment provider's own id of the payment."""

    type: ClassVar[str] = "payment_confirmed"
    shown: ClassVar[tuple[str, ...] | None] = ("amount", "currency")

    amount: str
    currency: str
    reference: str
    method: str | None = None
    by: str


@value(kw_only=True)
class PaymentRefunded(TransactionFact):
    """What had been paid for a transaction was given back, in whole or in part."""

    type: ClassVar[str] = "payment_refunded"
    shown: ClassVar[tuple[str, ...] | None] = ("amount", "currency")

    amount: str
    currency: str
    reference: str
    reason: str | None = None
    by: str
