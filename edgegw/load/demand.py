"""Contracted demand: the mean power of a quarter of an hour by the clock, which a supplier bills. No I/O.

What counts is the energy of each quarter (in Brazil, Germany and most of Europe by the meter's own clock, which is that
of the wall). So what one part of a quarter leaves, the rest may have; and what it took too much, the rest has to save.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

QUARTER_S: Final = 900.0
LEAST_LEFT_S: Final = 60.0
"""What is left or missing is not pressed into less than this much of a quarter: the next begins with nothing, and cars
take seconds to follow."""

SHARE: Final = 0.99
"""So much of the contracted demand is used: the supplier's meter is another one, and its clock is as well."""


class Quarter:
    """The energy of the running quarter, and what may be drawn for the rest of it."""

    def __init__(self) -> None:
        self._begun_at: datetime | None = None
        self._drawn_ws = 0.0
        self._at: datetime | None = None
        self._power_w = 0.0

    def see(self, power_w: float | None, at: datetime, unread_w: float) -> None:
        """Take the supply's net power at `at`; None when no meter tells it: then `unread_w` counts, the contracted
        demand itself, so that what is not known is never taken for room."""
        begun_at = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
        if self._begun_at != begun_at:
            # Of a quarter that was not watched from its beginning, the first part counts as the contract allows.
            passed_s = (at - begun_at).total_seconds()
            whole = self._begun_at is not None and begun_at - self._begun_at == timedelta(seconds=QUARTER_S)
            self._drawn_ws = (self._power_w if whole else unread_w) * passed_s
            self._begun_at = begun_at
        elif self._at is not None:
            self._drawn_ws += self._power_w * max(0.0, (at - self._at).total_seconds())
        self._at, self._power_w = at, unread_w if power_w is None else power_w

    def allowed_w(self, limit_w: float) -> float:
        """The power that may be drawn from now on so that the quarter's mean stays within `limit_w`, a part of it as a
        margin; never less than 0."""
        if self._at is None or self._begun_at is None:
            return SHARE * limit_w
        left_s = max(LEAST_LEFT_S, QUARTER_S - (self._at - self._begun_at).total_seconds())
        return max(0.0, (SHARE * limit_w * QUARTER_S - self._drawn_ws) / left_s)
