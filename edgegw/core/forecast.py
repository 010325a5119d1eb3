"""A forecast of a power for 24 h in quarters of an hour, from its own past. Pure.

What is usual is a mean for each quarter of the week by the site's wall clock, in which a week counts half as much as
the one after it. A quarter of which little is known leans on the same quarter of all working days or all days off, that
on any day's, and that on the mean of everything, so that a forecast stands on whatever there is. What the last two such
days were off by is added, as a site may have changed; what the last hours were off by is added as well, and dies away.
Age is counted in what was learned: a gap makes nothing older.

How far it may be trusted is told by forecasts themselves: each hour one is kept, made of what was known until then, and
what came is held against it. From that come the mean error and the band that eight of ten quarters lie in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import exp, isfinite
from typing import Final, Literal
from zoneinfo import ZoneInfo

from edgegw.core import quarters
from edgegw.core.quarters import DAY, QUARTER_S

HALF_LIFE_DAYS: Final = 7.0
LEANS: Final = (0.05, 0.1, 1.0)
"""So many days' weight has what a mean leans on: any day's quarter on the mean of all, that of working days or days off
on any day's, that of a weekday on those."""

BLUR: Final = ((0, 0.5), (-1, 0.25), (1, 0.25))
"""A quarter's mean takes from its neighbours: what begins at eight begins at ten to or ten past as well."""

LATELY: Final = 2 * DAY
LATELY_LEANS: Final = 48
SEEN_LEANS: Final = 0.25
"""Quarters of working days, and of days off, whose mean error is added, and how many of none it leans on; what an hour
of which a quarter of a day is known was off by counts half."""

RECENT: Final = 16
RECENT_DECAY: Final = 0.85
FADES: Final = 12.0
"""Of the last quarters each counts so much less than the one after it; what they were off by is down to a third after
FADES quarters."""

BIGGEST_W: Final = 1e9
"""More is no reading of a site."""

ALL_DAYS: Final = 30
"""Days that are counted as what a forecast stands on."""

Ahead = Literal["hour", "quarter_day", "half_day"]
AHEAD: Final[tuple[Ahead, ...]] = ("hour", "quarter_day", "half_day")
_TESTED: Final[dict[Ahead, int]] = {"hour": 0, "quarter_day": 8, "half_day": 44}
"""How many quarters before the hour of a quarter the forecast was made that it is held against."""

_REMEMBERED: Final = 52

_KEPT: Final = 60
"""Residuals of an hour of the day: of some two weeks of working days."""
_LEAST: Final = 20
"""Fewer are no ground for a band."""
_TRIED: Final = 7 * DAY
"""Quarters that the error is of."""

_LOW: Final = 0.1
_HIGH: Final = 0.9


@dataclass(frozen=True, slots=True)
class Expected:
    """A quarter that comes: its mean power in W, and what nine of ten lie above and below; `begins_at` in UTC."""

    begins_at: datetime
    mean_w: float
    low_w: float
    high_w: float


@dataclass(frozen=True, slots=True)
class Error:
    """What forecasts were off by, as a mean of absolute errors in W, over `quarters`; `share`: of what really was, None
    when that was nothing."""

    mean_w: float
    share: float | None
    quarters: int


class Forecast:
    """One power's past, learned quarter by quarter, and what is to come. What it keeps does not grow with time.

    `timezone` is the site's, an IANA name. Raises ValueError (ZoneInfoNotFoundError) for one that is not known.
    """

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self._last: int | None = None
        self._learned: deque[int] = deque(maxlen=ALL_DAYS * DAY)
        self._all = [_Mean()]
        self._any = [_Mean() for _ in range(DAY)]
        self._kind = [[_Mean() for _ in range(DAY)] for _ in range(2)]
        self._weekday = [[_Mean() for _ in range(DAY)] for _ in range(7)]
        self._count = 0
        self._recent: deque[tuple[int, float]] = deque(maxlen=RECENT)
        self._lately = tuple(deque[float](maxlen=LATELY) for _ in range(2))
        self._made: dict[int, list[float]] = {}
        self._residuals: dict[tuple[Ahead, bool, int], deque[float]] = {}
        self._errors: dict[Ahead, deque[tuple[float, float]]] = {ahead: deque(maxlen=_TRIED) for ahead in AHEAD}
        self._most_w = 0.0

    @property
    def days(self) -> float:
        """Days that it stands on: the quarters that were learned of the last 30 days."""
        if self._last is None:
            return 0.0
        return sum(quarter > self._last - ALL_DAYS * DAY for quarter in self._learned) / DAY

    @property
    def last(self) -> int | None:
        """The last quarter that was learned; None before the first."""
        return self._last

    def learn(self, quarter: int, watts: float) -> None:
        """Take what a quarter's mean was. Quarters come in order, with gaps where nothing is known: one that is not
        later than the last is left out, as is what is no number. Less than nothing counts as nothing."""
        if (self._last is not None and quarter <= self._last) or not isfinite(watts) or watts > BIGGEST_W:
            return
        watts = max(0.0, watts)
        hour = quarter - quarter % 4
        if self._last is not None and self._last < hour:
            self._made[hour] = list(self._means(hour))
            self._made = {made: means for made, means in self._made.items() if made > hour - _REMEMBERED}
        place = self._place(quarter)
        self._compare(quarter, watts, place)
        self._note(quarter, watts, place)
        self._count += 1
        for mean in self._means_at(place):
            mean.add(watts, self._count / DAY)
        self._most_w = max(self._most_w, watts)
        self._learned.append(quarter)
        self._last = quarter

    def expect(self, quarter: int) -> tuple[Expected, ...]:
        """The 24 h that begin with `quarter`; nothing before anything is known."""
        if self._last is None:
            return ()
        bands: dict[tuple[Ahead, bool, int], tuple[float, float] | None] = {}
        found = []
        for index, mean_w in enumerate(self._means(quarter)):
            at = self._place(quarter + index)
            key = _ahead(index), at.off_day, at.quarter // 4
            if key not in bands:
                bands[key] = self._band(*key)
            band = bands[key]
            low_w, high_w = (mean_w + band[0], mean_w + band[1]) if band is not None else (0.0, self._most_w)
            found.append(
                Expected(
                    quarters.begin(quarter + index), mean_w, min(mean_w, max(0.0, low_w)), max(mean_w, high_w)
                )
            )  # fmt: skip
        return tuple(found)

    def error(self, ahead: Ahead) -> Error | None:
        """What the forecasts of the last seven days were off by, so long before; None before one could be tried."""
        tried = self._errors[ahead]
        if not tried:
            return None
        off_w, was_w = sum(off for off, _ in tried), sum(was for _, was in tried)
        return Error(off_w / len(tried), off_w / was_w if was_w > 0 else None, len(tried))

    # What is usual

    def _place(self, quarter: int) -> _Place:
        local = datetime.fromtimestamp(quarter * QUARTER_S, self._zone)
        return _Place(local.weekday(), local.hour * 4 + local.minute // 15)

    def _means_at(self, place: _Place) -> Iterator[_Mean]:
        yield self._all[0]
        for level in self._levels(place):
            yield level[place.quarter]

    def _levels(self, place: _Place) -> Iterable[list[_Mean]]:
        return self._any, self._kind[place.off_day], self._weekday[place.weekday]

    def _usual(self, place: _Place) -> float:
        found = self._all[0].value
        for level, leans in zip(self._levels(place), LEANS, strict=True):
            product = weight = 0.0
            for beside, part in BLUR:
                mean = level[(place.quarter + beside) % DAY]
                product += part * mean.sum
                weight += part * mean.weight
            found = (product + leans * found) / (weight + leans)
        return found

    def _means(self, quarter: int) -> Iterator[float]:
        """The 24 h from `quarter` on, as they are expected now."""
        assert self._last is not None
        for mean in self._every_mean():
            mean.age(self._count / DAY)
        lately = [sum(off) / (len(off) + LATELY_LEANS) for off in self._lately]
        product, weight = 0.0, 1.0
        for learned, off_w in self._recent:
            part = RECENT_DECAY ** max(0, quarter - 1 - learned)
            product += part * (off_w - lately[self._place(learned).off_day])
            weight += part
        for index in range(DAY):
            place = self._place(quarter + index)
            found = self._usual(place) + lately[place.off_day] + product / weight * exp(-index / FADES)
            yield max(0.0, found)

    def _every_mean(self) -> Iterator[_Mean]:
        for level in (self._all, self._any, *self._kind, *self._weekday):
            yield from level

    def _note(self, quarter: int, watts: float, place: _Place) -> None:
        """Remember what a quarter was off by, as far as this hour of the day was known at all."""
        seen = self._any[place.quarter].weight
        off_w = (watts - self._usual(place)) * seen / (seen + SEEN_LEANS)
        self._recent.append((quarter, off_w))
        self._lately[place.off_day].append(off_w)

    # How far it was off

    def _compare(self, quarter: int, watts: float, place: _Place) -> None:
        for ahead, before in _TESTED.items():
            made = quarter - quarter % 4 - before
            if made not in self._made:
                continue
            off_w = watts - self._made[made][quarter - made]
            key = ahead, place.off_day, place.quarter // 4
            self._residuals.setdefault(key, deque(maxlen=_KEPT)).append(off_w)
            self._errors[ahead].append((abs(off_w), watts))

    def _band(self, ahead: Ahead, off_day: bool, hour: int) -> tuple[float, float] | None:
        """What is added to a mean for the band, by residuals at about the same hour of days of the same kind; where
        they are few, of any day, then of any hour; None where there are none."""
        near = [(hour + beside) % 24 for beside in (-1, 0, 1)]
        for kinds, hours in (((off_day,), near), ((False, True), near), ((False, True), range(24))):
            found: list[float] = []
            for kind in kinds:
                for each in hours:
                    found += self._residuals.get((ahead, kind, each), ())
            if len(found) >= _LEAST:
                found.sort()
                return _quantile(found, _LOW), _quantile(found, _HIGH)
        return None


@dataclass(frozen=True, slots=True)
class _Place:
    """Of a week on the wall clock: the weekday, 0 for Monday, and the quarter of the day."""

    weekday: int
    quarter: int

    @property
    def off_day(self) -> bool:
        return self.weekday >= 5


class _Mean:
    """A mean in which what is a half-life old counts half; `weight` is in days that count whole."""

    __slots__ = ("_day", "sum", "weight")

    def __init__(self) -> None:
        self.sum = self.weight = 0.0
        self._day = float("-inf")

    @property
    def value(self) -> float:
        return self.sum / self.weight if self.weight > 0 else 0.0

    def age(self, day: float) -> None:
        if self.weight > 0 and day > self._day:
            left = 0.5 ** ((day - self._day) / HALF_LIFE_DAYS)
            self.sum *= left
            self.weight *= left
        self._day = max(day, self._day)

    def add(self, watts: float, day: float) -> None:
        self.age(day)
        self.sum += watts
        self.weight += 1.0


def _ahead(index: int) -> Ahead:
    return "hour" if index < 4 else "quarter_day" if index < 24 else "half_day"


def _quantile(ordered: list[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
