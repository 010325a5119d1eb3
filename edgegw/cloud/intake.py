"""What an ingest knows of the sites' streams between the broker and the database: no I/O, no clock.

Messages go in, accepted events come out in their turn; what is missing is remembered to be asked for (`asks`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from edgegw.cloud.poison import Suspects, give_up, read
from edgegw.cloud.receive import Accepted, Asks, Key, Receiver, in_turn
from edgegw.uplink.codec.messages import Held, Nack
from edgegw.uplink.topics import Stream


@dataclass(frozen=True, slots=True)
class Taken:
    """What a message brought: the events now in turn, and the counts that it was about."""

    accepted: list[Accepted] = field(default_factory=list)
    keys: frozenset[Key] = frozenset()


class Intake:
    """Begins at what is `durable`. Times are the wall's (`now`) and monotonic seconds."""

    def __init__(self, durable: Mapping[Key, int]) -> None:
        self.asks = Asks()
        self._receivers = {key: Receiver(at) for key, at in durable.items()}
        self._epochs: dict[tuple[str, Stream], str] = {}
        self._suspects: dict[tuple[str, Stream], Suspects] = {}

    def take(self, site: str, stream: Stream, payload: bytes, now: datetime, monotonic: float) -> Taken:
        """A batch. Raises BadBatch when not even the places of its events can be read: see `unreadable`."""
        accepted: list[Accepted] = []
        keys: dict[Key, None] = {}
        for event in read(payload, now):
            key = Key(site, event.epoch, stream)
            keys[key] = None
            receiver = self._receivers.setdefault(key, Receiver())
            accepted += in_turn(key, receiver.watermark, receiver.take(event))
        for key in keys:
            self._epochs[site, stream] = key.epoch
            self.asks.note(key, self._receivers[key].missing, monotonic)
        return Taken(accepted, frozenset(keys))

    def unreadable(
        self, site: str, stream: Stream, payload: bytes, now: datetime, monotonic: float, *, kept: bool
    ) -> Taken:
        """A message that is no batch; `kept` says that it was put aside whole. It is asked for again, and in the end
        passed over: then what it held up is in turn."""
        epoch = self._epochs.get((site, stream))
        if epoch is None:
            return Taken()  # the site's presence, or its next batch, tells where it stands
        key = Key(site, epoch, stream)
        receiver = self._receivers.setdefault(key, Receiver())
        before, missing = receiver.watermark, receiver.missing
        suspects = self._suspects.setdefault((site, stream), Suspects())
        if suspects.again(payload, missing) and kept:
            accepted = in_turn(key, before, give_up(epoch, receiver, now))
            self.asks.note(key, receiver.missing, monotonic)
            return Taken(accepted, frozenset({key}))
        if missing is None:
            self.asks.note(key, (before + 1, before + 1), monotonic)
        return Taken()

    def greeted(self, site: str, stream: Stream, held: Held, *, late: bool) -> Nack | None:
        """A site says how far it believes to be durable; what it must send again. `late`: we may have missed some."""
        at = held.acknowledged
        self._epochs.setdefault((site, stream), at.epoch)
        receiver = self._receivers.get(Key(site, at.epoch, stream))
        watermark = 0 if receiver is None else receiver.watermark
        if late or at.sequence > watermark:
            return Nack(at.epoch, watermark + 1, max(at.sequence, watermark + 1))
        return None
