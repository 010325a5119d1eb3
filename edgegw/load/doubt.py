"""A phase that stays above its breaker, though all that are counted on it have been told. No I/O; monotonic seconds.

What stations say is not what cars draw, and what the file says is not how they are wired. Only a meter can tell. A
phase that it shows above its breaker for longer than cars may take to follow has an *alarm*: whoever is counted on it
pauses, as nobody knows whose car it is that draws on.

If there are cars below that circuit that are counted on other phases, one of them may be wired otherwise than the file
says; a station's own readings can't show that, as they have the phases of its terminals. Then the circuit is in
*doubt*: every car below it counts on every phase. That may be wrong, as the building alone can be too much. A doubt
that does not help is taken back; one that does ends after a while, and is longer each time that it comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from edgegw.core.allocate import Place

PATIENCE_S: Final = 7.0
"""A phase that is above its breaker for so long is not brought down by what was told: within 2 s the stations have
taken it, and within 5 more the cars have followed (IEC 61851-1)."""

HELPS_S: Final = 15.0
"""If a phase is still above its breaker after this much more, the cars were not it."""

LASTS_S: Final = 900.0
MOST_S: Final = 8 * 3600.0
"""If it helped, the doubt lasts so long, and each time that it comes back twice as long, up to the second."""

REFUTED_S: Final = 900.0
"""Of cars that were not it nothing is thought for so long."""

OVER_A: Final = 0.5
"""So much above a breaker is none: what meters may be off by."""


@dataclass(slots=True)
class _Circuit:
    over_since: float | None = None
    doubted_at: float | None = None
    seen_over_at: float = 0.0
    quiet_until: float = float("-inf")
    lasts_s: float = LASTS_S / 2
    place: Place | None = None


class Doubt:
    """Remembers between turns. `places` are those that brought circuits into doubt, by circuit; `alarms` those that
    have stayed above their breaker."""

    def __init__(self) -> None:
        self._circuits: dict[str, _Circuit] = {}
        self._over: dict[Place, float] = {}
        self.places: dict[str, Place] = {}
        self.alarms: frozenset[Place] = frozenset()

    def look(
        self,
        measured: Mapping[Place, float],
        breakers: Mapping[str, float],
        suspects: Callable[[Place], bool],
        now: float,
    ) -> None:
        """Take what meters read that can be trusted now, against the `breakers` in ampere by circuit. `suspects` tells
        whether cars charge below a circuit that are not counted on its phase."""
        over: dict[str, Place] = {}
        for place, a in measured.items():
            if place[0] in breakers and a > breakers[place[0]] + OVER_A:
                self._over.setdefault(place, now)
                over.setdefault(place[0], place)
            else:
                self._over.pop(place, None)
        self.alarms = frozenset(place for place, since in self._over.items() if now - since >= PATIENCE_S)
        for name in {circuit for circuit, _ in measured}:
            circuit = self._circuits.setdefault(name, _Circuit())
            self._judge(circuit, over.get(name), suspects, now)
        self.places = {
            circuit: each.place
            for circuit, each in self._circuits.items()
            if each.doubted_at is not None and each.place is not None
        }

    def _judge(self, circuit: _Circuit, over: Place | None, suspects: Callable[[Place], bool], now: float) -> None:
        if over is None:
            circuit.over_since = None
        else:
            circuit.over_since = now if circuit.over_since is None else circuit.over_since
            circuit.seen_over_at = now
        lasts_s = 0.0 if circuit.over_since is None else now - circuit.over_since
        if circuit.doubted_at is None:
            if over is not None and lasts_s >= PATIENCE_S and now >= circuit.quiet_until and suspects(over):
                circuit.doubted_at, circuit.place, circuit.lasts_s = now, over, min(MOST_S, 2 * circuit.lasts_s)
        elif over is not None and now - circuit.doubted_at >= HELPS_S and lasts_s >= HELPS_S:
            circuit.doubted_at, circuit.quiet_until = None, now + REFUTED_S
        elif now - circuit.seen_over_at >= circuit.lasts_s:
            circuit.doubted_at = None
