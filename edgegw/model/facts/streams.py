"""Facts of periodic event streams (OCPP 2.1 part 2, block N): a monitor's values, in packets."""

from __future__ import annotations

from typing import ClassVar

from edgegw.model.facts.fact import StationFact
from edgegw.model.value import value


@value(kw_only=True)
class EventStreamOpened(StationFact):
    """A station sends the values of `monitor` in packets from now on: each
    `interval_s` seconds, or so many `values` at once."""

    type: ClassVar[str] = "event_stream_opened"
    shown: ClassVar[tuple[str, ...] | None] = ()

    stream: int
    monitor: int
    interval_s: int | None = None
    values: int | None = None


@value(kw_only=True)
class EventStreamClosed(StationFact):
    type: ClassVar[str] = "event_stream_closed"
    shown: ClassVar[tuple[str, ...] | None] = ()

    stream: int
