"""Steps of single EVSEs, cut out of what happens at the site: this EVSE's current changed, all others' stayed. No I/O.

    what each EVSE draws ─► plateaus ─► two in a row ─► all others calm? ─► what the meter moved by ─► Step

Stations tell what they read each second or each minute, so between two readings it is mostly not known what an EVSE
draws. It is known, too, of one without a transaction (nothing), of a car that takes all that it may (its limit), and of
one whose limit was lowered below what it drew (that limit, once it has had its time to follow). A *plateau* is a time
in which all that is known is the same.

A step is two plateaus of an EVSE, one after the other. It counts when every other EVSE behind the same meter has a
plateau that lasts through it: what two do at once can't be told apart. The meter is read before the first ended and, as
meters are late, a while after the second began.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import sqrt
from statistics import fmean
from typing import Final

from edgegw.core.allocate import MIN_CURRENT_A, EvseKey
from edgegw.core.rotation import STEP_A, Step
from edgegw.load.appetite import NEAR_A, NEAR_SHARE
from edgegw.load.held import OBEY_S, Held
from edgegw.load.meter import Currents
from edgegw.load.view import SeenEvse
from edgegw.model.site import PHASES, Phase

SAME_A: Final = 0.6
SAME_SHARE: Final = 0.03
"""Within both together a current is the same as before."""

FIRM_S: Final = 3.0
"""A plateau counts when it was known for so long; the meter is read over as long a time."""

LATE_S: Final = 3.0
"""A meter shows what flows at most so much later."""

AFTER_S: Final = LATE_S + FIRM_S
"""So long the second plateau has to last."""

APART_S: Final = 75.0
"""What is known of an EVSE links up with what was known before within this time: many stations tell once a minute."""

JITTER_S: Final = 0.2
"""The age of a reading is told anew each turn, by another clock's ticks: what is newer by less is the same reading."""

KEPT_S: Final = 240.0

SPAN_S: Final = 10.0
"""The meter's own restlessness is how much it moves within so long while no EVSE does."""

FIRST_NOISE_A: Final = 1.0
"""What it is taken for before it was watched."""

_LEARNS: Final = 0.03
_WORTH: Final = 5
"""A reading counts for so much in what is known of the restlessness; what it is taken for at first is worth some."""


@dataclass(slots=True)
class Plateau:
    """A time in which an EVSE's currents, as far as they are known, stay the same."""

    level: Currents
    since: float
    until: float
    told: bool = False
    """The step that it ends is waited for, or was told."""

    @property
    def firm(self) -> bool:
        return self.until - self.since >= FIRM_S


@dataclass(slots=True)
class Course:
    """What is known of one EVSE. `reading` is its last one, which the limit `reading_limit_a` ruled over."""

    plateaus: deque[Plateau] = field(default_factory=deque)
    reading: Currents | None = None
    read_at: float = float("-inf")
    reading_limit_a: float = 0.0
    vague: bool = False
    """Its station reads the sum of its phases: whether it changes is known, and not where."""
    idle: bool = True
    """Nothing can be drawn there, whoever watches: no transaction, and no station that could tell of one."""

    def level(self, evse: SeenEvse, held: Held, now: float) -> Currents | None:
        """What the EVSE draws now, None when that is not known. Has to be asked each turn."""
        self.idle = evse.running is None and not evse.connected
        if evse.running is None:
            self.reading, self.read_at = None, now
            return {} if evse.connected else None
        if not evse.connected or held.sending_a is not None or now < held.changed_at + OBEY_S:
            return None
        limit_a, fresh = held.limit_a(now), False
        reads = evse.reading
        if reads is not None and evse.read_at > self.read_at + JITTER_S:
            if evse.read_at < held.changed_at + OBEY_S:
                return None
            self.reading, self.read_at, self.reading_limit_a, fresh = reads, evse.read_at, limit_a, True
            self.vague = set(reads) != evse.told
        if self.reading is None:
            return None
        most_a = max(self.reading.values(), default=0.0)
        if limit_a < MIN_CURRENT_A:
            return {}
        if evse.in_watts:  # what a limit comes to on each phase is its station's to say
            return self.reading if fresh else None
        if not fresh and limit_a < most_a and limit_a < self.reading_limit_a:
            return {phase: min(a, limit_a) for phase, a in self.reading.items()}
        takes_all = most_a >= limit_a - NEAR_A - NEAR_SHARE * limit_a and limit_a == self.reading_limit_a
        return self.reading if fresh or takes_all else None

    def extend(self, level: Currents, now: float) -> bool:
        """Take what is drawn at `now`; whether that is something else than before."""
        last = self.plateaus[-1] if self.plateaus else None
        if last is not None and now - last.until <= APART_S and _same(last.level, level):
            last.until = now
            return False
        if last is not None and not last.firm:
            self.plateaus.pop()  # a car on its way from one current to another
        self.plateaus.append(Plateau(level, now, now))
        while now - self.plateaus[0].until > KEPT_S:
            self.plateaus.popleft()
        return True

    def step(self) -> tuple[Plateau, Plateau] | None:
        """Its last two plateaus, when they make a step that has not been told."""
        if len(self.plateaus) < 2 or self.vague:
            return None
        before, after = self.plateaus[-2], self.plateaus[-1]
        if after.told or not before.firm or not after.firm or after.since - before.until > APART_S:
            return None
        changes = _difference(before.level, after.level)
        return (before, after) if max(map(abs, changes.values()), default=0.0) >= STEP_A else None

    def calm(self, since: float, until: float) -> bool | None:
        """Whether its current stayed the same all the time, None when that can't be said yet."""
        last = self.plateaus[-1] if self.plateaus else None
        if last is not None and last.since <= since and last.until < until:
            return None
        return any(each.since <= since and each.until >= until for each in self.plateaus)


@dataclass(frozen=True, slots=True)
class _Pending:
    key: EvseKey
    since: float
    until: float
    drawn: dict[Phase, float]


class Steps:
    """Finds steps. Each turn `see` every EVSE and `see_meter` every meter, then `take` what there is."""

    def __init__(self) -> None:
        self._courses: dict[EvseKey, Course] = {}
        self._meters: dict[str, deque[tuple[float, Currents]]] = {}
        self._restless: dict[str, dict[Phase, float]] = {}
        self._watched: dict[str, int] = {}
        self._moved_at = float("-inf")
        self._pending: list[_Pending] = []

    def see(self, key: EvseKey, evse: SeenEvse, held: Held, now: float) -> None:
        """Take what is seen of an EVSE."""
        course = self._courses.setdefault(key, Course())
        level = course.level(evse, held, now)
        if held.sending_a is not None or now < held.changed_at + OBEY_S:
            self._moved_at = now
        if level is None:
            return
        if course.extend(level, now):
            self._moved_at = now
        if (found := course.step()) is not None:
            before, after = found
            after.told = True
            self._pending.append(_Pending(key, before.until, after.since, _difference(before.level, after.level)))

    def drawn(self, key: EvseKey, now: float) -> Currents | None:
        """What an EVSE draws, by phases that its station reads one by one, when it has been the same for a while."""
        course = self._courses.get(key)
        if course is None or course.vague or not course.plateaus:
            return None
        last = course.plateaus[-1]
        return last.level if last.until - last.since >= AFTER_S and now - last.until <= APART_S else None

    def quiet(self, key: EvseKey, paths: Mapping[EvseKey, Collection[str]], circuit: str, now: float) -> bool:
        """Whether all others behind a meter have drawn the same for a while."""
        return all(
            course.idle or (course.plateaus and course.plateaus[-1].firm and now - course.plateaus[-1].until <= APART_S)
            for other, course in self._courses.items()
            if other != key and circuit in paths.get(other, ())
        )

    def noise_a(self, circuit: str) -> float:
        """What the meter of a circuit moves by itself on its most restless phase, within SPAN_S."""
        return max(self._restless.get(circuit, {}).values(), default=FIRST_NOISE_A)

    def see_meter(self, circuit: str, at: float, currents: Currents) -> None:
        """Take a meter's reading; one that was seen already is left aside."""
        past = self._meters.setdefault(circuit, deque())
        if past and at <= past[-1][0] + JITTER_S:
            return
        past.append((at, currents))
        while at - past[0][0] > KEPT_S:
            past.popleft()
        before = next((each for each in reversed(past) if at - each[0] >= SPAN_S), None)
        if before is not None and self._moved_at < before[0] - LATE_S:
            own = self._restless.setdefault(circuit, dict.fromkeys(currents, FIRST_NOISE_A))
            self._watched[circuit] = watched = self._watched.get(circuit, _WORTH) + 1
            for phase, a in currents.items():
                own[phase] += max(_LEARNS, 1 / watched) * (1.25 * abs(a - before[1].get(phase, a)) - own[phase])

    def take(
        self, behind: Mapping[EvseKey, str | None], paths: Mapping[EvseKey, Collection[str]], now: float
    ) -> list[tuple[EvseKey, Step]]:
        """The steps that are whole by now. `behind` has the circuit whose meter shows an EVSE best, None for none;
        `paths` the circuits that each one's current flows through."""
        waiting: list[_Pending] = []
        found = []
        for each in self._pending:
            circuit = behind.get(each.key)
            if circuit is None:
                continue
            since, until = each.since - FIRM_S, each.until + AFTER_S
            told = [
                course.calm(since, until)
                for key, course in self._courses.items()
                if key != each.key and not course.idle and circuit in paths.get(key, ())
            ]
            told.append(self._courses[each.key].calm(each.until, until))
            if False in told or now > until + APART_S:
                continue
            if None in told or now < until:
                waiting.append(each)
            elif (step := self._step(each, circuit)) is not None:
                found.append((each.key, step))
        self._pending = waiting
        return found

    def _step(self, each: _Pending, circuit: str) -> Step | None:
        before = self._mean(circuit, each.since - FIRM_S, each.since)
        after = self._mean(circuit, each.until + LATE_S, each.until + AFTER_S)
        if before is None or after is None:
            return None
        lasted_s = each.until - each.since + AFTER_S + FIRM_S
        own = self._restless.get(circuit, {})
        grows = sqrt(max(1.0, lasted_s / SPAN_S))
        return Step(
            each.drawn,
            {phase: a - before[phase] for phase, a in after.items()},
            {phase: own.get(phase, FIRST_NOISE_A) * grows for phase in after},
        )

    def _mean(self, circuit: str, since: float, until: float) -> dict[Phase, float] | None:
        found = [currents for at, currents in self._meters.get(circuit, ()) if since <= at <= until]
        return {phase: fmean(each[phase] for each in found) for phase in found[0]} if found else None


def _difference(before: Currents, after: Currents) -> dict[Phase, float]:
    named = [phase for phase in PHASES if phase in before or phase in after]
    return {phase: after.get(phase, 0.0) - before.get(phase, 0.0) for phase in named}


def _same(before: Currents, after: Currents) -> bool:
    return all(
        abs(change_a) <= SAME_A + SAME_SHARE * abs(after.get(phase, 0.0))
        for phase, change_a in _difference(before, after).items()
    )
