"""What a car has shown that it takes: how much of its limit, and on which phases. No I/O; times are monotonic seconds.

A car that draws clearly less than it may counts at what it draws and a little more, so that others can have the rest.
When it uses that little more, it is hungry again and counts at its maximum; while it is given less than that, it says
nothing of what it would take, and what it has shown stands. A car that charges on one phase of three
leaves the others alone for as long as it charges: which phases a car uses is decided by its charger and its cable.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Final, Literal

from edgegw.core.allocate import MIN_CURRENT_A
from edgegw.model.site import Phase

SETTLE_S: Final = 30.0
"""Drawing less, or on fewer phases, counts when it has lasted so long."""

ASK_WAITING_S: Final = 900.0
ASK_FULL_S: Final = 3600.0
"""A sated car that is paused for others gets its minimum again, for SETTLE_S at least, after so long: one that has not
charged yet, which may wait for an hour of its own, and one that has, which is full."""

FOLLOWS_IN_S: Final = 15.0
"""How long a car may take to follow a higher limit; a reading from before says nothing of what it would take."""

NEAR_A: Final = 0.5
NEAR_SHARE: Final = 0.03
"""Within both together below its limit a car takes all that it may: what cars and meters are off by."""

ROOM_A: Final = 0.6
ROOM_SHARE: Final = 0.035
"""What a car is left beside what it draws. It is more than `NEAR` at every current, so that a car that takes no more
does not look hungry, and less than what a driver would miss."""

EVEN_SHARE: Final = 0.1
"""Phases that differ by less carry the same."""

STILL_A: Final = 0.5
CHARGES_A: Final = 5.0
"""A phase below the first carries nothing while another carries more than the second."""


@dataclass(slots=True)
class Appetite:
    """One car's. `most_a` is what it would take at most, as far as it has shown, None when that may be all; `phases`
    those that it uses, None for all that its EVSE has; `sated`: it took nothing when it last could, so all others come
    first. Now and then it is asked again: a car may wait for an hour of its own."""

    most_a: float | None = None
    phases: tuple[Phase, ...] | None = None
    sated: bool = False
    even: bool = False
    """It was last seen to draw the same from all phases of its EVSE."""
    shown: Mapping[Phase, float] = field(default_factory=dict)
    """The most that it has drawn so far, per phase of its EVSE."""
    _less_since: float | None = None
    _peak_a: float = 0.0
    _one_since: float | None = None
    _charged: bool = False
    _paused_at: float | None = None
    _asked_at: float | None = None
    """Since when it has its minimum to say whether it is hungry, infinite while it waits for that."""
    _one: tuple[Phase, ...] = ()

    @property
    def asked(self) -> bool:
        """Whether it gets its minimum, and no more, to say whether it is hungry."""
        return self._asked_at is not None

    def hear(self, state: Literal["charging", "full", "waiting"], limit_a: float, now: float) -> None:
        """Take what its station says of it at a limit of `limit_a`. A car that was full and is paused has not said that
        it is hungry."""
        if state == "charging":
            self._charged = True
            self.sated, self._paused_at, self._asked_at = False, None, None
        elif state == "full" and not self.sated and self._asked_at is None:
            self.sated = True
        if limit_a < MIN_CURRENT_A:
            if self.sated:
                self._paused_at = now if self._paused_at is None else self._paused_at
                if now - self._paused_at >= (ASK_FULL_S if self._charged else ASK_WAITING_S):
                    self.sated, self._asked_at = False, float("inf")
            return
        self._paused_at = None
        if self._asked_at is not None:
            self._asked_at = min(self._asked_at, now)
            if now - self._asked_at >= SETTLE_S:
                self.sated, self._asked_at = True, None

    def see(
        self,
        reading: Mapping[Phase, float],
        told: Collection[Phase],
        read_at: float,
        limit_a: float,
        changed_at: float,
        taken_a: float | None = None,
    ) -> None:
        """Take what an EVSE draws at a limit of `limit_a`, which it has had since `changed_at`. `told` are the phases
        that the station reads one by one: what it says of the sum is no word on any of them. `taken_a` is what it takes
        of its limit, None: what it draws of the phase with most."""
        most_a = max(reading.values(), default=0.0)
        drawn_a = most_a if taken_a is None else taken_a
        if most_a < STILL_A:
            return  # it waits, or its station reads no currents: that it is full is told by its status
        self._see_phases(reading, told, read_at)
        if sum(reading.values()) > sum(self.shown.values()):
            self.shown = dict(reading)
        if _near(drawn_a, limit_a):
            self._less_since = None
            if self.most_a is not None and _near(drawn_a, self.most_a):
                self.most_a = None
            return
        if read_at < changed_at + FOLLOWS_IN_S:
            return
        if self._less_since is None:
            self._less_since, self._peak_a = read_at, drawn_a
        self._peak_a = max(self._peak_a, drawn_a)
        if read_at - self._less_since >= SETTLE_S:
            self.most_a = max(MIN_CURRENT_A, ceil((self._peak_a * (1 + ROOM_SHARE) + ROOM_A) * 10 - 1e-6) / 10)
            self._less_since, self._peak_a = read_at, drawn_a

    def _see_phases(self, reading: Mapping[Phase, float], told: Collection[Phase], read_at: float) -> None:
        least_a, most_a = min(reading.values()), max(reading.values())
        self.even = set(reading) == set(told) and most_a >= CHARGES_A and least_a >= most_a * (1 - EVEN_SHARE)
        used = tuple(phase for phase, a in reading.items() if a >= STILL_A or phase not in told)
        if self.phases is not None and not set(used) <= set(self.phases):
            self.phases = None
        if len(used) == len(reading) or max(reading.values(), default=0.0) < CHARGES_A:
            self._one_since = None
            return
        if self._one_since is None or used != self._one:
            self._one_since, self._one = read_at, used
        if read_at - self._one_since >= SETTLE_S:
            self.phases = used


def _near(drawn_a: float, limit_a: float) -> bool:
    """Whether that is all that it may."""
    return drawn_a >= limit_a - NEAR_A - NEAR_SHARE * limit_a
