"""How the EVSEs are wired, as the loop reckons with it and learns it on the way. No I/O.

`steps` finds changes of one EVSE's current, `core.rotation` weighs them. What has become sure is a fact; its row comes
back with what is seen, also after a restart, and only that is reckoned with: an EVSE counts on every phase that it may
be on (docs/decisions/0058).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from edgegw.core.allocate import EvseKey, Tree
from edgegw.core.fallback import phases_of
from edgegw.core.rotation import Belief, Known, Rotation, contradicts, fits, possible, rotations, said
from edgegw.load.beside import Beside
from edgegw.load.held import Held
from edgegw.load.meter import Currents
from edgegw.load.steps import Steps
from edgegw.load.view import Seen
from edgegw.model.facts import PhasesLearned
from edgegw.model.site import PHASES, Evse, Phase, Site
from edgegw.model.state import LearnedPhases


class Rotations:
    """Remembers between turns. `configure` it with a site, let it `look` each turn."""

    def __init__(self) -> None:
        self.steps = Steps()
        self._site: Site | None = None
        self._phases: tuple[Phase, ...] = PHASES
        self._evses: dict[EvseKey, Evse] = {}
        self._reports: dict[str, tuple[Phase, ...] | None] = {}
        self._beliefs: dict[EvseKey, Belief] = {}
        self._wired: Mapping[EvseKey, LearnedPhases] = {}
        self._possible: dict[EvseKey, tuple[LearnedPhases | None, tuple[Rotation, ...]]] = {}
        self._told: dict[EvseKey, Known] = {}
        self._behind: dict[EvseKey, str | None] = {}
        self._paths: dict[EvseKey, tuple[str, ...]] = {}

    def configure(self, site: Site) -> None:
        """Take up a site. What was believed of an EVSE goes when the file says something else of it."""
        old, old_reports = self._evses, self._reports
        self._site = site
        self._phases = phases_of(site.supply) if site.supply is not None else PHASES
        self._evses = {(each.id, evse.id): evse for each in site.stations.values() for evse in each.evses}
        self._reports = {each.id: each.reports_phases for each in site.stations.values()}
        for key in list(self._beliefs):
            if self._evses.get(key) != old.get(key) or self._reports.get(key[0]) != old_reports.get(key[0]):
                del self._beliefs[key]
                self._told.pop(key, None)
        self._possible = {}

    # What is reckoned with

    def begin(self, wired: Mapping[EvseKey, LearnedPhases]) -> None:
        """A turn begins, in which so much has been learned."""
        self._wired = wired

    def possible(self, key: EvseKey) -> tuple[Rotation, ...]:
        """Every way in which an EVSE may be wired."""
        row, before = self._wired.get(key), self._possible.get(key)
        if before is None or before[0] is not row:
            before = self._possible[key] = row, possible(self._evses[key], row, self._phases)
        return before[1]

    def turns(self, key: EvseKey) -> tuple[Mapping[Phase, Phase], ...]:
        """The same, by the names that its readings have; nothing while those are the site's."""
        evse, every = self._evses[key], self.possible(key)
        if every == (evse.phases,):
            return ()
        return tuple(dict(zip(evse.phases, each, strict=True)) for each in every)

    def on(self, key: EvseKey, names: Collection[Phase]) -> tuple[Phase, ...]:
        """The site's phases that a car may be on which uses those of its EVSE that have these names."""
        turns = self.turns(key)
        if not turns:
            return tuple(names)
        found = {turn[name] for turn in turns for name in names}
        return tuple(phase for phase in PHASES if phase in found)

    # What is learned

    def look(self, seen: Seen, held: Mapping[EvseKey, Held], beside: Beside, tree: Tree) -> list[PhasesLearned]:
        """Take what is seen in this turn; facts of what has become sure by it."""
        now, circuits = seen.now, seen.site.stations
        for circuit, meter in beside.readings():
            if meter.currents is not None and meter.trust(now) == "live":
                self.steps.see_meter(circuit, meter.at, meter.currents)
        measured = {circuit for circuit, meter in beside.readings() if meter.trust(now) == "live"}
        self._paths = {key: tree.path(circuits[key[0]].circuit) for key in seen.evses}
        self._behind = {
            key: next((circuit for circuit in path if circuit in measured), None) for key, path in self._paths.items()
        }
        for key, evse in seen.evses.items():
            self.steps.see(key, evse, held[key], now)
        found = []
        for key, step in self.steps.take(self._behind, self._paths, now):
            if self.belief(key).weigh(self._evses[key].phases, step) and (fact := self._sure(key, seen.at)) is not None:
                found.append(fact)
        return found

    def belief(self, key: EvseKey) -> Belief:
        """What is believed of an EVSE."""
        belief = self._beliefs.get(key)
        if belief is None:
            row = self._wired.get(key)
            every = rotations(self._evses[key], self._phases)
            belief = self._beliefs[key] = Belief(every, None if row is None else row.phases)
        return belief

    def _sure(self, key: EvseKey, at: datetime) -> PhasesLearned | None:
        belief, evse, row = self.belief(key), self._evses[key], self._wired.get(key)
        before = row.phases if row is not None else None
        known = belief.known()
        if before is not None:  # what was sure once stays until something else is
            both = tuple(new or old for new, old in zip(known, before, strict=True))
            known = both if fits(rotations(evse, self._phases), both) else known
        if not any(known) or known == self._told.get(key, before):
            return None
        self._told[key] = known
        return PhasesLearned(
            at=at, station=key[0], evse=key[1], phases=known, told=evse.phases, auto=evse.auto,
            reports=self._reports[key[0]], contradicts=contradicts(evse, known), odds=round(belief.odds(), 1),
            steps=belief.steps, text=self.words(key, known, belief.odds()),
        )  # fmt: skip

    def words(self, key: EvseKey, known: Known, odds: float) -> str:
        """What is known of an EVSE, for people."""
        several = sum(other[0] == key[0] for other in self._evses) > 1
        return said(key[0], self._evses[key], known, odds, reports=self._reports[key[0]] is not None, several=several)

    # For those who lower a car to learn more

    def evse(self, key: EvseKey) -> Evse:
        """What the file says of an EVSE."""
        return self._evses[key]

    def known(self, key: EvseKey) -> Known:
        """What is sure of an EVSE: by the ledger, or by steps whose fact is on its way there."""
        row = self._wired.get(key)
        return self._told.get(key) or (row.phases if row is not None else (None,) * len(self._evses[key].phases))

    def odds(self, key: EvseKey) -> float:
        """How sure it is: by this run's steps, or as it was when it was written down."""
        row = self._wired.get(key)
        return max(self.belief(key).odds(), row.odds if row is not None and self.known(key) == row.phases else 1.0)

    def drawn(self, key: EvseKey, now: float) -> Currents | None:
        """What an EVSE draws, once that has been the same for a while."""
        return self.steps.drawn(key, now)

    def noise_a(self, key: EvseKey) -> float:
        """What the meter above an EVSE moves by itself."""
        circuit = self._behind.get(key)
        return self.steps.noise_a(circuit) if circuit is not None else 0.0

    def calm(self, key: EvseKey, now: float) -> str | None:
        """Why a step of an EVSE would not be seen now, in words; None when it would."""
        circuit = self._behind.get(key)
        if circuit is None:
            return "no meter above it is read"
        if not self.steps.quiet(key, self._paths, circuit, now):
            return "other cars begin, end or change at the same time, or their stations tell no currents"
        return None
