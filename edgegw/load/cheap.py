"""Cars that wait for cheaper hours: what `core.cheap_hours` needs to know, from what the loop sees. No I/O.

It counts in conductors that are evenly loaded: a car on one phase of three takes of the site's power three times what
it draws, and a building that leans on one phase counts by that one. So what is said to be free is free on each phase.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from edgegw.core import cheap_hours
from edgegw.core.allocate import MIN_CURRENT_A, EvseKey, Tree
from edgegw.core.cheap_hours import Car
from edgegw.core.fallback import phases_of
from edgegw.core.price import rate_at
from edgegw.core.quarters import DAY, begin
from edgegw.load import ceilings as limits
from edgegw.load.beside import Beside
from edgegw.load.claims import PIN_S, Place, reachable
from edgegw.load.demand import SHARE
from edgegw.load.prospect import Power, Prospect
from edgegw.load.view import Running, Seen, SeenEvse
from edgegw.model.site import Site, Supply, Tariff
from edgegw.model.state import PolicyLimit

EVERY_S: Final = 30.0
"""So often it is thought over, and at once when a car or a word of a driver is new."""

ENOUGH_DAYS: Final = 7.0
WORST: Final = 0.25
"""Nobody waits by a forecast that stands on fewer days, or whose mean error is a larger share of the supply."""

LEANS_FROM_A: Final = 2.0


class CheapHours:
    """Remembers who waits, between turns."""

    def __init__(self) -> None:
        self._waits: dict[EvseKey, str] = {}
        self._known: Any = None
        self._at = float("-inf")

    def waits(
        self,
        seen: Seen,
        places: Mapping[EvseKey, Place],
        beside: Beside,
        ceilings: Mapping[str, float],
        policies: Mapping[str, PolicyLimit],
        tree: Tree,
    ) -> Mapping[EvseKey, str]:
        """What each car waits for that waits, in words for its driver; empty while that can't be told for sure."""
        site, prospect = seen.site, seen.prospect
        told = _told(seen)
        if not site.cheap_hours or site.solar_only or not told or prospect is None or beside.lost is not None:
            self._waits = {}
            return self._waits
        known = (
            prospect.quarter,
            [(key, each.id, each.leaves_at, each.lacks_wh is None) for key, each in told.items()],
        )
        if known == self._known and seen.now - self._at < EVERY_S:
            return self._waits
        self._known, self._at = known, seen.now
        assert site.supply is not None
        supply = site.supply
        limit_w = ceilings["main"] * supply.voltage_v * len(phases_of(supply))
        if poor(prospect, limit_w):
            self._waits = {}
            return self._waits
        cars = [
            self._car(key, running, places[key], seen.evses[key], seen, _share_a(tree, key, places, ceilings))
            for key, running in told.items()
        ]
        free_w = free(prospect, supply, limit_w, limits.watts(site, supply, policies).get("main"), beside)
        found = cheap_hours.waits(seen.at, cars, free_w)
        self._waits = {key: _words(wait.until, site) for key, wait in found.items()}
        return self._waits

    def _car(
        self, key: EvseKey, running: Running, place: Place, evse: SeenEvse, seen: Seen, share_a: float | None
    ) -> Car:
        supply = seen.site.supply
        assert supply is not None
        assert running.lacks_wh is not None
        assert running.leaves_at is not None
        held, shown, volts = place.held, place.appetite.shown, supply.voltage_v
        between = place.base.wiring == "line"
        per_phase = volts * len(phases_of(supply))
        most_a, ceiling = place.base.max_a, seen.outside.get(key)
        for limit_a in (running.wish_a, place.appetite.most_a, share_a, ceiling.limit_a if ceiling else None):
            most_a = most_a if limit_a is None else min(most_a, limit_a)
        steered = reachable(evse, held) and held.refusal is None and not held.over
        begun = held.limit_a(seen.now) >= MIN_CURRENT_A and seen.now - held.begun_at < PIN_S
        tariff = running.tariff
        # What it draws of each of its conductors, and how many of a whole site's power that stands for.
        takes_a = min(max(shown.values(), default=0.0), most_a)
        conductors = 3**0.5 if between else sum(shown.values()) / max(shown.values()) if shown else 1.0
        return Car(
            key,
            running.lacks_wh / conductors * len(phases_of(supply)),
            running.leaves_at,
            (takes_a if shown else place.base.max_a) * per_phase,
            MIN_CURRENT_A * per_phase,
            () if tariff is None else _prices(tariff, seen),
            waits=key in self._waits,
            may_wait=tariff is not None and bool(tariff.periods) and bool(shown) and steered and not begun,
        )


def _told(seen: Seen) -> dict[EvseKey, Running]:
    """The cars that charge, or would, whose drivers have told when they leave and what they need."""
    return {
        key: evse.running
        for key, evse in seen.evses.items()
        if evse.running is not None
        and evse.running.leaves_at is not None
        and evse.running.lacks_wh
        and evse.running.state != "full"
    }


def _prices(tariff: Tariff, seen: Seen) -> list[Decimal]:
    assert seen.prospect is not None
    return [rate_at(tariff, seen.site.timezone, begin(seen.prospect.quarter + index)) for index in range(DAY)]


def _share_a(tree: Tree, key: EvseKey, places: Mapping[EvseKey, Place], ceilings: Mapping[str, float]) -> float | None:
    """What every place of the feeders that an EVSE hangs on could have at the same time; None where it hangs on the
    supply itself."""
    found = None
    for circuit in tree.path(places[key].circuit):
        if circuit != "main":
            share_a = ceilings[circuit] / sum(circuit in tree.path(place.circuit) for place in places.values())
            found = share_a if found is None else min(found, share_a)
    return found


def poor(prospect: Prospect, limit_w: float) -> bool:
    """Whether a forecast is none to make a driver wait by."""
    return any(_is_poor(power, limit_w) for power in (prospect.building, prospect.others) if power is not None)


def _is_poor(power: Power, limit_w: float) -> bool:
    return power.days < ENOUGH_DAYS or power.error is None or power.error.mean_w > WORST * limit_w


def free(prospect: Prospect, supply: Supply, limit_w: float, power_w: float | None, beside: Beside) -> list[float]:
    """What is likely to be free for cars whose drivers tell, of the running quarter and those that follow: the limit
    less the high band of the building and of the other cars."""
    contract_w = None if supply.demand_limit_w is None else SHARE * supply.demand_limit_w
    sums = [watts for watts in (power_w, contract_w) if watts is not None]
    found = []
    for building_w, others in zip(_building(prospect, supply), prospect.others.expected, strict=True):
        left_w = limit_w - building_w * _leaning(beside, supply)
        found.append(max(0.0, min([left_w, *(watts - building_w for watts in sums)]) - others.high_w))
    return found


def _building(prospect: Prospect, supply: Supply) -> Iterable[float]:
    if prospect.building is None:
        return [supply.building_max_a * supply.voltage_v * len(phases_of(supply))] * len(prospect.others.expected)
    return [each.high_w for each in prospect.building.expected]


def _leaning(beside: Beside, supply: Supply) -> float:
    """How much more the building takes of its fullest phase now than of all on the mean."""
    currents = [max(0.0, beside.currents.get(("main", phase), 0.0)) for phase in phases_of(supply)]
    mean_a = sum(currents) / len(currents)
    return max(currents) / mean_a if mean_a >= LEANS_FROM_A else 1.0


def _words(until: datetime, site: Site) -> str:
    return f"waits for {until.astimezone(ZoneInfo(site.timezone)):%H:%M}, when energy costs less"
