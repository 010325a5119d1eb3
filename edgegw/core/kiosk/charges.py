"""A driver's own charges: what the running one costs so far, and the last ones. Pure.

The cost rests on the same registers and the same price list as the bill, with the newest reading behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from edgegw.core.kiosk import figures
from edgegw.core.kiosk.places import Bay
from edgegw.core.kiosk.sentences import listed, say
from edgegw.core.wishes import running_bill, so_far
from edgegw.model.site import Site
from edgegw.model.state import State, Transaction

Register = Callable[[str, int], tuple[datetime, int] | None]
Power = Callable[[str, int], float | None]
"""Power in W that flows at (station, EVSE) now; None when nobody knows."""


def my_charge(
    state: State, site: Site, bays: Sequence[Bay], running: Sequence[Transaction], now: datetime, speaks: str,
    *, register: Register, power: Power,
) -> tuple[str, Mapping[str, Any]]:  # fmt: skip
    """What is said of a driver's running charges, and the same as figures."""
    if not running:
        return say("own.none", speaks), {"charges": []}
    names = {(bay.station, bay.evse): bay.label for bay in bays}
    told, rows = [], []
    for row in running:
        meterings = so_far(row, register(row.station, row.evse))
        bill = running_bill(state, site, row, meterings, now)
        elapsed_s = max(0.0, (now - row.started_at).total_seconds())
        w = power(row.station, row.evse)
        label = names.get((row.station, row.evse), "")
        flows = say("own.power", speaks, power=figures.power(w, speaks)) if w is not None and w > 0 else ""
        told.append(
            say(
                "own.running", speaks, bay=label, energy=figures.energy(bill.energy_wh, speaks), power=flows,
                time=figures.duration(elapsed_s), cost=figures.money(bill.total, bill.currency, speaks),
            )
        )  # fmt: skip
        rows.append({
            "name": label, "station": row.station, "evse": row.evse, "energy_wh": bill.energy_wh,
            "cost": f"{bill.total:f}", "currency": bill.currency, "minutes": int(elapsed_s) // 60,
            "power_w": None if w is None else round(w), "state": row.charging_state,
            "departure_at": None if row.departure_at is None else row.departure_at.isoformat(),
            "max_cost": None if row.max_cost is None else f"{row.max_cost:f}", "wanted_wh": row.wanted_wh,
        })  # fmt: skip
    return " ".join(told), {"charges": rows}


def my_history(site: Site, ended: Sequence[Transaction], speaks: str) -> tuple[str, Mapping[str, Any]]:
    """What is said of charges that have ended, the newest first, and the same as figures."""
    if not ended:
        return say("history.none", speaks), {"charges": []}
    told, rows = [], []
    for row in ended:
        currency = row.currency or site.currency
        told.append(
            say(
                "history.one", speaks, day=figures.day(row.started_at, site.timezone, speaks),
                energy=figures.energy(row.energy_wh, speaks),
                cost="-" if row.total is None else figures.money(row.total, currency, speaks),
            )
        )  # fmt: skip
        rows.append({
            "started_at": row.started_at.isoformat(), "station": row.station, "energy_wh": row.energy_wh,
            "cost": None if row.total is None else f"{row.total:f}", "currency": currency,
        })  # fmt: skip
    return say("history.last", speaks, charges=listed(told, speaks)), {"charges": rows}
