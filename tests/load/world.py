"""A site to try the loop's decisions on, without I/O: stations that hold profiles as OCPP says, cars, a building.

`World.turn` is one second: the cars follow their limits (down only after OBEYS_IN_S), the meters read, the loop
decides, the stations answer. It knows what the loop can only guess: `most` is what may flow in each place at this
moment, with a car arriving at every free EVSE.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from edgegw.core.allocate import Place
from edgegw.core.fallback import fallback, limits_of, phases_of, tree_of
from edgegw.core.fold import apply, fold
from edgegw.core.price import tariff_digest
from edgegw.load.balance import Balance
from edgegw.load.prospect import Prospect
from edgegw.load.view import look
from edgegw.model.commands import Limiting, Setpoint
from edgegw.model.facts import PhasesLearned
from edgegw.model.samples import Latest, MeterSample
from edgegw.model.site import PHASES, ChargingStation, Connector, Evse, Phase, Site, Supply
from edgegw.model.state import ConnectorState, PolicyLimit, State, StationState, Transaction
from tests.support.clock import FakeClock

OBEYS_IN_S = 5.0
"""A car may take this long to follow a lower limit (IEC 61851-1)."""

VOLTAGE_V = 230.0

CHANGE_S = 10.0
"""How long it takes at least until another car can draw at an EVSE that one has just left."""

Manner = Literal["good", "refuses", "silent", "loses_answers", "deaf_car", "never_pauses"]
"""`silent`: it neither takes nor answers; `loses_answers`: it takes, and the connection breaks before its answer comes;
`deaf_car`: it accepts, and the car draws all that it can; `never_pauses`: it refuses what is below 6 A."""


def station(name: str, *phases: Phase, evses: int = 1, max_a: float = 32.0, **more: Any) -> ChargingStation:
    places = tuple(
        Evse(name, number, max_a, phases or PHASES, connectors=(Connector(1, "cType2"),))
        for number in range(1, evses + 1)
    )
    return ChargingStation(name, name, places, **more)


def site(*stations: ChargingStation, of_site: Mapping[str, Any] = MappingProxyType({}), **supply: Any) -> Site:
    """A site whose supply has 63 A, of which the building takes 20 A at most, unless told."""
    told: dict[str, Any] = {"limit_a": 63.0, "building_max_a": 20.0, "voltage_v": VOLTAGE_V} | supply
    return Site("site", "Site", stations={each.id: each for each in stations}, supply=Supply(**told), **of_site)


@dataclass
class Outlet:
    """An EVSE with what its station holds and the car at it."""

    evse: Evse
    default_a: float
    manner: Manner = "good"
    online: bool = True
    answers_after_s: float = 0.0
    transaction: str | None = None
    car_a: float = 0.0
    car_phases: int = 3
    """On how many of the EVSE's phases its car charges."""
    full: bool = False
    ended_at: float = float("-inf")
    tx: tuple[float, float] | None = None
    idle: tuple[float, float] | None = None
    drawn_a: float = 0.0
    fell_at: float | None = None

    wired: tuple[Phase, ...] = ()
    """The site's phases that are on its terminals, where the file errs or does not say."""
    in_watts: bool = False
    """Its station takes its limit as a power of all its phases, which a car may draw on those that it uses."""
    least_life_s: int = 0
    """Its station refuses a limit that lives shorter."""

    def uses(self, phase: Phase) -> bool:
        """Whether its car draws from this phase, or the next one may, when there is none."""
        on = self.wired or self.evse.phases
        return phase in (on if self.transaction is None else on[: self.car_phases])

    def reads(self) -> dict[Phase, float]:
        """What its station reads, by the names that the file gives the terminals."""
        return {
            phase: self.drawn_a if number < self.car_phases else 0.0 for number, phase in enumerate(self.evse.phases)
        }

    def limit_a(self, now: float) -> float:
        """What the station allows now, or would if a car came."""
        if self.manner == "deaf_car":
            return self.evse.max_a
        for profile in (self.tx if self.transaction is not None else None, self.idle):
            if profile is not None and now < profile[1]:
                return profile[0]
        return self.default_a

    def may_draw_a(self, now: float) -> float:
        """What may flow on one of its phases by that limit."""
        limit_a, phases = self.limit_a(now), len(self.evse.phases)
        if not self.in_watts or self.manner == "deaf_car":
            return limit_a
        used = self.car_phases if self.transaction is not None else 1
        return max(limit_a, min(limit_a * phases / used, self.evse.max_a))

    def follow(self, now: float) -> None:
        """The car draws what it may; less only OBEYS_IN_S after it was told, which is as late as it may be."""
        wants_a = 0.0 if self.transaction is None or self.full else min(self.car_a, self.may_draw_a(now))
        wants_a = wants_a if wants_a >= 6.0 else 0.0
        if wants_a >= self.drawn_a or self.transaction is None or self.full:
            self.drawn_a, self.fell_at = wants_a, None
        else:
            self.fell_at = now if self.fell_at is None else self.fell_at
            if now - self.fell_at >= OBEYS_IN_S:
                self.drawn_a, self.fell_at = wants_a, None


@dataclass
class World:
    site: Site
    building: Mapping[Phase, float] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=lambda: {"supply": "grid"})
    limiting: Mapping[str, Limiting] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.site.supply is not None
        self.clock = FakeClock()
        self.state = State()
        self.tree = tree_of(self.site.supply)
        self.phases = phases_of(self.site.supply)
        in_watts = {(name, number) for name, each in self.limiting.items() for number in each.in_watts}
        safe = fallback(self.site, in_watts)
        self.evses = {
            (each.id, evse.id): Outlet(evse, safe[each.id, evse.id], in_watts=(each.id, evse.id) in in_watts)
            for each in self.site.stations.values()
            for evse in each.evses
        }
        for name, each in self.limiting.items():
            for key, place in self.evses.items():
                if key[0] == name:
                    place.least_life_s = each.least_life_s
        self.balance = Balance(self.roles)
        self.samples: dict[str, tuple[MeterSample, float]] = {}
        self.untaken: set[tuple[str, int]] = set()
        """EVSEs whose station has refused the default limit."""
        self.meter_works = True
        self.prospect: Callable[[datetime], Prospect | None] = lambda at: None
        """What is foreseen at a moment."""
        self.solar_w = 0.0
        """What the site generates; it shows in the supply's power alone, as if it were on phases of its own."""
        self.readings_every_s = 1
        self.meter_late_s = 0
        """How old what the meter shows is."""
        self.restless_a = 0.0
        """Standard deviation of what the building does beside `building`, each second anew."""
        self.chance = random.Random(1)
        self._flowed: deque[dict[Phase, float]] = deque(maxlen=10)
        self.sent: list[tuple[float, Setpoint]] = []
        self._answers: list[tuple[float, Setpoint, str | None, Manner]] = []
        self._transactions = 0
        self._folded = 0
        for name in self.site.stations:
            self.state.stations[name] = StationState(name, connected=True, changed_at=self.clock.now())
        for station_, evse in self.evses:
            self.status(station_, evse, "available")

    @property
    def now(self) -> float:
        return self.clock.elapsed_s

    # What happens at the site

    def arrive(self, name: str, evse: int = 1, *, car_a: float = 32.0, car_phases: int = 3, **row: Any) -> None:
        """A car's transaction begins, and the car draws what it may at once."""
        place = self.evses[name, evse]
        self._transactions += 1
        place.transaction, place.car_a, place.full, place.tx = f"T{self._transactions}", car_a, False, None
        place.car_phases = car_phases
        tariff = self.site.tariffs.get("default")
        digest = "" if tariff is None else tariff_digest(tariff)
        transaction = Transaction(
            id=place.transaction, station=name, evse=evse, connector=1, number=self._transactions, reference="",
            ocpp="1.6", started_at=self.clock.now(), tariff="default", tariff_digest=digest, **row,
        )  # fmt: skip
        self.state.transactions[transaction.id] = transaction
        self.state.at_evse[name, evse] = transaction.id
        self.status(name, evse, "charging")

    def leave(self, name: str, evse: int = 1) -> None:
        place = self.evses[name, evse]
        if place.transaction is not None:
            place.transaction, place.tx, place.ended_at = None, None, self.now
            del self.state.at_evse[name, evse]
            self.status(name, evse, "available")

    def connect(self, name: str, online: bool) -> None:
        for key, place in self.evses.items():
            if key[0] == name:
                place.online = online
        self.state.stations[name] = StationState(name, connected=online, changed_at=self.clock.now())

    def limit(self, target: str, limit_a: float | None = None, limit_w: float | None = None, **more: Any) -> None:
        until: datetime | None = more.get("until")
        self.state.limits[target] = PolicyLimit(target, limit_a, limit_w, until, "test", self.clock.now())

    def restart(self) -> None:
        """The gateway is started anew: it knows the ledger, and nothing of what was said."""
        self.balance = Balance(self.roles)
        self._answers, self._folded = [], 0
        self.samples = {}

    # A second

    def turn(self, seconds: int = 1) -> None:
        for _ in range(seconds):
            for place in self.evses.values():
                place.follow(self.now)
            self._measure()
            self.balance.read_meters(self.latest, self.site, self.now)
            at = self.clock.now()
            prospect = self.prospect(at)
            seen = look(self.site, self.state, self.latest, self.now, at, prospect, self.untaken, self.limiting)
            for setpoint in self.balance.turn(seen):
                self._send(setpoint)
            for fact in self.balance.facts[self._folded :]:
                if isinstance(fact, PhasesLearned):
                    apply(self.state, fold(self.state, fact))
            self._folded = len(self.balance.facts)
            self._answer()
            self.clock.advance(1)
            self._answer()

    def turn_without_gateway(self) -> None:
        for place in self.evses.values():
            place.follow(self.now)
        self.clock.advance(1)

    def _send(self, setpoint: Setpoint) -> None:
        self.sent.append((self.now, setpoint))
        place = self.evses[setpoint.station, setpoint.evse]
        manner = place.manner
        if manner == "never_pauses":
            manner = "refuses" if setpoint.limit_a < 6.0 else "good"
        if setpoint.life_s < place.least_life_s:
            manner = "refuses"
        if place.online and manner in ("good", "loses_answers", "deaf_car"):
            profile = (setpoint.limit_a, self.now + setpoint.life_s)
            if place.transaction is not None:
                place.tx = profile
            else:
                place.idle = profile
            place.follow(self.now)
        takes_s = 30.0 if place.online and manner == "silent" else place.answers_after_s
        self._answers.append((self.now + takes_s, setpoint, place.transaction, manner))

    def _answer(self) -> None:
        due = [each for each in self._answers if each[0] <= self.now]
        self._answers = [each for each in self._answers if each[0] > self.now]
        for _, setpoint, transaction, manner in due:
            place = self.evses[setpoint.station, setpoint.evse]
            if place.online and manner in ("good", "deaf_car"):
                self.balance.accepted(setpoint, transaction, self.now)
            else:
                connected = place.online and manner != "loses_answers"
                self.balance.failed(setpoint, transaction, manner, connected=connected, now=self.now)

    def _measure(self) -> None:
        if self.meter_works and (identity := self.roles.get("supply")) is not None:
            self._flowed.append({phase: self.flows("main", phase) for phase in self.phases})
            currents = {
                phase: max(0.0, a + self.chance.gauss(0, self.restless_a) if self.restless_a else a)
                for phase, a in self._flowed[max(-len(self._flowed), -1 - self.meter_late_s)].items()
            }
            self._observe(f"meters/{identity}", currents, power_w=sum(currents.values()) * VOLTAGE_V - self.solar_w)
            for role in self.roles:
                kind, _, circuit = role.partition(":")
                if kind == "circuit":
                    self._observe(
                        f"meters/{self.roles[role]}", {phase: self._cars((circuit, phase)) for phase in self.phases}
                    )
        if round(self.now) % self.readings_every_s == 0:
            for (name, number), place in self.evses.items():
                if place.online and place.transaction is not None:
                    self._observe(f"stations/{name}/{number}", place.reads())

    def _observe(self, source: str, currents: Mapping[Phase, float], **values: float) -> None:
        values |= {f"current_{phase.lower()}_a": a for phase, a in currents.items()}
        self.samples[source] = (MeterSample(source, self.clock.now(), values), self.now)

    def latest(self, source: str) -> Latest | None:
        found = self.samples.get(source)
        return Latest(found[0], self.now - found[1]) if found is not None else None

    def status(self, name: str, evse: int, status: Any) -> None:
        row = ConnectorState(name, evse, 1, status, self.clock.now())
        self.state.connectors[f"{name}/{evse}/1"] = row

    # What is so

    def _on(self, place: Place) -> list[Outlet]:
        circuit, phase = place
        return [
            each
            for (name, _), each in self.evses.items()
            if each.uses(phase) and circuit in self.tree.path(self.site.stations[name].circuit)
        ]

    def _cars(self, place: Place) -> float:
        return sum(each.drawn_a for each in self._on(place))

    def flows(self, circuit: str = "main", phase: Phase = "L1") -> float:
        """What really flows there."""
        return self._cars((circuit, phase)) + (self.building.get(phase, 0.0) if circuit == "main" else 0.0)

    def most(self, place: Place) -> float:
        """What may flow there: each EVSE at its limit or, while its car still follows, at what it draws.

        An EVSE whose last car has just left counts at nothing for a while: the next one has to be plugged in first.
        """
        sum_a = self.building.get(place[1], 0.0) if place[0] == "main" else 0.0
        for each in self._on(place):
            if each.transaction is not None or self.now - each.ended_at > CHANGE_S:
                sum_a += max(each.may_draw_a(self.now), each.drawn_a)
        return sum_a

    def places(self) -> dict[Place, float]:
        """The breaker of each place."""
        assert self.site.supply is not None
        return {(circuit, phase): a for circuit, a in limits_of(self.site.supply).items() for phase in self.phases}

    def holds(self, name: str, evse: int = 1) -> float:
        return self.evses[name, evse].limit_a(self.now)

    def told(self, name: str, evse: int = 1) -> list[float]:
        """The limits that were sent to an EVSE, in order, refreshes left out."""
        found: list[float] = []
        for _, setpoint in self.sent:
            if (setpoint.station, setpoint.evse) == (name, evse) and found[-1:] != [setpoint.limit_a]:
                found.append(setpoint.limit_a)
        return found

    def facts(self, kind: str) -> list[Any]:
        return [fact for fact in self.balance.facts if fact.type == kind]

    def later(self, seconds: float) -> datetime:
        return self.clock.now() + timedelta(seconds=seconds)
