"""Load management: energy of simulated days against the most that anybody could deliver, beside other schedulers.

The most is found by a linear program that knows every car in advance (`peers/optimum.py`). Hub days are drawn from a
seed: 8 to 40 EVSEs, one and three phases, batteries that taper, a building, 3 % of stations that refuse, as many that
are offline. Real sessions are run when `EDGEGW_ACN_CSV` names a file of them, beside acnportal's own simulator.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from edgegw.core.allocate import allocate
from edgegw.core.stays import Stays
from edgegw.load.view import Seen
from edgegw.model.commands import Setpoint
from edgegw.model.site import PHASES, ChargingStation, Circuit, Evse, Site, Strategy, Supply
from edgegw.simulate.days import hub
from edgegw.simulate.days.run import BEGIN, Course, Guest, Share
from edgegw.simulate.days.run import run as simulate
from edgegw.simulate.days.score import SATISFIED, Score, score
from edgegw.simulate.days.sharing import Sharing
from edgegw.simulate.days.visits import TAPER_END, Visit, draw, read
from tests.bench.figure import Figure
from tests.bench.peers.rules import MinimumThenEqual, OneFigure
from tests.core.test_allocate import hundred
from tests.load.world import World, station
from tests.load.world import site as a_site
from tests.support.peers import NoPeers, peers_python

PEERS = Path(__file__).parent / "peers"
CAPS_KW = (20, 30, 40, 50)
LP_STEP_S = 300.0
"""The grid of the real sessions; hub days are solved on that of their simulation, so that the optimum has each car for
exactly as long as the policies have it."""
HUB_STEP_S = 30.0
"""The step of hub days: what a car shows counts after half a minute, and the loop itself turns each second."""
WEEK_S = 7 * 86400.0
UNKNOWN_S = 5 * 3600.0
"""How long a car is taken to stay while nothing is known."""


def run(short: bool) -> Iterator[Figure]:
    yield from speed()
    try:
        python = peers_python()
    except NoPeers as why:
        print(f"bench: no yardstick, so no figures of energy: {why}", file=sys.stderr, flush=True)
        return
    yield from hubs(python, days=2 if short else 7, sizes=(8, 24) if short else (8, 16, 24, 40))
    sessions = os.environ.get("EDGEGW_ACN_CSV")
    if sessions:
        print(f"bench: REAL SESSIONS of {Path(sessions).name}", file=sys.stderr, flush=True)
        yield from real(python, Path(sessions), short=short)
    else:
        print("bench: NO REAL SESSIONS (EDGEGW_ACN_CSV is not set): seeded hub days only", file=sys.stderr, flush=True)


def speed() -> Iterator[Figure]:
    """100 EVSEs on 20 circuits, allocated again and again."""
    tree, headroom, demands = hundred()
    for strategy in ("fair", "deadline"):
        took_ms = []  # of this thread, as others may have the processor
        for _ in range(500):
            begun = time.thread_time()
            allocate(tree, headroom, demands, strategy=strategy)  # type: ignore[arg-type]
            took_ms.append((time.thread_time() - begun) * 1000)
        took_ms.sort()
        yield Figure.at_most(f"load 100 EVSEs {strategy} p99", took_ms[494], "ms", 5.0, {"median": took_ms[250]})
    yield from turns()


def turns() -> Iterator[Figure]:
    """Whole turns of the loop there: what is seen, what flows beside the cars, the allocation, the setpoints."""
    circuits = tuple(Circuit(f"C{n}", 63.0, parent=None if n < 4 else f"C{n % 4}") for n in range(20))
    stations = []
    for n in range(100):
        phases = (PHASES[n % 3],) if n % 4 == 0 else (*PHASES[n % 3 :], *PHASES[: n % 3])
        stations.append(station(f"S{n:02}", *phases, circuit=f"C{4 + n % 16}"))
    world = World(a_site(*stations, limit_a=400.0, building_max_a=60.0, circuits=circuits), dict.fromkeys(PHASES, 40.0))
    world.readings_every_s = 10
    for n in range(90):
        world.arrive(f"S{n:02}", car_a=(16.0, 32.0, 32.0)[n % 3])
    world.turn(60)
    turn, took_ms = world.balance.turn, []

    def timed(seen: Seen) -> list[Setpoint]:
        begun = time.thread_time()
        setpoints = turn(seen)
        took_ms.append((time.thread_time() - begun) * 1000)
        return setpoints

    world.balance.turn = timed  # type: ignore[method-assign]
    world.turn(300)
    took_ms.sort()
    yield Figure.at_most("load 100 EVSEs whole turn p99", took_ms[296], "ms", 10.0, {"median": took_ms[150]})


# Hub days


def hubs(python: Path, *, days: int, sizes: Sequence[int]) -> Iterator[Figure]:
    ratios: dict[str, list[float]] = {}
    overloads: dict[str, float] = {}
    for connectors in sizes:
        for cap_kw in CAPS_KW:
            site = hub.made_up(connectors, cap_kw)
            assert site.supply is not None
            beside = hub.building(0.3 * site.supply.limit_a, seed=connectors)
            visits = draw(site, days, seed=connectors, told=0.0)
            best_wh = None
            for name, course in courses(site, visits, beside):
                if best_wh is None:
                    best_wh = optimum(python, site, visits, course, course.step_s)
                    rounded_wh = optimum(python, site, visits, course, LP_STEP_S)
                figures = score(course)
                ratios.setdefault(name, []).append(figures.energy_wh / best_wh)
                ratios.setdefault(f"{name} rounded", []).append(figures.energy_wh / rounded_wh)
                ratios.setdefault(f"{name} satisfied", []).append(figures.satisfied)
                ratios.setdefault(f"{name} jain", []).append(figures.jain)
                ratios.setdefault(f"{name} used", []).append(figures.used)
                ratios.setdefault(f"{name} pauses", []).append(figures.pauses)
                overloads[name] = overloads.get(name, 0.0) + figures.overload_as
    mean = {name: statistics.fmean(values) for name, values in ratios.items()}
    peers = {name: mean[name] for name in ("evcc rule", "openwb rule")}

    def by(name: str) -> dict[str, float]:
        return {**peers, "of the optimum with stays rounded up to 5 min": mean[f"{name} rounded"]}

    yield Figure.at_least("load hub days energy of optimum, fair", mean["fair"], "", 0.95, by("fair"))
    yield Figure.seen("load hub days energy of optimum, first_come", mean["first_come"], "", by("first_come"))
    told = mean["deadline told"]
    yield Figure.at_least(
        "load hub days energy of optimum, departures told", told, "", 0.985, by("deadline told")
    )  # fmt: skip
    for what in ("satisfied", "jain", "used", "pauses"):
        beside_ = {name: mean[f"{name} {what}"] for name in ("first_come", "deadline told", *peers)}
        if what == "used":
            yield Figure.at_least("load hub days binding phase used, fair", mean["fair used"], "", 0.97, beside_)
        else:
            yield Figure.seen(f"load hub days {what}, fair", mean[f"fair {what}"], "", beside_)
    yield Figure.at_most(
        "load hub days over a breaker from own starts", overloads["fair"], "As", 0.0,
        {name: overloads[name] for name in ("first_come", "deadline told", *peers)},
    )  # fmt: skip


def courses(site: Site, visits: Sequence[Visit], beside: hub.Building) -> Iterator[tuple[str, Course]]:
    """The same days by each policy; the peers look as often as they do at home, each 30 and 10 s, but for the step."""
    told = [replace(visit, told=True) for visit in visits]
    ours: tuple[tuple[str, Strategy, Sequence[Visit]], ...] = (
        ("fair", "fair", visits), ("first_come", "first_come", visits), ("deadline told", "deadline", told),
    )  # fmt: skip
    for name, strategy, cars in ours:
        such = replace(site, strategy=strategy)
        yield name, simulate(such, cars, Sharing(such), beside, step_s=HUB_STEP_S)
    theirs: tuple[tuple[str, Share], ...] = (("evcc rule", OneFigure(site)), ("openwb rule", MinimumThenEqual(site)))
    for name, share in theirs:
        yield name, simulate(site, visits, share, beside, step_s=HUB_STEP_S)


def optimum(python: Path, site: Site, visits: Sequence[Visit], course: Course, step_s: float) -> float:
    """The most energy in Wh that could have been delivered beside the building and those that nobody steers, by steps
    of `step_s`, of which each car has all that it is there in."""
    assert site.supply is not None
    steps = int(max(visit.leaves_s for visit in visits) // step_s) + 1
    limit_a = site.supply.limit_a - site.supply.margin_a
    beside: dict[str, list[float]] = {phase: [0.0] * steps for phase in ("L1", "L2", "L3")}
    per_step = int(step_s // course.step_s)
    for number, moment in enumerate(course.moments):
        for phase, a in moment.building.items():
            if number // per_step < steps:
                beside[phase][number // per_step] += (a + moment.unsteered[phase]) / per_step
    asked = {
        "step_s": step_s,
        "voltage_v": site.supply.voltage_v,
        "room_a": {phase: [limit_a - a for a in values] for phase, values in beside.items()},
        "visits": [_row(visit, step_s, course.step_s) for visit in visits if visit.steered],
    }
    return float(_ask(python, "optimum.py", asked)["energy_wh"])


def _row(visit: Visit, step_s: float, simulated_s: float) -> dict[str, Any]:
    """The car for a peer that goes by steps of `step_s`. On the simulation's own grid it is there in the steps in which
    the simulation has it, on a coarser one the part at both ends is rounded to the car's good."""
    arrives = int(visit.arrives_s // step_s) if step_s > simulated_s else -int(-visit.arrives_s // step_s)
    return {
        "station": visit.evse[0],
        "arrives": arrives,
        "leaves": max(arrives + 1, -int(-visit.leaves_s // step_s)),
        "energy_wh": visit.energy_wh,
        "max_a": visit.max_a,
        "phases": visit.phases,
        "taper_from": visit.taper_from,
        "taper_end": TAPER_END,
    }


def _ask(python: Path, script: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [python, PEERS / script], input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# Real sessions


def real(python: Path, path: Path, *, short: bool) -> Iterator[Figure]:
    visits = read(path)
    if short:
        visits = [visit for visit in visits if visit.leaves_s <= WEEK_S]
    for name, cars in (("month", visits), ("week", [visit for visit in visits if visit.leaves_s <= WEEK_S])):
        if name == "month" and short:
            continue
        peers = ("fcfs", "edf") if name == "month" else ("fcfs", "round_robin", "edf", "llf")
        rows: dict[str, dict[int, Score]] = {}
        others: dict[str, dict[int, tuple[float, float]]] = {}
        for cap_kw in CAPS_KW:
            site = caltech(cars, cap_kw)
            policies = {"first_come": None, "fair": None, "deadline learned": Learned(cars), "deadline told": None}
            best_wh = None
            for policy, learned in policies.items():
                such = replace(site, strategy=policy.split()[0])  # type: ignore[arg-type]
                here = [replace(visit, told=policy.endswith("told")) for visit in cars]
                share = Sharing(such, expect=learned) if learned else Sharing(such)
                course = simulate(such, here, share, lambda at_s: {}, step_s=20.0)
                best_wh = best_wh or optimum(python, site, cars, course, LP_STEP_S)
                figures = score(course)
                rows.setdefault(policy, {})[cap_kw] = replace(figures, energy_wh=figures.energy_wh / best_wh)
            asked = {
                "step_s": LP_STEP_S, "voltage_v": 230.0, "limit_a": _limit_a(cap_kw), "policies": peers,
                "visits": [_row(visit, LP_STEP_S, LP_STEP_S) for visit in cars],
            }  # fmt: skip
            for policy, found in _ask(python, "acn.py", asked).items():
                shares = [taken / visit.energy_wh for taken, visit in zip(found["taken_wh"], cars, strict=True)]
                assert best_wh is not None
                others.setdefault(policy, {})[cap_kw] = (
                    sum(found["taken_wh"]) / best_wh, sum(share >= SATISFIED for share in shares) / len(shares),
                )  # fmt: skip
        yield from _table(name, rows, others)


def _table(
    name: str, rows: dict[str, dict[int, Score]], others: dict[str, dict[int, tuple[float, float]]]
) -> Iterator[Figure]:
    blind = [peer for peer in ("fcfs", "round_robin") if peer in others]
    for cap_kw in CAPS_KW:
        beside = {f"acnportal {peer}": found[cap_kw][0] for peer, found in others.items()}
        target = max(others[peer][cap_kw][0] for peer in blind)
        for policy, scores in rows.items():
            label = f"load real {name} {cap_kw} kW energy of optimum, {policy}"
            if policy in ("first_come", "deadline learned"):
                # Rounded as the table shows it: a step of 20 s and one of five minutes differ behind that.
                yield Figure.at_least(label, round(scores[cap_kw].energy_wh, 3), "", round(target, 3), beside)
            else:
                yield Figure.seen(label, scores[cap_kw].energy_wh, "", beside)
    for policy, scores in rows.items():
        mean = statistics.fmean(each.energy_wh for each in scores.values())
        target = 0.985 if policy == "deadline told" else 0.95
        yield Figure.at_least(f"load real {name} energy of optimum, mean, {policy}", mean, "", target)
        for what in ("satisfied", "jain", "used"):
            values = [getattr(each, what) for each in scores.values()]
            peers = {}
            if what == "satisfied":
                peers = {
                    f"acnportal {peer}": statistics.fmean(s for _, s in found.values())
                    for peer, found in others.items()
                }
            yield Figure.seen(f"load real {name} {what}, mean, {policy}", statistics.fmean(values), "", peers)


class Learned:
    """When cars leave that have not said, by those that had left until then: a guess of what the gateway could know."""

    def __init__(self, visits: Sequence[Visit]) -> None:
        self._stays = Stays()
        self._coming = sorted(visits, key=lambda visit: -visit.leaves_s)

    def __call__(self, guest: Guest, at: datetime) -> datetime | None:
        now = (at - BEGIN).total_seconds()
        while self._coming and self._coming[-1].leaves_s <= now:
            gone = self._coming.pop()
            self._stays.add(gone.arrives_s / 3600.0 % 24, gone.leaves_s - gone.arrives_s)
        came_s = (guest.since - BEGIN).total_seconds()
        expected_s = self._stays.expected_s(came_s / 3600.0 % 24, now - came_s)
        return guest.since + timedelta(seconds=UNKNOWN_S if expected_s is None else expected_s)


def caltech(visits: Sequence[Visit], cap_kw: float) -> Site:
    """The garage: single-phase cars of 7.4 kW, a third of the cap on each phase."""
    stations = {
        visit.evse[0]: ChargingStation(visit.evse[0], visit.evse[0], (Evse(visit.evse[0], 1, 32.0, visit.phases),))
        for visit in visits
    }
    return Site("caltech", "Caltech", stations=stations, supply=Supply(limit_a=_limit_a(cap_kw), voltage_v=230.0))


def _limit_a(cap_kw: float) -> float:
    return cap_kw * 1000 / (3 * 230.0)
