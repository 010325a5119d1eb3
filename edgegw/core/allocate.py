"""Allocation: who gets how much of what the feeders can carry. Pure.

A site is a tree of circuits under `main`, three phases each. An EVSE's current flows on each of its phases through
every circuit up to the supply, so a set point takes the same amperes from each of these *places* (circuit, phase). This
holds for both kinds of wiring: a load between two phases loads both with its current, and adding amperes of such loads
can only overstate what a shared phase carries.

A car takes 6 A or nothing (IEC 61851-1: less can't be signalled), so there are two steps. First everyone in turn gets
the minimum while it fits; who does not fit pauses. Then what is left goes by the strategy: `fair` raises all together,
and who meets a full place or its own maximum stays there while the others rise on (progressive filling, which is the
max-min fair share). All counting is in whole tenths of an ampere, the step of OCPP's limits: no sum is rounded up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from math import floor, isfinite

from edgegw.model.site import Phase, Strategy

EvseKey = tuple[str, int]
"""(station, EVSE)"""

Place = tuple[str, Phase]
"""(circuit, phase): one conductor behind one pole of one breaker."""

Headroom = Mapping[str, Mapping[Phase, float]]
"""Per circuit and phase, amperes that are left for EVSEs. A phase that is missing has none; a negative one has none."""

MIN_CURRENT_A = 6.0

_TENTHS = 10
_MIN = 60
_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Demand:
    """An EVSE whose car wants to charge.

    `phases` are those that carry its current. `running`: it is charging now, so of the same priority it keeps its
    minimum before others get one; `pinned`: it began so recently that not even a higher priority should pause it;
    `resting`: it paused so recently that it should not begin again yet.
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


@dataclass(frozen=True, slots=True)
class Load:
    """A current that flows, or may flow, below `circuit` whatever is decided here."""

    circuit: str
    phases: tuple[Phase, ...]
    current_a: float


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
        """Where a load on `phases` below `circuit` flows."""
        return [(each, phase) for each in self.path(circuit) for phase in dict.fromkeys(phases)]


def allocate(
    tree: Tree,
    headroom: Headroom,
    demands: Sequence[Demand],
    *,
    strategy: Strategy = "fair",
    reserved: Sequence[Load] = (),
) -> Allocation:
    """Share `headroom` less `reserved` among `demands`.

    Whatever the input: on every place the set points add up to no more than its headroom, and each is 0 or from 6 A to
    `max_a`, in tenths of an ampere rounded down. The same input gives the same answer, and with the answer's set points
    as `running` it comes out again. Higher `priority` is served before lower; `first_come` gives each all it can take
    by `since`, `fair` and `deadline` share evenly. Raises ValueError for a current that is no finite number, for an
    EVSE named twice or without phases, and for a circuit that `tree` does not have.
    """
    left = _left(tree, headroom, reserved)
    cars = [_Car(tree, demand) for demand in demands]
    if len({car.key for car in cars}) < len(cars):
        raise ValueError("an EVSE has two demands")
    cars.sort(key=_first_come if strategy == "first_come" else _turn)
    paused: dict[EvseKey, str] = {}
    if strategy == "first_come":
        for car in cars:
            if _begin(car, left, paused):
                _raise_alone(car, left)
    else:
        running = [car for car in cars if _begin(car, left, paused)]
        running.sort(key=lambda car: (-car.demand.priority, car.key))
        for _, tier in groupby(running, key=lambda car: car.demand.priority):
            _raise_together(list(tier), left)
    return Allocation(
        {car.key: car.tenths / _TENTHS for car in cars},
        {car.key: car.binding for car in cars if car.binding is not None},
        paused,
    )


class _Car:
    """A demand while it is served: `tenths` of an ampere so far, from each of `places`."""

    __slots__ = ("binding", "demand", "key", "max_tenths", "places", "tenths")

    def __init__(self, tree: Tree, demand: Demand) -> None:
        if not demand.phases:
            raise ValueError(f"EVSE {demand.key} has no phases")
        self.demand = demand
        self.key = demand.key
        self.max_tenths = _tenths(demand.max_a, "max_a")
        self.places = tree.places(demand.circuit, demand.phases)
        self.tenths = 0
        self.binding: Place | None = None


def _turn(car: _Car) -> tuple[bool, int, bool, datetime, EvseKey]:
    demand = car.demand
    return not demand.pinned, -demand.priority, not demand.running, demand.since or _EVER, car.key


def _first_come(car: _Car) -> tuple[int, datetime, EvseKey]:
    return -car.demand.priority, car.demand.since or _EVER, car.key


def _tenths(current_a: float, name: str) -> int:
    if not isfinite(current_a):
        raise ValueError(f"{name} is {current_a}, which is no current")
    # 16.1 is stored as a little more or less; a millionth of a step keeps it, and adds a tenth of a microampere.
    return floor(current_a * _TENTHS + 1e-6)


def _left(tree: Tree, headroom: Headroom, reserved: Sequence[Load]) -> dict[Place, int]:
    """Tenths of an ampere to give away in each place that has headroom at all."""
    exact = {(circuit, phase): a for circuit in tree.ids for phase, a in headroom.get(circuit, {}).items()}
    for load in reserved:
        if not (isfinite(load.current_a) and load.current_a >= 0):
            raise ValueError(f"a reserved current is {load.current_a}")
        for place in tree.places(load.circuit, load.phases):
            if place in exact:
                exact[place] -= load.current_a
    return {place: max(0, _tenths(a, f"headroom of {place[0]} {place[1]}")) for place, a in exact.items()}


def _begin(car: _Car, left: dict[Place, int], paused: dict[EvseKey, str]) -> bool:
    """Give a car its minimum, or say why it pauses."""
    if car.max_tenths < _MIN:
        paused[car.key] = "it may draw less than 6 A, which can't be signalled"
    elif car.demand.resting:
        paused[car.key] = "it paused a moment ago"
    else:
        for place in car.places:
            if left.get(place, 0) < _MIN:
                car.binding = place
                paused[car.key] = f"less than 6 A is left on {place[0]} {place[1]}"
                return False
        for place in car.places:
            left[place] -= _MIN
        car.tenths = _MIN
        return True
    return False


def _raise_alone(car: _Car, left: dict[Place, int]) -> None:
    tightest = min(car.places, key=left.__getitem__)
    more = min(car.max_tenths - car.tenths, left[tightest])
    if more < car.max_tenths - car.tenths:
        car.binding = tightest
    car.tenths += more
    for place in car.places:
        left[place] -= more


def _raise_together(cars: list[_Car], left: dict[Place, int]) -> None:
    """Raise `cars`, which have the same current, evenly until each is at its maximum or meets a full place.

    When a place has less left than a tenth for each of its cars, the first of them in the order of `cars` get one more:
    nothing is left that somebody could use.
    """
    on: dict[Place, dict[EvseKey, _Car]] = {}
    for car in cars:
        for place in car.places:
            on.setdefault(place, {})[car.key] = car
    rising = sorted(cars, key=lambda car: -car.max_tenths)  # the last one reaches its maximum first
    active = {car.key for car in cars}
    level = _MIN

    def stay(car: _Car, tenths: int, binding: Place | None) -> None:
        car.tenths, car.binding = tenths, binding
        active.discard(car.key)
        for place in car.places:
            del on[place][car.key]
            left[place] -= tenths - level

    while active:
        while rising[-1].key not in active:
            rising.pop()
        step = rising[-1].max_tenths - level
        for place, here in on.items():
            if here and left[place] < step * len(here):
                step = left[place] // len(here)
        level += step
        for place, here in on.items():
            left[place] -= step * len(here)
        while rising and (rising[-1].key not in active or rising[-1].max_tenths == level):
            car = rising.pop()
            if car.key in active:
                stay(car, level, None)
        full = [place for place, here in on.items() if here and left[place] == 0]
        if full:
            for place in full:
                for car in list(on[place].values()):
                    stay(car, level, place)
            continue
        scarce = next((place for place, here in on.items() if left[place] < len(here)), None)
        if scarce is not None:
            stay(next(iter(on[scarce].values())), level + 1, scarce)
