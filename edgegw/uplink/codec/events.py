"""The journal's rows as CloudEvents 1.0 and back (CONTRACT.md, MQTT). No I/O.

An event carries its place in the site's count of facts or blocks: `epoch`, and `sequence` as 20 zero-padded digits, so
that it sorts as text (CloudEvents sequence extension). A batch is a JSON array of events
(`application/cloudevents-batch+json`, CloudEvents JSON format 1.0 section 4), gzip over all of it. Numbers that the
journal no longer holds travel as one gap event in their place.
"""

from __future__ import annotations

import gzip
import uuid
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

import orjson

from edgegw.uplink.topics import Stream

CONTENT_TYPE = "application/cloudevents-batch+json"
ENCODING = ("content-encoding", "gzip")
"""The user property that names the compression; on 3.1.1 the magic bytes tell."""

SAMPLES_TYPE = "io.edgegw.samples.v1"
GAP_TYPE = "io.edgegw.gap.v1"

MAX_EVENTS = 1000
MAX_RAW_BYTES = 4 * 1024 * 1024
"""What a receiver unpacks at most; a sender stays far below it, as 32 KiB of gzip hold some 250 KiB of events."""

_GZIP_MAGIC = b"\x1f\x8b"
_LEVEL = 6
_GAP_NAMESPACE = uuid.UUID("5d0a5b5e-3f55-5f0c-9f43-0c6f1b7f6a11")


class FactRow(Protocol):
    """A fact as it lies in the journal."""

    @property
    def sequence(self) -> int: ...
    @property
    def epoch(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def clock(self) -> str: ...
    @property
    def body(self) -> Mapping[str, Any]: ...
    @property
    def hash(self) -> str: ...
    @property
    def boot(self) -> str | None: ...


class BlockRow(Protocol):
    """A block of samples as it lies in the journal; `body` is its JSON."""

    @property
    def sequence(self) -> int: ...
    @property
    def epoch(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def start(self) -> datetime: ...
    @property
    def samples(self) -> int: ...
    @property
    def body(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Encoded:
    """One event's JSON and the numbers that it stands for: one, or for a gap all from `first` to `last`."""

    first: int
    last: int
    json: bytes
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive events of one stream and epoch, ready to publish."""

    stream: Stream
    epoch: str
    first: int
    last: int
    events: int
    payload: bytes


def encode_fact(site: str, row: FactRow, traceparent: str | None = None) -> Encoded:
    """A fact as an event. `facthash` is the journal's chain hash, so that the chain can be checked at the other end.

    `boot` names the start of the machine in which it was recorded, where that is known: a later correction of an unset
    clock is about the facts of one boot. `traceparent` is that of its commit, where it is traced (CloudEvents'
    distributed tracing extension).
    """
    event = {
        "specversion": "1.0",
        "id": row.id,
        "source": _source(site, row.subject),
        "type": f"io.edgegw.{row.type}.v1",
        "time": row.at,
        "recordedtime": row.recorded_at,
        "sequence": f"{row.sequence:020d}",
        "epoch": row.epoch,
        "clock": row.clock,
        "facthash": row.hash,
        **({} if row.boot is None else {"boot": row.boot}),
        **({} if traceparent is None else {"traceparent": traceparent}),
        "datacontenttype": "application/json",
        "data": row.body,
    }
    return Encoded(row.sequence, row.sequence, _json(event))


def encode_block(site: str, row: BlockRow) -> Encoded:
    """A block of samples of one source as one event, its columns as they lie in the journal."""
    event = {
        "specversion": "1.0",
        "id": row.id,
        "source": _source(site, row.source),
        "type": SAMPLES_TYPE,
        "time": row.start,
        "sequence": f"{row.sequence:020d}",
        "epoch": row.epoch,
        "datacontenttype": "application/json",
        "data": orjson.Fragment(row.body),
    }
    return Encoded(row.sequence, row.sequence, _json(event))


def encode_gap(
    site: str,
    stream: Stream,
    epoch: str,
    first: int,
    last: int,
    *,
    reason: str,
    at: datetime,
    samples: int | None = None,
) -> Encoded:
    """What stands in the place of `first` to `last`. Its id follows from the place, so a repeat is known as one."""
    event = {
        "specversion": "1.0",
        "id": str(uuid.uuid5(_GAP_NAMESPACE, f"{site}/{stream}/{epoch}/{first}-{last}")),
        "source": _source(site, ""),
        "type": GAP_TYPE,
        "time": at,
        "sequence": f"{last:020d}",
        "epoch": epoch,
        "datacontenttype": "application/json",
        "data": {"from": str(first), "to": str(last), "reason": reason, "samples": samples},
    }
    return Encoded(first, last, _json(event), gap=True)


def fill_gaps(
    site: str, stream: Stream, epoch: str, after: int, events: Iterable[Encoded], *, reason: str, at: datetime
) -> list[Encoded]:
    """`events`, which follow `after`, with a gap event wherever numbers are missing."""
    whole = []
    for event in events:
        if event.first > after + 1:
            whole.append(encode_gap(site, stream, epoch, after + 1, event.first - 1, reason=reason, at=at))
        whole.append(event)
        after = event.last
    return whole


def pack(
    stream: Stream, epoch: str, events: Sequence[Encoded], max_bytes: int, max_events: int = MAX_EVENTS
) -> list[Batch]:
    """Cut consecutive `events` into batches of at most `max_bytes` compressed; the same input gives the same cuts.

    An event that is larger all by itself is a batch of its own.
    """
    batches, rest = [], list(events)
    while rest:
        count = min(len(rest), max_events)
        payload = _compress(rest[:count])
        while len(payload) > max_bytes and count > 1:
            # Aim a little below the limit: the ratio of the first events is not that of all.
            count = max(1, min(count - 1, int(count * 0.95 * max_bytes / len(payload))))
            payload = _compress(rest[:count])
        batches.append(Batch(stream, epoch, rest[0].first, rest[count - 1].last, count, payload))
        del rest[:count]
    return batches


def _compress(events: Sequence[Encoded]) -> bytes:
    return gzip.compress(b"[" + b",".join(event.json for event in events) + b"]", _LEVEL, mtime=0)


def _json(event: Mapping[str, Any]) -> bytes:
    return orjson.dumps(event, option=orjson.OPT_UTC_Z)


def _source(site: str, subject: str) -> str:
    path = f"/sites/{quote(site, safe='')}"
    return f"{path}/{quote(subject)}" if subject else path


class BadBatch(ValueError):
    """A payload that is no batch of our events; the text says why."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it arrived. `data` is decoded, `first` is `sequence` except for a gap."""

    id: str
    source: str
    type: str
    time: datetime
    recorded_time: datetime | None
    sequence: int
    first: int
    epoch: str
    clock: str | None
    hash: str | None
    data: Mapping[str, Any]
    boot: str | None = None
    traceparent: str | None = None

    @property
    def is_gap(self) -> bool:
        return self.type == GAP_TYPE


def decode(payload: bytes) -> list[Event]:
    """The events of a batch, gzip or plain. Raises BadBatch."""
    return [decode_event(item) for item in items(payload)]


def items(payload: bytes) -> list[Any]:
    """The JSON of a batch's events, gzip or plain, whatever they are. Raises BadBatch."""
    try:
        found = orjson.loads(_unpack(payload))
    except (ValueError, zlib.error, EOFError) as error:
        raise BadBatch(str(error)) from error
    if not isinstance(found, list):
        raise BadBatch("not a JSON array")
    return found


def decode_event(item: Any) -> Event:
    """One event of a batch. Raises BadBatch."""
    try:
        return _event(item)
    except BadBatch:
        raise
    except KeyError as error:
        raise BadBatch(f"an event without {error}") from error
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise BadBatch(str(error)) from error


def _unpack(payload: bytes) -> bytes:
    if not payload.startswith(_GZIP_MAGIC):
        return payload
    unpacker = zlib.decompressobj(wbits=31)
    raw = unpacker.decompress(payload, MAX_RAW_BYTES)
    if not unpacker.eof:
        raise BadBatch(f"cut off, or more than {MAX_RAW_BYTES} bytes unpacked")
    return raw


def _event(item: Mapping[str, Any]) -> Event:
    data = item["data"]
    sequence = int(item["sequence"])
    recorded = item.get("recordedtime")
    first = int(data["from"]) if item["type"] == GAP_TYPE else sequence
    if not 0 < first <= sequence or not isinstance(item["epoch"], str) or not isinstance(item["id"], str):
        raise BadBatch("an event whose sequence, epoch or id cannot be")
    return Event(
        id=item["id"],
        source=item["source"],
        type=item["type"],
        time=_time(item["time"]),
        recorded_time=None if recorded is None else _time(recorded),
        sequence=sequence,
        first=first,
        epoch=item["epoch"],
        clock=item.get("clock"),
        hash=item.get("facthash"),
        data=data,
        boot=item.get("boot"),
        traceparent=traceparent if isinstance(traceparent := item.get("traceparent"), str) else None,
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
