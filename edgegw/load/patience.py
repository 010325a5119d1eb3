"""Whether a car can wait: what it needs until its driver comes back can be had later as well. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PRESSED_FROM: Final = 1 / 3
"""A car that needs so much of its maximum, on the mean of the time that is left, waits no longer: later it may find the
site as full as now, and nobody gets all that it can take all the time."""

CALM_BELOW: Final = 1 / 20
"""Once served, a car waits again only when next to nothing is missing: a pause for each small change would wear it."""


@dataclass(slots=True)
class Patience:
    """One car's."""

    pressed: bool = False
    """It can't wait."""

    def see(self, needs_a: float | None, max_a: float) -> bool:
        """Whether a car can wait that needs `needs_a` on the mean and takes `max_a` at most; one of which that is not
        known can't."""
        self.pressed = needs_a is None or needs_a >= max_a * (CALM_BELOW if self.pressed else PRESSED_FROM)
        return not self.pressed
