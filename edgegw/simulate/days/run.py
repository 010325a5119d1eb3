"""Time that moves on in steps: who is there, what each may have, what each takes. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from edgegw.core.allocate import MIN_CURRENT_A, EvseKey, Headroom, Slot
from edgegw.core.fallback import limits_of, phases_of
from edgegw.model.site import Phase, Site
from edgegw.simulate.days.hub import Building
from edgegw.simulate.days.visits import Visit

BEGIN: Final = datetime(2026, 3, 2, tzinfo=UTC)
"""The first midnight, a Monday."""

READ_S: Final = 900.0

DONE_WH: Final = 1.0
"""A car that lacks less is full."""


@dataclass(slots=True)
class Guest:
    """A car at the site, as a policy may see it and, below, as only the simulation does.

    `drawn_a` is what it drew in the last step at a limit of `limit_a`, None in its first one.
    """

    key: EvseKey
    since: datetime
    leaves_at: datetime | None
    limit_a: float | None = None
    drawn: Mapping[Phase, float] = field(default_factory=dict)
    full: bool = False
    disobeys: bool = False
    visit: Visit = field(repr=False, kw_only=True)
    taken_wh: float = 0.0
    readings: list[tuple[datetime, int]] = field(default_factory=list, repr=False)
    """Its register in Wh at the start, each quarter of an hour and the end."""
    full_at: datetime | None = None
    waits: str | None = None
    """What it waits for by choice of the policy, in words; then it does not miss what it does not get."""
    waited_s: float = 0.0
    pauses: int = 0
    changes: int = 0


Watch = Callable[[datetime, Sequence[Guest], Mapping[Phase, float]], None]
"""Sees what flowed in the step that began then: who was there, and the building."""


class Share(Protocol):
    """A policy: the limit in ampere of each guest for the step that begins at `at`."""

    def __call__(self, at: datetime, guests: Sequence[Guest], headroom: Headroom) -> Mapping[EvseKey, float]:
        """Decide."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One step, per phase: amperes of cars and building, how much of the former cars draw that nobody steers
    (`surprise`: without having done so before), and whether cars would have taken more."""

    at_s: float
    cars: Mapping[Phase, float]
    building: Mapping[Phase, float]
    unsteered: Mapping[Phase, float]
    surprise: Mapping[Phase, float]
    waiting: Mapping[Phase, bool]


@dataclass(frozen=True, slots=True)
class Course:
    """What happened: a `Moment` for each step, and the guests that have come, in the order in which they left."""

    site: Site
    step_s: float
    moments: list[Moment]
    guests: list[Guest]


def run(
    site: Site,
    visits: Sequence[Visit],
    share: Share,
    building: Building,
    *,
    step_s: float = 60.0,
    watch: Watch | None = None,
) -> Course:
    """Simulate until the last car has left; `watch` sees each step. Raises ValueError for a site without a supply."""
    supply = site.supply
    if supply is None:
        raise ValueError("the site has no supply, so there is nothing to share")
    phases = phases_of(supply)
    breakers = limits_of(supply)
    evses = {(each.id, evse.id): evse.phases for each in site.stations.values() for evse in each.evses}
    coming = sorted(visits, key=lambda visit: -visit.arrives_s)
    here: list[Guest] = []
    gone: list[Guest] = []
    moments = []
    step = 0
    while coming or here:
        at_s = step * step_s
        step += 1
        while coming and coming[-1].arrives_s <= at_s:
            here.append(_guest(coming.pop()))
        gone += [_left(guest) for guest in here if guest.visit.leaves_s <= at_s]
        here = [guest for guest in here if guest.visit.leaves_s > at_s]
        beside = building(at_s)
        headroom: dict[str, dict[Slot, float]] = {
            circuit: {
                phase: limit_a - supply.margin_a - (beside.get(phase, 0.0) if circuit == "main" else 0.0)
                for phase in phases
            }
            for circuit, limit_a in breakers.items()
        }
        at = BEGIN + timedelta(seconds=at_s)
        limits = share(at, here, headroom) if here else {}
        cars, unsteered, surprise = (dict.fromkeys(phases, 0.0) for _ in range(3))
        waiting = dict.fromkeys(phases, False)
        for guest in here:
            was_known = guest.disobeys
            if at_s % READ_S < step_s:
                guest.readings.append((at, round(guest.taken_wh)))
            drawn_a = _charge(guest, at, limits.get(guest.key, 0.0), step_s, supply.voltage_v)
            guest.drawn = {
                phase: drawn_a if phase in guest.visit.phases else 0.0
                for phase in evses.get(guest.key, guest.visit.phases)
            }
            for phase in guest.visit.phases:
                cars[phase] += drawn_a
                if guest.visit.steered and guest.waits is not None:
                    continue
                if guest.visit.steered:
                    waiting[phase] |= drawn_a + 0.1 < guest.visit.wanted_a(guest.taken_wh)
                else:
                    unsteered[phase] += drawn_a
                    surprise[phase] += 0.0 if was_known else drawn_a
            guest.waited_s += step_s if guest.waits is not None else 0.0
        if watch is not None:
            watch(at, here, beside)
        moments.append(Moment(at_s, cars, beside, unsteered, surprise, waiting))
    return Course(site, step_s, moments, gone)


def _guest(visit: Visit) -> Guest:
    leaves_at = BEGIN + timedelta(seconds=visit.leaves_s) if visit.told else None
    since = BEGIN + timedelta(seconds=visit.arrives_s)
    return Guest(visit.evse, since, leaves_at, visit=visit, readings=[(since, 0)])


def _left(guest: Guest) -> Guest:
    guest.readings.append((BEGIN + timedelta(seconds=guest.visit.leaves_s), round(guest.taken_wh)))
    return guest


def _charge(guest: Guest, at: datetime, limit_a: float, step_s: float, voltage_v: float) -> float:
    """Let a guest charge for a step; the current per phase that flows."""
    visit = guest.visit
    wanted_a = visit.wanted_a(guest.taken_wh)
    offered_a = limit_a if visit.obeys else visit.max_a
    drawn_a = min(wanted_a, offered_a) if offered_a >= MIN_CURRENT_A else 0.0
    if guest.limit_a is not None and limit_a != guest.limit_a:
        guest.changes += 1
        guest.pauses += limit_a < MIN_CURRENT_A <= guest.limit_a and wanted_a > 0
    guest.limit_a = limit_a
    guest.disobeys = drawn_a > limit_a + 1.0
    watts = drawn_a * voltage_v * len(visit.phases)
    guest.taken_wh = min(visit.energy_wh, guest.taken_wh + watts * step_s / 3600.0)
    guest.full = visit.energy_wh - guest.taken_wh < DONE_WH
    if guest.full and guest.full_at is None:
        guest.full_at = at + timedelta(seconds=step_s)
    return drawn_a
