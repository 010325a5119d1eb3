"""What acnportal's own schedulers deliver on the same sessions: FCFS, round robin, EDF and LLF, in its own simulator.

Reads JSON from stdin: `{"step_s", "voltage_v", "limit_a": ampere per phase, "policies": [...], "visits": [...]}` with
the visits of `optimum.py`, one phase each; writes `{policy: {"taken_wh": [...]}}` in their order.
Its cars may draw less than 6 A, and it knows what each still lacks: in its favour, as its schedulers fail without.
"""

import contextlib
import json
import sys
import warnings
from datetime import datetime

import numpy as np
from acnportal.acnsim import Current, EventQueue, PluginEvent, Simulator
from acnportal.acnsim.models import EV, EVSE, Battery
from acnportal.acnsim.network import ChargingNetwork
from acnportal.algorithms import (
    RoundRobin,
    SortedSchedulingAlgo,
    earliest_deadline_first,
    first_come_first_served,
    least_laxity_first,
)

ANGLE = {"L1": 0, "L2": -120, "L3": 120}

POLICIES = {
    "fcfs": lambda: SortedSchedulingAlgo(first_come_first_served),
    "round_robin": lambda: RoundRobin(first_come_first_served, continuous_inc=1),
    "edf": lambda: SortedSchedulingAlgo(earliest_deadline_first),
    "llf": lambda: SortedSchedulingAlgo(least_laxity_first),
}


def network(visits: list[dict], voltage_v: float, limit_a: float) -> ChargingNetwork:
    made = ChargingNetwork()
    stations: dict[str, list[str]] = {"L1": [], "L2": [], "L3": []}
    for visit in visits:
        name, (phase,) = visit["station"], visit["phases"]
        if name not in stations[phase]:
            stations[phase].append(name)
            made.register_evse(EVSE(name, max_rate=visit["max_a"]), voltage_v, ANGLE[phase])
    for phase, names in stations.items():
        if names:
            made.add_constraint(Current(names), limit_a, name=phase)
    return made


def main() -> None:
    told = json.load(sys.stdin)
    volts, step_s, visits = told["voltage_v"], told["step_s"], told["visits"]
    found = {}
    for policy in told["policies"]:
        events, cars = EventQueue(), []
        for number, visit in enumerate(visits):
            kwh = visit["energy_wh"] / 1000
            battery = Battery(kwh, 0, visit["max_a"] * volts / 1000)
            car = EV(visit["arrives"], visit["leaves"], kwh, visit["station"], str(number), battery)
            cars.append(car)
            events.add_event(PluginEvent(visit["arrives"], car))
        scheduler = POLICIES[policy]()
        with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
            warnings.simplefilter("ignore")
            simulator = Simulator(
                network(visits, volts, told["limit_a"]), scheduler, events, datetime(2019, 3, 1),
                period=step_s / 60, verbose=False,
            )  # fmt: skip
            simulator.run()
        found[policy] = {"taken_wh": [float(np.asarray(car.energy_delivered)) * 1000 for car in cars]}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
