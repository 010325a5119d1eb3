"""Who does not keep to it: cars that draw more than their station accepted, and phases above their breaker. No I/O.

Each is told once when it begins and can be told again only after it has stayed away for a while.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from edgegw.core.allocate import EvseKey, Place
from edgegw.load.held import OBEY_S, Held
from edgegw.load.view import SeenEvse
from edgegw.model.facts import OverloadSeen

LASTS_S: Final = 10.0
"""Drawing too much counts when it lasts so long; it and an overload have ended when they stay away so long."""

OVER_A: Final = 1.0
OVER_SHARE: Final = 0.05
"""Above a limit is what exceeds it by more than both together: what meters and cars may be off by."""


class Judge:
    """Remembers between turns since when something is so."""

    def __init__(self) -> None:
        self._over: dict[EvseKey, float] = {}
        self._calm: dict[EvseKey, float] = {}
        self._overloads: dict[Place, float] = {}

    def forget(self, key: EvseKey) -> None:
        """Another transaction begins at an EVSE."""
        self._over.pop(key, None)
        self._calm.pop(key, None)

    def disobeys(self, key: EvseKey, evse: SeenEvse, held: Held, now: float) -> str | None:
        """Judge what a car draws, by readings from after its limit settled, into `held.over`; in words when that is
        new."""
        if evse.reading is None or held.accepted_a is None or not held.rules(now) or held.sending_a is not None:
            return None
        if evse.read_at < held.changed_at + OBEY_S:
            return None
        drawn_a = evse.taken_a
        if drawn_a > held.accepted_a * (1 + OVER_SHARE) + OVER_A:
            self._calm.pop(key, None)
            if evse.read_at - self._over.setdefault(key, evse.read_at) >= LASTS_S and not held.over:
                held.over = True
                return f"it draws {drawn_a:.1f} A"
            return None
        self._over.pop(key, None)
        if held.over and evse.read_at - self._calm.setdefault(key, evse.read_at) >= LASTS_S:
            held.over = False
            del self._calm[key]
        return None

    def overloads(
        self, measured: Mapping[Place, float], breakers: Mapping[str, float], now: float, at: datetime
    ) -> Iterator[OverloadSeen]:
        """A fact for each phase that has come above its breaker, which `breakers` has in ampere by circuit."""
        for place, current_a in measured.items():
            circuit, phase = place
            limit_a = breakers.get(circuit)
            if limit_a is not None and abs(current_a) > limit_a:
                if place not in self._overloads:
                    yield OverloadSeen(
                        at=at, circuit=circuit, phase=phase, current_a=round(current_a, 1), limit_a=limit_a
                    )
                self._overloads[place] = now
            elif now - self._overloads.get(place, now) >= LASTS_S:
                del self._overloads[place]
