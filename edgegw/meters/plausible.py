"""Is what a meter says possible? Pure, but for the counters' memory.

A wrong wire, a wrong driver, two values swapped by a late answer: all give numbers, and some a bill or a limit that
nobody can explain. What fails a check here makes its sample `suspect`, and suspect samples steer nothing.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
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
FASTEST_MARGIN: Final = 3.0
"""A counter that outruns the power that was seen by this much counts in another unit."""
MOVED_WH: Final = 20.0
"""As much has to have flowed before its direction is held against a counter that rose."""
CONVINCING: Final = 3
"""So many readings in line with each other make a new level of a counter the truth: the meter was replaced or reset."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that cannot be or hardly is: in words, and the quantities that it is about."""

    text: str
    of: frozenset[str]


def doubts(values: Mapping[str, float]) -> list[str]:
    """What is impossible or unlikely in one sample, in words; empty when nothing is."""
    return [doubt.text for doubt in found(values)]


def found(values: Mapping[str, float]) -> list[Doubt]:
    """What is impossible or unlikely in one sample."""
    return [*_of_phases(values), *_of_frequency(values), *_of_total(values)]


def _of_phases(values: Mapping[str, float]) -> Iterator[Doubt]:
    volts = {n: values[f"voltage_l{n}_v"] for n in (1, 2, 3) if f"voltage_l{n}_v" in values}
    if volts and not any(volts.values()):
        yield Doubt("every phase reads 0 V", frozenset(f"voltage_l{n}_v" for n in volts))
    for n, volt in volts.items():
        amps = abs(values.get(f"current_l{n}_a", 0.0))
        watts = abs(values.get(f"power_l{n}_w", 0.0))
        if (volt == 0 and amps > DEAD_PHASE_A) or (volt != 0 and not VOLTS[0] <= volt <= VOLTS[1]):
            yield Doubt(f"L{n} reads {volt:.4g} V at {amps:.4g} A", frozenset({f"voltage_l{n}_v"}))
        elif watts > POWER_MARGIN * volt * amps + POWER_SLACK_W and f"current_l{n}_a" in values:
            of = frozenset({f"voltage_l{n}_v", f"current_l{n}_a", f"power_l{n}_w"})
            yield Doubt(f"L{n} reads {watts:.5g} W, but {volt:.4g} V and {amps:.4g} A", of)


def _of_frequency(values: Mapping[str, float]) -> Iterator[Doubt]:
    hertz = values.get("frequency_hz")
    if hertz is not None and not HERTZ[0] < hertz < HERTZ[1]:
        yield Doubt(f"the frequency reads {hertz:.4g} Hz", frozenset({"frequency_hz"}))


def _of_total(values: Mapping[str, float]) -> Iterator[Doubt]:
    phases = [values.get(f"power_l{n}_w") for n in (1, 2, 3)]
    total, known = values.get("power_w"), [phase for phase in phases if phase is not None]
    if total is None or len(known) < len(phases):
        return
    # The widest difference of honest meters: their total and their phases come from different moments.
    apart = abs(total - sum(known))
    if apart > TOTAL_MARGIN * sum(abs(phase) for phase in known) + POWER_SLACK_W:
        of = frozenset({"power_w", "power_l1_w", "power_l2_w", "power_l3_w"})
        yield Doubt(f"the total reads {total:.5g} W, the phases together {sum(known):.5g} W", of)


def movement(first: Mapping[str, float], last: Mapping[str, float], mean_w: float, seconds: float) -> list[Doubt]:
    """What is wrong with how the counters went from `first` to `last` in `seconds` of `mean_w`, import positive.

    A counter that has not moved says nothing: it may count in steps of 1 kWh, or move once a minute only.
    """
    due = mean_w * seconds / 3600
    told = []
    for quantity, ahead in (("import_wh", due), ("export_wh", -due)):
        if quantity not in first or quantity not in last:
            continue
        rose = last[quantity] - first[quantity]
        if rose < 0:
            text = f"{quantity} fell by {-rose:.0f} Wh"
        elif rose > STEP_WH + FASTEST_MARGIN * max(0.0, ahead):
            text = f"{quantity} rose by {rose:.0f} Wh where {mean_w:.0f} W make {max(0.0, ahead):.0f} Wh"
        elif rose > 0 and ahead < -MOVED_WH:
            text = f"{quantity} rose by {rose:.0f} Wh while power was {mean_w:.0f} W the other way"
        else:
            continue
        told.append(Doubt(text, frozenset({quantity})))
    return told


@dataclass(slots=True)
class Counters:
    """Watches the energy counters of one meter, which only rise and not faster than a site can draw.

    `saved_s` is `Driver.counters_saved_s`: after a power cut they may stand where they were that long before.
    """

    saved_s: float = 0.0
    _last: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Quantity -> (value in Wh, monotonic s) that later ones are held against."""
    _odd: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    """Quantity -> (value, monotonic s, how many in line with each other) of a level that is not believed yet."""
    _past: dict[str, deque[tuple[float, float]]] = field(default_factory=dict)
    """Quantity -> (value, monotonic s) of the last `saved_s` and one before, oldest first; empty without `saved_s`."""

    def doubts(self, values: Mapping[str, float], now: float) -> list[str]:
        """What is impossible in the counters of `values`, read at the monotonic time `now`."""
        found = []
        for quantity, wh in values.items():
            if not quantity.endswith("_wh"):
                continue
            last = self._last.get(quantity)
            if last is None or _follows(last[0], last[1], wh, now) or self._saved(quantity) <= wh < last[0]:
                self._believe(quantity, wh, now)
                continue
            odd = self._odd.get(quantity)
            seen = odd[2] + 1 if odd is not None and _follows(odd[0], odd[1], wh, now) else 1
            self._odd[quantity] = (wh, now, seen)
            if seen >= CONVINCING:
                self._believe(quantity, wh, now)
            found.append(f"{quantity} went from {last[0]:.0f} to {wh:.0f} Wh in {now - last[1]:.0f} s")
        return found

    def _believe(self, quantity: str, wh: float, now: float) -> None:
        last = self._last.get(quantity)
        self._last[quantity] = (wh, now)
        self._odd.pop(quantity, None)
        if not self.saved_s:
            return
        past = self._past.setdefault(quantity, deque())
        if last is not None and wh < last[0]:
            past.clear()
        past.append((wh, now))
        while len(past) > 1 and past[1][1] <= now - self.saved_s:
            past.popleft()

    def _saved(self, quantity: str) -> float:
        """The lowest value that the meter may have saved last."""
        past = self._past.get(quantity)
        return past[0][0] if past else math.inf


def _follows(wh: float, at: float, later_wh: float, later_at: float) -> bool:
    return 0 <= later_wh - wh <= STEP_WH + FASTEST_WH_S * (later_at - at)
