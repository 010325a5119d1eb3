"""Quarters of an hour, by number since 1970, and what flowed in each, by readings and by registers. Pure.

Every zone's clock is a whole number of quarters from UTC, so a quarter here is one of the wall clock's as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from math import isfinite
from typing import Final

QUARTER_S: Final = 900
DAY: Final = 96
"""Quarters of a day without a change of summer time."""

HOLDS_S: Final = 120.0
"""A reading tells of the time until the next one, but no longer than this."""

KNOWN: Final = 0.5
"""So much of a quarter has to be told for its mean to count."""


def number(at: datetime) -> int:
    """The quarter that a moment lies in."""
    return int(at.timestamp() // QUARTER_S)


def begin(quarter: int) -> datetime:
    """When a quarter begins, in UTC."""
    return datetime.fromtimestamp(quarter * QUARTER_S, UTC)


def mean(readings: Sequence[tuple[datetime, float]], quarter: int) -> float | None:
    """The mean of a quarter by `readings` in order of time, each of which holds until the next one; those before it
    count as far as they reach into it. None when less than half of it is told."""
    first_s = quarter * QUARTER_S
    known_s = product = 0.0
    for index, (at, value) in enumerate(readings):
        begins_s = at.timestamp()
        next_s = readings[index + 1][0].timestamp() if index + 1 < len(readings) else float("inf")
        held_s = min(next_s, begins_s + HOLDS_S, first_s + QUARTER_S) - max(begins_s, first_s)
        if held_s > 0 and isfinite(value):
            known_s += held_s
            product += value * held_s
    return product / known_s if known_s >= KNOWN * QUARTER_S else None


def spread(registers: Iterable[tuple[datetime, int]], into: dict[int, float]) -> None:
    """Add what a register rose to the quarters in which it did, in Wh: evenly between two readings. One that falls or
    is not later than the one before it tells nothing."""
    for (at, wh), (later, above) in pairwise(registers):
        begins_s, ends_s = at.timestamp(), later.timestamp()
        if ends_s <= begins_s or above <= wh:
            continue
        watts = (above - wh) / (ends_s - begins_s)
        for quarter in range(int(begins_s // QUARTER_S), int(-(-ends_s // QUARTER_S))):
            inside_s = min(ends_s, (quarter + 1) * QUARTER_S) - max(begins_s, quarter * QUARTER_S)
            into[quarter] = into.get(quarter, 0.0) + watts * inside_s


def mean_w(energies: Mapping[int, float], quarter: int) -> float:
    """The mean power of a quarter in which so many Wh flowed."""
    return energies.get(quarter, 0.0) * 3600.0 / QUARTER_S
