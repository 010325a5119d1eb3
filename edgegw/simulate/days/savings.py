"""What waiting for cheap hours came to: beside the same days without it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from edgegw.simulate.days.bill import cost
from edgegw.simulate.days.run import Course, Guest
from edgegw.simulate.days.score import SATISFIED


@dataclass(frozen=True, slots=True)
class Savings:
    """Of drivers who `told` departure and energy and whose stations follow set points: how many waited, and how many of
    those were `late`, with less than they would have had at once; what all that told paid, and would have paid."""

    told: int
    waited: int
    late: int
    paid: Decimal
    at_once: Decimal


def savings(course: Course, at_once: Course) -> Savings:
    """The same guests in both."""
    before = {(guest.key, guest.since): guest for guest in at_once.guests}
    told = [guest for guest in course.guests if guest.visit.told and guest.visit.steered]
    waited = [guest for guest in told if guest.waited_s > 0]
    others = [before[guest.key, guest.since] for guest in told]
    late = sum(_is_late(guest, before[guest.key, guest.since]) for guest in waited)
    return Savings(len(told), len(waited), late, _sum(course, told), _sum(at_once, others))


def in_words(found: Savings, currency: str) -> str:
    """In a sentence."""
    return (
        f"{found.waited} of the {found.told} who told waited for cheap hours, {found.late} of them had less by it; "
        f"together those who told paid {found.paid:,} {currency} instead of {found.at_once:,}"
    )


def _is_late(guest: Guest, at_once: Guest) -> bool:
    return guest.taken_wh < SATISFIED * at_once.taken_wh


def _sum(course: Course, guests: list[Guest]) -> Decimal:
    return sum((cost(course.site, guest) or Decimal(0) for guest in guests), Decimal(0))
