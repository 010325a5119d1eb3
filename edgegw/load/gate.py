"""What of an allocation may be said now: lowering at once, raising when there is room. No I/O.

An allocation says where the site should go. On the way there, an EVSE that is to have more must wait until those that
are to have less have answered and have had their time to obey: a raise is cut to what is free beside everything that
may be drawn already (`Held.reserve_a`).

Against restless limits: a raise comes only when it was possible for HOLD_S without a break, in steps of STEP_A or more;
the lowest that was possible meanwhile is given. A limit goes down at once where a circuit would be too full, and by
STEP_A or more where it is only a matter of sharing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Final

from edgegw.core.allocate import MIN_CURRENT_A, EvseKey, Place
from edgegw.load.held import Held

HOLD_S: Final = 10.0
STEP_A: Final = 0.5


@dataclass(slots=True)
class Rise:
    """A raise that waits: since when it has been possible, and the lowest limit that was."""

    since: float
    limit_a: float


@dataclass(frozen=True, slots=True)
class Wish:
    """An EVSE that should go to `target_a`, of which each ampere takes so many hundredths of each place. `may_rise`:
    the meters allow it."""

    key: EvseKey
    held: Held
    takes: Mapping[Place, int]
    target_a: float
    may_rise: bool = True


class Gate:
    """Remembers the raises that wait, between turns."""

    def __init__(self) -> None:
        self._rises: dict[EvseKey, Rise] = {}

    def limits(self, wishes: Sequence[Wish], room: dict[Place, float], now: float) -> dict[EvseKey, float]:
        """The limit that each EVSE may be given now.

        `room` is what each place has left beside all that may be drawn; a raise takes its part of it.
        """
        found = {}
        for wish in sorted(wishes, key=lambda wish: (wish.held.limit_a(now), wish.key)):
            found[wish.key] = self._limit(wish, room, now)
        self._rises = {key: rise for key, rise in self._rises.items() if key in found}
        return found

    def _limit(self, wish: Wish, room: dict[Place, float], now: float) -> float:
        held, current_a = wish.held, wish.held.limit_a(now)
        target_a = wish.target_a
        if target_a < current_a:
            self._rises.pop(wish.key, None)
            urgent = any(room.get(place, 0.0) < 0 for place in wish.takes) or target_a < MIN_CURRENT_A
            return target_a if urgent or current_a - target_a >= STEP_A else current_a
        if not wish.may_rise or target_a - current_a < STEP_A:
            self._rises.pop(wish.key, None)
            return current_a
        rise = self._rises.setdefault(wish.key, Rise(now, target_a))
        rise.limit_a = min(rise.limit_a, target_a)
        patience_s = HOLD_S if held.accepted_a is not None and current_a >= MIN_CURRENT_A else 0.0
        reserve_a = held.reserve_a(now)
        free_a = reserve_a + min(room.get(place, 0.0) * 100 / share for place, share in wish.takes.items())
        # Down to the step of OCPP's limits; the millionth keeps 16.1, which is stored as a little more or less.
        limit_a = floor(min(rise.limit_a, free_a) * 10 + 1e-6) / 10
        if now - rise.since < patience_s or limit_a < MIN_CURRENT_A or limit_a - current_a < STEP_A:
            return current_a
        if held.sending_a is None and now >= held.retry_at:
            del self._rises[wish.key]
            for place, share in wish.takes.items():
                room[place] = room.get(place, 0.0) - max(0.0, limit_a - reserve_a) * share / 100
        return limit_a
