"""How long cars stay here: from those that have come and gone, a guess of when one leaves that has not said. Pure.

Cars that come at about the same hour stay about as long. Of those, the ones that stayed longer than this one has until
now are its like; the middle of their stays is the guess. It gets better as the car stays on.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo


def local_hour(at: datetime, timezone: str) -> float:
    """The hour of the day at the site, 0 to 24, `timezone` being an IANA name."""
    local = at.astimezone(ZoneInfo(timezone))
    return local.hour + local.minute / 60


LEAST: Final = 5
"""Fewer like it are no ground for a guess."""

MOST: Final = 2000
"""So many stays are remembered; habits change."""


class Stays:
    """Stays of the past as (hour of the day, local, at which the car came; seconds that it stayed), in their order."""

    def __init__(self, past: Iterable[tuple[float, float]] = ()) -> None:
        self._hours: list[list[float]] = [[] for _ in range(24)]
        self._order: deque[tuple[int, float]] = deque()
        for hour, stayed_s in past:
            self.add(hour, stayed_s)

    def add(self, hour: float, stayed_s: float) -> None:
        """Remember one that has left."""
        index = int(hour) % 24
        insort(self._hours[index], stayed_s)
        self._order.append((index, stayed_s))
        if len(self._order) > MOST:
            index, oldest_s = self._order.popleft()
            self._hours[index].remove(oldest_s)

    def expected_s(self, hour: float, stayed_s: float) -> float | None:
        """How long a car that came at `hour` and has been here for `stayed_s` will have stayed when it leaves; None
        when too few like it are known."""
        alike: list[float] = []
        for index in (int(hour) - 1, int(hour), int(hour) + 1):
            stays = self._hours[index % 24]
            alike += stays[bisect_right(stays, stayed_s) :]
        if len(alike) < LEAST:
            return None
        alike.sort()
        return alike[(len(alike) - 1) // 2]
