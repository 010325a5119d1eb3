"""When to publish what: the rules of delivery, without I/O, clock or broker.

`Sync` is told what happened (`connected`, `grown`, `loaded`, `published`, `watermark`, `nack`) and `step(now)` says
what to do: `Load` the next batches from the journal, `Send` one, `Save` how far the cloud has durably come.

Each stream goes out strictly in the journal's order and may run ahead of the cloud's watermark by AHEAD batches:

    acknowledged            sent                loaded             newest
    ─────┴──── in doubt ─────┴────── ready ──────┴─── in the journal ──┴
    nack, silence, a new connection: `sent` goes back to where the doubt begins and everything after it goes again.

A PUBACK only opens the window (messages and bytes between us and the broker). It moves the cursor only in the `puback`
mode, for brokers without our consumer behind them. When nobody answers, one batch at a time is sent as a probe, less
and less often, until a watermark or a nack shows that somebody listens.

Facts (A) go before samples (B), but after every FACTS_IN_A_ROW batches of facts one of samples gets its turn, so that a
long backlog of facts does not starve them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from edgegw.uplink.codec.events import Batch
from edgegw.uplink.codec.messages import Nack, Place
from edgegw.uplink.topics import STREAMS, Stream

Mode = Literal["watermark", "puback"]

WINDOW_MESSAGES = 64
WINDOW_BYTES = 64 * 1024
"""In flight between us and the broker; Azure Event Grid closes the connection above 64 KiB."""
AHEAD = 64
READY = 2
FACTS_IN_A_ROW = 4
SILENCE_S = 30.0
REFUSED_S = 10.0
LONGEST_SILENCE_S = 300.0
SMALLEST_BATCH_BYTES = 1024

SUCCESS = 0x00
NO_SUBSCRIBERS = 0x10
TOO_LARGE = frozenset({0x95, 0x99})
"""Packet too large, payload format invalid (MQTT 5.0 section 2.4): sending the same again would never help."""


@dataclass(frozen=True, slots=True)
class Load:
    """Read what follows `after` and cut it into batches of at most `max_bytes`; tell `loaded`.

    `refused` are sequences that the broker takes in no form: a gap goes in their place.
    """

    stream: Stream
    after: Place
    max_bytes: int
    refused: frozenset[Place]
    generation: int


@dataclass(frozen=True, slots=True)
class Send:
    """Publish the batch; tell `published` with this token."""

    token: int
    batch: Batch


@dataclass(frozen=True, slots=True)
class Save:
    """Write down that the cloud has durably come to `place`."""

    stream: Stream
    place: Place


Action = Load | Send | Save


@dataclass(slots=True)
class Pace:
    """At most `rate` publishes a second, a second's worth at once (token bucket). What may not wait runs a debt."""

    rate: float
    credit: float = 0.0
    since: float = 0.0

    def take(self, now: float) -> None:
        self._refill(now)
        self.credit -= 1.0

    def wait(self, now: float) -> float:
        """Seconds until the next publish is due, 0 when it is now."""
        self._refill(now)
        return 0.0 if self.credit >= 1.0 else (1.0 - self.credit) / self.rate

    def _refill(self, now: float) -> None:
        self.credit = min(self.rate, self.credit + max(0.0, now - self.since) * self.rate)
        self.since = now


@dataclass(slots=True)
class _Doubt:
    """A batch that went out and that the cloud has not confirmed."""

    batch: Batch
    token: int
    taken: bool = False
    """The broker has sent its PUBACK."""


@dataclass(slots=True)
class _Outbox:
    """One stream's way out."""

    stream: Stream
    acknowledged: Place
    newest: Place
    loaded: Place
    doubt: deque[_Doubt] = field(default_factory=deque)
    ready: deque[Batch] = field(default_factory=deque)
    loading: bool = False
    empty_at: Place | None = None
    """`newest` when a load found nothing: there is no use in asking again before the journal has grown."""
    generation: int = 0
    ahead: int = AHEAD
    max_bytes: int = 0
    refused: frozenset[Place] = frozenset()
    silence_s: float = SILENCE_S
    quiet_since: float = 0.0
    """When the cloud last showed progress, or the first batch went out after it had everything."""
    hold_until: float = 0.0

    @property
    def behind(self) -> bool:
        """The journal has more than what is loaded."""
        return self.loaded != self.newest and self.empty_at != self.newest

    def rewind(self, to: Place) -> None:
        """Forget what is ready, and what is in doubt after `to`, and go on from there."""
        self.loaded = to
        self.ready.clear()
        while self.doubt and (self.doubt[-1].batch.epoch != to.epoch or self.doubt[-1].batch.last > to.sequence):
            self.doubt.pop()
        self.empty_at = None
        self.loading = False
        self.generation += 1


class Sync:
    """The state of both streams. Times are monotonic seconds."""

    def __init__(self, *, mode: Mode = "watermark", max_batch: int = 32 * 1024, max_rate: float = 80.0) -> None:
        self.pace = Pace(max_rate, credit=1.0)
        self.trouble: str | None = None
        """Why the broker or the cloud does not take what we send, for people; None when all is well."""
        self._mode = mode
        self._max_batch = max_batch
        self._outboxes: dict[Stream, _Outbox] = {}
        self._online = False
        self._window = WINDOW_MESSAGES
        self._flying: dict[int, int] = {}
        self._flying_bytes = 0
        self._token = 0
        self._facts_in_a_row = 0
        self._saves: dict[Stream, Place] = {}

    # What happened

    def start(self, stream: Stream, acknowledged: Place, newest: Place) -> None:
        """The cursor as it was found in the journal, and the newest number."""
        self._outboxes[stream] = _Outbox(stream, acknowledged, newest, acknowledged, max_bytes=self._max_batch)

    def grown(self, stream: Stream, newest: Place) -> None:
        """The journal holds everything up to `newest` now."""
        self._outboxes[stream].newest = newest

    def connected(self, now: float, receive_maximum: int, maximum_packet: int) -> None:
        """A new connection: what was in doubt goes again, within what this broker takes."""
        self._online = True
        self._window = max(1, min(WINDOW_MESSAGES, receive_maximum))
        self._flying.clear()
        self._flying_bytes = 0
        self.trouble = None
        for outbox in self._outboxes.values():
            outbox.max_bytes = max(SMALLEST_BATCH_BYTES, min(self._max_batch, maximum_packet - 1024))
            outbox.ahead, outbox.silence_s, outbox.hold_until = AHEAD, SILENCE_S, now
            outbox.quiet_since = now
            outbox.rewind(outbox.acknowledged)

    def disconnected(self) -> None:
        self._online = False

    def loaded(self, load: Load, batches: list[Batch], end: Place) -> None:
        """The answer to `load`: batches up to `end`. An answer that a rewind has overtaken is dropped."""
        outbox = self._outboxes[load.stream]
        if load.generation != outbox.generation:
            return
        outbox.loading = False
        outbox.ready.extend(batches)
        if end == outbox.loaded:
            outbox.empty_at = outbox.newest
        outbox.loaded = end

    def published(self, now: float, token: int, code: int) -> None:
        """The broker's PUBACK for `Send(token)`, with its reason code."""
        self._flying_bytes -= self._flying.pop(token, 0)
        for outbox in self._outboxes.values():
            for doubt in outbox.doubt:
                if doubt.token == token:
                    self._answered(now, outbox, doubt, code)
                    return

    def watermark(self, now: float, stream: Stream, place: Place) -> None:
        """The cloud says that it holds everything up to `place`. Older ones and foreign epochs change nothing."""
        outbox = self._outboxes[stream]
        self._heard(now, outbox)
        if place.epoch == outbox.newest.epoch and place.sequence > outbox.newest.sequence:
            self.trouble = (
                f"the cloud says that it has {stream} up to {place.sequence}, we have {outbox.newest.sequence}"
            )
            return
        if place.epoch == outbox.acknowledged.epoch and place.sequence <= outbox.acknowledged.sequence:
            return
        while (
            outbox.doubt and outbox.doubt[0].batch.epoch == place.epoch and outbox.doubt[0].batch.last <= place.sequence
        ):
            done = outbox.doubt.popleft().batch
            self._acknowledge(outbox, Place(done.epoch, done.last))
        if place.epoch == outbox.acknowledged.epoch and place.sequence > outbox.acknowledged.sequence:
            self._acknowledge(outbox, place)
            if not outbox.doubt:
                self._skip(outbox, place)

    def nack(self, now: float, stream: Stream, nack: Nack) -> None:
        """The cloud misses what begins at `nack.first`: send again from there, even what it once acknowledged."""
        outbox = self._outboxes[stream]
        self._heard(now, outbox)
        following = outbox.ready[0] if outbox.ready else None
        sent = outbox.loaded if following is None else Place(following.epoch, following.first - 1)
        if nack.epoch == sent.epoch and nack.first > sent.sequence:
            return  # it has not gone out yet, or is going again already
        if nack.epoch == outbox.acknowledged.epoch:
            to = Place(nack.epoch, nack.first - 1)
            if to.sequence < outbox.acknowledged.sequence:
                self._acknowledge(outbox, to)
            outbox.rewind(to)
        elif nack.epoch == sent.epoch or any(doubt.batch.epoch == nack.epoch for doubt in outbox.doubt):
            outbox.rewind(outbox.acknowledged)

    # What to do

    def step(self, now: float) -> list[Action]:
        """Everything that is due. Call after each event and at `wake_at`."""
        actions: list[Action] = [Save(stream, place) for stream, place in self._saves.items()]
        self._saves.clear()
        if not self._online:
            return actions
        for outbox in self._outboxes.values():
            self._doubt_silence(now, outbox)
        while (chosen := self._next(now)) is not None:
            actions.append(self._send(now, chosen))
        for outbox in self._outboxes.values():
            if len(outbox.ready) < READY and outbox.behind and not outbox.loading:
                outbox.loading = True
                actions.append(Load(outbox.stream, outbox.loaded, outbox.max_bytes, outbox.refused, outbox.generation))
        return actions

    def wake_at(self, now: float) -> float | None:
        """When `step` has something to do without any event; None when it only waits for events."""
        if not self._online:
            return None
        times = [outbox.quiet_since + outbox.silence_s for outbox in self._outboxes.values() if outbox.doubt]
        ready = [outbox for outbox in self._outboxes.values() if outbox.ready]
        times += [outbox.hold_until for outbox in ready if outbox.hold_until > now]
        if ready and (wait := self.pace.wait(now)) > 0:
            times.append(now + wait)
        return min(times, default=None)

    def acknowledged(self, stream: Stream) -> Place:
        """How far the cloud has durably come."""
        return self._outboxes[stream].acknowledged

    # How

    def _next(self, now: float) -> _Outbox | None:
        if self.pace.wait(now) > 0:
            return None
        able = [
            outbox
            for stream in STREAMS
            if (outbox := self._outboxes.get(stream)) is not None
            and (outbox.ready or outbox.behind)
            and len(outbox.doubt) < outbox.ahead
            and now >= outbox.hold_until
        ]
        if not able:
            return None
        chosen = able[-1] if self._facts_in_a_row >= FACTS_IN_A_ROW else able[0]
        # While its batch is being read, or does not fit yet, nobody else's may slip past.
        return chosen if chosen.ready and self._has_room(chosen.ready[0]) else None

    def _has_room(self, batch: Batch) -> bool:
        return not self._flying or (
            len(self._flying) < self._window and self._flying_bytes + len(batch.payload) <= WINDOW_BYTES
        )

    def _send(self, now: float, outbox: _Outbox) -> Send:
        batch = outbox.ready.popleft()
        if not outbox.doubt:
            outbox.quiet_since = now
        self._token += 1
        self._flying[self._token] = len(batch.payload)
        self._flying_bytes += len(batch.payload)
        outbox.doubt.append(_Doubt(batch, self._token))
        self._facts_in_a_row = self._facts_in_a_row + 1 if outbox.stream == "A" else 0
        self.pace.take(now)
        return Send(self._token, batch)

    def _answered(self, now: float, outbox: _Outbox, doubt: _Doubt, code: int) -> None:
        if code == SUCCESS:
            doubt.taken = True
            if self._mode == "puback":
                self._heard(now, outbox)
                while outbox.doubt and outbox.doubt[0].taken:
                    done = outbox.doubt.popleft().batch
                    self._acknowledge(outbox, Place(done.epoch, done.last))
        elif code in TOO_LARGE:
            self._refuse(outbox, doubt.batch, code)
        else:
            what = (
                "nobody is subscribed to our events" if code == NO_SUBSCRIBERS else f"the broker refuses, 0x{code:02x}"
            )
            self.trouble = f"stream {outbox.stream}: {what}"
            self._probe(now, outbox, REFUSED_S)

    def _refuse(self, outbox: _Outbox, batch: Batch, code: int) -> None:
        self.trouble = f"stream {outbox.stream}: the broker takes no {len(batch.payload)} bytes, 0x{code:02x}"
        if batch.events == 1:
            outbox.refused |= {Place(batch.epoch, batch.last)}
        else:
            outbox.max_bytes = max(1, len(batch.payload) // 2)
        outbox.rewind(outbox.acknowledged)

    def _doubt_silence(self, now: float, outbox: _Outbox) -> None:
        if outbox.doubt and now - outbox.quiet_since >= outbox.silence_s:
            self.trouble = f"stream {outbox.stream}: the cloud has acknowledged nothing for {outbox.silence_s:.0f} s"
            self._probe(now, outbox, 0.0)

    def _probe(self, now: float, outbox: _Outbox, hold_s: float) -> None:
        """Send the oldest batch in doubt again, alone, and wait longer than the last time."""
        if outbox.ahead == 1:
            outbox.silence_s = min(outbox.silence_s * 2, LONGEST_SILENCE_S)
            hold_s *= outbox.silence_s / SILENCE_S
        outbox.ahead = 1
        outbox.quiet_since = now
        outbox.hold_until = now + hold_s
        outbox.rewind(outbox.acknowledged)

    def _heard(self, now: float, outbox: _Outbox) -> None:
        outbox.quiet_since = now
        outbox.ahead, outbox.silence_s, outbox.hold_until = AHEAD, SILENCE_S, 0.0
        self.trouble = None

    def _acknowledge(self, outbox: _Outbox, place: Place) -> None:
        outbox.acknowledged = place
        self._saves[outbox.stream] = place

    def _skip(self, outbox: _Outbox, place: Place) -> None:
        """The cloud has what we have not sent in this connection: go on after it."""
        if outbox.loaded.epoch == place.epoch and (
            outbox.loaded.sequence < place.sequence or (outbox.ready and outbox.ready[0].first <= place.sequence)
        ):
            outbox.rewind(place)
