"""One turn's sharing: from what each circuit has left to the limit that each EVSE may be given now. No I/O.

It remembers nothing: the gate does, between turns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import floor

from edgegw.core.allocate import MIN_CURRENT_A, Allocation, EvseKey, Headroom, Place, Tree, allocate
from edgegw.load import claims
from edgegw.load.claims import Claims
from edgegw.load.gate import Gate, Wish
from edgegw.load.held import Held
from edgegw.load.meter import Trust
from edgegw.load.view import Seen, SeenEvse


class Turn:
    """What is seen, the EVSEs at their `places` of the `tree`, and the `headroom` of its circuits."""

    def __init__(self, seen: Seen, tree: Tree, places: Mapping[EvseKey, claims.Place], headroom: Headroom) -> None:
        self._seen = seen
        self._tree = tree
        self._places = places
        self._headroom = headroom
        limited = {(circuit, slot): None for circuit, slots in headroom.items() for slot in slots}
        self._takes = {
            key: tree.takes(place.circuit, place.phases, place.base.wiring, limited, place.spread())
            for key, place in places.items()
        }

    def flows(self, limits: Mapping[EvseKey, float]) -> dict[Place, float]:
        """What may flow in each place by these limits of the EVSEs."""
        found: dict[Place, float] = {}
        for key, limit_a in limits.items():
            evse = self._places[key]
            # Where a limit is in watts, `takes` is the most of any limit: a high one can't be drawn on one phase alone.
            less = evse.spread(limit_a) / evse.spread() if evse.conductors > 1 else 1.0
            for place, share in self._takes[key].items():
                part = share * (less if place[1] != "power" else 1.0)
                found[place] = found.get(place, 0.0) + limit_a * part / 100
        return found

    def share(self, claimed: Claims) -> tuple[Allocation, set[EvseKey]]:
        """The allocation, and the EVSEs without a car that are held at 0 A for it (docs/decisions/0051). A car that
        can't be paused keeps its 6 A, and others make room for it."""
        strategy = self._seen.site.strategy
        reserved = [*claimed.loads, *claimed.idle.values()]
        allocation = allocate(self._tree, self._headroom, claimed.demands, strategy=strategy, reserved=reserved)
        full = set(allocation.binding.values())
        released = {
            key
            for key in claimed.idle
            if not full.isdisjoint(self._takes[key]) and _can_be_released(self._seen.evses[key], self._places[key].held)
        }
        if released:
            reserved = [*claimed.loads, *(load for key, load in claimed.idle.items() if key not in released)]
            allocation = allocate(self._tree, self._headroom, claimed.demands, strategy=strategy, reserved=reserved)
        stuck = {key: self._places[key].load(MIN_CURRENT_A) for key, a in allocation.setpoints.items()
                 if a < MIN_CURRENT_A and not self._places[key].held.pauses}  # fmt: skip
        if stuck:
            demands = [demand for demand in claimed.demands if demand.key not in stuck]
            reserved += stuck.values()
            allocation = allocate(self._tree, self._headroom, demands, strategy=strategy, reserved=reserved)
            setpoints = dict(allocation.setpoints) | dict.fromkeys(stuck, MIN_CURRENT_A)
            allocation = replace(allocation, setpoints=setpoints)
        return allocation, released

    def choose(
        self, allocation: Allocation, reserved: Mapping[Place, float], gate: Gate, trust: Mapping[str, Trust]
    ) -> dict[EvseKey, float]:
        """The limit that each EVSE with a transaction is to have now, where so much of each place is `reserved`."""
        seen, now = self._seen, self._seen.now
        room = {
            (circuit, slot): a - reserved.get((circuit, slot), 0.0)
            for circuit, slots in self._headroom.items()
            for slot, a in slots.items()
        }
        chosen: dict[EvseKey, float] = {}
        wishes = []
        for key, evse in seen.evses.items():
            if evse.running is None:
                continue
            held = self._places[key].held
            target_a = allocation.setpoints.get(key)
            if target_a is None:  # it does not obey or is away: keep trying, with no more than it may draw already
                limit_a = held.limit_a(now)
                limit_a = limit_a if held.tried_a is None else min(limit_a, held.tried_a)
                chosen[key] = limit_a if held.pauses else max(limit_a, MIN_CURRENT_A)
            elif held.unknown(now):
                chosen[key] = min(target_a, _landing_a(evse))
            else:
                path = self._tree.path(seen.site.stations[key[0]].circuit)
                may_rise = all(trust.get(circuit, "live") in ("live", "lost") for circuit in path)
                wishes.append(Wish(key, held, self._takes[key], target_a, may_rise))
        return chosen | gate.limits(wishes, room, now)


def _can_be_released(evse: SeenEvse, held: Held) -> bool:
    """Whether an EVSE can be told 0 A, so that others may have what its default takes."""
    return evse.connected and evse.empty and held.default_a > 0 and held.refusal is None and held.tried_a is None


def _landing_a(evse: SeenEvse) -> float:
    """A limit that is no raise for an EVSE whose last one, from an earlier run, is not known: what it draws now."""
    charges = evse.running is not None and evse.running.state == "charging"
    if evse.taken_a >= MIN_CURRENT_A or charges:
        return max(MIN_CURRENT_A, floor(evse.taken_a * 10) / 10)
    return 0.0
