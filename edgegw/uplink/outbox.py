"""One stream's way out: what is in doubt, what is ready, and the search for an event that the broker does not take.

The broker may name what it does not take (too large, payload invalid), or just hang up behind it. Then the batch is
cut smaller until one event is left:

    refused, or HANGUPS connections lost right behind the same batch
      └─► half of it ─► ... ─► one event ─► an empty batch in its place ─┬─ taken: it is the event ─► park it
                                                                         └─ not taken: it is the topic ─► wait

A parked event stays in the journal; a gap goes out in its place. An event is never parked for a fault that the whole
topic has: a broker that hangs up on everything (no right to publish there) would else empty the journal into gaps.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from edgegw.uplink.codec.events import MAX_EVENTS, Batch
from edgegw.uplink.codec.messages import Place
from edgegw.uplink.topics import Stream

AHEAD = 64
SILENCE_S = 30.0

HANGUPS = 3
"""Connections lost behind the same batch before the batch is suspected: one or two are the network's doing."""


@dataclass(slots=True)
class Doubt:
    """A batch that went out and that the cloud has not confirmed."""

    batch: Batch
    token: int
    sent_at: float
    taken: bool = False
    """The broker has sent its PUBACK."""


@dataclass(slots=True)
class Suspicion:
    """The batch that the broker seems not to take."""

    first: Place
    """Its first number: what halving does not change."""
    until: Place
    """The last number of the batch with which it began; beyond it batches are whole again."""
    why: str
    """For people."""
    hangups: int = 0
    max_events: int = MAX_EVENTS
    growing: bool = False
    """A single event has passed: what follows need not go one by one."""
    empty: Literal["not yet", "due", "sent", "taken"] = "not yet"
    """The empty batch that tells the event from its topic."""


@dataclass(slots=True)
class Outbox:
    """One stream between the journal and the broker."""

    stream: Stream
    acknowledged: Place
    newest: Place
    loaded: Place
    doubt: deque[Doubt] = field(default_factory=deque)
    ready: deque[Batch] = field(default_factory=deque)
    loading: bool = False
    empty_at: Place | None = None
    """`newest` when a load found nothing: there is no use in asking again before the journal has grown."""
    generation: int = 0
    ahead: int = AHEAD
    max_bytes: int = 0
    refused: frozenset[Place] = frozenset()
    """Parked: a gap goes in their place."""
    suspicion: Suspicion | None = None
    parking: Place | None = None
    """Waits for its parking to be written down."""
    silence_s: float = SILENCE_S
    quiet_since: float = 0.0
    """When the cloud last showed progress, or the first batch went out after it had everything."""
    hold_until: float = 0.0

    @property
    def behind(self) -> bool:
        """The journal has more than what is loaded."""
        return self.loaded != self.newest and self.empty_at != self.newest

    @property
    def max_events(self) -> int:
        return MAX_EVENTS if self.suspicion is None else self.suspicion.max_events

    @property
    def owes_empty(self) -> bool:
        return self.suspicion is not None and self.suspicion.empty == "due"

    @property
    def waits(self) -> bool:
        """Nothing may go out before an answer is there."""
        return self.parking is not None or (self.suspicion is not None and self.suspicion.empty == "sent")

    def rewind(self, to: Place) -> None:
        """Forget what is ready, and what is in doubt after `to`, and go on from there."""
        self.loaded = to
        self.ready.clear()
        while self.doubt and (self.doubt[-1].batch.epoch != to.epoch or self.doubt[-1].batch.last > to.sequence):
            self.doubt.pop()
        self.empty_at = None
        self.loading = False
        self.generation += 1

    # The search for what the broker does not take

    def suspect(self, batch: Batch, why: str) -> Suspicion:
        """The suspicion that `batch` is under, a new one if it was under none."""
        first, until = Place(batch.epoch, batch.first), Place(batch.epoch, batch.last)
        found = self.suspicion
        if found is None:
            found = self.suspicion = Suspicion(first, until, why)
        elif found.first != first:
            found.first, found.hangups, found.empty = first, 0, "not yet"
        found.why = why
        return found

    def refuse(self, batch: Batch, why: str) -> Place | None:
        """The broker names the batch as what it does not take. The place of the event to park, if it is found."""
        found = self.suspect(batch, why)
        if batch.events > 1:
            self._halve(found, batch)
        elif found.empty != "taken":
            found.empty = "due"
        else:
            return self._park(batch)
        return None

    def hung_up(self, batch: Batch, why: str) -> Place | None:
        """A connection was lost right behind the batch, which alone was under way. The place to park, if found."""
        found = self.suspect(batch, why)
        found.hangups += 1
        searching = found.max_events < MAX_EVENTS
        if batch.events > 1:
            if searching or found.hangups >= HANGUPS:
                self._halve(found, batch)
        elif found.empty == "taken":
            return self._park(batch)
        elif found.hangups >= HANGUPS:
            found.empty = "due"
        return None

    def empty_taken(self) -> None:
        """The broker has taken the empty batch: what it does not take is the event."""
        if self.suspicion is not None:
            self.suspicion.empty = "taken"

    def empty_refused(self) -> None:
        """The broker does not take the empty batch either: it is not the event. Begin again, later."""
        if self.suspicion is not None:
            self.suspicion.empty, self.suspicion.hangups = "not yet", 0

    def passed(self, place: Place) -> None:
        """What lies up to `place` has been taken."""
        found = self.suspicion
        if found is None:
            return
        if place.epoch != found.until.epoch or place.sequence >= found.until.sequence:
            self.suspicion = None
        elif place.sequence >= found.first.sequence:
            found.hangups, found.empty = 0, "not yet"
            found.growing |= found.max_events == 1
            if found.growing:
                found.max_events = min(MAX_EVENTS, found.max_events * 2)

    def _halve(self, found: Suspicion, batch: Batch) -> None:
        found.max_events = max(1, batch.events // 2)
        found.growing = False

    def _park(self, batch: Batch) -> Place | None:
        place = Place(batch.epoch, batch.last)
        if place in self.refused:  # not even the gap in its place is taken
            self.empty_refused()
            return None
        self.parking = place
        return place
