"""One turn of the loop, decided: from what is seen to the setpoints that go out and the facts that are worth writing.

No I/O and no clock: `turn` is given what is seen, `accepted` and `failed` what became of a setpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import floor
from typing import Final

from edgegw.core.allocate import MIN_CURRENT_A, Allocation, Demand, EvseKey, Load, Place, Tree, allocate
from edgegw.core.fallback import demands_of, fallback, limits_of, phases_of
from edgegw.load import ceilings as limits
from edgegw.load.beside import NOTHING, Beside, Draw, draw
from edgegw.load.gate import Gate, Wish
from edgegw.load.held import ANSWER_S, LIFE_S, Held
from edgegw.load.judge import Judge
from edgegw.load.meter import Trust
from edgegw.load.outside import Ceiling
from edgegw.load.view import FindLatest, Running, Seen, SeenEvse
from edgegw.model.commands import Setpoint
from edgegw.model.facts import Fact, StationDisobeyed
from edgegw.model.site import Phase, Site

PIN_S: Final = 60.0
REST_S: Final = 60.0
"""A car that began is not paused for a higher priority so soon, and one that paused does not begin again so soon: cars
and their contactors wear out by it, and some give up."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a turn came to, for those who show it; in ampere."""

    at: datetime | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    ceilings: Mapping[str, float] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    measured: Mapping[Place, float] = field(default_factory=dict)
    beside: Mapping[Place, float] = field(default_factory=dict)
    given: Mapping[Place, float] = field(default_factory=dict)
    reserved: Mapping[Place, float] = field(default_factory=dict)
    trust: Mapping[str, Trust] = field(default_factory=dict)
    allocation: Allocation = field(default_factory=Allocation)
    outside: Mapping[EvseKey, Ceiling] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Claims:
    """Who wants or has what: cars to share among, what others may draw, what EVSEs without a transaction may draw."""

    demands: list[Demand]
    loads: list[Load]
    idle: dict[EvseKey, Load]


class Balance:
    """The loop's memory and its decisions. `roles` maps what is measured to the id of the meter.

    `held` is what is known of each EVSE, `picture` the last turn, `facts` those that nobody has taken yet.
    """

    def __init__(self, roles: Mapping[str, str]) -> None:
        self._beside = Beside(roles)
        self._gate = Gate()
        self._judge = Judge()
        self._site: Site | None = None
        self._evses: dict[EvseKey, Demand] = {}
        self.held: dict[EvseKey, Held] = {}
        self.picture = Picture()
        self.facts: list[Fact] = []

    @property
    def lost(self) -> str | None:
        """Why every EVSE is at its safe share, None while the meters can be trusted."""
        return self._beside.lost

    @property
    def trusted(self) -> bool:
        """Whether the supply's load is known, or has no meter to be known by."""
        return self._beside.trust.get("main", "live") == "live"

    def read_meters(self, latest: FindLatest, site: Site, now: float) -> None:
        """Take the newest samples of the site's meters: before each turn."""
        self._beside.read(latest, site, now)

    def turn(self, seen: Seen) -> list[Setpoint]:
        """Decide on what is seen; the setpoints to send now. Each has to be followed by `accepted` or `failed`.

        Raises ValueError when the site's circuits are no tree.
        """
        site, now, supply = seen.site, seen.now, seen.site.supply
        if supply is None:
            return []
        if site is not self._site:
            self._configure(seen)
        policies = limits.in_force(seen.limits, seen.at)
        tree = limits.tree(site, supply, policies)
        nodes = {key: limits.circuit_of(site, key[0], policies) for key in self._evses}
        places = {key: tree.places(nodes[key], evse.phases) for key, evse in self._evses.items()}
        for key, evse in seen.evses.items():
            self._follow(key, evse, seen)
        self._beside.look(site, tree, {key: self._draw(key, evse, now) for key, evse in seen.evses.items()}, now)
        ceilings = limits.ceilings(site, supply, policies)
        headroom = {
            circuit: {phase: a - self._beside.currents.get((circuit, phase), 0.0) for phase in phases_of(supply)}
            for circuit, a in ceilings.items()
        }
        allocation, released = self._allocate(seen, tree, headroom, self._claims(seen, tree, nodes), places)
        reserved = _sums(places, {key: held.reserve_a(now) for key, held in self.held.items()})
        room = {
            (circuit, phase): a - reserved.get((circuit, phase), 0.0)
            for circuit, phases in headroom.items()
            for phase, a in phases.items()
        }
        chosen = dict.fromkeys(released, 0.0) | self._choose(seen, allocation, places, room, tree)
        setpoints = []
        for (station, number), limit_a in chosen.items():
            held = self.held[station, number]
            if held.due(limit_a, now):
                held.sent(limit_a, now, connected=seen.evses[station, number].connected)
                setpoints.append(Setpoint(station, number, limit_a, held.life_s(limit_a)))
        self.facts += self._judge.overloads(self._beside.measured, limits_of(supply), now, seen.at)
        given = {key: self.held[key].limit_a(now) for key, evse in seen.evses.items() if evse.running is not None}
        self.picture = Picture(
            at=seen.at,
            limits=limits.without_margin(supply, ceilings),
            ceilings=ceilings,
            phases=phases_of(supply),
            measured=self._beside.measured,
            beside=dict(self._beside.currents),
            given=_sums(places, given),
            reserved=reserved,
            trust=self._beside.trust,
            allocation=allocation,
            outside=seen.outside,
        )
        return setpoints

    # What became of a setpoint

    def accepted(self, setpoint: Setpoint, transaction: str | None, now: float) -> None:
        """The station took a setpoint that was sent when `transaction` ran at the EVSE."""
        held = self.held.get((setpoint.station, setpoint.evse))
        if held is not None:
            held.accepted(setpoint.limit_a, transaction, now)

    def failed(self, setpoint: Setpoint, transaction: str | None, reason: str, *, connected: bool, now: float) -> None:
        """The station refused a setpoint, or did not answer, or is not `connected`."""
        held = self.held.get((setpoint.station, setpoint.evse))
        if held is not None:
            # Without a transaction 0 A is more than anyone has to obey: the default holds then, and it counts.
            disobeys = connected and transaction is not None
            held.failed(transaction, reason if disobeys else None, now)

    # What is so

    def _configure(self, seen: Seen) -> None:
        """Take up a site; of what runs when the loop begins, it is not known what an earlier one has given."""
        site, now, begins = seen.site, seen.now, self._site is None
        self._site = site
        some_run = any(evse.running is not None for evse in seen.evses.values())
        safe = fallback(site)
        self._evses = {demand.key: demand for demand in demands_of(site)}
        self.held = {key: held for key, held in self.held.items() if key in self._evses}
        for key, demand in self._evses.items():
            held = self.held.setdefault(key, Held(safe[key], demand.max_a, session=seen.evses[key].session))
            held.default_a, held.max_a = safe[key], demand.max_a
            running = seen.evses[key].running
            if begins and some_run:
                held.transaction = running.id if running is not None else None
                held.unknown_a = held.max_a if running is not None else held.default_a
                held.unknown_until = now + LIFE_S

    def _follow(self, key: EvseKey, evse: SeenEvse, seen: Seen) -> None:
        """Bring what is known of an EVSE up to what is seen of it."""
        held, now = self.held[key], seen.now
        transaction = evse.running.id if evse.running is not None else None
        if transaction != held.transaction:
            held.moved_on(transaction, now)
            self._judge.forget(key)
        if evse.session != held.session:
            held.reconnected(evse.session, now)
        if held.sending_a is not None and now - held.sending_at >= ANSWER_S and transaction is not None:
            held.suspicion = f"no answer within {ANSWER_S:.0f} s"
        if held.suspicion is not None and evse.connected and held.refusal is None:
            held.refusal = held.suspicion
            limit_a = held.sending_a if held.sending_a is not None else held.tried_a
            self._tell_disobeyed(key, limit_a, held.refusal, seen.at)
        held.suspicion = None
        if (reason := self._judge.disobeys(key, evse, held, now)) is not None:
            self._tell_disobeyed(key, held.accepted_a, reason, seen.at)

    def _tell_disobeyed(self, key: EvseKey, limit_a: float | None, reason: str, at: datetime) -> None:
        station, evse = key
        self.facts.append(StationDisobeyed(at=at, station=station, evse=evse, limit_a=limit_a or 0.0, reason=reason))

    def _draw(self, key: EvseKey, evse: SeenEvse, now: float) -> Draw:
        if evse.running is None or evse.running.state == "full":
            return NOTHING
        held, phases = self.held[key], self._evses[key].phases
        return draw(held, phases, evse.reading, evse.read_at, now, away=not evse.connected)

    # What should be

    def _claims(self, seen: Seen, tree: Tree, nodes: Mapping[EvseKey, str]) -> _Claims:
        now = seen.now
        claims = _Claims([], [], {})
        for key, base in self._evses.items():
            evse, held = seen.evses[key], self.held[key]
            if evse.running is None:
                reserve_a = held.default_a if held.refusal is None else held.reserve_a(now)
                claims.idle[key] = Load(nodes[key], base.phases, reserve_a)
            elif not _reachable(evse, held) and held.unknown(now):
                # Nobody is raised while it is away, so all fit as they did when an earlier run gave it what it has;
                # what it draws is in the building's figure.
                continue
            elif held.over or held.refusal is not None or not _reachable(evse, held):
                claims.loads.append(Load(nodes[key], base.phases, held.reserve_a(now)))
            else:
                max_a = self._most_a(key, evse.running, seen, tree)
                runs = held.limit_a(now) >= MIN_CURRENT_A and evse.running.state != "full"
                claims.demands.append(
                    Demand(
                        key, max_a, base.phases, nodes[key], evse.running.since, base.priority, running=runs,
                        pinned=runs and now - held.begun_at < PIN_S, resting=now - held.paused_at < REST_S,
                    )
                )  # fmt: skip
        return claims

    def _most_a(self, key: EvseKey, running: Running, seen: Seen, tree: Tree) -> float:
        """The most that a car may be given: a full one has to be able to come back, and where a load is not known
        nobody gets more than the safe share."""
        max_a = self._evses[key].max_a
        if running.wish_a is not None:
            max_a = min(max_a, running.wish_a)
        if running.state == "full":
            max_a = min(max_a, MIN_CURRENT_A)
        if (ceiling := seen.outside.get(key)) is not None:
            max_a = min(max_a, ceiling.limit_a)
        for circuit in tree.path(seen.site.stations[key[0]].circuit):
            # On the supply, "safe" counts the building at its most; what else flows on a feeder has no such figure.
            if self._beside.trust.get(circuit) in (("lost",) if circuit == "main" else ("safe", "lost")):
                max_a = min(max_a, self.held[key].default_a)
        return max_a

    def _allocate(
        self,
        seen: Seen,
        tree: Tree,
        headroom: Mapping[str, Mapping[Phase, float]],
        claims: _Claims,
        places: Mapping[EvseKey, list[Place]],
    ) -> tuple[Allocation, set[EvseKey]]:
        """The allocation, and the EVSEs without a car that are held at 0 A for it (docs/decisions/0051)."""
        strategy = seen.site.strategy
        reserved = [*claims.loads, *claims.idle.values()]
        allocation = allocate(tree, headroom, claims.demands, strategy=strategy, reserved=reserved)
        full = set(allocation.binding.values())
        released = {
            key
            for key in claims.idle
            if not full.isdisjoint(places[key]) and _can_be_released(seen.evses[key], self.held[key])
        }
        if released:
            reserved = [*claims.loads, *(load for key, load in claims.idle.items() if key not in released)]
            allocation = allocate(tree, headroom, claims.demands, strategy=strategy, reserved=reserved)
        return allocation, released

    def _choose(
        self,
        seen: Seen,
        allocation: Allocation,
        places: Mapping[EvseKey, list[Place]],
        room: dict[Place, float],
        tree: Tree,
    ) -> dict[EvseKey, float]:
        """The limit that each EVSE with a transaction is to have now."""
        now = seen.now
        chosen: dict[EvseKey, float] = {}
        wishes = []
        for key, evse in seen.evses.items():
            if evse.running is None:
                continue
            held = self.held[key]
            target_a = allocation.setpoints.get(key)
            if target_a is None:  # it does not obey or is away: keep trying, with no more than it may draw already
                limit_a = held.limit_a(now)
                chosen[key] = limit_a if held.tried_a is None else min(limit_a, held.tried_a)
            elif held.unknown(now):
                chosen[key] = min(target_a, _landing_a(evse))
            else:
                path = tree.path(seen.site.stations[key[0]].circuit)
                may_rise = all(self._beside.trust.get(circuit, "live") in ("live", "lost") for circuit in path)
                wishes.append(Wish(key, held, places[key], target_a, may_rise))
        return chosen | self._gate.limits(wishes, room, now)


def _sums(places: Mapping[EvseKey, list[Place]], currents: Mapping[EvseKey, float]) -> dict[Place, float]:
    found: dict[Place, float] = {}
    for key, current_a in currents.items():
        for place in places[key]:
            found[place] = found.get(place, 0.0) + current_a
    return found


def _reachable(evse: SeenEvse, held: Held) -> bool:
    """Whether setpoints arrive. The state may not know of a connection while the ledger takes no writes, but a station
    that took the last setpoint has one."""
    return evse.connected or (held.obedient and held.tried_a is None)


def _can_be_released(evse: SeenEvse, held: Held) -> bool:
    """Whether an EVSE can be told 0 A, so that others may have what its default takes."""
    return evse.connected and evse.empty and held.default_a > 0 and held.refusal is None and held.tried_a is None


def _landing_a(evse: SeenEvse) -> float:
    """A limit that is no raise for an EVSE whose last one, from an earlier run, is not known: what it draws now."""
    drawn_a = max(evse.reading.values()) if evse.reading is not None else 0.0
    charges = evse.running is not None and evse.running.state == "charging"
    if drawn_a >= MIN_CURRENT_A or charges:
        return max(MIN_CURRENT_A, floor(drawn_a * 10) / 10)
    return 0.0
