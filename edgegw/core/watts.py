"""Limits in watts at a station that may give all of them to one phase. Pure.

Some stations take no amperes. What is meant as so many amperes on each of an EVSE's phases is told them as a power, and
a car that uses fewer phases may draw all of it there: three times as much on one of three. Only what the EVSE can give
at all bounds that (docs/decisions/0118).
"""

from __future__ import annotations

from math import ceil
from typing import Final

VOLTAGE_SHARE: Final = 0.9
"""A supply may be so much below its nominal voltage (EN 50160); fewer volts for the same watts are more amperes."""

_WHOLE: Final = 100
_LEAST_A: Final = 6.0


def on_one_phase_a(limit_a: float, phases: int, max_a: float) -> float:
    """The most that may flow on one conductor by a limit of `limit_a` on each of `phases`, at an EVSE of `max_a`."""
    return max(limit_a, min(limit_a * phases, max_a))


def spread(limit_a: float, phases: int, max_a: float) -> int:
    """The same in hundredths of the limit, rounded up: what an ampere of just this limit takes of each phase."""
    if limit_a <= 0:
        return _WHOLE
    return ceil(on_one_phase_a(limit_a, phases, max_a) / limit_a * _WHOLE - 1e-6)


def steepest(phases: int, max_a: float) -> int:
    """What an ampere of any limit from 6 A on takes of each phase at most, in hundredths."""
    return spread(_LEAST_A, phases, max_a)
