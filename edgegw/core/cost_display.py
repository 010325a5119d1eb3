"""What a driver is shown of the cost of a charge at the station itself, and when it is told anew. Pure.

OCPP 2.0.1 part 2, I02 leaves the pace to the CSMS; the OCA's note on California pricing wants the price before a
charge, the running cost during it, and the final cost. A display that counts in every coin would keep the station's one
CALL in flight busy, so small changes wait for company.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from edgegw.core.price import rate_at
from edgegw.core.tariffs import tariff_of
from edgegw.core.wishes import running_bill, so_far
from edgegw.model.site import Site, Tariff
from edgegw.model.state import State, Transaction
from edgegw.model.value import value

SOONEST = timedelta(seconds=10)
"""No station is told more often, however fast the cost rises."""

LATEST = timedelta(seconds=60)
"""A cost that has changed at all is told after this long."""

STEP = Decimal("0.10")
"""A rise that is worth telling before, in the site's currency."""


@value()
class RunningCost:
    """The cost of a running transaction so far. Prices are in the site's currency: of a kWh now, of an hour of idle
    time after `idle_after_s`. `reference` is the station's own id of the transaction."""

    transaction: str
    station: str
    reference: str
    at: datetime
    total: Decimal
    register_wh: int
    charges: bool
    energy_kwh: Decimal
    session: Decimal
    idle_hour: Decimal
    idle_after_s: int


@value()
class FinalCost:
    """What a transaction that has just ended costs."""

    transaction: str
    station: str
    reference: str
    total: Decimal
    text: str


@value()
class UserPrice:
    """The price for a token that was just accepted, in words."""

    station: str
    id_token: str
    text: str


Cost = RunningCost | FinalCost | UserPrice


def running_cost(
    state: State, site: Site, transaction: Transaction, register: tuple[datetime, int] | None, now: datetime
) -> RunningCost:
    """The cost of a transaction as its driver may see it now; `register` is the newest (time, import Wh)."""
    meterings = so_far(transaction, register)
    tariff = tariff_of(state, site, transaction)
    return RunningCost(
        transaction.id, transaction.station, transaction.reference, now,
        running_bill(state, site, transaction, meterings, now).total, meterings[-1].import_wh if meterings else 0,
        charges=transaction.charging_state in (None, "charging", "suspended_evse"),
        energy_kwh=rate_at(tariff, site.timezone, now), session=tariff.session, idle_hour=tariff.idle_minute * 60,
        idle_after_s=tariff.idle_after_s,
    )  # fmt: skip


def is_due(last: tuple[Decimal, datetime] | None, total: Decimal, now: datetime) -> bool:
    """Whether a total is told now, when `last` was the total that was told, and when."""
    if last is None:
        return True
    told, at = last
    if total == told or now - at < SOONEST:
        return False
    return abs(total - told) >= STEP or now - at >= LATEST


def price_text(tariff: Tariff, timezone: str, currency: str, now: datetime) -> str:
    """A price list in figures and units, which need no language: `1.89 BRL/kWh + 2.00 BRL + 0.50 BRL/min > 10 min`."""
    parts = [f"{rate_at(tariff, timezone, now)} {currency}/kWh"]
    if tariff.session:
        parts.append(f"{tariff.session} {currency}")
    if tariff.idle_minute:
        parts.append(f"{tariff.idle_minute} {currency}/min > {tariff.idle_after_s // 60} min")
    return " + ".join(parts)


def final_text(energy_wh: int, total: str, currency: str) -> str:
    """A bill in figures and units: `8.000 kWh = 15.12 BRL`."""
    return f"{Decimal(energy_wh).scaleb(-3)} kWh = {total} {currency}"
