"""What is peculiar about the station of a link: its quirk as it is known now, and what it is seen to do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from edgegw.model.samples import MeterSample
from edgegw.model.site import ChargingStation
from edgegw.model.state import Transaction
from edgegw.stations.learning import RegisterWatch, pong_evidence
from edgegw.stations.liveness import Signs
from edgegw.stations.quirkfiles import NONE, Families
from edgegw.stations.quirks import PLAIN, Meaning, Quirk
from edgegw.stations.skew import StationClock

if TYPE_CHECKING:
    from edgegw.hub import Hub
    from edgegw.stations.surroundings import Witness

log = logging.getLogger("edgegw.stations")


class Peculiar:
    """The quirk of `station`, by its last boot, the configuration and what was learned of it.

    `active` gives the transaction that runs at an EVSE. `witness` is told of a quirk that was seen; it holds from when
    that has been written down.
    """

    def __init__(
        self,
        hub: Hub,
        station: str,
        configured: ChargingStation | None,
        families: Families,
        active: Callable[[int], Transaction | None],
        witness: Witness,
    ) -> None:
        self.lasting_a: dict[int, float] = {}
        """The default limit that each EVSE has taken on this connection."""
        self.tried: set[tuple[str, tuple[str, ...]]] = set()
        """What was guessed of a refused profile, and the quirks that were in force then."""
        self._hub = hub
        self._station = station
        self._named = configured.quirks if configured is not None else None
        self._evses = configured.evses if configured is not None else ()
        self._families = families
        self._active = active
        self._witness = witness
        self._known_by: tuple[Any, Any] | None = None
        self._quirk = self._unlearned = PLAIN
        self._learned_at: datetime | None = None
        self._learned: set[str] = set()
        self._watches: dict[str, RegisterWatch] = {}
        self._missed_pongs = 0

    @property
    def quirk(self) -> Quirk:
        state = self._hub.state
        seen, learned = state.stations.get(self._station), state.quirks.get(self._station)
        if self._known_by is None or seen is not self._known_by[0] or learned is not self._known_by[1]:
            self._known_by = (seen, learned)
            quirk = self._families.quirk(self._named, seen, learned)
            if quirk != self._quirk:
                log.info("%s: quirks: %s", self._station, ", ".join(quirk.names) or "none")
                self._quirk = quirk
            self._unlearned = self._families.quirk(self._named, seen, None)
            self._learned_at = max((each.at for each in learned.learned), default=None) if learned else None
        return self._quirk

    def meanings(self, evse: int) -> tuple[Meaning, ...]:
        """What sampled values mean at an EVSE. What was learned does not count for a transaction that ran already: its
        register would leap."""
        quirk = self.quirk
        if self._learned_at is not None and quirk.meanings != self._unlearned.meanings:
            running = self._active(evse)
            if running is not None and running.started_at < self._learned_at:
                return self._unlearned.meanings
        return quirk.meanings

    @property
    def volts(self) -> float:
        """The site's nominal voltage, phase to neutral."""
        supply = self._hub.site.supply
        return supply.voltage_v if supply is not None else 230.0

    def clock(self) -> StationClock:
        """The station's clock by what was known of it before this connection."""
        seen = self._hub.state.stations.get(self._station)
        local = self._hub.now().astimezone(ZoneInfo(self._hub.site.timezone)).utcoffset()
        presumed_s = local.total_seconds() if local is not None and self.quirk.local_time else None
        if seen is None:
            return StationClock(presumed_s=presumed_s)
        return StationClock(seen.skew_s, seen.skew_since, presumed_s=presumed_s)

    def learn(self, quirk: str, evidence: str) -> None:
        """A quirk was seen. Nothing when it was before, or the configuration says that there is none."""
        if quirk in self._learned or self._named == NONE:
            return
        self._learned.add(quirk)
        log.warning("%s: learned %s: %s", self._station, quirk, evidence)
        self._witness.learned(self._station, quirk, evidence)

    def forgot(self, quirk: str) -> None:
        """What was learned was taken back: it may be learned anew."""
        self._learned.discard(quirk)
        self.tried.clear()

    def missed(self, signs: Signs) -> None:
        """Look at the last ping before the next one goes out."""
        if signs.ponged_at is None and signs.pinged_at is not None:
            self._missed_pongs = self._missed_pongs + 1 if signs.heard_at > signs.pinged_at else 0
            if (evidence := pong_evidence(self._missed_pongs)) is not None:
                self.learn("no_pong", evidence)

    def look(self, samples: Sequence[MeterSample]) -> None:
        """Hold registers against the power that is told with them."""
        if "kwh_as_wh" in self._learned:
            return
        for sample in samples:
            if "power_w" in sample.values and (watch := self._watch_of(sample.source)) is not None:
                evidence = watch.look(sample)
                if evidence is not None:
                    self.learn("kwh_as_wh", evidence)

    def _watch_of(self, source: str) -> RegisterWatch | None:
        watch = self._watches.get(source)
        if watch is None:
            evse = next((each for each in self._evses if source == f"stations/{self._station}/{each.id}"), None)
            if evse is not None:
                most_w = evse.max_a * max(1, len(evse.phases)) * self.volts
                watch = self._watches[source] = RegisterWatch(most_w)
        return watch
