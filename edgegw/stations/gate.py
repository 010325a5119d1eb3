"""How much one address may try: connections at once, and wrong passwords. Decisions on values; the clock is passed in.

A site's stations often share one address, behind a router. So an address may hold every station twice (a station that
comes back has left an old connection that nobody has noticed yet), and one station with a wrong password must not keep
the others out: while an address is refused, a station whose last login from there was right still comes in. Whoever
guesses at that station's password ends this with the first wrong one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

MAX_ADDRESSES: Final = 1000
"""Addresses with wrong passwords that are remembered; beyond, the one that was added first is forgotten."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`failed_logins` wrong passwords from one address within `within_s` seconds, and it is refused for `refused_s`.
    0 failed logins: no limit."""

    failed_logins: int = 20
    within_s: float = 600.0
    refused_s: float = 600.0


@dataclass(slots=True)
class _Failures:
    at: deque[float]
    refused_until: float = 0.0


class Gate:
    """What each address has open and has failed at. Times are seconds of the monotonic clock."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: dict[str, int] = {}
        self._failures: dict[str, _Failures] = {}
        self._proven: dict[str, str] = {}

    def opened(self, address: str, most: int) -> bool:
        """A connection has come, before its handshake; whether it may stay, with `most` of its address. Each that has
        come is to be `closed` once, also one that may not stay."""
        count = self._open[address] = self._open.get(address, 0) + 1
        return count <= most

    def closed(self, address: str) -> int:
        """A connection has gone; how many are left."""
        count = self._open.get(address, 0) - 1
        if count > 0:
            self._open[address] = count
        else:
            self._open.pop(address, None)
        return max(count, 0)

    def refused_for_s(self, address: str, station: str, now: float) -> float:
        """For how much longer no login of `station` from `address` is looked at; 0 when it is."""
        found = self._failures.get(address)
        if found is None or self._proven.get(station) == address:
            return 0.0
        return max(0.0, found.refused_until - now)

    def failed(self, address: str, station: str, now: float) -> bool:
        """A wrong password was shown; whether it was the one too many."""
        if self._proven.get(station) == address:
            del self._proven[station]
        if not self._limits.failed_logins:
            return False
        found = self._failures.get(address)
        if found is None:
            if len(self._failures) >= MAX_ADDRESSES:
                del self._failures[next(iter(self._failures))]
            found = self._failures[address] = _Failures(deque(maxlen=self._limits.failed_logins))
        found.at.append(now)
        if len(found.at) < self._limits.failed_logins or now - found.at[0] > self._limits.within_s:
            return False
        found.at.clear()
        found.refused_until = now + self._limits.refused_s
        return True

    def passed(self, address: str, station: str) -> None:
        """A right password was shown. `station` is one that the configuration names, so this cannot grow."""
        self._proven[station] = address
