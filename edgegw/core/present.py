"""Whether what a station says is of the present, or has waited in its queue meanwhile. Pure.

Nothing in OCPP 1.6 tells a reading that was sent at once from one that waited, but its time. A clock that is slow looks
the same, but for the pace: its readings come as far apart as they say they are.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from edgegw.core.late import AHEAD

LIVE: Final = timedelta(minutes=2)
"""A reading of the minute that has just ended, by a clock that is a bit off, is no older."""

APART_S: Final = 5.0
SPREAD_S: Final = 5.0
"""Readings that came at least APART_S after one another, and differ from that in their times by no more than SPREAD_S,
have not waited: what waits in a queue is sent faster than it was measured."""


class Pace(NamedTuple):
    """An earlier reading of a source: `at` as it says, `came_s` by the monotonic clock."""

    at: datetime
    came_s: float

    def kept_by(self, at: datetime, came_s: float) -> bool:
        """Whether a later reading keeps step with this one."""
        return abs((at - self.at).total_seconds() - (came_s - self.came_s)) <= SPREAD_S


class Presence:
    """Of the sources of readings. What it knows of each is one earlier reading."""

    def __init__(self) -> None:
        self._paces: dict[str, Pace] = {}

    def is_present(self, source: str, at: datetime, now: datetime, came_s: float, newest: datetime | None) -> bool:
        """Whether the reading of `at` that has come at `now`, `came_s` by the monotonic clock, stands for what is so
        now, in place of the one of `newest`."""
        before = self._paces.get(source)
        if before is None or came_s - before.came_s >= APART_S:
            self._paces[source] = Pace(at, came_s)
            if before is not None and before.kept_by(at, came_s):
                return True
        return now - at <= LIVE and is_newer(at, newest, now)


def is_newer(at: datetime, newest: datetime | None, now: datetime) -> bool:
    """Whether what was told of `at` comes after `newest`; a time that lies in the future was told by a clock that has
    been set since."""
    return newest is None or at >= newest or newest > now + AHEAD
