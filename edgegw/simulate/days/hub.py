"""A site to simulate: one made up, or the installer's own, with a building beside it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from edgegw.model.site import PHASES, ChargingStation, Connector, Evse, Phase, Site, Strategy, Supply

Building = Callable[[float], Mapping[Phase, float]]
"""Ampere per phase at a second."""

BUSY: Final = (
    0.30, 0.28, 0.27, 0.27, 0.28, 0.34, 0.45, 0.62, 0.80, 0.92, 0.97, 1.0, 0.95, 0.94, 0.98, 0.97, 0.92, 0.88, 0.86,
    0.80, 0.68, 0.55, 0.42, 0.35,
)  # fmt: skip
"""A building's day by the hour, to scale."""


def made_up(connectors: int, cap_kw: float, *, strategy: Strategy = "fair", voltage_v: float = 230.0) -> Site:
    """A hub of so many EVSEs on a supply that carries `cap_kw` beside the building: every third on one phase (7.4 kW),
    the others on three (11 or 22 kW), phases rotated."""
    stations = {}
    for number in range(connectors):
        name = f"CP{number + 1:02}"
        turned = tuple(PHASES[(number + n) % 3] for n in range(3))
        phases: tuple[Phase, ...] = turned[:1] if number % 3 == 2 else turned
        evse = Evse(name, 1, 16.0 if number % 3 == 1 else 32.0, phases, connectors=(Connector(1, "cType2"),))
        stations[name] = ChargingStation(name, name, (evse,))
    limit_a = cap_kw * 1000 / (3 * voltage_v)
    return Site(
        "made-up", "Made up", currency="EUR", stations=stations, strategy=strategy,
        supply=Supply(limit_a=limit_a, voltage_v=voltage_v),
    )  # fmt: skip


def capped(site: Site, cap_kw: float) -> Site:
    """The installer's site on a supply of so much instead of its own."""
    supply = site.supply or Supply(limit_a=1.0)
    return replace(site, supply=replace(supply, limit_a=cap_kw * 1000 / (supply.phases * supply.voltage_v)))


def building(most_a: float, seed: int) -> Building:
    """A building that draws up to `most_a` per phase: a day's wave, and machines that run for minutes."""
    chance = random.Random(seed)
    share = {phase: chance.uniform(0.5, 0.7) for phase in PHASES}
    machines = [
        (phase, chance.uniform(1200, 5400), chance.uniform(0, 5400), chance.uniform(0.1, 0.25)) for phase in PHASES * 2
    ]

    def draws(at_s: float) -> Mapping[Phase, float]:
        hour = at_s / 3600.0 % 24
        low, high = BUSY[int(hour)], BUSY[(int(hour) + 1) % 24]
        busy = (low + (high - low) * (hour % 1)) * (0.5 if int(at_s // 86400) % 7 >= 5 else 1.0)
        found = {phase: share[phase] * busy for phase in PHASES}
        for phase, period_s, lag_s, size in machines:
            if math.fmod(at_s + lag_s, period_s) < 0.35 * period_s and 7 <= hour < 21:
                found[phase] += size
        return {phase: most_a * min(1.0, part) for phase, part in found.items()}

    return draws
