"""How others share, as published, for the same simulated site: what evcc's circuits and openWB do at each look.

Both as their documents and sources of 2026 have it, told in our words: they see what the gateway sees.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from edgegw.core.allocate import EvseKey, Headroom
from edgegw.core.fallback import demands_of
from edgegw.model.site import Site
from edgegw.simulate.days.run import Guest


class OneFigure:
    """evcc: a circuit knows one figure, the greatest of its phases, and adds up currents whatever their phase. In the
    order of its load points each may have what is left, 6 A or nothing."""

    def __init__(self, site: Site) -> None:
        self._evses = {demand.key: demand for demand in demands_of(site)}

    def __call__(self, at: datetime, guests: Sequence[Guest], headroom: Headroom) -> Mapping[EvseKey, float]:
        left_a = min(headroom["main"].values())
        found = {}
        for guest in sorted(guests, key=lambda guest: guest.key):
            given_a = 0.0 if guest.full else min(self._evses[guest.key].max_a, max(0.0, left_a))
            found[guest.key] = given_a if given_a >= 6.0 else 0.0
            left_a -= max(guest.drawn.values(), default=0.0) if guest.disobeys else found[guest.key]
        return found


class MinimumThenEqual:
    """openWB: per phase, the minimum for all in order, then equal parts of what is left; a car that draws less than it
    is offered counts at what it draws."""

    def __init__(self, site: Site) -> None:
        self._evses = {demand.key: demand for demand in demands_of(site)}

    def __call__(self, at: datetime, guests: Sequence[Guest], headroom: Headroom) -> Mapping[EvseKey, float]:
        left = dict(headroom["main"])
        phases = {guest.key: _phases(guest, self._evses[guest.key].phases) for guest in guests}
        found = dict.fromkeys((guest.key for guest in guests), 0.0)
        hungry = [guest for guest in guests if not guest.full and not guest.disobeys]
        for guest in guests:
            for phase, a in guest.drawn.items():
                left[phase] -= a if guest.disobeys else 0.0
        for guest in hungry:
            if all(left[phase] >= 6.0 for phase in phases[guest.key]):
                found[guest.key] = 6.0
                for phase in phases[guest.key]:
                    left[phase] -= 6.0
        running = [guest for guest in hungry if found[guest.key]]
        sharing = {phase: sum(phase in phases[guest.key] for guest in running) for phase in left}
        for guest in running:
            part_a = min(left[phase] / sharing[phase] for phase in phases[guest.key])
            most_a = self._evses[guest.key].max_a
            if guest.limit_a and guest.drawn and max(guest.drawn.values()) < guest.limit_a - 1.0:
                most_a = min(most_a, max(6.0, max(guest.drawn.values())) + 1.0)
            found[guest.key] = min(most_a, found[guest.key] + part_a)
        return found


def _phases(guest: Guest, wired: tuple[str, ...]) -> tuple[str, ...]:
    used = tuple(phase for phase, a in guest.drawn.items() if a > 1.0)
    return used or wired
