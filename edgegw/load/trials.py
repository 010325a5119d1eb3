"""Small steps that are made to learn how an EVSE is wired: its car is lowered by 4 A for some 12 s. No I/O.

Never upwards, never below 6 A, one EVSE at a time, and only for what a step of this car would tell. By themselves they
are made at night alone and where the file asks for them (`charging.learn_phases`); an installer with a test car asks
for them at any hour. What stands in the way of limits does not: a trial only ever lowers what the loop would give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import floor
from typing import Final
from zoneinfo import ZoneInfo

from edgegw.core.allocate import MIN_CURRENT_A, EvseKey
from edgegw.core.rotation import CLEAR, Known
from edgegw.load.appetite import STILL_A
from edgegw.load.held import Held
from edgegw.load.rotations import Rotations
from edgegw.load.steps import AFTER_S
from edgegw.load.view import Seen

LOWERED_A: Final = 4.0

HOLD_S: Final = AFTER_S + 6.0
"""How long after the station's answer: the car may take 5 s to follow, and the meter shows it some seconds later."""

GIVEN_UP_S: Final = 40.0
"""A trial ends in any case."""

ASKED_S: Final = 240.0
"""So long an installer's question is worked on."""

NIGHT: Final = range(1, 5)
"""Hours of the site's own clock."""

MOST_A_NIGHT: Final = 6
REST_S: Final = 120.0
"""At night an EVSE is lowered so often at most, and is let alone for so long after each time."""


BALANCED: Final = (
    "its car draws the same from all of its phases, which tells nothing of their order: take one that charges on one "
    "or two"
)


@dataclass(slots=True)
class Trial:
    """An EVSE that is lowered to `low_a`."""

    key: EvseKey
    transaction: str
    low_a: float
    since: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of an installer's question. `sure`: all is known that this car can tell."""

    sure: bool
    text: str
    phases: Known = ()


@dataclass(slots=True)
class _Asked:
    since: float
    trials: int = 0
    verdict: Verdict | None = None


class Trials:
    """Decides each turn who is lowered for a moment, by what `rotations` still lacks."""

    def __init__(self, rotations: Rotations) -> None:
        self._rotations = rotations
        self._trial: Trial | None = None
        self._asked: dict[EvseKey, _Asked] = {}
        self._night: date | None = None
        self._tonight: dict[EvseKey, int] = {}
        self._ended: dict[EvseKey, float] = {}
        self._drew_a: dict[EvseKey, float] = {}
        """What its car drew before the last step."""

    def ask(self, key: EvseKey, now: float) -> None:
        """An installer wants to know how an EVSE is wired."""
        self._asked[key] = _Asked(now)

    def answer(self, key: EvseKey) -> Verdict | None:
        """What came of it; None while it is worked on. What has been answered is forgotten."""
        asked = self._asked.get(key)
        if asked is None or asked.verdict is None:
            return None
        return self._asked.pop(key).verdict

    def caps(self, seen: Seen, held: Mapping[EvseKey, Held]) -> dict[EvseKey, float]:
        """The limit that an EVSE is lowered to in this turn, for the one that is."""
        if self._trial is not None and self._is_over(self._trial, seen, held):
            self._ended[self._trial.key] = seen.now
            self._trial = None
        for key, asked in self._asked.items():
            if asked.verdict is None:
                self._work_on(key, asked, seen, held)
        if self._trial is None and seen.site.learn_phases == "night":
            self._try_at_night(seen, held)
        return {} if self._trial is None else {self._trial.key: self._trial.low_a}

    def _is_over(self, trial: Trial, seen: Seen, held: Mapping[EvseKey, Held]) -> bool:
        its, evse = held.get(trial.key), seen.evses.get(trial.key)
        if its is None or evse is None or evse.running is None or evse.running.id != trial.transaction:
            return True
        if its.sending_a is None and its.accepted_a is not None:
            if its.accepted_a < trial.low_a:  # somebody else needs what it had
                return True
            if its.accepted_a == trial.low_a and seen.now >= its.changed_at + HOLD_S:
                return True
        return its.refusal is not None or not evse.connected or seen.now - trial.since > GIVEN_UP_S

    def _work_on(self, key: EvseKey, asked: _Asked, seen: Seen, held: Mapping[EvseKey, Held]) -> None:
        if key not in seen.evses or key not in held:
            asked.verdict = Verdict(sure=False, text="there is no such EVSE")
            return
        trying = self._trial is not None and self._trial.key == key
        why_not, lasting = (None, False) if trying else self._why_not(key, seen, held)
        known = self._rotations.known(key)
        if why_not == "":
            text = self._rotations.words(key, known, self._rotations.odds(key))
            asked.verdict = Verdict(sure=True, text=text, phases=known)
        elif lasting and why_not is not None:
            asked.verdict = Verdict(sure=False, text=why_not)
        elif seen.now - asked.since > ASKED_S and not trying:
            text = why_not or f"not sure after {asked.trials} steps: what else is on the phases changes too much"
            asked.verdict = Verdict(sure=False, text=text)
        elif why_not is None and self._trial is None:
            asked.trials += 1
            self._begin(key, seen)

    def _try_at_night(self, seen: Seen, held: Mapping[EvseKey, Held]) -> None:
        local = _local(seen.at, seen.site.timezone)
        if local.hour not in NIGHT:
            return
        if self._night != local.date():
            self._night, self._tonight = local.date(), {}
        for key in seen.evses:
            rests = seen.now - self._ended.get(key, float("-inf")) < REST_S
            if rests or self._tonight.get(key, 0) >= MOST_A_NIGHT or self._why_not(key, seen, held)[0] is not None:
                continue
            self._tonight[key] = self._tonight.get(key, 0) + 1
            self._begin(key, seen)
            return

    def _begin(self, key: EvseKey, seen: Seen) -> None:
        drawn, running = self._rotations.drawn(key, seen.now), seen.evses[key].running
        assert drawn is not None, "it was asked what stands against it"
        assert running is not None, "it was asked what stands against it"
        self._drew_a[key] = max(drawn.values())
        self._trial = Trial(key, running.id, _low_a(max(drawn.values())), seen.now)

    def _why_not(self, key: EvseKey, seen: Seen, held: Mapping[EvseKey, Held]) -> tuple[str | None, bool]:
        """(What stands against lowering an EVSE now, whether that lasts). None when nothing does; empty when its car
        has told all that it can."""
        evse, its, rotations = seen.evses[key], held[key], self._rotations
        if not evse.connected:
            return "its station is not connected", True
        if evse.running is None or evse.running.state == "full":
            return "no car charges there", True
        if not its.rules(seen.now) or its.sending_a is not None or its.refusal is not None or its.over:
            return "its station does not keep to limits yet", False
        drawn = rotations.drawn(key, seen.now)
        if drawn is None:
            return "its station does not tell what it draws on each phase, or it changes all the time", False
        used = [phase for phase, a in drawn.items() if a >= STILL_A]
        names, known = rotations.evse(key).phases, rotations.known(key)
        of_name = dict(zip(names, known, strict=True))
        if used and all(of_name[phase] is not None for phase in used):
            return "", True
        most_a, least_a = max(drawn.values(), default=0.0), MIN_CURRENT_A + LOWERED_A
        if most_a < least_a:
            return f"its car draws {most_a:.1f} A; {least_a:.0f} A are needed, so that 4 A less can be told", False
        falls = {phase: min(0.0, _low_a(most_a) - a) for phase, a in drawn.items()}
        if not rotations.belief(key).tells(names, falls):
            return ("", True) if any(known) else (BALANCED, True)
        if most_a < self._drew_a.get(key, 0.0) - 1.0 and seen.now - self._ended.get(key, seen.now) < REST_S:
            return "it has not come back from the last step yet", False
        if CLEAR * rotations.noise_a(key) > LOWERED_A:
            return "what else is on the phases changes too much", False
        return rotations.calm(key, seen.now), False


def _low_a(drawn_a: float) -> float:
    return floor((drawn_a - LOWERED_A) * 10 + 1e-6) / 10


def _local(at: datetime, timezone: str) -> datetime:
    return at.astimezone(ZoneInfo(timezone))
