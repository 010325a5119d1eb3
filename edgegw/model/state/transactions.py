"""Rows about transactions: their registers, their money, and what their stations were answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from edgegw.model.requests import AuthorizationStatus, ChargingState
from edgegw.model.value import value


@value(slots=False)
class Metering:
    """One billing register value of a transaction."""

    at: datetime
    import_wh: int
    quality: Literal["good", "suspect"] = "good"
    signed: bool = False
    """The station's signature stands in the fact."""


def energy_wh(meterings: Sequence[Metering]) -> int:
    """Energy between the first and the newest of these that is not suspect."""
    good = sorted((each for each in meterings if each.quality == "good"), key=lambda each: each.at)
    return max(0, good[-1].import_wh - meterings[0].import_wh) if good else 0


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
        """Energy between the first and the newest billing register value, 0 before there are two."""
        return energy_wh(self.meterings)


@value(slots=False)
class StoredAnswer:
    """Key: the retry key of a request. What its sender was answered, to answer it again."""

    key: str
    transaction: str
    answer: Mapping[str, Any]
    at: datetime
