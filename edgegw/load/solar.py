"""Surplus: what the site generates and does not use, for cars that are to charge from it alone. No I/O.

Clouds pass, kettles boil. A car begins when the surplus has been enough for a while, and pauses when it has been too
little for a longer one; between, it takes its minimum, of which some then comes from the grid. What is above that
follows the surplus.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Final

from edgegw.core.allocate import MIN_CURRENT_A, Demand

STEADY_S: Final = 60.0
"""A car begins on a surplus that has been there for so long."""

PATIENCE_S: Final = 180.0
"""A surplus that has been too small for so long ends it."""

SMOOTH_S: Final = 20.0
"""Time constant of what above the minimum follows."""


class Surplus:
    """The surplus in ampere summed over the phases, as it was within the last minutes; negative when there is none."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()
        self._smooth_a: float | None = None
        self._at = 0.0

    def see(self, surplus_a: float, now: float) -> None:
        """Take what would flow to the grid if no car drew."""
        share = 1.0 if self._smooth_a is None else min(1.0, (now - self._at) / SMOOTH_S)
        self._smooth_a = surplus_a if self._smooth_a is None else self._smooth_a + share * (surplus_a - self._smooth_a)
        self._at = now
        self._seen.append((now, surplus_a))
        while now - self._seen[0][0] > PATIENCE_S:
            self._seen.popleft()

    def steady_a(self, now: float) -> float:
        """What new cars may begin on: the least within STEADY_S, nothing before it was watched for so long."""
        if not self._seen or now - self._seen[0][0] < STEADY_S:
            return 0.0
        return max(0.0, min(a for at, a in self._seen if now - at <= STEADY_S))

    def room_a(self, minimum_a: float) -> float:
        """What the cars may draw of which those that charge take `minimum_a` at least: that, as long as the surplus
        reached it within PATIENCE_S."""
        smooth_a = max(0.0, self._smooth_a or 0.0)
        if smooth_a < minimum_a and any(a >= minimum_a for _, a in self._seen):
            return minimum_a
        return smooth_a


def share(demands: list[Demand], surplus: Surplus, now: float) -> float:
    """What the cars may draw of the surplus, in ampere of one conductor.

    In `demands`, those that would have to begin on more than has been there for a while are made to rest."""
    running_a = sum(_minimum_a(demand) for demand in demands if demand.running)
    steady_a = surplus.steady_a(now) - running_a
    for index, demand in enumerate(demands):
        if not demand.running:
            steady_a -= _minimum_a(demand)
            if steady_a < 0:
                demands[index] = replace(demand, resting=True)
    return max(surplus.room_a(running_a), 0.0)


def _minimum_a(demand: Demand) -> float:
    between = demand.wiring == "line" and len(demand.phases) == 2
    return MIN_CURRENT_A * (3**0.5 if between else len(demand.phases))
