"""When to publish what: the rules of delivery, without I/O, clock or broker.

`Sync` is told what happened (`connected`, `grown`, `loaded`, `published`, `watermark`, `nack`) and `step(now)` says
what to do: `Load` the next batches from the journal, `Send` one, `Save` how far the cloud has durably come, `Park` an
event that the broker does not take (see `outbox`).

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

import gzip
from typing import Literal

from edgegw.mqtt.reasons import (
    ADMINISTRATIVE,
    CONNECT_TIME_EXCEEDED,
    KEEPALIVE_TIMEOUT,
    NO_SUBSCRIBERS,
    PACKET_TOO_LARGE,
    PAYLOAD_INVALID,
    QUOTA_EXCEEDED,
    RATE_EXCEEDED,
    SERVER_BUSY,
    SERVER_MOVED,
    SHUTTING_DOWN,
    TAKEN_OVER,
    USE_ANOTHER_SERVER,
    words,
)
from edgegw.uplink.actions import Action, Load, Park, Save, Send
from edgegw.uplink.codec.events import Batch
from edgegw.uplink.codec.messages import Nack, Place
from edgegw.uplink.outbox import AHEAD, HANGUPS, SILENCE_S, Doubt, Outbox
from edgegw.uplink.pace import Pace
from edgegw.uplink.topics import STREAMS, Stream

__all__ = ["AHEAD", "FACTS_IN_A_ROW", "WINDOW_BYTES", "Action", "Load", "Mode", "Pace", "Park", "Save", "Send", "Sync"]

Mode = Literal["watermark", "puback"]

WINDOW_MESSAGES = 64
WINDOW_BYTES = 64 * 1024
"""In flight between us and the broker; Azure Event Grid closes the connection above 64 KiB."""
READY = 2
FACTS_IN_A_ROW = 4
REFUSED_S = 10.0
LONGEST_SILENCE_S = 300.0
SMALLEST_BATCH_BYTES = 1024
HANGUP_S = 5.0
"""A connection that ends later than this after a batch did not end because of it."""

SUCCESS = 0x00
POISON = frozenset({PACKET_TOO_LARGE, PAYLOAD_INVALID})
"""Sending the same again would never help. Every other refusal is waited for: it is the topic's, the account's or the
broker's, and would meet each event alike."""
BLAMELESS = frozenset(
    {
        SERVER_BUSY, SHUTTING_DOWN, KEEPALIVE_TIMEOUT, TAKEN_OVER, QUOTA_EXCEEDED, ADMINISTRATIVE, USE_ANOTHER_SERVER,
        SERVER_MOVED, RATE_EXCEEDED, CONNECT_TIME_EXCEEDED,
    }
)  # fmt: skip
"""Reasons of a DISCONNECT that have nothing to do with what was sent."""

EMPTY = gzip.compress(b"[]", mtime=0)
"""A batch of no events."""


class Sync:
    """The state of both streams. Times are monotonic seconds."""

    def __init__(self, *, mode: Mode = "watermark", max_batch: int = 32 * 1024, max_rate: float = 80.0) -> None:
        self.pace = Pace(max_rate, credit=1.0)
        self.trouble: str | None = None
        """Why the broker or the cloud does not take what we send, for people; None when all is well."""
        self._mode = mode
        self._max_batch = max_batch
        self._outboxes: dict[Stream, Outbox] = {}
        self._empties: dict[int, Outbox] = {}
        self._parks: list[Park] = []
        self._online = False
        self._window = WINDOW_MESSAGES
        self._flying: dict[int, int] = {}
        self._flying_bytes = 0
        self._token = 0
        self._facts_in_a_row = 0
        self._saves: dict[Stream, Place] = {}

    # What happened

    def start(
        self, stream: Stream, acknowledged: Place, newest: Place, refused: frozenset[Place] = frozenset()
    ) -> None:
        """The cursor as it was found in the journal, the newest number, and what has been parked before."""
        self._outboxes[stream] = Outbox(
            stream, acknowledged, newest, acknowledged, max_bytes=self._max_batch, refused=refused
        )

    def grown(self, stream: Stream, newest: Place) -> None:
        """The journal holds everything up to `newest` now."""
        self._outboxes[stream].newest = newest

    def connected(self, now: float, receive_maximum: int, maximum_packet: int) -> None:
        """A new connection: what was in doubt goes again, within what this broker takes."""
        self._online = True
        self._window = max(1, min(WINDOW_MESSAGES, receive_maximum))
        self._flying.clear()
        self._flying_bytes = 0
        self._empties.clear()
        self.trouble = None
        for outbox in self._outboxes.values():
            outbox.max_bytes = max(SMALLEST_BATCH_BYTES, min(self._max_batch, maximum_packet - 1024))
            outbox.ahead, outbox.silence_s, outbox.hold_until = AHEAD, SILENCE_S, now
            outbox.quiet_since = now
            outbox.rewind(outbox.acknowledged)
            found = outbox.suspicion
            if found is not None and found.hangups >= HANGUPS:
                self.trouble = f"stream {outbox.stream}: {found.why}"

    def disconnected(self, now: float, code: int | None = None, unanswered: int = 0) -> None:
        """The connection has ended, with `code` from the broker if it gave one, while so many publishes of any kind
        had no answer; 0 when it was we who ended it. What had just been sent is suspected of having ended it."""
        self._online = False
        for outbox in self._empties.values():
            outbox.empty_refused()
        if code in BLAMELESS or not 0 < unanswered <= len(self._flying):
            return
        why = "the connection is lost each time when this is sent"
        if code is not None:
            why = f"the broker hangs up on it: {words(code)}"
        for outbox in self._outboxes.values():
            for doubt in outbox.doubt:
                if doubt.token in self._flying and now - doubt.sent_at <= HANGUP_S:
                    if len(self._flying) == 1:
                        self._park_soon(outbox, outbox.hung_up(doubt.batch, why))
                    else:
                        outbox.suspect(doubt.batch, why)
                    break

    def parked(self, stream: Stream, place: Place) -> None:
        """The parking is written down: a gap may go in the event's place."""
        outbox = self._outboxes[stream]
        outbox.refused |= {place}
        outbox.parking = None
        outbox.rewind(outbox.acknowledged)

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
        if (tested := self._empties.pop(token, None)) is not None:
            self._empty_answered(now, tested, code)
            return
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
        if self._online:
            for outbox in self._outboxes.values():
                self._doubt_silence(now, outbox)
                self._find_oversized(outbox)
        actions += self._parks
        self._parks.clear()
        if not self._online:
            return actions
        while (chosen := self._next(now)) is not None:
            actions.append(self._send(now, chosen))
        for outbox in self._outboxes.values():
            if len(outbox.ready) < READY and outbox.behind and not outbox.loading:
                outbox.loading = True
                actions.append(
                    Load(
                        outbox.stream,
                        outbox.loaded,
                        outbox.max_bytes,
                        outbox.max_events,
                        outbox.refused,
                        outbox.generation,
                    )
                )
        return actions

    def wake_at(self, now: float) -> float | None:
        """When `step` has something to do without any event; None when it only waits for events."""
        if not self._online:
            return None
        times = [outbox.quiet_since + outbox.silence_s for outbox in self._outboxes.values() if outbox.doubt]
        ready = [
            outbox for outbox in self._outboxes.values() if (outbox.ready or outbox.owes_empty) and not outbox.waits
        ]
        times += [outbox.hold_until for outbox in ready if outbox.hold_until > now]
        if ready and (wait := self.pace.wait(now)) > 0:
            times.append(now + wait)
        return min(times, default=None)

    def acknowledged(self, stream: Stream) -> Place:
        """How far the cloud has durably come."""
        return self._outboxes[stream].acknowledged

    # How

    def _next(self, now: float) -> Outbox | None:
        if self.pace.wait(now) > 0:
            return None
        able = [
            outbox
            for stream in STREAMS
            if (outbox := self._outboxes.get(stream)) is not None
            and (outbox.ready or outbox.behind or outbox.owes_empty)
            and len(outbox.doubt) < outbox.ahead
            and now >= outbox.hold_until
            and not outbox.waits
        ]
        if not able:
            return None
        chosen = able[-1] if self._facts_in_a_row >= FACTS_IN_A_ROW else able[0]
        # While its batch is being read, or does not fit yet, nobody else's may slip past.
        return chosen if (chosen.ready or chosen.owes_empty) and self._has_room(chosen) else None

    def _has_room(self, outbox: Outbox) -> bool:
        if not self._flying:
            return True
        if any(each.suspicion is not None for each in self._outboxes.values()):
            return False  # one at a time, so that it can be seen which one ends the connection
        size = len(outbox.ready[0].payload)
        return len(self._flying) < self._window and self._flying_bytes + size <= WINDOW_BYTES

    def _send(self, now: float, outbox: Outbox) -> Send:
        if outbox.owes_empty:
            return self._send_empty(now, outbox)
        batch = outbox.ready.popleft()
        if not outbox.doubt:
            outbox.quiet_since = now
        self._token += 1
        self._flying[self._token] = len(batch.payload)
        self._flying_bytes += len(batch.payload)
        outbox.doubt.append(Doubt(batch, self._token, now))
        self._facts_in_a_row = self._facts_in_a_row + 1 if outbox.stream == "A" else 0
        self.pace.take(now)
        return Send(self._token, batch)

    def _send_empty(self, now: float, outbox: Outbox) -> Send:
        assert outbox.suspicion is not None
        outbox.suspicion.empty = "sent"
        self._token += 1
        self._empties[self._token] = outbox
        self._flying[self._token] = len(EMPTY)
        self._flying_bytes += len(EMPTY)
        self.pace.take(now)
        at = outbox.suspicion.first
        return Send(self._token, Batch(outbox.stream, at.epoch, at.sequence, at.sequence - 1, 0, EMPTY))

    def _empty_answered(self, now: float, outbox: Outbox, code: int) -> None:
        if code == SUCCESS:
            outbox.empty_taken()
            return
        outbox.empty_refused()
        self.trouble = f"stream {outbox.stream}: the broker takes nothing on this topic: {words(code)}"
        self._probe(now, outbox, REFUSED_S)

    def _answered(self, now: float, outbox: Outbox, doubt: Doubt, code: int) -> None:
        if code == SUCCESS:
            doubt.taken = True
            outbox.passed(Place(doubt.batch.epoch, doubt.batch.last))
            if self._mode == "puback":
                self._heard(now, outbox)
                while outbox.doubt and outbox.doubt[0].taken:
                    done = outbox.doubt.popleft().batch
                    self._acknowledge(outbox, Place(done.epoch, done.last))
        elif code in POISON:
            self.trouble = f"stream {outbox.stream}: the broker refuses {len(doubt.batch.payload)} bytes: {words(code)}"
            self._park_soon(outbox, outbox.refuse(doubt.batch, f"the broker refuses it: {words(code)}"))
            outbox.rewind(outbox.acknowledged)
        else:
            what = f"the broker does not take it: {words(code)}"
            if code == NO_SUBSCRIBERS:
                what = "nobody is subscribed to our events"
            self.trouble = f"stream {outbox.stream}: {what}"
            self._probe(now, outbox, REFUSED_S)

    def _find_oversized(self, outbox: Outbox) -> None:
        """An event that is above the limit all by itself can't go out, whoever the broker is."""
        if outbox.parking is None and outbox.ready:
            batch = outbox.ready[0]
            place = Place(batch.epoch, batch.last)
            if batch.events == 1 and len(batch.payload) > outbox.max_bytes and place not in outbox.refused:
                outbox.parking = place
                why = f"{len(batch.payload)} bytes compressed, and {outbox.max_bytes} go into one publish"
                self._parks.append(Park(outbox.stream, place, why))

    def _park_soon(self, outbox: Outbox, place: Place | None) -> None:
        if place is not None and outbox.suspicion is not None:
            self._parks.append(Park(outbox.stream, place, outbox.suspicion.why))

    def _doubt_silence(self, now: float, outbox: Outbox) -> None:
        if outbox.doubt and now - outbox.quiet_since >= outbox.silence_s:
            self.trouble = f"stream {outbox.stream}: the cloud has acknowledged nothing for {outbox.silence_s:.0f} s"
            self._probe(now, outbox, 0.0)

    def _probe(self, now: float, outbox: Outbox, hold_s: float) -> None:
        """Send the oldest batch in doubt again, alone, and wait longer than the last time."""
        if outbox.ahead == 1:
            outbox.silence_s = min(outbox.silence_s * 2, LONGEST_SILENCE_S)
            hold_s *= outbox.silence_s / SILENCE_S
        outbox.ahead = 1
        outbox.quiet_since = now
        outbox.hold_until = now + hold_s
        outbox.rewind(outbox.acknowledged)

    def _heard(self, now: float, outbox: Outbox) -> None:
        outbox.quiet_since = now
        outbox.ahead, outbox.silence_s, outbox.hold_until = AHEAD, SILENCE_S, 0.0
        self.trouble = None

    def _acknowledge(self, outbox: Outbox, place: Place) -> None:
        outbox.acknowledged = place
        outbox.passed(place)
        self._saves[outbox.stream] = place

    def _skip(self, outbox: Outbox, place: Place) -> None:
        """The cloud has what we have not sent in this connection: go on after it."""
        if outbox.loaded.epoch == place.epoch and (
            outbox.loaded.sequence < place.sequence or (outbox.ready and outbox.ready[0].first <= place.sequence)
        ):
            outbox.rewind(place)
