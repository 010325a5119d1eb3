"""A site meter as the loop sees it: its last good reading, and how far that can still be trusted. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from edgegw.core.fallback import phases_of
from edgegw.model.samples import Latest, MeterSample
from edgegw.model.site import Phase, Site

FROZEN_S: Final = 5.0
SAFE_S: Final = 15.0
LOST_S: Final = 60.0
"""Ages of a meter's last good reading from which nothing is raised; from which what it measures counts at its most;
and from which every EVSE goes to its safe share."""

Trust = Literal["live", "frozen", "safe", "lost"]

Currents = Mapping[Phase, float]


@dataclass(slots=True)
class Meter:
    """The last good reading of a site meter: currents per phase, negative for export."""

    id: str
    currents: Currents | None = None
    power_w: float | None = None
    """Of all phases, negative for export; None when it does not tell."""
    at: float = 0.0
    """When it was taken; before the first, when its reading began to be waited for."""
    doubt: str | None = None
    """What is wrong with newer samples."""

    def trust(self, now: float) -> Trust:
        """How far it can be trusted. One that was never read is lost as soon as its silence is no start any more."""
        age_s = now - self.at
        if age_s <= FROZEN_S and self.currents is not None:
            return "live"
        if age_s <= SAFE_S:
            return "frozen"
        return "lost" if age_s > LOST_S or self.currents is None else "safe"

    def trouble(self) -> str:
        """Why it can't be trusted, in words that stay the same while that is so."""
        if self.currents is None and self.doubt is None:
            return f"meter {self.id} has not been read since the start"
        return f"meter {self.id} has brought no good reading for too long{f': {self.doubt}' if self.doubt else ''}"


def read_meter(meter: Meter, latest: Latest | None, site: Site, now: float) -> None:
    """Bring what is known of a site meter up to its newest sample, if that is good and whole."""
    if latest is None or site.supply is None:
        return
    if latest.sample.quality != "good":
        meter.doubt = f"its readings are {latest.sample.quality}"
        return
    phases = phases_of(site.supply)
    currents = currents_of(latest.sample, phases)
    missing = [phase for phase in phases if phase not in currents]
    if missing:
        meter.doubt = f"it gives no current of {', '.join(missing)}"
        return
    meter.currents, meter.at, meter.doubt = currents, now - latest.age_s, None
    meter.power_w = latest.sample.values.get("power_w")


def currents_of(sample: MeterSample, phases: tuple[Phase, ...]) -> dict[Phase, float]:
    """The currents that a sample has of `phases`, negative where power flows towards the grid."""
    found: dict[Phase, float] = {}
    for phase in phases:
        current_a = sample.values.get(f"current_{phase.lower()}_a")
        if current_a is not None:
            exports = sample.values.get(f"power_{phase.lower()}_w", 0.0) < 0
            found[phase] = -abs(current_a) if exports else current_a
    return found
