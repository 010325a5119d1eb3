"""What a driver asked for that ends a charge: an energy, a cost."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from edgegw.core.price import Bill, price
from edgegw.core.registers import quality
from edgegw.core.tariffs import tariff_of
from edgegw.model.site import Site
from edgegw.model.state import Metering, State, Transaction, energy_wh

Wish = Literal["energy_wh", "max_cost"]


def reached(
    state: State, site: Site, transaction: Transaction, register: tuple[datetime, int] | None, now: datetime
) -> Wish | None:
    """Which wish a running transaction has come to, None for none. `register` is the newest (time, import Wh)."""
    if transaction.wanted_wh is None and transaction.max_cost is None:
        return None
    meterings = so_far(transaction, register)
    if transaction.wanted_wh is not None and meterings and energy_wh(meterings) >= transaction.wanted_wh:
        return "energy_wh"
    if transaction.max_cost is not None:
        cost = running_bill(state, site, transaction, meterings, now).total
        if cost >= transaction.max_cost:
            return "max_cost"
    return None


def so_far(transaction: Transaction, register: tuple[datetime, int] | None) -> tuple[Metering, ...]:
    """The transaction's registers with the newest reading behind them, where that is newer."""
    meterings = transaction.meterings
    if register is None or not meterings or register[0] <= meterings[-1].at:
        return meterings
    return (*meterings, Metering(*register, quality(meterings, *register)))


def running_bill(
    state: State, site: Site, transaction: Transaction, meterings: tuple[Metering, ...], now: datetime
) -> Bill:
    """What a running transaction would cost if it ended now."""
    return price(
        tariff_of(state, site, transaction), site.timezone, site.currency, started_at=transaction.started_at,
        ended_at=max(now, transaction.started_at), meterings=meterings, idle_s=idle_so_far(transaction, now),
    )  # fmt: skip


def idle_so_far(transaction: Transaction, now: datetime) -> int:
    """Seconds that the driver has kept the place without charging, up to now."""
    since = transaction.idle_since
    return transaction.idle_s + (max(0, round((now - since).total_seconds())) if since is not None else 0)
