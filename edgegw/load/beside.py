"""What flows beside the cars on each circuit. No I/O.

A supply meter reads cars and building together, each second; a station tells what its car draws each ten seconds or
each minute. Between, what the car draws is only known to lie between two bounds, so the building lies between two as
well. An estimate that is still between them stays; one that is not moves to the nearer bound. So the building's own
changes are seen at once and a car that follows a raise is not taken for the building.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from edgegw.core.allocate import EvseKey, Place, Slot, Tree
from edgegw.core.fallback import phases_of
from edgegw.core.watts import on_one_phase_a
from edgegw.load.held import LEAD_S, OBEY_S, Held
from edgegw.load.meter import Currents, Meter, Trust, read_meter
from edgegw.load.view import FindLatest
from edgegw.model.site import PHASES, Phase, Site, Wiring

READING_S: Final = 75.0
"""How long a station's reading tells what its car draws: many report once a minute, and a car that stops is told of by
its status at once."""


LATELY_S: Final = 2.5
"""A meter's reading is so old at most where all is well, and may have in it what a car drew that has stopped since."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What an EVSE draws per phase, at least and at most.

    `turns`: where its wiring is not sure, each way in which the phases of its readings can be the site's.
    """

    low: Currents = field(default_factory=dict)
    high: Currents = field(default_factory=dict)
    wiring: Wiring = "neutral"
    turns: tuple[Mapping[Phase, Phase], ...] = ()

    def power_a(self, currents: Currents) -> float:
        """One of the two as a power, in amperes of one conductor to neutral."""
        if self.wiring == "line":
            return 3**0.5 * max(currents.values(), default=0.0)
        return sum(currents.values())

    def at_least(self) -> dict[Slot, float]:
        """What it takes of each slot at least, however it is wired."""
        return _slots(self, self.low) | self._over(self.low, min)

    def at_most(self) -> dict[Slot, float]:
        """What it may take of each slot."""
        return _slots(self, self.high) | self._over(self.high, max)

    def _over(self, currents: Currents, of: Callable[[Iterable[float]], float]) -> dict[Slot, float]:
        flows = [{turn.get(phase, phase): a for phase, a in currents.items()} for turn in self.turns]
        return {phase: of(flow.get(phase, 0.0) for flow in flows) for phase in PHASES} if flows else {}


NOTHING: Final = Draw()


def anywhere(drawn: Draw, phases: tuple[Phase, ...]) -> Draw:
    """What a car draws of which it is not sure on which of `phases` it does."""
    return Draw({}, dict.fromkeys(phases, max(drawn.high.values(), default=0.0)), drawn.wiring)


def draw(
    held: Held,
    phases: tuple[Phase, ...],
    reading: Currents | None,
    read_at: float,
    now: float,
    *,
    away: bool = False,
    wiring: Wiring = "neutral",
    turns: tuple[Mapping[Phase, Phase], ...] = (),
    conductors: int = 1,
) -> Draw:
    """What the car of a running transaction draws, by the station's last `reading` (taken at `read_at`).

    Right after its limit changed it may draw anything up to that; so may one whose station is `away`, as long as its
    last limit rules: it could have stopped unheard. Else, without a reading that is still good, it draws nothing that
    could be taken off the supply's: the building is then overstated, never understated.

    Of a limit in watts, all that is meant for `conductors` may flow on one of them.

    What a car draws beyond all that it may is none of its own: it counts as the building's, so that others make room
    for it with the supply meter's next reading, whatever its station has accepted.
    """
    most_a = on_one_phase_a(held.reserve_a(now), conductors, held.max_a)
    if reading is not None and not away and read_at >= held.heard_at and now - read_at <= READING_S:
        if read_at >= held.changed_at + OBEY_S:
            drawn = {phase: min(a, most_a) for phase, a in reading.items()}
            return Draw(drawn, drawn, wiring, turns)
        limit_a = on_one_phase_a(held.limit_a(now), conductors, held.max_a)
        low = {phase: min(a, limit_a) for phase, a in reading.items()}
        return Draw(low, {phase: max(most_a, low.get(phase, 0.0)) for phase in phases}, wiring, turns)
    if now - held.changed_at <= READING_S or (away and now < held.accepted_until + LEAD_S):
        return Draw({}, dict.fromkeys(phases, most_a), wiring, turns)
    return NOTHING


def estimate(before_a: float | None, measured_a: float, low_a: float, high_a: float) -> float:
    """What flows beside cars that draw `low_a` to `high_a` where `measured_a` flows in all; `before_a` is the last
    estimate. Never less than 0: what the site generates can end from one second to the next."""
    most_a = measured_a - low_a
    least_a = measured_a - high_a
    return max(0.0, most_a if before_a is None else min(max(before_a, least_a), most_a))


def _slots(drawn: Draw, currents: Currents) -> dict[Slot, float]:
    found: dict[Slot, float] = {"power": drawn.power_a(currents)}
    for phase, a in currents.items():
        found[phase] = a
    return found


def _between(
    before_a: float | None, measured_a: float, low: Mapping[Place, float], high: Mapping[Place, float], circuit: str
) -> float:
    """As `estimate`, but of a power, which may be negative."""
    most_a, least_a = measured_a - low.get((circuit, "power"), 0.0), measured_a - high.get((circuit, "power"), 0.0)
    return most_a if before_a is None else min(max(before_a, least_a), most_a)


class Beside:
    """The site's meters and what they tell of all that is no car. `roles` maps what is measured to the meter's id.

    After `judge` and `look`: `trust` of each circuit that is measured, `measured` what its meter reads, `currents` what
    flows beside the cars, `powers` the same of all phases of a circuit together (in ampere of one conductor, negative
    where more is generated than used), and `lost`, why the supply's load can't be known, None while it can.
    """

    def __init__(self, roles: Mapping[str, str]) -> None:
        self._roles = {
            role: meter
            for role, meter in roles.items()
            if role in ("supply", "building") or role.startswith("circuit:")
        }
        self._meters: dict[str, Meter] = {}
        self._watts: dict[str, float] = {}
        self.trust: dict[str, Trust] = {}
        self.measured: dict[Place, float] = {}
        self.currents: dict[Place, float] = {}
        self.powers: dict[str, float] = {}
        self.supply_w: float | None = None
        """What the supply draws now, of all phases, negative for export; None while no meter tells it."""
        self.lost: str | None = None

    def read(self, latest: FindLatest, site: Site, now: float) -> None:
        """Take the newest samples of the site's meters."""
        for role, identity in self._roles.items():
            read_meter(self._meters.setdefault(role, Meter(identity, at=now)), latest(f"meters/{identity}"), site, now)

    def readings(self) -> Iterator[tuple[str, Meter]]:
        """The meters of the supply and the circuits, with the circuit that each measures."""
        for role, meter in self._meters.items():
            if role != "building":
                yield "main" if role == "supply" else role.removeprefix("circuit:"), meter

    def judge(self, now: float) -> None:
        """Say how far each meter can be trusted now, and what those read that can."""
        self.trust, self.measured, self._watts = {}, {}, {}
        mains = []
        for role, meter in self._meters.items():
            if role == "building":
                mains.append(meter)
                continue
            circuit = "main" if role == "supply" else role.removeprefix("circuit:")
            if circuit == "main":
                mains.append(meter)
            self.trust[circuit] = meter.trust(now)
            if meter.currents is not None and self.trust[circuit] in ("live", "frozen"):
                self.measured |= {(circuit, phase): a for phase, a in meter.currents.items()}
                if meter.power_w is not None and self.trust[circuit] == "live":
                    self._watts[circuit] = meter.power_w
        self.lost = None
        if mains:
            best = min(mains, key=lambda meter: (meter.currents is None, -meter.at))
            self.trust["main"] = best.trust(now)
            self.lost = best.trouble() if self.trust["main"] == "lost" else None

    @property
    def live(self) -> dict[Place, float]:
        """What meters read that can be trusted now."""
        return {place: a for place, a in self.measured.items() if self.trust.get(place[0]) == "live"}

    def look(self, site: Site, tree: Tree, draws: Mapping[EvseKey, Draw], now: float) -> None:
        """Work out what is so while the cars draw `draws`; after `judge`."""
        low: dict[Place, float] = {}
        high: dict[Place, float] = {}
        for key, drawn in draws.items():
            circuits = tree.path(site.stations[key[0]].circuit)
            for sums, slots in ((low, drawn.at_least()), (high, drawn.at_most())):
                for circuit in circuits:
                    for slot, a in slots.items():
                        sums[circuit, slot] = sums.get((circuit, slot), 0.0) + a
        assert site.supply is not None
        self._look_at_powers(site.supply.voltage_v, low, high)
        building = self._meters.get("building")
        by_itself = building.currents if building is not None and building.trust(now) == "live" else None
        for circuit in {"main": None} | dict.fromkeys(self.trust):
            known = self.trust.get(circuit)
            for phase in phases_of(site.supply):
                place = (circuit, phase)
                before_a = self.currents.get(place)
                if circuit == "main" and by_itself is not None:
                    self.currents[place] = max(0.0, by_itself[phase])
                elif known == "live" and place in self.measured:
                    self.currents[place] = estimate(
                        before_a, self.measured[place], low.get(place, 0.0), high.get(place, 0.0)
                    )
                elif circuit == "main" and (known != "frozen" or before_a is None):
                    self.currents[place] = max(site.supply.building_max_a, before_a or 0.0)

    def _look_at_powers(self, voltage_v: float, low: Mapping[Place, float], high: Mapping[Place, float]) -> None:
        self.powers = {
            circuit: _between(self.powers.get(circuit), measured_w / voltage_v, low, high, circuit)
            for circuit, measured_w in self._watts.items()
        }
        self.supply_w = self._watts.get("main")
