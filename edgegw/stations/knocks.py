"""Who knocked and was not let in: the lines of the log, counted and kept for who asks why a station is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

MOST: Final = 500
"""Knocks that are kept, the newest: names and addresses cost nothing to make up."""


@dataclass(slots=True)
class Knock:
    """How often somebody was turned away for the same reason, since the gateway started.

    `station` is the name that it gave, None where it did not come so far: of TLS there is an address alone. `reason` is
    the word for the counters, `text` what an installer reads.
    """

    station: str | None
    address: str
    reason: str
    text: str
    first_at: datetime
    last_at: datetime
    count: int = 1


class Knocks:
    """Of all listeners. It outlives them. `now` gives aware UTC."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: dict[tuple[str | None, str, str], Knock] = {}

    def turned_away(self, station: str | None, address: str, reason: str, text: str) -> None:
        """Somebody was: `reason` and `text` say why."""
        key, now = (station, address, reason), self._now()
        knock = self._kept.pop(key, None)
        if knock is None:
            knock = Knock(station, address, reason, text, now, now)
            if len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
        else:
            knock.text, knock.last_at = text, now
            knock.count += 1
        self._kept[key] = knock

    def of(self, station: str, address: str | None = None) -> list[Knock]:
        """Those that gave the name, and those that gave none and came from `address`; the newest first."""
        return [
            each
            for each in reversed(self._kept.values())
            if each.station == station or (each.station is None and address is not None and each.address == address)
        ]

    def all(self) -> list[Knock]:
        """Of everybody, the newest first."""
        return list(reversed(self._kept.values()))
