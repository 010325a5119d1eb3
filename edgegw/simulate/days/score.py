"""How a simulated site did, in figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edgegw.simulate.days.run import Course, Guest

SATISFIED: Final = 0.99
"""A driver who got so much of what was wanted is satisfied."""


@dataclass(frozen=True, slots=True)
class Score:
    """Of the cars that follow their set points: `energy_wh` is what all got of `wanted_wh`, `satisfied` the share of
    drivers that are, `jain` Jain's index of the fairness of each one's share (1: all alike), `worst` the share that all
    but the worst twentieth got; `pauses` and `changes` are per car. `overload_as` sums amperes above the breaker over
    time; `used` is how much of its binding phase the site used while a car there would have taken more."""

    cars: int
    energy_wh: float
    wanted_wh: float
    satisfied: float
    jain: float
    worst: float
    overload_as: float
    used: float
    pauses: float
    changes: float


def score(course: Course) -> Score:
    """The figures of a course. Raises ValueError for one without a car."""
    guests = [guest for guest in course.guests if guest.visit.steered]
    if not guests:
        raise ValueError("no car came")
    shares = sorted(guest.taken_wh / guest.visit.energy_wh for guest in guests)
    return Score(
        cars=len(guests),
        energy_wh=sum(guest.taken_wh for guest in guests),
        wanted_wh=sum(guest.visit.energy_wh for guest in guests),
        satisfied=sum(share >= SATISFIED for share in shares) / len(shares),
        jain=_jain(shares),
        worst=shares[len(shares) // 20],
        overload_as=_overload(course),
        used=_used(course),
        pauses=_mean(guests, "pauses"),
        changes=_mean(guests, "changes"),
    )


def _jain(shares: Sequence[float]) -> float:
    """(sum x)^2 / (n sum x^2): Jain, Chiu, Hawe, "A quantitative measure of fairness", DEC-TR-301 (1984)."""
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 1.0


def _mean(guests: Sequence[Guest], name: str) -> float:
    return float(sum(getattr(guest, name) for guest in guests) / len(guests))


def _overload(course: Course) -> float:
    """What cars that follow their set points add to an overload. A car that does not is met for a step; what it and the
    building take alone, nobody can help."""
    assert course.site.supply is not None
    limit_a = course.site.supply.limit_a
    sum_as = 0.0
    for moment in course.moments:
        for phase, cars_a in moment.cars.items():
            over_a = cars_a - moment.surprise[phase] + moment.building.get(phase, 0.0) - limit_a
            sum_as += max(0.0, min(over_a, cars_a - moment.unsteered[phase])) * course.step_s
    return round(sum_as, 3)


def _used(course: Course) -> float:
    """Of what the supply left for cars on phases where one waited, the share that flowed, on the fullest of them: the
    one that held those who waited. What cars draw that nobody steers is used as well."""
    assert course.site.supply is not None
    room_a = drawn_a = 0.0
    for moment in course.moments:
        shares = []
        for phase, waits in moment.waiting.items():
            left_a = course.site.supply.limit_a - course.site.supply.margin_a - moment.building.get(phase, 0.0)
            if waits and left_a > 0:
                shares.append((moment.cars[phase] / left_a, left_a, moment.cars[phase]))
        if shares:
            _, left_a, cars_a = max(shares)
            room_a += left_a
            drawn_a += min(left_a, cars_a)
    return drawn_a / room_a if room_a else 1.0
