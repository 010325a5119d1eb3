"""A station's clock: how far it is off, and what its times really were. Pure.

Only what a station says of the present tells about its clock. What waits in a queue looks like a clock that is slow, so
some times have to agree with one another while time passes here: of the newest FEW the median counts when most are
within SPREAD_S of it and they came over at least APART_S. A clock that is ahead needs no such proof, as nothing that
has waited comes from the future. How long a message is on its way makes a clock look slow by as much: a second or two
of a cellular modem, against LIMIT_S that is let pass.

A time is put right by the skew that was known when it was told. What it told of a time before the skew was noticed
stays as told, and is marked: nobody knows how its clock went then. What has not come yet, by more than LIMIT_S, is
dated by its arrival, also where nothing is measured: else what is so now would be older than what was.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from statistics import median
from typing import Final, Literal, NamedTuple

from edgegw.core.matching import CLOCK_FLOOR
from edgegw.model.facts import ClockFault

LIMIT_S: Final = 30.0
"""A clock that is off by more is told of, and its times are put right."""

BACK_S: Final = 20.0
"""A clock that was off goes right again within this, so that one at the limit is not told of again and again."""

FEW: Final = 5
SPREAD_S: Final = 5.0
APART_S: Final = 10.0

LATE: Final = timedelta(minutes=5)
"""What a station dates before this has waited in its queue."""

QUARTER_S: Final = 900.0

Mark = Literal["corrected", "doubtful"]


class Told(NamedTuple):
    """A time of a station put right: `mark` None: it stands as told, `doubtful`: nobody can say what it was."""

    at: datetime
    mark: Mark | None


class News(NamedTuple):
    """The clock has gone wrong, or wrong otherwise, or is right again (`fault` None)."""

    skew_s: float
    fault: ClockFault | None


class StationClock:
    """The clock of one station over its connections: `known_s` is the skew of which was told, noticed at `since`.
    `presumed_s` is what its family is known for, until it is measured."""

    def __init__(
        self, known_s: float | None = None, since: datetime | None = None, *, presumed_s: float | None = None
    ) -> None:
        self._known_s = known_s
        self._since = CLOCK_FLOOR if known_s is None and presumed_s is not None else since
        self._seen: deque[tuple[datetime, float]] = deque(maxlen=FEW)
        self._is_unset = False
        self.skew_s = presumed_s if known_s is None else known_s
        """Seconds that it is ahead; None: nobody knows."""

    @property
    def is_off(self) -> bool:
        return self.skew_s is not None and abs(self.skew_s) > LIMIT_S

    def tell(self, told: datetime, now: datetime) -> News | None:
        """The station says at `now` that it is `told`. What is worth a fact, None for nothing."""
        offset_s = (told - now).total_seconds()
        self._is_unset = told < CLOCK_FLOOR
        self._seen.append((now, offset_s))
        measured = self._measured()
        if measured is None:
            return None
        self.skew_s = measured
        known_s = self._known_s or 0.0
        was_off = abs(known_s) > LIMIT_S
        if abs(measured) > LIMIT_S and (not was_off or abs(measured - known_s) > LIMIT_S):
            self._known_s, self._since = measured, now
            return News(round(measured, 1), self._fault(measured))
        if was_off and abs(measured) <= BACK_S:
            self._known_s, self._since = measured, now
            return News(round(measured, 1), None)
        return None

    def _measured(self) -> float | None:
        middle = median(offset for _, offset in self._seen)
        near = [(at, offset) for at, offset in self._seen if abs(offset - middle) <= SPREAD_S]
        agree = len(near) >= 2 and 2 * len(near) > len(self._seen)
        if not agree:
            return None
        apart_s = (near[-1][0] - near[0][0]).total_seconds()
        proven = len(near) >= 3 and apart_s >= APART_S
        return median(offset for _, offset in near) if proven or middle > LIMIT_S or self._is_unset else None

    def _fault(self, skew_s: float) -> ClockFault:
        if self._is_unset:
            return "unset"
        quarters = round(skew_s / QUARTER_S)
        near = abs(skew_s - quarters * QUARTER_S) <= 2 * LIMIT_S
        return "local_time" if quarters and abs(quarters) <= 14 * 4 and near else "off"

    def right(self, told: datetime, now: datetime, *, queued: bool = False) -> Told:
        """What a time that was told at `now` really was. `queued`: the station says that it has waited."""
        is_unset = told < CLOCK_FLOOR
        if self.skew_s is None or not self.is_off:
            cannot_be = is_unset or told > now + timedelta(seconds=LIMIT_S)
            return Told(now, "doubtful") if cannot_be else Told(told, None)
        if not queued and abs((told - now).total_seconds()) <= LIMIT_S:
            return Told(told, None)  # its clock has been set meanwhile
        at = told - timedelta(seconds=self.skew_s)
        if at > now + timedelta(seconds=LIMIT_S):
            # It tells another time than it did: its clock was set meanwhile, or this was told before it was.
            return Told(now if is_unset else min(told, now), "doubtful")
        late = queued or now - at > LATE
        if late and (self._since is None or at < self._since):
            # An unset clock counts from its start, so it was as wrong then as it is now.
            return Told(min(at if is_unset else told, now), "doubtful")
        return Told(min(at, now), "corrected")
