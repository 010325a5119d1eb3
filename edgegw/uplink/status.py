"""How the way to the cloud is: for the page, the metrics and, as a retained document, for the cloud itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edgegw.uplink.topics import Stream


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """One stream: the newest number, how far the cloud is, how much it lacks and how old the oldest of that is, and how
    many events were parked because the broker does not take them."""

    epoch: str
    head: int
    acknowledged: int
    backlog: int
    oldest_s: float | None
    parked: int = 0


@dataclass(frozen=True, slots=True)
class UplinkStatus:
    """What the page and the metrics show. `trouble` is for people, None when all is well."""

    connected: bool
    broker: str | None
    trouble: str | None
    streams: dict[Stream, StreamStatus]


def delivery(status: UplinkStatus) -> dict[str, Any]:
    """What stands under `up/state/uplink`: what the cloud lacks, and what the broker does not take."""
    return {
        "broker": status.broker,
        "trouble": status.trouble,
        "streams": {
            name: {
                "epoch": stream.epoch,
                "head": str(stream.head),
                "acknowledged": str(stream.acknowledged),
                "backlog": stream.backlog,
                "oldest_s": None if stream.oldest_s is None else round(stream.oldest_s),
                "parked": stream.parked,
            }
            for name, stream in status.streams.items()
        },
    }
