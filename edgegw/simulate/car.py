"""A car at a cable: what its battery takes, and how its charger follows the current that a station offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MIN_A: Final = 6.0
"""Less cannot be signalled to a car (IEC 61851-1, table A.8), so it is a pause."""

DOWN_A_S: Final = 10.0
"""How fast a car gives current up. IEC 61851-1 allows 5 s to follow a lower limit; from 32 A this takes 3.2 s."""

UP_A_S: Final = 4.0
"""How fast a car takes more current."""

TAPER_FROM: Final = 0.8
"""State of charge above which the battery takes less and less."""

TAPER_END: Final = 0.08
"""Share of the full current that a battery takes just before it is full."""


@dataclass(slots=True)
class Car:
    """A car with its battery. `soc` is the state of charge, 0 to 1; `phases` how many its charger uses, 1 to 3.

    `haste` is how many times faster the battery fills than the energy that comes in would fill it, so that a minute
    shows a whole charge; what the station measures stays true.
    """

    capacity_wh: float = 50_000.0
    soc: float = 0.3
    max_a: float = 32.0
    phases: int = 3
    haste: float = 1.0
    target_soc: float = 1.0
    """Where the car itself stops."""

    def wanted_a(self) -> float:
        """The current per phase that the battery takes now: all up to 80 %, then linearly less, 0 when it is full."""
        if self.soc >= self.target_soc:
            return 0.0
        if self.soc <= TAPER_FROM:
            return self.max_a
        left = (1.0 - self.soc) / (1.0 - TAPER_FROM)
        return self.max_a * (TAPER_END + (1.0 - TAPER_END) * max(0.0, left))

    def follow(self, drawn_a: float, offered_a: float, dt_s: float) -> float:
        """The current per phase after `dt_s` seconds at an offer of `offered_a`; `drawn_a` flows now."""
        wanted = min(self.wanted_a(), offered_a) if offered_a >= MIN_A else 0.0
        if wanted < drawn_a:
            return max(wanted, drawn_a - DOWN_A_S * dt_s)
        return min(wanted, drawn_a + UP_A_S * dt_s)

    def take(self, energy_wh: float) -> None:
        """Put energy into the battery."""
        self.soc = min(1.0, self.soc + self.haste * energy_wh / self.capacity_wh)
