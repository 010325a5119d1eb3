"""Facts of the gateway itself: its configuration, its count of numbers, its clock and its disk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from edgegw.model.facts.fact import Fact
from edgegw.model.value import value


@value(kw_only=True)
class SiteConfigured(Fact):
    """Configuration that money or limits depend on came into force; `digest` is SHA-256 of its canonical JSON."""

    type: ClassVar[str] = "site_configured"
    shown: ClassVar[tuple[str, ...] | None] = ("digest", "configuration")

    digest: str
    configuration: Mapping[str, Any]


@value(kw_only=True)
class EpochStarted(Fact):
    """A new count of sequence numbers began: a new ledger, a restore or a salvage."""

    type: ClassVar[str] = "epoch_started"
    shown: ClassVar[tuple[str, ...] | None] = ("epoch", "previous")

    epoch: str
    reason: str
    previous: str | None = None


@value(kw_only=True)
class ClockCorrected(Fact):
    """The gateway's clock was put right: what it called `before_at` was `after_at`, later by `offset_ms`.

    `was` unsynced: nothing had vouched for it since the machine began. Then each fact before this one whose `boot` is
    the same and whose `clock` is unsynced happened `offset_ms` later than it says, its `recordedtime` too; its `time`
    where it lies between `since_at` and a minute after `before_at`, as a station may have known better. `was` synced: a
    step; other facts keep the times that they have. `by` says why the new time is believed: it follows a time source, a
    hardware clock kept it, or it was set by hand (docs/decisions/0017).
    """

    type: ClassVar[str] = "clock_corrected"

    boot: str | None
    was: Literal["synced", "unsynced"]
    by: Literal["source", "hardware", "hand"]
    offset_ms: int
    since_at: datetime
    before_at: datetime
    after_at: datetime


@value(kw_only=True)
class PowerRestored(Fact):
    """The gateway started after an unclean stop; `last_seen_at` is the newest fact before it."""

    type: ClassVar[str] = "power_restored"
    shown: ClassVar[tuple[str, ...] | None] = ("last_seen_at",)

    last_seen_at: datetime | None = None


@value(kw_only=True)
class RecordsDropped(Fact):
    """Records of `stream` from sequence `first` to `last` in `epoch` were given up.

    `reason`: `dropped` for want of room; `expired`, storage.keep was over before the cloud had them; `not_written`,
    readings that memory could not hold until the disk took them, which had no numbers yet. `samples` counts readings.
    """

    type: ClassVar[str] = "records_dropped"
    shown: ClassVar[tuple[str, ...] | None] = ("stream", "first", "last")

    stream: Literal["A", "B"]
    first: int | None = None
    last: int | None = None
    reason: str
    epoch: str | None = None
    samples: int | None = None


@value(kw_only=True)
class StoragePressed(Fact):
    """Room is short: `pressed`, the oldest records are given up for it; `full`, no new transaction is taken.

    `budget_bytes` may still be written of the storage budget, `disk_bytes` of the disk.
    """

    type: ClassVar[str] = "storage_pressed"

    level: Literal["pressed", "full"]
    budget_bytes: int
    disk_bytes: int


@value(kw_only=True)
class StorageRecovered(Fact):
    """There is room again; numbers as in StoragePressed."""

    type: ClassVar[str] = "storage_recovered"

    budget_bytes: int
    disk_bytes: int


@value(kw_only=True)
class EventParked(Fact):
    """The broker does not take the event `sequence` of `stream` in `epoch`, for `reason`: a gap was sent in its place.

    The event stays in the journal. `event` is its fact's type, None when it is a block of samples.
    """

    type: ClassVar[str] = "event_parked"

    stream: Literal["A", "B"]
    epoch: str
    sequence: int
    event: str | None
    reason: str


@value(kw_only=True)
class ProblemReported(Fact):
    """Someone says that something is wrong at the site; `problem` is the id of what was said."""

    type: ClassVar[str] = "problem_reported"
    personal: ClassVar[tuple[str, ...]] = ("text",)
    shown: ClassVar[tuple[str, ...] | None] = ("category",)

    problem: str
    text: str | None
    station: str | None = None
    evse: int | None = None
    category: str | None = None
    by: str


@value(kw_only=True)
class JournalAnchored(Fact):
    """The chain up to fact `sequence` of `epoch` was signed with the site's key (docs/decisions/0016).

    `hash` is that fact's, `key` the public key and `signature` the Ed25519 signature over epoch, sequence, hash and
    `signed_at`, all in hexadecimal. `day`: every fact of this day, by the site's calendar, and before it is covered.
    """

    type: ClassVar[str] = "journal_anchored"

    epoch: str
    sequence: int
    hash: str
    signed_at: str
    key: str
    signature: str
    day: str | None = None


@value(kw_only=True)
class PersonalDataErased(Fact):
    """Personal values were erased for good; which ones is not told, as that would be one of them.

    `rule` says how they were chosen: a token's, a transaction's (`transaction`), all `before` a time, or of those what
    drivers said to the kiosk (`words`). `values` counts those that stood beside facts, `rows` those of the tables.
    Copies of the ledger elsewhere are not reached.
    """

    type: ClassVar[str] = "personal_data_erased"

    rule: Literal["token", "transaction", "before", "words"]
    values: int
    rows: int
    transaction: str | None = None
    before: datetime | None = None
