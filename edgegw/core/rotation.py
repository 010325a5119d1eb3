"""Which of the site's phases are on an EVSE's terminals: what the file says of it, and what is learned. Pure.

When one EVSE's current changes and nothing else does, the change stands on the meter above it, on the phases that the
EVSE is wired to. Each such step weighs the *rotations*, the ways in which the terminals can be on the site's phases:
six for three terminals, three for one, three pairs for a load between two phases.

What a step can't tell apart stays open. A car that draws the same from all three phases tells nothing of their order,
and needs nothing to be told: it loads all three alike. A car on one phase tells where the first terminal is, which is
the one that matters for cars of its kind. So each terminal is known by itself.

No step weighs more than `LOUDEST`, so it takes at least three of them, and a building that happens to change by as much
at the same moment is outvoted. Steps that fit no rotation at all take away from what was believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations
from math import exp, log, pi, sqrt
from typing import Final

from edgegw.model.site import PHASES, Evse, Phase, Site
from edgegw.model.state import LearnedPhases, State

Rotation = tuple[Phase, ...]
"""The site's phases on the terminals of an EVSE, in the terminals' order."""

Known = tuple[Phase | None, ...]
"""The same as far as it is known."""

SURE: Final = 20.0
"""A terminal is known when a phase is so many times as likely as the next one."""

LOUDEST: Final = log(SURE) / 2.5
"""The most that one step weighs, as the logarithm of odds: three agree before one is sure."""

FAINTEST: Final = log(200.0)
"""No rotation is ever held less likely than by this, so that what an electrician changes is noticed."""

STEP_A: Final = 3.0
"""A smaller change of a current is no step."""

CLEAR: Final = 2.0
"""A step counts when it is so many times what the meter moves by itself in that time (a standard deviation)."""

FITS: Final = 3.0
"""It fits a rotation that it is off by no more than so many standard deviations, on each phase."""

METER_A: Final = 0.3
MODEL_SHARE: Final = 0.1
"""Standard deviation of a predicted change: a part for meters and one for currents that are not in line, as effective
values of a car and a building with another power factor do not quite add up."""

_STRANGE: Final = 0.1
_RANGE_A: Final = 80.0
"""One change in ten may be anything within this range."""

_FADES: Final = 0.7
"""What is left of a belief, as the logarithm of odds, after a step that fits nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change of one EVSE's current. `drawn` is by the names that its readings have, `seen` what the meter above it
    moved by, `noise_a` what it would have moved by itself (a standard deviation)."""

    drawn: Mapping[Phase, float]
    seen: Mapping[Phase, float]
    noise_a: Mapping[Phase, float]


def rotations(evse: Evse, phases: Sequence[Phase] = PHASES) -> tuple[Rotation, ...]:
    """Every way in which the EVSE can be wired to a supply with `phases`; of a load between two phases each pair once,
    as it draws the same from both."""
    count = len(evse.phases)
    if evse.wiring == "line" and count == 2:
        return tuple(combinations(phases, 2))
    return tuple(permutations(phases, count))


def counted(evse: Evse, phases: Sequence[Phase] = PHASES) -> tuple[Phase, ...]:
    """The phases that an EVSE counts on when nobody watches: all, when the file leaves them to be learned."""
    return tuple(phases) if evse.auto else evse.phases


class Belief:
    """How likely each of `every` rotation is, by steps so far. With `known` it begins with what is known already."""

    def __init__(self, every: Iterable[Rotation], known: Known | None = None) -> None:
        self._scores = dict.fromkeys(every, 0.0)
        self.steps = 0
        """Steps that have told something."""
        if known is not None:
            fitting = set(fits(self._scores, known))
            for each in self._scores:
                if fitting and each not in fitting:
                    self._scores[each] = -log(SURE) * 1.5

    def tells(self, terminals: Sequence[Phase], drawn: Mapping[Phase, float]) -> bool:
        """Whether such a change would tell rotations apart that are not told apart yet."""
        open_ = fits(self._scores, self.known())
        return len({_key(_predicted(each, terminals, drawn)) for each in open_}) > 1

    def weigh(self, terminals: Sequence[Phase], step: Step) -> bool:
        """Take a step of an EVSE whose readings name its terminals so; whether it has told anything."""
        largest_a = max((abs(a) for a in step.drawn.values()), default=0.0)
        if largest_a < STEP_A or largest_a < CLEAR * max(step.noise_a.values()):
            return False
        predicted = {each: _predicted(each, terminals, step.drawn) for each in self._scores}
        if len({_key(each) for each in predicted.values()}) < 2:
            return False
        found = {each: _fit(changes, step) for each, changes in predicted.items()}
        best = max(found, key=lambda each: found[each][0])
        if found[best][1] > FITS:
            self._scores = {each: score * _FADES for each, score in self._scores.items()}
            return False
        for each, (fit, _) in found.items():
            self._scores[each] += max(-LOUDEST, fit - found[best][0])
        most = max(self._scores.values())
        self._scores = {each: max(-FAINTEST, score - most) for each, score in self._scores.items()}
        self.steps += 1
        return True

    def known(self) -> Known:
        """The phase of each terminal, None for one that is not sure."""
        return tuple(best if odds >= SURE else None for best, odds in self._terminals())

    def odds(self) -> float:
        """How much likelier what is known is than the next best, of the terminal that is least sure; 1.0 while nothing
        is known."""
        return min((odds for _, odds in self._terminals() if odds >= SURE), default=1.0)

    def _terminals(self) -> list[tuple[Phase, float]]:
        every = list(self._scores)
        if len(every[0]) == 2 and len(every) == len({frozenset(each) for each in every}):  # pairs stand as wholes
            ranked = sorted(every, key=lambda each: -self._scores[each])
            lead = self._scores[ranked[0]] - (self._scores[ranked[1]] if len(ranked) > 1 else -FAINTEST)
            return [(phase, exp(lead)) for phase in ranked[0]]
        found = []
        for terminal in range(len(every[0])):
            weights: dict[Phase, float] = {}
            for each, score in self._scores.items():
                weights[each[terminal]] = weights.get(each[terminal], 0.0) + exp(score)
            ranked_ = sorted(weights, key=lambda phase: -weights[phase])
            next_best = weights[ranked_[1]] if len(ranked_) > 1 else exp(-FAINTEST)
            found.append((ranked_[0], weights[ranked_[0]] / next_best))
        return found


def fits(every: Iterable[Rotation], known: Known) -> list[Rotation]:
    """The rotations that agree with what is known."""
    return [each for each in every if all(phase in (None, at) for phase, at in zip(known, each, strict=True))]


def _predicted(rotation: Rotation, terminals: Sequence[Phase], drawn: Mapping[Phase, float]) -> dict[Phase, float]:
    return {phase: drawn.get(name, 0.0) for phase, name in zip(rotation, terminals, strict=True)}


def _key(changes: Mapping[Phase, float]) -> tuple[float, ...]:
    """Changes that the meter would show alike."""
    return tuple(round(changes.get(phase, 0.0) / STEP_A * 2) for phase in PHASES)


def _fit(predicted: Mapping[Phase, float], step: Step) -> tuple[float, float]:
    """(Logarithm of the likelihood of what was seen, deviation of the worst phase)."""
    total, worst = 0.0, 0.0
    for phase, seen_a in step.seen.items():
        a = predicted.get(phase, 0.0)
        deviation_a = sqrt(step.noise_a.get(phase, 0.0) ** 2 + METER_A**2 + (MODEL_SHARE * a) ** 2)
        off = abs(seen_a - a) / deviation_a
        density = exp(-off * off / 2) / (deviation_a * sqrt(2 * pi))
        total += log((1 - _STRANGE) * density + _STRANGE / _RANGE_A)
        worst = max(worst, off)
    return total, worst


# What is known of a site's EVSEs


def learned(state: State, site: Site) -> dict[tuple[str, int], LearnedPhases]:
    """What was learned of each EVSE, as long as the file says of it what it said then."""
    found = {}
    for station in site.stations.values():
        row = state.quirks.get(station.id)
        for each in row.phases if row is not None else ():
            evse = next((evse for evse in station.evses if evse.id == each.evse), None)
            if evse is not None and (evse.phases, evse.auto, station.reports_phases) == (
                each.told, each.auto, each.reports
            ):  # fmt: skip
                found[station.id, each.evse] = each
    return found


def contradicts(evse: Evse, known: Known) -> bool:
    """Whether what is known is not what the file says."""
    if evse.auto:
        return False
    if evse.wiring == "line":
        return None not in known and set(known) != set(evse.phases)
    return any(phase not in (None, told) for phase, told in zip(known, evse.phases, strict=True))


def possible(evse: Evse, row: LearnedPhases | None, phases: Sequence[Phase] = PHASES) -> tuple[Rotation, ...]:
    """Every rotation that has to be reckoned with: the file's, and beside it those that it is contradicted by; of an
    EVSE whose phases are left to be learned, all that agree with what has been learned."""
    if evse.auto:
        return tuple(fits(rotations(evse, phases), row.phases) if row is not None else rotations(evse, phases))
    if row is None or not contradicts(evse, row.phases):
        return (evse.phases,)
    return (evse.phases, *(each for each in fits(rotations(evse, phases), row.phases) if each != evse.phases))


def completed(evse: Evse, known: Known, phases: Sequence[Phase] = PHASES) -> Rotation:
    """What is known with the open terminals in the usual order, which follows the first: L1, L2, L3 as a ring."""
    every = fits(rotations(evse, phases), known)
    ring = [each for each in every if _is_ring(each)]
    return (ring or every)[0]


def _is_ring(rotation: Rotation) -> bool:
    places = [PHASES.index(phase) for phase in rotation]
    return all((after - before) % 3 == 1 for before, after in pairwise(places))


def said(station: str, evse: Evse, known: Known, odds: float, *, reports: bool = False, several: bool = False) -> str:
    """What was learned of an EVSE, for people. `reports`: its station's file entry has reports_phases; `several`: the
    station has more than one EVSE."""
    name = f"{station}/{evse.id}" if several else station
    if not contradicts(evse, known):
        return f"{name} is {' '.join(phase or '?' for phase in known)}, sure {odds:.0f}:1"
    whole = ", ".join(completed(evse, known))
    key = "reports_phases" if reports else "phases"
    if evse.wiring == "line":
        return f"{name} hangs between {known[0]} and {known[1]} of the site: its {key} should read [{whole}]"
    wrong = [(own, site) for own, site in zip(evse.phases, known, strict=True) if site not in (None, own)]
    own, site = (", ".join(map(str, names)) for names in zip(*wrong, strict=True))
    open_ = "" if None not in known else ", if the terminals that no car has shown yet follow in the usual order"
    return (
        f"{name}'s {own} {'is' if len(wrong) == 1 else 'are'} the site's {site}: its {key} should read [{whole}]{open_}"
    )
