"""What a receiver does with an event (CONTRACT.md, MQTT): the rule, without I/O.

`sequence` at or below the watermark is a duplicate; the next one is accepted; one beyond is held, and what is missing
before it is asked for. A gap event stands for all its numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from edgegw.uplink.codec.events import Event
from edgegw.uplink.topics import Stream

MAX_HELD = 10_000
"""Events held of one stream while one before them is missing. Beyond that the newest are dropped: the site sends all
that follows the missing one again anyway."""


@dataclass(frozen=True, slots=True)
class Key:
    """One count of numbers: contiguous from 1 within a site's epoch and stream."""

    site: str
    epoch: str
    stream: Stream


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
