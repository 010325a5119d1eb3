"""The physics of a site: cars at EVSEs, a building, the grid that feeds both, and what meters see of it. No I/O.

Currents are complex numbers (RMS amperes against the phase voltages, which stand 120 degrees apart), because a car
between two phases draws a current that is in line with neither of them: sums of magnitudes would be wrong. Time moves
by `step` alone, and everything random comes from a seed.
"""

from __future__ import annotations

import cmath
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from edgegw.simulate.car import Car

Phase = Literal["L1", "L2", "L3"]
PHASES: Final[tuple[Phase, Phase, Phase]] = ("L1", "L2", "L3")

_UNIT: Final = {phase: cmath.rect(1.0, -2.0 * math.pi * n / 3.0) for n, phase in enumerate(PHASES)}
"""Direction of each phase's voltage to neutral."""

SOURCE_OHM: Final = 0.04
"""Impedance of the grid as the site sees it, per phase: 60 A cost 2.4 V."""


@dataclass(slots=True)
class Place:
    """An EVSE: its wiring, what is plugged in, what it lets through, and its register.

    `phases` are the site phases on its terminals, in order; `line` is one load between two of them. `closed` says that
    the contactor may close, `offered_a` is the current that the pilot signals to the car.
    """

    number: int = 1
    phases: tuple[Phase, ...] = PHASES
    line: bool = False
    max_a: float = 32.0
    car: Car | None = None
    closed: bool = False
    offered_a: float = 0.0
    register_wh: float = 0.0
    drawn_a: float = 0.0
    """Current per used phase that flows now."""
    power_w: float = 0.0
    volts: tuple[float, ...] = ()
    """Voltage at each terminal; of a load between two phases the one voltage between them."""

    @property
    def terminals(self) -> int:
        """How many phases a car finds here: a load between two phases is single-phase to it."""
        return 1 if self.line else len(self.phases)

    @property
    def used(self) -> int:
        """How many of the terminals the car uses; 0 without a car."""
        return min(self.car.phases, self.terminals) if self.car is not None else 0

    def currents_a(self) -> tuple[float, ...]:
        """The current at each terminal."""
        return tuple(self.drawn_a if n < self.used else 0.0 for n in range(self.terminals))

    def step(self, dt_s: float, volts: dict[Phase, float]) -> dict[Phase, complex]:
        """Move `dt_s` seconds on at these voltages; the current phasor of each site phase that then carries one."""
        offered = min(self.offered_a, self.max_a) if self.closed else 0.0
        self.drawn_a = self.car.follow(self.drawn_a, offered, dt_s) if self.car is not None else 0.0
        flows: dict[Phase, complex] = {}
        if self.line:
            first, second = self.phases
            between = volts[first] * _UNIT[first] - volts[second] * _UNIT[second]
            current = self.drawn_a * between / abs(between)
            flows = {first: current, second: -current}
            self.volts = (abs(between),)
            self.power_w = abs(between) * self.drawn_a
        else:
            self.volts = tuple(volts[phase] for phase in self.phases)
            flows = {phase: self.drawn_a * _UNIT[phase] for phase in self.phases[: self.used]}
            self.power_w = sum(volts[phase] * self.drawn_a for phase in flows)
        energy_wh = self.power_w * dt_s / 3600.0
        self.register_wh += energy_wh
        if self.car is not None:
            self.car.take(energy_wh)
        return flows


class Building:
    """What else hangs on the supply: a base load, a slow daily wave, and compressors that go on and off.

    `base_a` is the mean current per phase; what it draws stays between 0 and `most_a`.
    """

    POWER_FACTOR: float = 0.94

    def __init__(self, base_a: float, *, most_a: float | None = None, seed: int = 1) -> None:
        chance = random.Random(seed)
        self._base_a = base_a
        self._most_a = 2.0 * base_a if most_a is None else most_a
        self._waves = {
            phase: [(chance.uniform(40, 900), chance.uniform(0, 2 * math.pi), chance.uniform(0.03, 0.08))
                    for _ in range(4)]
            for phase in PHASES
        }  # fmt: skip
        self._share = {phase: chance.uniform(0.85, 1.15) for phase in PHASES}
        self._compressors = [
            (phase, chance.uniform(45, 120), chance.uniform(0, 60), chance.uniform(0.1, 0.2)) for phase in PHASES
        ]

    def current_a(self, phase: Phase, at_s: float) -> float:
        """What a phase draws `at_s` seconds after the world began."""
        share = self._share[phase]
        share += sum(size * math.sin(2 * math.pi * at_s / period + lag) for period, lag, size in self._waves[phase])
        for where, period, lag, size in self._compressors:
            if where == phase and (at_s + lag) % period < 0.4 * period:
                share += size
        return min(self._most_a, max(0.0, self._base_a * share))


@dataclass(slots=True)
class Feeder:
    """What a meter sees of the loads behind it. Three values each: L1, L2, L3. Import counts positive."""

    places: tuple[Place, ...]
    building: bool
    volts: list[float] = field(default_factory=lambda: [0.0] * 3)
    amps: list[float] = field(default_factory=lambda: [0.0] * 3)
    watts: list[float] = field(default_factory=lambda: [0.0] * 3)
    vars: list[float] = field(default_factory=lambda: [0.0] * 3)
    import_wh: list[float] = field(default_factory=lambda: [0.0] * 3)
    neutral_a: float = 0.0

    def see(self, volts: dict[Phase, float], flows: dict[Phase, complex], dt_s: float) -> None:
        for n, phase in enumerate(PHASES):
            power = volts[phase] * _UNIT[phase] * flows[phase].conjugate()
            self.volts[n], self.amps[n] = volts[phase], abs(flows[phase])
            self.watts[n], self.vars[n] = power.real, power.imag
            self.import_wh[n] += max(0.0, power.real) * dt_s / 3600.0
        self.neutral_a = abs(sum(flows.values()))


class World:
    """A grid of `voltage_v` per phase, `places` and perhaps a building on it, and the feeders that meters watch."""

    def __init__(
        self, places: Iterable[Place], *, voltage_v: float = 230.0, building: Building | None = None, haste: float = 1.0
    ) -> None:
        self.places = tuple(places)
        self.at_s = 0.0
        self._voltage_v = voltage_v
        self._building = building
        self._haste = haste
        self._flows: dict[Phase, complex] = dict.fromkeys(PHASES, 0j)
        self._feeders: list[Feeder] = []

    def feeder(self, places: Sequence[Place] | None = None, *, building: bool = True) -> Feeder:
        """A point where a meter sits: before all places, or before some of them; with the building or without."""
        feeder = Feeder(self.places if places is None else tuple(places), building)
        self._feeders.append(feeder)
        self.step(0.0)  # a meter that is read at once finds a grid that lives
        return feeder

    def step(self, dt_s: float) -> None:
        """Move `dt_s` seconds on. Steps of a second and less follow the cars' ramps well."""
        self.at_s += dt_s
        volts = {
            phase: self._voltage_v
            * (1.0 + 0.004 * math.sin(2 * math.pi * self.at_s / 97.0 + n))
            - SOURCE_OHM * abs(self._flows[phase])
            for n, phase in enumerate(PHASES)
        }  # fmt: skip
        drawn = [(place, place.step(dt_s, volts)) for place in self.places]
        building = dict.fromkeys(PHASES, 0j)
        if self._building is not None:
            lag = cmath.rect(1.0, -math.acos(self._building.POWER_FACTOR))
            for phase in PHASES:
                amps = self._building.current_a(phase, self.at_s * self._haste)
                building[phase] = amps * lag * _UNIT[phase]
        self._flows = _total([*(flows for _, flows in drawn), building])
        for feeder in self._feeders:
            behind = [flows for place, flows in drawn if any(place is each for each in feeder.places)]
            feeder.see(volts, _total([*behind, *([building] if feeder.building else [])]), dt_s)


def _total(parts: Iterable[dict[Phase, complex]]) -> dict[Phase, complex]:
    total: dict[Phase, complex] = dict.fromkeys(PHASES, 0j)
    for part in parts:
        for phase, current in part.items():
            total[phase] += current
    return total
