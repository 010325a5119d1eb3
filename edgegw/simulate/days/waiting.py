"""Cars of a simulated site that wait for cheap hours: the load loop's own rule, by forecasts that are learned on the
way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import inf
from typing import Final

from edgegw.core import quarters
from edgegw.core.allocate import Demand, EvseKey
from edgegw.core.fallback import tree_of
from edgegw.core.forecast import Forecast
from edgegw.load import ceilings
from edgegw.load.appetite import Appetite
from edgegw.load.beside import Beside
from edgegw.load.cheap import CheapHours
from edgegw.load.claims import Place
from edgegw.load.held import Held
from edgegw.load.patience import Patience
from edgegw.load.prospect import Power, Prospect
from edgegw.load.view import Running, Seen, SeenEvse
from edgegw.model.site import Phase, Site
from edgegw.simulate.days.bill import tariff_of
from edgegw.simulate.days.run import Guest

EVERY_S: Final = 300.0
"""So often it is thought over while nobody comes or goes; the load loop does it each half minute."""


class _Learned:
    """A power's past, quarter by quarter, and what is expected."""

    def __init__(self, timezone: str) -> None:
        self._forecast = Forecast(timezone)
        self._sum = 0.0
        self._count = 0
        self._made: tuple[int, Power] | None = None

    def see(self, watts: float) -> None:
        self._sum += watts
        self._count += 1

    def over(self, quarter: int) -> None:
        """A quarter is over."""
        if self._count:
            self._forecast.learn(quarter, self._sum / self._count)
        self._sum, self._count = 0.0, 0

    def power(self, quarter: int) -> Power | None:
        if self._forecast.last is None:
            return None
        if self._made is None or self._made[0] != quarter:
            expected = self._forecast.expect(quarter)
            self._made = quarter, Power(expected, self._forecast.error("half_day"), self._forecast.days)
        return self._made[1]


class Waiting:
    """Let it `watch` every step of a site with prices, and ask it who `waits`."""

    def __init__(self, site: Site) -> None:
        assert site.supply is not None
        self._site = site
        self._voltage_v = site.supply.voltage_v
        self._tree = tree_of(site.supply)
        self._ceilings = ceilings.ceilings(site, site.supply, {})
        self._cheap = CheapHours()
        self._beside = Beside({})
        self._building, self._others = (_Learned(site.timezone) for _ in range(2))
        self._quarter: int | None = None
        self._known: object = None
        self._asked_at = -inf
        self._found: Mapping[EvseKey, str] = {}

    def watch(self, at: datetime, guests: Sequence[Guest], building: Mapping[Phase, float]) -> None:
        """See what flowed in the step that began at `at`."""
        quarter = quarters.number(at)
        if self._quarter is not None and quarter != self._quarter:
            self._building.over(self._quarter)
            self._others.over(self._quarter)
        self._quarter = quarter
        self._building.see(sum(building.values()) * self._voltage_v)
        self._others.see(
            sum(sum(guest.drawn.values()) for guest in guests if not guest.visit.told) * self._voltage_v
        )  # fmt: skip
        self._beside.currents = {("main", phase): a for phase, a in building.items()}

    def waits(
        self,
        at: datetime,
        now: float,
        guests: Sequence[Guest],
        bases: Mapping[EvseKey, Demand],
        appetites: Mapping[EvseKey, Appetite],
        begun: Mapping[EvseKey, float],
    ) -> Mapping[EvseKey, str]:
        """What each guest waits for that waits. `now` is `at` in seconds; `begun` says since when each charges."""
        here = {guest.key: guest for guest in guests}
        if not any(guest.visit.told and not guest.full for guest in guests):
            return {}
        known = quarters.number(at), [(guest.key, guest.since) for guest in guests if guest.visit.told]
        if known == self._known and now - self._asked_at < EVERY_S:
            return self._found
        self._known, self._asked_at = known, now
        places = {}
        for key, base in bases.items():
            appetite, guest = appetites.get(key, Appetite()), here.get(key)
            held = Held(0.0, base.max_a, begun_at=begun.get(key, -inf))
            if guest is not None and guest.limit_a is not None:
                held.accepted_a, held.accepted_until, held.over = guest.limit_a, inf, guest.disobeys
            phases = appetite.phases or base.phases
            places[key] = Place(base, base.circuit, phases, phases, held, appetite, Patience())
        evses = {
            key: SeenEvse(guest.visit.online, None, False, self._running(guest)) for key, guest in here.items()
        }  # fmt: skip
        seen = Seen(now, at, self._site, evses, {}, prospect=self._prospect(quarters.number(at)))
        self._found = self._cheap.waits(seen, places, self._beside, self._ceilings, {}, self._tree)
        return self._found

    def _running(self, guest: Guest) -> Running:
        lacks_wh = guest.visit.energy_wh - guest.taken_wh if guest.visit.told else None
        return Running(
            f"{guest.key} {guest.since}", guest.since, "full" if guest.full else "charging", None, guest.leaves_at,
            lacks_wh, tariff_of(self._site, guest),
        )  # fmt: skip

    def _prospect(self, quarter: int) -> Prospect | None:
        building, others = self._building.power(quarter), self._others.power(quarter)
        return None if building is None or others is None else Prospect(quarter, building, others)
