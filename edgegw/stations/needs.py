"""What a car that has told its needs may plan with (OCPP 2.0.1 part 2, K15 to K17): up to three schedules. Pure.

    fast    what its EVSE may draw now, and from the end of the set point on the default, as nobody may be there to keep
            more from the feeder (DESIGN.md rule 7)
    even    the lowest current that brings the energy by the departure, which is kind to battery and feeder
    cheap   pauses in the dear hours of the price list, where the energy fits into the others

No schedule is above `fast`, so whichever the car takes, the feeder bears it. Set points stand above the profile and go
on; each of them lets the car plan anew. The prices go with the schedules as levels (SalesTariff), where they change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import ceil
from typing import Any, Final

from edgegw.core.price import boundary_after, rate_at, tariff_digest
from edgegw.model.state import Transaction
from edgegw.stations.codec import Allowed, Peer
from edgegw.stations.profiles import (
    DEFAULT_LEVEL,
    LONGEST_PLAN_S,
    MIN_CURRENT_A,
    NEEDS_ID,
    ChargingProfile,
    Period,
    Schedule,
    phases_of,
    whole_steps,
)

MARGIN: Final = 1.1
"""Of energy: what a charger loses, and the last percents of a battery take longer."""

SHORTEST_S: Final = 60
MOST_WINDOWS: Final = 100


@dataclass(frozen=True, slots=True)
class Needs:
    """`energy_wh` None: not told. `least_a`: the car charges with no less. `most_periods`: of a schedule that it takes.
    `chooses` False: it follows what it is given (DynamicControl of ISO 15118-20), so there is nothing to choose."""

    departure_at: datetime | None = None
    energy_wh: int | None = None
    least_a: float = MIN_CURRENT_A
    most_periods: int | None = None
    chooses: bool = True


@dataclass(frozen=True, slots=True)
class _Window:
    """Seconds from now in which a kWh has one price."""

    starts_s: int
    ends_s: int
    price: Decimal


def of_needs(transaction: Transaction, allowed: Allowed, needs: Needs, peer: Peer) -> ChargingProfile:
    """The profile that answers NotifyEVChargingNeeds."""
    left_s = LONGEST_PLAN_S if needs.departure_at is None else int((needs.departure_at - peer.now).total_seconds())
    duration_s = min(max(left_s, SHORTEST_S), 7 * LONGEST_PLAN_S)
    fast = _fast(allowed, duration_s, needs.most_periods)
    windows = _windows(transaction, duration_s, peer)
    ways = [fast]
    if needs.chooses and needs.departure_at is not None and needs.energy_wh is not None:
        wanted_as = _ampere_seconds(needs.energy_wh * MARGIN, transaction.evse, peer)
        if wanted_as is not None:
            others = _even(fast, wanted_as, duration_s, needs), _cheap(fast, wanted_as, windows)
            ways += [way for way in others if way is not None]
    most = needs.most_periods
    phases, sales = phases_of(peer, transaction.evse), _sales(windows)
    schedules = [
        Schedule(
            "A",
            tuple(Period(starts_s, whole_steps(limit_a), phases) for starts_s, limit_a in way),
            duration_s,
            peer.now,
            sales=None if sales is None else {"id": number, **sales},
        )
        for number, way in enumerate(ways, 1)
        if most is None or len(way) <= most
    ]
    return ChargingProfile(
        transaction.evse, NEEDS_ID + transaction.evse, "tx_profile", DEFAULT_LEVEL, "absolute", tuple(schedules),
        transaction=transaction,
    )  # fmt: skip


_Way = list[tuple[int, float]]
"""(seconds from now, A) of each step."""


def _fast(allowed: Allowed, duration_s: int, most: int | None) -> _Way:
    if most == 1:
        return [(0, min(allowed.limit_a, allowed.default_a))]
    steps = [(0, allowed.limit_a), (allowed.left_s, allowed.default_a)]
    return steps if 0 < allowed.left_s < duration_s and allowed.limit_a != allowed.default_a else steps[:1]


def _ampere_seconds(energy_wh: float, evse: int, peer: Peer) -> float | None:
    """What an energy comes to on each phase; None of direct current, whose voltage is the car's."""
    phases = phases_of(peer, evse)
    if phases is None:
        return None
    place = next(each for each in peer.evses if each.id == evse)
    volts = peer.known.voltage_v() * (3**0.5 if place.wiring == "line" and len(place.phases) == 2 else 1.0)
    return energy_wh * 3600.0 / (volts * phases)


def _even(fast: _Way, wanted_as: float, duration_s: int, needs: Needs) -> _Way | None:
    enough_a = ceil(wanted_as / duration_s * 10.0) / 10.0
    limit_a = max(enough_a, needs.least_a, MIN_CURRENT_A)
    return [(0, limit_a)] if limit_a < min(limit for _, limit in fast) else None


def _cheap(fast: _Way, wanted_as: float, windows: Sequence[_Window]) -> _Way | None:
    """Of the prices as few as will do, the lowest first; None where all are needed, or there is one alone."""
    prices = sorted({window.price for window in windows})
    sure_a = min(limit for _, limit in fast)
    for price in prices[:-1]:
        if sure_a * sum(each.ends_s - each.starts_s for each in windows if each.price <= price) >= wanted_as:
            return _paused(fast, [each for each in windows if each.price > price])
    return None


def _paused(fast: _Way, dear: Sequence[_Window]) -> _Way:
    turns = sorted({starts_s for starts_s, _ in fast} | {at for each in dear for at in (each.starts_s, each.ends_s)})
    way: _Way = []
    for at in turns:
        is_dear = any(each.starts_s <= at < each.ends_s for each in dear)
        limit_a = 0.0 if is_dear else [limit for starts_s, limit in fast if starts_s <= at][-1]
        if not way or way[-1][1] != limit_a:
            way.append((at, limit_a))
    return way


def _windows(transaction: Transaction, duration_s: int, peer: Peer) -> list[_Window]:
    """The prices of the transaction's own list; none where it is not in force any more."""
    tariff = peer.known.tariff(transaction.tariff)
    if tariff is None or tariff_digest(tariff) != transaction.tariff_digest:
        return []
    timezone, end = peer.known.timezone(), peer.now + timedelta(seconds=duration_s)
    turns = [peer.now]
    while len(turns) < MOST_WINDOWS:
        turn = boundary_after(tariff, timezone, turns[-1])
        if turn is None or turn >= end:
            break
        turns.append(turn)
    return [
        _Window(_seconds(start - peer.now), _seconds(until - peer.now), rate_at(tariff, timezone, start))
        for start, until in pairwise([*turns, end])
    ]


def _seconds(delta: timedelta) -> int:
    return int(delta.total_seconds())


def _sales(windows: Sequence[_Window]) -> Mapping[str, Any] | None:
    """SalesTariff with a level for each price, 1 the lowest; None while there is one price alone."""
    prices = sorted({window.price for window in windows})
    if len(prices) < 2:
        return None
    entries = [
        {
            "relativeTimeInterval": {"start": each.starts_s, "duration": each.ends_s - each.starts_s},
            "ePriceLevel": prices.index(each.price) + 1,
        }
        for each in windows
    ]
    return {"numEPriceLevels": len(prices), "salesTariffEntry": entries}
