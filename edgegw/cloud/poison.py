"""What arrives and can't be read, and what becomes of its stream.

An event whose place can be read, its epoch and its number, is taken in that place: what came is stored whole in
`rejected`, so the watermark may pass it and nothing is lost. A message of which not even that can be read stops its
stream: nobody may acknowledge what can't be named. It is put aside and asked for once more, as the network or a broker
may have spoiled it. When the same bytes have come TRIES times, while the same numbers were missing each time and what
follows them is here, then it is known what they are: a gap `rejected` is put in their place and the stream goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from edgegw.cloud.receive import Receiver
from edgegw.cloud.rows import REJECTED_TYPE
from edgegw.uplink.codec.events import GAP_TYPE, BadBatch, Event, decode_event, items

TRIES = 3
MAX_PLACE_LENGTH = 64
MAX_SEQUENCE = 2**63 - 1


def read(payload: bytes, now: datetime) -> list[Event]:
    """The events of a batch; those that can't be read but for their place as events of REJECTED_TYPE.

    Raises BadBatch when the place of one can't be read either.
    """
    events = []
    for item in items(payload):
        try:
            event = decode_event(item)
            why = _unusable(event)
        except BadBatch as error:
            why = str(error)
        events.append(event if why is None else stand_in(item, why, now))
    return events


def _unusable(event: Event) -> str | None:
    texts: list[Any] = [event.id, event.type, event.source, event.epoch]
    texts += [text for text in (event.clock, event.hash, event.boot) if text is not None]
    if event.sequence > MAX_SEQUENCE or not 0 < len(event.epoch) <= MAX_PLACE_LENGTH:
        return "sequence or epoch out of bounds"
    if not isinstance(event.data, Mapping):
        return "data is no object"
    if any(not isinstance(text, str) or "\0" in text for text in texts):
        return "an attribute that is no text"
    return None


def stand_in(item: Any, why: str, now: datetime) -> Event:
    """What stands in the place of an event that can't be read. Raises BadBatch when that place can't be either."""
    try:
        epoch, sequence = item["epoch"], int(item["sequence"])
        first = int(item["data"]["from"]) if item.get("type") == GAP_TYPE else sequence
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadBatch(f"an event without a place: {why}") from error
    place = isinstance(epoch, str) and 0 < len(epoch) <= MAX_PLACE_LENGTH and "\0" not in epoch
    if not place or not 0 < first <= sequence <= MAX_SEQUENCE:
        raise BadBatch(f"an event without a place: {why}")
    data = {"reason": why, "payload": orjson.dumps(item)}
    return Event("", "", REJECTED_TYPE, now, None, sequence, first, epoch, None, None, data)


def unread(event: Event, why: str, now: datetime) -> Event:
    """What stands in the place of an event that the database does not take."""
    data = {"reason": why, "payload": orjson.dumps({**_attributes(event), "data": event.data})}
    return Event("", "", REJECTED_TYPE, now, None, event.sequence, event.first, event.epoch, None, None, data)


def _attributes(event: Event) -> dict[str, Any]:
    return {
        "id": event.id, "source": event.source, "type": event.type, "time": event.time, "epoch": event.epoch,
        "recordedtime": event.recorded_time, "sequence": str(event.sequence), "clock": event.clock,
        "boot": event.boot, "facthash": event.hash,
    }  # fmt: skip


MAX_SUSPECTS = 16


@dataclass(slots=True)
class _Seen:
    missing: tuple[int, int] | None
    times: int


class Suspects:
    """The messages of one stream that could not be read: how often each came, and what was missing then."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def again(self, payload: bytes, missing: tuple[int, int] | None) -> bool:
        """One came, while `missing` was what the stream lacked. True when it is known to stand for just that."""
        digest = sha256(payload).hexdigest()
        seen = self._seen.pop(digest, None)
        if seen is None or seen.missing != missing:
            seen = _Seen(missing, 0)
        seen.times += 1
        self._seen[digest] = seen
        if len(self._seen) > MAX_SUSPECTS:
            del self._seen[next(iter(self._seen))]
        return missing is not None and seen.times >= TRIES


def give_up(epoch: str, receiver: Receiver, now: datetime) -> list[Event]:
    """A gap in the place of what is missing, and what it frees."""
    missing = receiver.missing
    if missing is None:
        return []
    first, last = missing
    data = {"from": str(first), "to": str(last), "reason": "rejected", "samples": None}
    return receiver.take(Event("", "", GAP_TYPE, now, None, last, first, epoch, None, None, data))
