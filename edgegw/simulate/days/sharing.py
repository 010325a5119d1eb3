"""The gateway's own sharing in a simulated site: its allocation, on what its load loop would have learned of cars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from edgegw.core.allocate import MIN_CURRENT_A, Demand, EvseKey, Headroom, Load, allocate, needed_a
from edgegw.core.fallback import demands_of, fallback, tree_of
from edgegw.load.appetite import Appetite
from edgegw.load.claims import PIN_S, REST_S
from edgegw.load.patience import Patience
from edgegw.model.site import Phase, Site
from edgegw.simulate.days.run import BEGIN, Guest
from edgegw.simulate.days.waiting import Waiting

Expect = Callable[[Guest, datetime], datetime | None]
"""When a guest that has not told may be expected to leave; None for no idea."""


class Sharing:
    """Share the site's supply among its guests, step by step, as the load loop does. `waiting` knows who waits for
    cheap hours; None: nobody does."""

    def __init__(self, site: Site, *, expect: Expect = lambda guest, at: None, waiting: Waiting | None = None) -> None:
        assert site.supply is not None
        self._site = site
        self._tree = tree_of(site.supply)
        self._evses = {demand.key: demand for demand in demands_of(site)}
        self._safe = fallback(site)
        self._expect = expect
        self._waiting = waiting
        self._appetites: dict[tuple[EvseKey, datetime], Appetite] = {}
        self._patience: dict[tuple[EvseKey, datetime], Patience] = {}
        self._had_minimum: set[tuple[EvseKey, datetime]] = set()
        self._begun: dict[EvseKey, float] = {}
        self._paused: dict[EvseKey, float] = {}
        self._changed: dict[EvseKey, float] = {}

    def __call__(self, at: datetime, guests: Sequence[Guest], headroom: Headroom) -> Mapping[EvseKey, float]:
        """The limits for the next step."""
        now = (at - BEGIN).total_seconds()
        demands, loads = [], []
        limits: dict[EvseKey, float] = {}
        for guest in guests:
            self._learn(guest, self._appetites.setdefault((guest.key, guest.since), Appetite()), now)
        self._ask_who_waits(at, now, guests)
        for guest in guests:
            base, appetite = self._evses[guest.key], self._appetites[guest.key, guest.since]
            phases = appetite.phases or base.phases
            if not guest.visit.online:
                limits[guest.key] = self._safe[guest.key]
                loads.append(Load(base.circuit, base.phases, limits[guest.key], base.wiring))
            elif guest.disobeys:
                # It counts at what it has shown: the supply's meter would show more (docs/decisions/0116).
                limits[guest.key] = guest.limit_a or 0.0
                shown_a = base.max_a if appetite.most_a is None else max(appetite.most_a, self._safe[guest.key])
                loads.append(Load(base.circuit, phases, min(base.max_a, shown_a), base.wiring))
            else:
                demands.append(self._demand(guest, base, appetite, phases, at, now))
        done = allocate(self._tree, headroom, demands, strategy=self._site.strategy, reserved=loads).setpoints
        for guest in guests:
            if guest.key in done:
                self._note(guest, done[guest.key], now)
        return {**limits, **done}

    def _ask_who_waits(self, at: datetime, now: float, guests: Sequence[Guest]) -> None:
        if self._waiting is not None:
            shown = {guest.key: self._appetites[guest.key, guest.since] for guest in guests}
            found = self._waiting.waits(at, now, guests, self._evses, shown, self._begun)
            for guest in guests:
                guest.waits = found.get(guest.key)

    def _learn(self, guest: Guest, appetite: Appetite, now: float) -> None:
        if guest.limit_a is None:
            for memory in (self._begun, self._paused, self._changed):
                memory.pop(guest.key, None)
            return
        appetite.hear("full" if guest.full else "charging" if any(guest.drawn.values()) else "waiting",
                      guest.limit_a, now)  # fmt: skip
        if guest.disobeys:
            appetite.see(guest.drawn, guest.drawn, now, self._evses[guest.key].max_a, float("-inf"))
        elif guest.limit_a >= MIN_CURRENT_A:
            appetite.see(guest.drawn, guest.drawn, now, guest.limit_a, self._changed.get(guest.key, float("-inf")))

    def _demand(
        self, guest: Guest, base: Demand, appetite: Appetite, phases: tuple[Phase, ...], at: datetime, now: float
    ) -> Demand:
        max_a = base.max_a if appetite.most_a is None else min(base.max_a, appetite.most_a)
        if appetite.asked:
            max_a = min(max_a, MIN_CURRENT_A)
        sated = appetite.sated or (appetite.asked and self._site.strategy != "fair")
        running = (guest.limit_a or 0.0) >= MIN_CURRENT_A and not sated
        needs_a = None
        if guest.leaves_at is not None and self._site.supply is not None:
            lacks_wh, left_s = guest.visit.energy_wh - guest.taken_wh, (guest.leaves_at - at).total_seconds()
            needs_a = needed_a(lacks_wh, left_s, len(phases), self._site.supply.voltage_v)
        return Demand(
            guest.key, max_a, phases, base.circuit, guest.since, base.priority, running,
            running and now - self._begun.get(guest.key, float("-inf")) < PIN_S,
            now - self._paused.get(guest.key, float("-inf")) < REST_S,
            base.wiring, guest.leaves_at or self._expect(guest, at), needs_a, sated, guest.waits,
            patient=self._patience.setdefault((guest.key, guest.since), Patience()).see(needs_a, max_a),
            fresh=(guest.key, guest.since) not in self._had_minimum,
        )  # fmt: skip

    def _note(self, guest: Guest, limit_a: float, now: float) -> None:
        before_a = guest.limit_a or 0.0
        if limit_a >= MIN_CURRENT_A:
            self._had_minimum.add((guest.key, guest.since))
        if limit_a != before_a:
            self._changed[guest.key] = now
        if limit_a < MIN_CURRENT_A <= before_a:
            self._paused[guest.key] = now
        elif before_a < MIN_CURRENT_A <= limit_a:
            self._begun[guest.key] = now
