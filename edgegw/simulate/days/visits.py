"""Cars that come, want energy, and leave. Times are seconds since the first midnight. No I/O but the file of `read`."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegw.core.allocate import EvseKey
from edgegw.model.site import PHASES, Phase, Site

DAY_S: Final = 86400.0
STEP_S: Final = 300.0
"""The step of the files of real sessions."""

TAPER_END: Final = 0.08
"""Share of its full current that a battery takes just before it is full."""

ARRIVALS: Final = (
    0.2, 0.1, 0.1, 0.1, 0.2, 0.6, 1.6, 4.2, 5.0, 3.4, 2.2, 2.0,
    2.6, 2.4, 1.8, 1.8, 2.2, 3.2, 3.6, 2.6, 1.8, 1.2, 0.8, 0.4,
)  # fmt: skip
"""How many cars come in each hour of a day, to scale: offices in the morning, errands at noon, homes at night."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A car's stay at an EVSE.

    It takes `max_a` on each of `phases`, from `taper_from` of its `energy_wh` on less and less. `told`: its driver has
    said when he comes back, and what the car is to have by then. `obeys`: its station follows set points; else the car
    takes all it can. `online`: its station is connected; else it holds its lasting default.
    """

    evse: EvseKey
    arrives_s: float
    leaves_s: float
    energy_wh: float
    max_a: float
    phases: tuple[Phase, ...]
    taper_from: float = 1.0
    told: bool = False
    obeys: bool = True
    online: bool = True

    @property
    def steered(self) -> bool:
        """Whether it follows set points."""
        return self.obeys and self.online

    def wanted_a(self, taken_wh: float) -> float:
        """The current per phase that its battery takes when it has taken so much; 0 when it is full."""
        share = taken_wh / self.energy_wh
        if share >= 1.0:
            return 0.0
        if share <= self.taper_from:
            return self.max_a
        return self.max_a * (TAPER_END + (1.0 - TAPER_END) * (1.0 - share) / (1.0 - self.taper_from))


def draw(site: Site, days: int, seed: int, *, told: float = 0.0, troubled: float = 0.03) -> list[Visit]:
    """The cars of so many days at the site's EVSEs, about 0.8 a day at each; weekends are quieter.

    A third charges on one phase, the others on as many as the EVSE has, with 16 or 32 A. `told` of them name their
    departure; `troubled` of them meet a station that refuses set points, as many one that is offline.
    """
    chance = random.Random(seed)
    visits = []
    for station in site.stations.values():
        for evse in station.evses:
            free_s = 0.0
            for arrives_s in _arrivals(chance, days):
                if arrives_s < free_s:
                    continue
                stays_s = min(14 * 3600.0, 900.0 + chance.lognormvariate(math.log(3 * 3600.0), 0.7))
                one = chance.random() < 1 / 3
                phases = evse.phases[:1] if one else evse.phases
                trouble = chance.random()
                max_a = min(evse.max_a, 32.0 if one or chance.random() < 0.4 else 16.0)
                visits.append(
                    Visit(
                        (station.id, evse.id), arrives_s, arrives_s + stays_s,
                        min(60_000.0, 2_000.0 + chance.lognormvariate(math.log(14_000.0), 0.6)), max_a, phases,
                        chance.uniform(0.75, 0.95), chance.random() < told,
                        obeys=trouble >= troubled, online=not troubled <= trouble < 2 * troubled,
                    )
                )  # fmt: skip
                free_s = arrives_s + stays_s + 600.0
    return sorted(visits, key=lambda visit: (visit.arrives_s, visit.evse))


def _arrivals(chance: random.Random, days: int) -> Iterator[float]:
    """Moments at which a car would take a free EVSE, in order."""
    for day in range(days):
        busy = 0.8 * (0.6 if day % 7 >= 5 else 1.0)
        times = [
            day * DAY_S + (hour + chance.random()) * 3600.0
            for hour in chance.choices(range(24), ARRIVALS, k=_poisson(chance, busy))
        ]
        yield from sorted(times)


def _poisson(chance: random.Random, mean: float) -> int:
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


COLUMNS: Final = ("arrival_step_5min", "departure_step_5min", "station", "requested_kwh")


def read(path: Path, *, max_a: float = 32.0) -> list[Visit]:
    """Real sessions from a CSV file with the columns `arrival_step_5min`, `departure_step_5min`, `station` and
    `requested_kwh`: single-phase cars, each on a phase by its station's number.

    Raises ValueError when it is not such a file, OSError when it can't be read.
    """
    visits = []
    with path.open(newline="") as lines:
        try:
            rows = csv.DictReader(lines)
            if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
                raise ValueError(f"it has no column {missing[0]}")
            for row in rows:
                station = row["station"]
                phase = PHASES[sum(station.encode()) % 3]
                visits.append(
                    Visit(
                        (station, 1), int(row["arrival_step_5min"]) * STEP_S, int(row["departure_step_5min"]) * STEP_S,
                        float(row["requested_kwh"]) * 1000.0, max_a, (phase,),
                    )
                )  # fmt: skip
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path} is no file of sessions: {error}") from None
    if not visits:
        raise ValueError(f"{path} has no sessions")
    return sorted(visits, key=lambda visit: (visit.arrives_s, visit.evse))


def energy_wh(visits: Iterable[Visit]) -> float:
    """All that they want."""
    return sum(visit.energy_wh for visit in visits)
