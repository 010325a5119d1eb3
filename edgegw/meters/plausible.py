"""Is what a meter says possible? Pure, but for the counters' memory.

A wrong wire, a wrong driver, two values swapped by a late answer: all give numbers, and some a bill or a limit that
nobody can explain. What fails a check here makes its sample `suspect`, and suspect samples steer nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

VOLTS: Final = (80.0, 300.0)
"""Phase to neutral, from a sagging 100 V grid to a high 277 V one."""
HERTZ: Final = (45.0, 65.0)
DEAD_PHASE_A: Final = 0.5
"""A phase without voltage that carries more than this is misread; with less it is not connected, or out."""
POWER_MARGIN: Final = 1.05
POWER_SLACK_W: Final = 20.0
TOTAL_MARGIN: Final = 0.02
FASTEST_WH_S: Final = 1e6 / 3600
"""A megawatt: no site of up to a hundred stations counts faster."""
STEP_WH: Final = 1000
"""The coarsest step of a counter in the field."""
CONVINCING: Final = 3
"""So many readings in line with each other make a new level of a counter the truth: the meter was replaced or reset."""


def doubts(values: Mapping[str, float]) -> list[str]:
    """What is impossible or unlikely in one sample, in words; empty when nothing is."""
    found = []
    volts = {n: values[f"voltage_l{n}_v"] for n in (1, 2, 3) if f"voltage_l{n}_v" in values}
    if volts and not any(volts.values()):
        found.append("every phase reads 0 V")
    for n, volt in volts.items():
        amps = abs(values.get(f"current_l{n}_a", 0.0))
        watts = abs(values.get(f"power_l{n}_w", 0.0))
        if (volt == 0 and amps > DEAD_PHASE_A) or (volt != 0 and not VOLTS[0] <= volt <= VOLTS[1]):
            found.append(f"L{n} reads {volt:.4g} V at {amps:.4g} A")
        elif watts > POWER_MARGIN * volt * amps + POWER_SLACK_W and f"current_l{n}_a" in values:
            found.append(f"L{n} reads {watts:.5g} W, but {volt:.4g} V and {amps:.4g} A")
    hertz = values.get("frequency_hz")
    if hertz is not None and not HERTZ[0] < hertz < HERTZ[1]:
        found.append(f"the frequency reads {hertz:.4g} Hz")
    phases = [values.get(f"power_l{n}_w") for n in (1, 2, 3)]
    total, known = values.get("power_w"), [phase for phase in phases if phase is not None]
    # The widest difference of honest meters: their total and their phases come from different moments.
    if total is not None and len(known) == 3:
        apart = abs(total - sum(known))
        if apart > TOTAL_MARGIN * sum(abs(phase) for phase in known) + POWER_SLACK_W:
            found.append(f"the total reads {total:.5g} W, the phases together {sum(known):.5g} W")
    return found


@dataclass(slots=True)
class Counters:
    """Watches the energy counters of one meter, which only rise and not faster than a site can draw."""

    _last: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Quantity -> (value in Wh, monotonic s) that later ones are held against."""
    _odd: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    """Quantity -> (value, monotonic s, how many in line with each other) of a level that is not believed yet."""

    def doubts(self, values: Mapping[str, float], now: float) -> list[str]:
        """What is impossible in the counters of `values`, read at the monotonic time `now`."""
        found = []
        for quantity, wh in values.items():
            if not quantity.endswith("_wh"):
                continue
            last = self._last.get(quantity)
            if last is None or _follows(last[0], last[1], wh, now):
                self._last[quantity] = (wh, now)
                self._odd.pop(quantity, None)
                continue
            odd = self._odd.get(quantity)
            seen = odd[2] + 1 if odd is not None and _follows(odd[0], odd[1], wh, now) else 1
            self._odd[quantity] = (wh, now, seen)
            if seen >= CONVINCING:
                self._last[quantity] = (wh, now)
                del self._odd[quantity]
            found.append(f"{quantity} went from {last[0]:.0f} to {wh:.0f} Wh in {now - last[1]:.0f} s")
        return found


def _follows(wh: float, at: float, later_wh: float, later_at: float) -> bool:
    return 0 <= later_wh - wh <= STEP_WH + FASTEST_WH_S * (later_at - at)
