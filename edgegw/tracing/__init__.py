"""Traces: one story from a station's frame over its decision and commit to its publish and the cloud's watermark.

    frame ─┬─ decide
           └─ commit ─┬─ publish
                      ├─ watermark
                      └─ ingest, in the cloud's process

Nothing of it is there unless `tracing.otlp` is set: who may be traced holds None, and OpenTelemetry is not imported.
`stories` knows what belongs together, `otel` alone knows OpenTelemetry. What is told names stations, actions and kinds
of facts, and never an id token.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class Tracing(Protocol):
    """What stations and the uplink tell of; `stories.Stories` is one. Times are of `time.time_ns`."""

    def frame(self, station: str, action: str, version: str, waited_s: float) -> AbstractContextManager[None]:
        """Around the serving of a station's CALL, which came `waited_s` ago."""

    def traceparent(self, fact: str) -> str | None:
        """W3C Trace Context of the commit of the fact with this id; None for one that is not traced."""

    def published(self, epoch: str, first: int, last: int, began_ns: int, code: int) -> None:
        """The broker has answered the publish of facts `first` to `last` with `code`."""

    def durable(self, epoch: str, sequence: int) -> None:
        """The cloud holds the facts up to `sequence`."""
