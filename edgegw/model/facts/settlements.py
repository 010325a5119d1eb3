"""Facts of payments that a station's own terminal has settled (OCPP 2.1 part 2, block C)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from edgegw.model.facts.fact import StationFact
from edgegw.model.value import value


@value(kw_only=True)
class SettlementReported(StationFact):
    """What became of a payment at a station's terminal (NotifySettlement). `amount` is a decimal string in the site's
    currency, `reference` the payment provider's id. One that is settled for a transaction that is known is a
    payment_confirmed beside it."""

    type: ClassVar[str] = "settlement_reported"
    personal: ClassVar[tuple[str, ...]] = ("receipt",)
    shown: ClassVar[tuple[str, ...] | None] = ("status",)

    status: str
    amount: str
    reference: str
    settled_at: datetime
    transaction: str | None = None
    receipt: str | None = None
    """Number and address of the receipt, which may lead to who paid."""
