"""A site where nothing is alike: cars on one phase at EVSEs that have three, EVSEs between two phases, feeders below
feeders, and stations that tell of their cars what they like."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from edgegw.core.allocate import EvseKey, Place
from edgegw.model.site import PHASES, Phase, Wiring
from tests.load.world import CHANGE_S, VOLTAGE_V, World

Tells = Literal["each", "first", "one", "power", "tenfold", "nothing"]
"""What a station tells of its car's current: of each phase; all of it on its first terminal and 0 A on the others; of
its first terminal alone; power and no current; each ten times over; nothing."""

Spot = tuple[tuple[Phase, ...], Wiring, str]
"""An EVSE: its phases, its wiring, its circuit."""

MIXED: tuple[tuple[Spot, ...], ...] = (
    ((PHASES, "neutral", "main"), (("L1",), "neutral", "row"), (("L2", "L3"), "neutral", "end"),
     (PHASES, "neutral", "end")),
    ((PHASES, "neutral", "row"), (("L2", "L3", "L1"), "neutral", "end"), (("L3", "L1", "L2"), "neutral", "end"),
     (PHASES, "neutral", "main")),
    ((("L1", "L2"), "line", "row"), (("L2", "L3"), "line", "end"), (("L3", "L1"), "line", "main"),
     (("L1",), "neutral", "row")),
    ((("L1",), "neutral", "end"), (("L2",), "neutral", "end"), (("L1", "L2"), "line", "end"),
     (PHASES, "neutral", "end")),
)  # fmt: skip


@dataclass
class MixedWorld(World):
    tells: dict[EvseKey, Tells] = field(default_factory=dict)

    def _measure(self) -> None:
        super()._measure()
        if self.meter_works:
            for role, identity in self.roles.items():
                if role == "building":
                    self._observe(f"meters/{identity}", {phase: self.building[phase] for phase in self.phases})
                elif role.startswith("circuit:"):
                    circuit = role.removeprefix("circuit:")
                    self._observe(f"meters/{identity}", {phase: self._cars((circuit, phase)) for phase in self.phases})
        if round(self.now) % self.readings_every_s == 0:
            for key, tells in self.tells.items():
                self._tell(key, tells)

    def _tell(self, key: EvseKey, tells: Tells) -> None:
        place, source = self.evses[key], f"stations/{key[0]}/{key[1]}"
        if not place.online or place.transaction is None or tells == "each":
            return
        drawn = {phase: place.drawn_a for phase in place.evse.phases if place.uses(phase)}
        conductors = 3**0.5 if place.evse.wiring == "line" else len(drawn)
        power: dict[str, Any] = {"power_w": VOLTAGE_V * conductors * place.drawn_a}
        first = place.evse.phases[0]
        if tells == "first":
            self._observe(source, dict.fromkeys(place.evse.phases, 0.0) | {first: place.drawn_a}, **power)
        elif tells == "one":
            self._observe(source, {first: place.drawn_a}, **power)
        elif tells == "power":
            self._observe(source, {}, **power)
        elif tells == "tenfold":
            self._observe(source, {phase: 10 * a for phase, a in drawn.items()})
        else:
            self.samples.pop(source, None)

    def most(self, place: Place) -> float:
        """What may flow there, as in any world; but a car never draws more than it can, whatever its station allows."""
        sum_a = self.building.get(place[1], 0.0) if place[0] == "main" else 0.0
        for each in self._on(place):
            if each.transaction is not None:
                sum_a += max(min(each.limit_a(self.now), 0.0 if each.full else each.car_a), each.drawn_a)
            elif self.now - each.ended_at > CHANGE_S:
                sum_a += each.limit_a(self.now)
        return sum_a
