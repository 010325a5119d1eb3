"""The most energy that any scheduler could deliver, knowing everything: a linear program (SciPy's HiGHS).

Reads JSON from stdin: `{"step_s", "voltage_v", "room_a": {"L1": [...], ...}, "visits": [{"arrives", "leaves",
"energy_wh", "max_a", "phases", "taper_from", "taper_end"}]}`, `arrives` and `leaves` in steps, `room_a` per step;
writes `{"energy_wh"}`. The cars' batteries taper as in the simulation; 6 A or nothing does not hold, so it is an upper
bound.
"""

import json
import sys

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix


def main() -> None:
    told = json.load(sys.stdin)
    hours, volts = told["step_s"] / 3600.0, told["voltage_v"]
    rooms = {phase: np.asarray(room) for phase, room in told["room_a"].items()}
    entries: list[tuple[int, int, float]] = []
    bounds: list[float] = []
    uppers: list[tuple[float, float]] = []
    gain: list[float] = []
    places: dict[tuple[str, int], list[int]] = {}
    row = column = 0
    # Variables: the current of each car in each step, then what it has taken before each step where that matters.
    for visit in told["visits"]:
        steps = range(visit["arrives"], visit["leaves"])
        watt = volts * len(visit["phases"])
        currents = list(range(column, column + len(steps)))
        column += len(steps)
        uppers += [(0.0, visit["max_a"])] * len(steps)
        gain += [-watt * hours] * len(steps)
        for step, index in zip(steps, currents, strict=True):
            for phase in visit["phases"]:
                places.setdefault((phase, step), []).append(index)
        entries += [(row, index, watt * hours) for index in currents]
        bounds.append(visit["energy_wh"])
        row += 1
        if visit["taper_from"] >= 1.0:
            continue
        # wanted = max (end + (1 - end) (1 - taken / energy) / (1 - from)), a line in what was taken before the step
        slope = visit["max_a"] * (1 - visit["taper_end"]) / (1 - visit["taper_from"]) / visit["energy_wh"]
        most = visit["max_a"] * (visit["taper_end"] + (1 - visit["taper_end"]) / (1 - visit["taper_from"]))
        takens = list(range(column, column + len(steps)))
        column += len(steps)
        uppers += [(0.0, visit["energy_wh"])] * len(steps)
        gain += [0.0] * len(steps)
        for n, (index, taken) in enumerate(zip(currents, takens, strict=True)):
            entries += [(row, index, 1.0), (row, taken, slope)]
            bounds.append(most)
            row += 1
            if n:
                # taken[n] >= taken[n-1] + energy of step n-1; equality is not needed: less taken only loosens the taper
                entries += [(row, takens[n - 1], 1.0), (row, currents[n - 1], watt * hours), (row, taken, -1.0)]
                bounds.append(0.0)
                row += 1
    for (phase, step), indices in places.items():
        entries += [(row, index, 1.0) for index in indices]
        bounds.append(max(0.0, float(rooms[phase][step])) if step < len(rooms[phase]) else 0.0)
        row += 1
    rows, columns, values = zip(*entries, strict=True)
    matrix = csr_matrix((values, (rows, columns)), shape=(row, column))
    found = linprog(gain, A_ub=matrix, b_ub=bounds, bounds=uppers, method="highs")
    if not found.success:
        raise SystemExit(f"the optimum was not found: {found.message}")
    json.dump({"energy_wh": -found.fun}, sys.stdout)


if __name__ == "__main__":
    main()
