"""Which cars wait for cheaper quarters of an hour, so that each is ready when its driver leaves. Pure.

A car may wait when its driver has told when he leaves and what it is to have, and when the power that is expected to be
free in the quarters that it would charge in is enough, with a margin. Nobody is late by having waited: a car that could
not be sure begins now, and what it may take is no longer free for the others. By departure, each of those that can wait
takes the cheapest quarters that bring it what it lacks, of equally cheap ones the earliest. Two of them are never
planned into one quarter unless both find all the power there that they take: shared evenly, the first would get less.

It is asked again and again, so a forecast that turns out too good starts a car while there is still the margin.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from edgegw.core.allocate import EvseKey
from edgegw.core.quarters import QUARTER_S, begin, number

READY_S: Final = 1800.0
"""A car that waits is to be ready so long before its driver leaves."""

SPARE: Final = 1.25
"""So much of what a car lacks has to fit into what is left: batteries take less towards their end, and a forecast is
one."""

STOP_SPARE: Final = 1.4
"""The same for one that charges, so that it is not stopped and started as the forecast moves."""

_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Car:
    """A car whose driver has told when he leaves (`leaves_at`) and what it lacks.

    It takes `takes_w`, no less than `least_w` if it takes anything; `prices` of a kWh are those of the running quarter
    and the following ones. `waits`: it has been waiting until now. `may_wait`: False for one that is to have no pause.
    """

    key: EvseKey
    lacks_wh: float
    leaves_at: datetime
    takes_w: float
    least_w: float
    prices: Sequence[Decimal]
    waits: bool = False
    may_wait: bool = True


@dataclass(frozen=True, slots=True)
class Wait:
    """A car waits until the quarter that begins at `until`, in UTC, when a kWh costs `price`."""

    until: datetime
    price: Decimal


def waits(at: datetime, cars: Sequence[Car], free_w: Sequence[float]) -> Mapping[EvseKey, Wait]:
    """The cars that wait now, and until when; the others charge.

    `free_w` is the power that is expected to be free for `cars` together, of the running quarter and the following
    ones; of a time beyond it nothing is known, so nothing is counted on.
    """
    first = number(at)
    charging = [car for car in cars if not car.may_wait]
    waiting = sorted((car for car in cars if car.may_wait), key=lambda car: (car.leaves_at, car.key))
    while True:
        left_w = [max(0.0, watts) for watts in free_w]
        planned: set[int] = set()
        for car in charging:
            _take_soonest(car, at, left_w)
        found: dict[EvseKey, Wait] = {}
        begin_now = []
        for car in waiting:
            chosen = _cheapest(car, at, left_w, planned)
            if chosen is None:
                begin_now.append(car)
                continue
            for quarter, watts in chosen.items():
                left_w[quarter] -= watts
            planned |= chosen.keys()
            soonest = min(chosen)
            if soonest > 0:
                found[car.key] = Wait(begin(first + soonest), car.prices[soonest])
        if not begin_now:
            return found
        charging += begin_now
        waiting = [car for car in waiting if car not in begin_now]


def _seconds(quarter: int, at: datetime, until: datetime) -> float:
    """How much of a quarter, counted from the running one, lies between two moments."""
    begins_at = begin(number(at) + quarter)
    ends_at = begins_at + timedelta(seconds=QUARTER_S)
    return max(0.0, (min(ends_at, until) - max(begins_at, at)).total_seconds())


def _take_soonest(car: Car, at: datetime, left_w: list[float]) -> None:
    """Take off what a car takes that charges from now on, in each quarter all that it can, also while there is less
    than it takes: it may have more than its share."""
    lacks_wh = car.lacks_wh * STOP_SPARE
    for quarter, free_w in enumerate(left_w):
        seconds = _seconds(quarter, at, car.leaves_at)
        if lacks_wh <= 0 or seconds <= 0:
            return
        watts = min(car.takes_w, free_w)
        left_w[quarter] = free_w - watts
        lacks_wh -= watts * seconds / _HOUR_S


def _cheapest(car: Car, at: datetime, left_w: Sequence[float], planned: Collection[int]) -> Mapping[int, float] | None:
    """The quarters in which a car would charge and with what power; None when they are not enough."""
    until = car.leaves_at - timedelta(seconds=READY_S)
    lacks_wh = car.lacks_wh * (SPARE if car.waits else STOP_SPARE)
    offers = []
    for quarter in range(min(len(left_w), len(car.prices))):
        seconds, watts = _seconds(quarter, at, until), min(car.takes_w, left_w[quarter])
        if quarter in planned and watts < car.takes_w:
            continue
        if seconds > 0 and watts >= car.least_w and watts > 0:
            offers.append((car.prices[quarter], quarter, watts, seconds))
    chosen: dict[int, float] = {}
    for _, quarter, watts, seconds in sorted(offers):
        if lacks_wh <= 0:
            break
        chosen[quarter] = watts
        lacks_wh -= watts * seconds / _HOUR_S
    return chosen if lacks_wh <= 0 and chosen else None
