"""What `sync` asks its owner to do."""

from __future__ import annotations

from dataclasses import dataclass

from edgegw.uplink.codec.events import Batch
from edgegw.uplink.codec.messages import Place
from edgegw.uplink.topics import Stream


@dataclass(frozen=True, slots=True)
class Load:
    """Read what follows `after` and cut it into batches of at most `max_bytes` and `max_events`; tell `loaded`.

    `refused` are parked: a gap goes in their place. An event above `max_bytes` comes as a batch of its own.
    """

    stream: Stream
    after: Place
    max_bytes: int
    max_events: int
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


@dataclass(frozen=True, slots=True)
class Park:
    """The broker does not take the event at `place`, for `reason`: write that down and tell `parked`."""

    stream: Stream
    place: Place
    reason: str


Action = Load | Send | Save | Park
