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
