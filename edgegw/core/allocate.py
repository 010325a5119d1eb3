"""Allocation: who gets how much of what the feeders can carry. Pure.

A site is a tree of circuits under `main`, three phases each. An EVSE's current flows on each of its phases through
every circuit up to the supply, so a set point takes from each of these *places*: of a phase its own amperes, of
`power`, where a circuit has a limit in watts, those of all its conductors together. A load between two phases loads
both with its current (adding such currents can only overstate what a shared phase carries), and takes the power of
sqrt(3) conductors to neutral.

A car takes 6 A or nothing (IEC 61851-1: less can't be signalled). How what there is goes to who wants it:

- `fair`: everyone in turn gets the minimum while it fits, who does not fit pauses; then all are raised together, and
  who meets a full place or its own maximum stays there while the others rise on (progressive filling, which is the
  max-min fair share). Who has just come begins first, as it counts on all its phases until it has shown which it uses;
  then who runs; of the others, cars on more phases, as who is on one finds room beside them more easily than the other
  way round.
- `first_come`: each in turn gets all it can take, by arrival.
- `deadline`: each in turn gets what it needs, then all it can take, by departure (earliest deadline first). Cars on
  several phases get their minimum before, and what they need where that is known: one that is kept out by one full
  phase leaves its others idle. Who can wait (`Demand.patient`) is served when the others have what they need, where
  some are on more phases than others.

All counting is in whole tenths of an ampere, the step of OCPP's limits: no sum is rounded up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from math import floor, isfinite
from typing import Final, Literal

from edgegw.model.site import Phase, Strategy, Wiring

EvseKey = tuple[str, int]
"""(station, EVSE)"""

Slot = Phase | Literal["power"]
"""What of a circuit can be full: a phase, or `power`, all its phases together (watts by the volts to neutral)."""

Place = tuple[str, Slot]
"""(circuit, slot): one conductor behind one pole of one breaker, or what a limit in watts leaves."""

Headroom = Mapping[str, Mapping[Slot, float]]
"""Per circuit and slot, amperes that are left for EVSEs. A phase that is missing has none, a `power` that is missing is
not limited; a negative one has none."""

MIN_CURRENT_A = 6.0

AHEAD_S: Final = 900.0

_TENTHS = 10
_MIN = 60
_EVER = datetime.max.replace(tzinfo=UTC)

_WHOLE: Final = 100
"""Takings are counted in hundredths: a set point of one tenth takes so many thousandths of an ampere of its phase."""

_BETWEEN: Final = 174
"""sqrt(3) in hundredths, rounded up."""


@dataclass(frozen=True, slots=True)
class Demand:
    """An EVSE whose car wants to charge.

    `phases` are those that carry its current. `running`: it is charging now, so of the same priority it keeps its
    minimum before others get one; `pinned`: it began so recently that not even a higher priority should pause it;
    `resting`: it paused so recently that it should not begin again yet. `leaves_at` is when its driver comes back, as
    far as is known: `deadline` serves by it. `needs_a` is the mean current that brings it until then what it wants,
    None when that is not known. `sated`: it took nothing when it could, so it gets the minimum when all
    others are served, and can come back. `waits` says in words what it waits for, so that it takes nothing now.
    `spread`: what an ampere of it may be on each of its phases, in hundredths (`core.watts`). `patient`: what it needs
    can be had later as well, so `deadline` serves the others first. `fresh`: it has not had its minimum yet since it
    came.
    """

    key: EvseKey
    max_a: float
    phases: tuple[Phase, ...]
    circuit: str = "main"
    since: datetime | None = None
    priority: int = 0
    running: bool = False
    pinned: bool = False
    resting: bool = False
    wiring: Wiring = "neutral"
    leaves_at: datetime | None = None
    needs_a: float | None = None
    sated: bool = False
    waits: str | None = None
    spread: int = 100
    patient: bool = False
    fresh: bool = False

    @property
    def tries(self) -> bool:
        """Whether it has to show on how many of its phases it charges, which only a car does that charges."""
        return self.fresh and len(self.phases) > 1


def needed_a(lacks_wh: float, left_s: float, phases: int, voltage_v: float) -> float:
    """The mean current per phase that brings `lacks_wh` within `left_s`, at `voltage_v` to neutral (`Demand.needs_a`).

    A quarter of an hour less is counted on, as batteries take less towards their end.
    """
    return lacks_wh * 3600.0 / max(left_s - AHEAD_S, AHEAD_S) / (voltage_v * phases)


@dataclass(frozen=True, slots=True)
class Load:
    """A current that flows, or may flow, below `circuit` whatever is decided here. `spread` is as of a Demand."""

    circuit: str
    phases: tuple[Phase, ...]
    current_a: float
    wiring: Wiring = "neutral"
    spread: int = 100


@dataclass(frozen=True, slots=True)
class Allocation:
    """Set points in ampere by EVSE, 0 for a pause. `binding` names the place that keeps an EVSE below its maximum;
    `paused` says in words why one pauses."""

    setpoints: Mapping[EvseKey, float] = field(default_factory=dict)
    binding: Mapping[EvseKey, Place] = field(default_factory=dict)
    paused: Mapping[EvseKey, str] = field(default_factory=dict)


class Tree:
    """The circuits by id with their parents; the supply, `main`, has none.

    Raises ValueError when a parent is not known or circuits hang in a ring.
    """

    def __init__(self, parents: Mapping[str, str | None]) -> None:
        self.ids = tuple(parents)
        self._paths: dict[str, tuple[str, ...]] = {}
        for circuit in parents:
            path: list[str] = []
            at: str | None = circuit
            while at is not None:
                if at not in parents:
                    raise ValueError(f"circuit {path[-1]!r} hangs on {at!r}, which is not a circuit")
                if at in path:
                    raise ValueError(f"circuit {circuit!r} hangs on itself: {' on '.join((*path, at))}")
                path.append(at)
                at = parents[at]
            self._paths[circuit] = tuple(path)

    def path(self, circuit: str) -> tuple[str, ...]:
        """The circuit and those above it. Raises ValueError for one that is not known."""
        try:
            return self._paths[circuit]
        except KeyError:
            raise ValueError(f"there is no circuit {circuit!r}") from None

    def places(self, circuit: str, phases: Collection[Phase]) -> list[Place]:
        """The conductors that a load on `phases` below `circuit` flows through."""
        return [(each, phase) for each in self.path(circuit) for phase in dict.fromkeys(phases)]

    def takes(
        self,
        circuit: str,
        phases: Collection[Phase],
        wiring: Wiring,
        limited: Collection[Place],
        spread: int = _WHOLE,
    ) -> dict[Place, int]:
        """What an ampere of such a load takes of each place, in hundredths of an ampere; of a power only where it is
        among the `limited`. With a `spread` it may be on each of its phases, and is on all of them together."""
        found: dict[Place, int] = dict.fromkeys(self.places(circuit, phases), spread)
        conductors = _BETWEEN if wiring == "line" and len(phases) == 2 else max(spread, _WHOLE * len(set(phases)))
        return found | {(each, "power"): conductors for each in self.path(circuit) if (each, "power") in limited}


def allocate(
    tree: Tree,
    headroom: Headroom,
    demands: Sequence[Demand],
    *,
    strategy: Strategy = "fair",
    reserved: Sequence[Load] = (),
) -> Allocation:
    """Share `headroom` less `reserved` among `demands`.

    Whatever the input: of every place the set points take no more than its headroom, and each is 0 or from 6 A to
    `max_a`, in tenths of an ampere rounded down. The same input gives the same answer, and with the answer's set points
    as `running` it comes out again. Higher `priority` is served before lower; `first_come` gives each all it can take
    by `since`, `deadline` by `leaves_at` (who has not told comes after those who have), `fair` shares evenly. Raises
    ValueError for a current that is no finite number, for an EVSE named twice or without phases, and for a circuit that
    `tree` does not have.
    """
    left = _left(tree, headroom, reserved)
    cars = [_Car(tree, demand, left) for demand in demands]
    if len({car.key for car in cars}) < len(cars):
        raise ValueError("an EVSE has two demands")
    cars.sort(key=_TURNS[strategy])
    hungry = [car for car in cars if not car.demand.sated]
    paused: dict[EvseKey, str] = {}
    if strategy == "fair":
        running = [car for car in hungry if _begin(car, left, paused)]
        running.sort(key=lambda car: (-car.demand.priority, car.key))
        for _, tier in groupby(running, key=lambda car: car.demand.priority):
            _raise_together(list(tier), left)
    elif strategy == "first_come":
        for car in hungry:
            if _begin(car, left, paused):
                _raise_alone(car, left)
    else:
        _serve_by_deadline(hungry, left, paused)
    for car in cars:
        if car.demand.sated:
            _begin(car, left, paused)
    return Allocation(
        {car.key: car.tenths / _TENTHS for car in cars},
        {car.key: car.binding for car in cars if car.binding is not None},
        paused,
    )


class _Car:
    """A demand while it is served: `tenths` of an ampere so far; each takes so much of each place, in thousandths."""

    __slots__ = ("binding", "demand", "key", "max_tenths", "needs_tenths", "takes", "tenths")

    def __init__(self, tree: Tree, demand: Demand, limited: Collection[Place]) -> None:
        if not demand.phases:
            raise ValueError(f"EVSE {demand.key} has no phases")
        self.demand = demand
        self.key = demand.key
        self.needs_tenths = None if demand.needs_a is None else max(_MIN, -_tenths(-demand.needs_a, "needs_a"))
        self.max_tenths = _tenths(min(demand.max_a, MIN_CURRENT_A) if demand.sated else demand.max_a, "max_a")
        self.takes = tree.takes(demand.circuit, demand.phases, demand.wiring, limited, demand.spread)
        self.tenths = 0
        self.binding: Place | None = None


def _turn(car: _Car) -> tuple[bool, int, bool, bool, int, datetime, EvseKey]:
    demand = car.demand
    return (
        not demand.pinned, -demand.priority, not demand.tries, not demand.running, -len(demand.phases),
        demand.since or _EVER, car.key,
    )  # fmt: skip


def _first_come(car: _Car) -> tuple[int, datetime, EvseKey]:
    return -car.demand.priority, car.demand.since or _EVER, car.key


def _by_departure(car: _Car) -> tuple[int, datetime, datetime, EvseKey]:
    demand = car.demand
    return -demand.priority, demand.leaves_at or _EVER, demand.since or _EVER, car.key


_TURNS: Final = {"fair": _turn, "first_come": _first_come, "deadline": _by_departure}
"""In which order cars are served: for `fair` with their minimum, else with all that they can take."""


def _tenths(current_a: float, name: str) -> int:
    if not isfinite(current_a):
        raise ValueError(f"{name} is {current_a}, which is no current")
    # 16.1 is stored as a little more or less; a millionth of a step keeps it, and adds a tenth of a microampere.
    return floor(current_a * _TENTHS + 1e-6)


def _left(tree: Tree, headroom: Headroom, reserved: Sequence[Load]) -> dict[Place, int]:
    """Thousandths of an ampere to give away in each place that has headroom at all, in whole tenths."""
    exact = {(circuit, slot): a for circuit in tree.ids for slot, a in headroom.get(circuit, {}).items()}
    for load in reserved:
        if not (isfinite(load.current_a) and load.current_a >= 0):
            raise ValueError(f"a reserved current is {load.current_a}")
        for place, share in tree.takes(load.circuit, load.phases, load.wiring, exact, load.spread).items():
            if place in exact:
                exact[place] -= load.current_a * share / _WHOLE
    return {place: max(0, _tenths(a, f"headroom of {place[0]} {place[1]}")) * _WHOLE for place, a in exact.items()}


def _begin(car: _Car, left: dict[Place, int], paused: dict[EvseKey, str]) -> bool:
    """Give a car its minimum, or say why it pauses."""
    if car.max_tenths < _MIN:
        paused[car.key] = "it may draw less than 6 A, which can't be signalled"
    elif car.demand.waits is not None:
        paused[car.key] = car.demand.waits
    elif car.demand.resting:
        paused[car.key] = "it paused a moment ago"
    else:
        for place, share in car.takes.items():
            if left.get(place, 0) < _MIN * share:
                car.binding = place
                paused[car.key] = f"less than 6 A is left on {place[0]} {place[1]}"
                return False
        for place, share in car.takes.items():
            left[place] -= _MIN * share
        car.tenths = _MIN
        return True
    return False


def _serve_by_deadline(cars: list[_Car], left: dict[Place, int], paused: dict[EvseKey, str]) -> None:
    running = []
    # Where all are on as many phases, the order of departure alone is next to the optimum, and pauses nobody.
    mixed = len({len(car.demand.phases) for car in cars}) > 1
    tiers = groupby(sorted(cars, key=_tier), key=_tier) if mixed else [(None, cars)]
    for _, tier in tiers:
        in_turn = sorted(tier, key=lambda car: len(car.demand.phases) == 1 or car.needs_tenths is None)
        begun = {car.key for car in in_turn if len(car.demand.phases) > 1 and _begin(car, left, paused)}
        for car in in_turn:
            if car.key in begun or (len(car.demand.phases) == 1 and _begin(car, left, paused)):
                running.append(car)
                _raise_alone(car, left, car.needs_tenths)
    for car in running:
        _raise_alone(car, left)


def _tier(car: _Car) -> tuple[int, bool]:
    return -car.demand.priority, car.demand.patient


def _raise_alone(car: _Car, left: dict[Place, int], most_tenths: int | None = None) -> None:
    """Raise a car as far as it goes, or to `most_tenths`."""
    wanted = max(0, (car.max_tenths if most_tenths is None else min(car.max_tenths, most_tenths)) - car.tenths)
    tightest = min(car.takes, key=lambda place: left[place] // car.takes[place])
    more = min(wanted, left[tightest] // car.takes[tightest])
    if more < wanted:
        car.binding = tightest
    car.tenths += more
    for place, share in car.takes.items():
        left[place] -= more * share


class _Filling:
    """Cars that rise together from the same current, and what a step of all of them takes of each place."""

    def __init__(self, cars: list[_Car], left: dict[Place, int]) -> None:
        self.left = left
        self.level = _MIN
        self.active = {car.key for car in cars}
        self.on: dict[Place, dict[EvseKey, _Car]] = {}
        self.step: dict[Place, int] = {}
        for car in cars:
            for place, share in car.takes.items():
                self.on.setdefault(place, {})[car.key] = car
                self.step[place] = self.step.get(place, 0) + share

    def rise(self, tenths: int) -> None:
        """Raise all by so much."""
        self.level += tenths
        for place, share in self.step.items():
            self.left[place] -= tenths * share

    def stay(self, car: _Car, tenths: int, binding: Place | None) -> None:
        """A car stays at `tenths` and rises no more."""
        car.tenths, car.binding = tenths, binding
        self.active.discard(car.key)
        for place, share in car.takes.items():
            del self.on[place][car.key]
            self.step[place] -= share
            self.left[place] -= (tenths - self.level) * share


def _raise_together(cars: list[_Car], left: dict[Place, int]) -> None:
    """Raise `cars`, which have the same current, evenly until each is at its maximum or meets a full place.

    When a place has less left than a tenth for each of its cars, the first of them in the order of `cars` get one more:
    nothing is left that somebody could use.
    """
    filling = _Filling(cars, left)
    rising = sorted(cars, key=lambda car: -car.max_tenths)  # the last one reaches its maximum first
    active = filling.active
    while active:
        while rising[-1].key not in active:
            rising.pop()
        step = rising[-1].max_tenths - filling.level
        for place, share in filling.step.items():
            if share and left[place] < step * share:
                step = left[place] // share
        filling.rise(step)
        while rising and (rising[-1].key not in active or rising[-1].max_tenths == filling.level):
            car = rising.pop()
            if car.key in active:
                filling.stay(car, filling.level, None)
        scarce = [place for place, share in filling.step.items() if left[place] < share]
        for place in scarce:
            for car in list(filling.on[place].values()):
                full = next((each for each, share in car.takes.items() if left[each] < share), None)
                if full is not None:
                    filling.stay(car, filling.level, full)
                elif left[place] < filling.step[place]:
                    filling.stay(car, filling.level + 1, place)
