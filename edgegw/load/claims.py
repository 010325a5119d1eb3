"""Who claims what in a turn: cars to share among, what others may draw whatever is decided, and free places. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from edgegw.core.allocate import MIN_CURRENT_A, Demand, EvseKey, Load, Tree, needed_a
from edgegw.core.stays import Stays, local_hour
from edgegw.core.watts import spread, steepest
from edgegw.load.appetite import Appetite
from edgegw.load.beside import Beside
from edgegw.load.held import Held
from edgegw.load.patience import Patience
from edgegw.load.view import Running, Seen, SeenEvse
from edgegw.model.site import Phase

PIN_S: Final = 60.0
REST_S: Final = 60.0
"""A car that began is not paused for a higher priority so soon, and one that paused does not begin again so soon: cars
and their contactors wear out by it, and some give up."""


@dataclass(frozen=True, slots=True)
class Place:
    """An EVSE in this turn: the circuit that it hangs on, and the site's phases that its car may be on; `names` are
    those that its readings have for what its car uses."""

    base: Demand
    circuit: str
    phases: tuple[Phase, ...]
    names: tuple[Phase, ...]
    held: Held
    appetite: Appetite
    patience: Patience
    conductors: int = 1
    """On one of its phases may flow what is meant for so many: its station takes watts alone."""

    def load(self, limit_a: float) -> Load:
        """What may flow by a limit of so much."""
        return Load(self.circuit, self.phases, limit_a, self.base.wiring, self.spread(limit_a))

    def spread(self, limit_a: float | None = None) -> int:
        """What each ampere of a limit, of any limit for None, may be on each of its phases, in hundredths."""
        most_a = self.held.max_a
        return steepest(self.conductors, most_a) if limit_a is None else spread(limit_a, self.conductors, most_a)


@dataclass(frozen=True, slots=True)
class Claims:
    """Cars to share among, what others may draw, what EVSEs without a transaction may draw."""

    demands: list[Demand] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    idle: dict[EvseKey, Load] = field(default_factory=dict)


def claims(
    seen: Seen,
    places: Mapping[EvseKey, Place],
    beside: Beside,
    tree: Tree,
    stays: Stays,
    waits: Mapping[EvseKey, str] = MappingProxyType({}),
) -> Claims:
    """What is claimed now. `stays` tell when a car is likely to leave whose driver has not said, `waits` what a car
    waits for that is to have nothing yet."""
    now = seen.now
    found = Claims()
    for key, place in places.items():
        evse, held, base = seen.evses[key], place.held, place.base
        if evse.running is None:
            found.idle[key] = place.load(held.default_a if held.refusal is None else held.reserve_a(now))
        elif not reachable(evse, held) and held.unknown(now):
            # Nobody is raised while it is away, so all fit as they did when an earlier run gave it what it has;
            # what it draws is in the building's figure.
            continue
        elif held.over or held.refusal is not None or held.keeps_waiting(now) or not reachable(evse, held):
            found.loads.append(place.load(held.reserve_a(now)))
        else:
            # To be asked pauses nobody: of evenly shared current it takes a part, else what the others leave.
            sated = place.appetite.sated or (place.appetite.asked and seen.site.strategy != "fair")
            runs = held.limit_a(now) >= MIN_CURRENT_A and not sated
            most_a, needs_a = _most_a(key, place, evse.running, seen, beside, tree), _needs_a(evse.running, place, seen)
            found.demands.append(
                Demand(
                    key, most_a, place.phases, place.circuit,
                    evse.running.since, base.priority, running=runs, pinned=runs and now - held.begun_at < PIN_S,
                    resting=now - held.paused_at < REST_S, wiring=base.wiring,
                    leaves_at=_leaves_at(evse.running, seen, stays),
                    needs_a=needs_a, sated=sated, waits=waits.get(key), spread=place.spread(),
                    patient=place.patience.see(needs_a, most_a), fresh=not held.had_minimum,
                )
            )  # fmt: skip
    return found


def _leaves_at(running: Running, seen: Seen, stays: Stays) -> datetime | None:
    if running.leaves_at is not None or seen.site.strategy != "deadline":
        return running.leaves_at
    stayed_s = (seen.at - running.since).total_seconds()
    expected_s = stays.expected_s(local_hour(running.since, seen.site.timezone), stayed_s)
    return None if expected_s is None else running.since + timedelta(seconds=expected_s)


def _needs_a(running: Running, place: Place, seen: Seen) -> float | None:
    if running.leaves_at is None or running.lacks_wh is None or seen.site.supply is None:
        return None
    left_s = (running.leaves_at - seen.at).total_seconds()
    conductors = max(len(place.names), place.conductors)
    return needed_a(running.lacks_wh, left_s, conductors, seen.site.supply.voltage_v)


def reachable(evse: SeenEvse, held: Held) -> bool:
    """Whether setpoints arrive. The state may not know of a connection while the ledger takes no writes, but a station
    that took the last setpoint has one."""
    return evse.connected or (held.obedient and held.tried_a is None)


def _most_a(key: EvseKey, place: Place, running: Running, seen: Seen, beside: Beside, tree: Tree) -> float:
    """The most that a car may be given. One that takes less leaves the rest to others, and where a load is not known
    nobody gets more than the safe share."""
    max_a = place.base.max_a
    if running.wish_a is not None:
        max_a = min(max_a, running.wish_a)
    if place.appetite.asked:
        max_a = min(max_a, MIN_CURRENT_A)
    if place.appetite.most_a is not None:
        max_a = min(max_a, place.appetite.most_a)
    if (ceiling := seen.outside.get(key)) is not None:
        max_a = min(max_a, ceiling.limit_a)
    for circuit in tree.path(seen.site.stations[key[0]].circuit):
        # On the supply, "safe" counts the building at its most; what else flows on a feeder has no such figure.
        if beside.trust.get(circuit) in (("lost",) if circuit == "main" else ("safe", "lost")):
            max_a = min(max_a, place.held.safe_a)
    return max_a
