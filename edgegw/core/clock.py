"""What time it is at a gateway whose system clock may never have been set: dead reckoning and its correction. Pure.

Many gateways have no hardware clock. After a power cut theirs begin at 1970, or where they were last written down, and
are set when a time source is reached, which may be never. So the time of the site is reckoned: `zero`, the moment at
which the machine began, plus the seconds since, which nobody can set. What the system clock says moves `zero` only when
there is a reason to believe it (docs/decisions/0017).

    begin ─► synced    follows the system clock; a step of it is a Correction; a leap that nobody vouches for is ignored
          └► unsynced  the newest of last fact and build date, plus the time since ─► Correction ─► synced
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from edgegw.model.value import value

STEP = timedelta(seconds=2)
"""What the system clock moves by in a second beyond this was set; less is the rate that a time source corrects."""

DRIFT = timedelta(minutes=5)
"""So far a clock that kept running may lie before the newest fact: two crystals part by some seconds a week."""

UNVOUCHED = timedelta(days=1)
"""A clock that was right is set by more than this by mistake, unless the kernel says that it follows a time source."""

LONGEST_REST = timedelta(days=3650)
"""A clock that has run on further than this since the newest fact shows the garbage of an empty battery."""

Told = TypeVar("Told", datetime, datetime | None)

By = Literal["source", "hardware", "hand"]
"""Why the system clock is believed: it follows a time source, a hardware clock kept the time, or it was set."""


@value()
class Seen:
    """The machine's clocks at one moment. `elapsed_s`: since the machine began, asleep or not. `vouched`: the kernel
    says that the system clock follows a time source. `kept`: what a hardware clock shows, None without one."""

    wall: datetime
    elapsed_s: float
    vouched: bool = False
    kept: datetime | None = None

    @property
    def zero(self) -> datetime:
        """When the machine began, by the system clock: it moves when the clock is set."""
        return self.wall - timedelta(seconds=self.elapsed_s)


@value()
class Newest:
    """The newest fact of the ledger. For one of the machine's present run: `clock`, and in `zero` when the run began,
    as it was reckoned."""

    recorded_at: datetime
    clock: str | None = None
    zero: datetime | None = None


@value()
class Reckoning:
    """The site's time is `zero` plus the seconds since the machine began. `since`: times told from it come after this.
    `floor`: it is later than this. `system_zero`: `Seen.zero` as it was last."""

    state: Literal["synced", "unsynced"]
    zero: datetime
    since: datetime
    floor: datetime
    system_zero: datetime

    def at(self, elapsed_s: float) -> datetime:
        return self.zero + timedelta(seconds=elapsed_s)


@value()
class Correction:
    """At `before` by the old reckoning it was `after` by the new one; the old one's times run from `since` on."""

    was: Literal["synced", "unsynced"]
    by: By
    since: datetime
    before: datetime
    after: datetime
    reckoning: Reckoning

    @property
    def offset(self) -> timedelta:
        return self.after - self.before


def begin(seen: Seen, built: datetime, newest: Newest | None) -> Reckoning:
    """Where the reckoning starts when the gateway does. `built` is the build date of the package."""
    floor = built if newest is None else max(built, newest.recorded_at)
    elapsed = timedelta(seconds=seen.elapsed_s)
    if newest is not None and newest.zero is not None:
        known = newest.zero
        if newest.clock == "unsynced":
            # The facts of a run are corrected by one offset, so they are reckoned from one beginning. A system clock
            # that is ahead of it was set while nobody looked: `look` compares it with that beginning.
            return Reckoning("unsynced", known, known, floor, min(seen.zero, known))
        if known + elapsed >= floor - DRIFT:
            return Reckoning("synced", known, known + elapsed, floor, seen.zero)
    if _believed(seen, built, floor) is not None:
        return Reckoning("synced", seen.zero, seen.wall, floor, seen.zero)
    # A system clock that was written down at the last shutdown may be the nearest that there is.
    zero = max(floor, seen.zero) if _plausible(seen, floor) else floor
    return Reckoning("unsynced", zero, zero + elapsed, floor, seen.zero)


def look(reckoning: Reckoning, seen: Seen, built: datetime) -> tuple[Reckoning, Correction | None]:
    """The reckoning after a look at the clocks, and the correction that brings it in line with them, if they are to be
    believed. What says that it is corrected is the caller's to say, and then to go on from `Correction.reckoning`."""
    leap = seen.zero - reckoning.zero
    by: By | None
    if reckoning.state == "synced":
        if abs(leap) <= STEP:
            return replace(reckoning, zero=seen.zero, system_zero=seen.zero), None
        by = "source" if seen.vouched else "hand" if abs(leap) <= UNVOUCHED else None
        if by is None or seen.wall < built:
            return reckoning, None
    else:
        by = _believed(seen, built, reckoning.floor)
        if by is None and abs(seen.zero - reckoning.system_zero) > STEP and _plausible(seen, reckoning.floor):
            by = "hand"
        if by is None:
            return replace(reckoning, system_zero=seen.zero), None
    before = reckoning.at(seen.elapsed_s)
    new = Reckoning("synced", seen.zero, reckoning.since + (seen.wall - before), reckoning.floor, seen.zero)
    return reckoning, Correction(reckoning.state, by, reckoning.since, before, seen.wall, new)


def put_right(at: Told, since: datetime, until: datetime, offset_ms: int) -> Told:
    """A time as it is when the clock that told those from `since` to `until` is corrected; as it was, when another
    clock told it."""
    if at is None or not since <= at <= until:
        return at
    return at + timedelta(milliseconds=offset_ms)


def _believed(seen: Seen, built: datetime, floor: datetime) -> By | None:
    """What speaks for the system clock of a gateway that has just started."""
    if seen.wall < built:
        return None
    if seen.vouched:
        return "source"
    kept = seen.kept is not None and seen.kept >= floor - UNVOUCHED  # some keep the local time
    return "hardware" if kept and _plausible(seen, floor) else None


def _plausible(seen: Seen, floor: datetime) -> bool:
    return floor - DRIFT <= seen.wall <= floor + LONGEST_REST
