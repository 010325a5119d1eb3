"""The bill of a transaction as a fact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from edgegw.core.context import Context
from edgegw.core.price import price
from edgegw.core.tariffs import tariff_of
from edgegw.model import facts as f
from edgegw.model.state import State, Transaction


def cdr_of(transaction: Transaction, state: State, ctx: Context, ended_at: datetime, idle_s: int) -> f.CdrClosed:
    """The bill of a transaction that ended at `ended_at`, by the tariff that was in force at its start."""
    bill = price(
        tariff_of(state, ctx.site, transaction), ctx.site.timezone, ctx.site.currency,
        started_at=transaction.started_at, ended_at=ended_at, meterings=transaction.meterings, idle_s=idle_s,
    )  # fmt: skip
    return f.CdrClosed(
        at=ended_at, station=transaction.station, evse=transaction.evse, transaction=transaction.id,
        started_at=transaction.started_at, ended_at=ended_at, energy_wh=bill.energy_wh, idle_s=idle_s,
        currency=bill.currency, total=str(bill.total), tax=str(bill.tax),
        lines=tuple(_line(line) for line in bill.lines), tariff=transaction.tariff,
        tariff_digest=transaction.tariff_digest,
    )  # fmt: skip


def _line(line: Any) -> Mapping[str, Any]:
    return {
        "kind": line.kind, "quantity": str(line.quantity), "unit": line.unit, "price": str(line.price),
        "amount": str(line.amount), "period": line.period,
    }  # fmt: skip
