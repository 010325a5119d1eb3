"""What a receiver does with an event (CONTRACT.md, MQTT): the rule, without I/O.

`sequence` at or below the watermark is a duplicate; the next one is accepted; one beyond is held, and what is missing
before it is asked for. A gap event stands for all its numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from edgegw.uplink.codec.events import Event
from edgegw.uplink.topics import Stream

MAX_HELD = 1000
"""Events held of one stream while one before them is missing. Beyond that the newest are dropped: the site sends all
that follows the missing one again anyway."""

ASK_AGAIN_S = 5.0
LONGEST_ASK_S = 300.0


@dataclass(frozen=True, slots=True)
class Key:
    """One count of numbers: contiguous from 1 within a site's epoch and stream."""

    site: str
    epoch: str
    stream: Stream


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event in its turn, and the watermark before it."""

    key: Key
    before: int
    event: Event


def in_turn(key: Key, before: int, events: Iterable[Event]) -> list[Accepted]:
    """Events that follow one another after `before`, each with the watermark that it moves."""
    made = []
    for event in events:
        made.append(Accepted(key, before, event))
        before = event.sequence
    return made


@dataclass(slots=True)
class Receiver:
    """One count's way in. `watermark`: everything up to it has been accepted."""

    watermark: int = 0
    duplicates: int = 0
    _held: dict[int, Event] = field(default_factory=dict)

    def take(self, event: Event) -> list[Event]:
        """The events that are now in turn, oldest first: none for a duplicate or one that came too early."""
        if event.sequence <= self.watermark:
            self.duplicates += 1
            return []
        if event.first > self.watermark + 1:
            if len(self._held) < MAX_HELD:
                self._held[event.first] = event
            return []
        accepted = [event]
        self.watermark = event.sequence
        while (following := self._held.pop(self.watermark + 1, None)) is not None:
            accepted.append(following)
            self.watermark = following.sequence
        if self._held:
            self._held = {first: held for first, held in self._held.items() if held.sequence > self.watermark}
        return accepted

    @property
    def missing(self) -> tuple[int, int] | None:
        """The numbers to ask for: from after the watermark to before the first held, None when nothing is held."""
        return (self.watermark + 1, min(self._held) - 1) if self._held else None

    @property
    def held(self) -> int:
        """Events that wait for one before them."""
        return len(self._held)


@dataclass(slots=True)
class _Ask:
    first: int
    last: int
    wait_s: float
    at: float


class Asks:
    """When to ask for what is missing: at once, then less and less often, until something of it has come."""

    def __init__(self) -> None:
        self._asks: dict[Key, _Ask] = {}

    def note(self, key: Key, missing: tuple[int, int] | None, now: float) -> None:
        """What `key` lacks at the monotonic time `now`."""
        asked = self._asks.get(key)
        if missing is None:
            self._asks.pop(key, None)
        elif asked is None or asked.first != missing[0]:
            self._asks[key] = _Ask(*missing, ASK_AGAIN_S, now)
        else:
            asked.last = missing[1]

    def due(self, now: float) -> list[tuple[Key, int, int]]:
        """What is to be asked for now: count, first and last number."""
        found = []
        for key, ask in self._asks.items():
            if now >= ask.at:
                found.append((key, ask.first, ask.last))
                ask.at, ask.wait_s = now + ask.wait_s, min(ask.wait_s * 2, LONGEST_ASK_S)
        return found

    def wake_at(self) -> float | None:
        """When something is due next, None while nothing is missing."""
        return min((ask.at for ask in self._asks.values()), default=None)

    def clear(self) -> None:
        self._asks.clear()
