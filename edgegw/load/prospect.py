"""What is to come, as the load loop takes it from the forecast. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from edgegw.core.forecast import Error, Expected


@dataclass(frozen=True, slots=True)
class Power:
    """A power's next 24 h, what its forecasts were off by half a day ahead, and the days that they stand on."""

    expected: tuple[Expected, ...]
    error: Error | None
    days: float


@dataclass(frozen=True, slots=True)
class Prospect:
    """The next 24 h from the running quarter on: of the building, None where no meter tells it, and of the cars whose
    drivers tell nothing."""

    quarter: int
    building: Power | None
    others: Power
