"""Spans to an OpenTelemetry collector over OTLP/HTTP: the only importer of OpenTelemetry, itself imported late.

Headers, certificates and compression come from OpenTelemetry's own environment variables (`OTEL_EXPORTER_OTLP_*`), so
that no secret stands in the installer's file. A collector that is away costs spans, one line of the log, and nothing
else: they are handed over from a thread of the library's, out of a queue that is bounded.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace import Tracer, get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter

from edgegw import __version__
from edgegw.tracing.stories import Span

log = logging.getLogger("edgegw.tracing")

SPANS = Counter("edgegw_tracing_spans_total", "Spans for the collector, by what became of them", ["outcome"])
"""exported, lost"""
SPANS.labels("lost")  # there from the start, so that the first of them is seen to be a rise

QUEUE: Final = 2048
EVERY_MS: Final = 2000
TIMEOUT_S: Final = 5.0
"""For one request; a collector that does not answer is not waited for much longer."""
CLOSING_S: Final = 2.0

_PROPAGATOR: Final = TraceContextTextMapPropagator()


class _Span:
    """A recording span."""

    def __init__(self, span: OtelSpan) -> None:
        self.span = span
        about = span.get_span_context()
        self.traceparent = f"00-{about.trace_id:032x}-{about.span_id:016x}-{about.trace_flags:02x}"

    def say(self, **attributes: str | int) -> None:
        self.span.set_attributes(_named(attributes))

    def end(self, at_ns: int | None = None) -> None:
        self.span.end(at_ns)


class Exported:
    """Spans that go to the collector at the base URL `otlp`. `sample` is the share of traces that are kept, 0 to 1."""

    def __init__(self, otlp: str, *, sample: float, service: str, attributes: Mapping[str, str] | None = None) -> None:
        resource = Resource.create({"service.name": service, "service.version": __version__, **(attributes or {})})
        exporter = _Told(OTLPSpanExporter(f"{otlp.rstrip('/')}/v1/traces", timeout=TIMEOUT_S), otlp)
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(sample)), resource=resource, shutdown_on_exit=False
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=QUEUE, schedule_delay_millis=EVERY_MS)
        )
        self._tracer: Tracer = self._provider.get_tracer("edgegw", __version__)
        # The library tells of every request that fails; `_Told` tells of the first one, and of the first that does not.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)

    def begin(self, name: str, parent: Span | None, at_ns: int, /, **attributes: str | int) -> Span | None:
        if parent is None:
            context = Context()
        else:
            assert isinstance(parent, _Span), "spans of two exporters don't mix"
            context = set_span_in_context(parent.span, Context())
        return self._begun(name, context, at_ns, attributes)

    def go_on(self, name: str, traceparent: str, at_ns: int, /, **attributes: str | int) -> Span | None:
        """A span under one of another process; None for a `traceparent` that is none, or that is not sampled."""
        context = _PROPAGATOR.extract({"traceparent": traceparent}, Context())
        if not get_current_span(context).get_span_context().is_valid:
            return None
        return self._begun(name, context, at_ns, attributes)

    def _begun(self, name: str, context: Context, at_ns: int, attributes: Mapping[str, str | int]) -> Span | None:
        span = self._tracer.start_span(name, context, start_time=at_ns, attributes=_named(attributes))
        return _Span(span) if span.is_recording() else None

    async def close(self) -> None:
        """Hand over what waits, for a moment at most."""
        # A thread that nobody joins at the end of the process: the library may wait for a collector that is away.
        closing = threading.Thread(target=self._provider.shutdown, name="edgegw-tracing", daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, CLOSING_S)


class Ingested:
    """The cloud's end of the stories: a span for each commit of a site that is stored here."""

    def __init__(self, spans: Exported) -> None:
        self._spans = spans

    def stored(self, site: str, traceparents: Sequence[str], began_ns: int) -> None:
        """Events with these trace contexts were stored, by a transaction that began at `began_ns`."""
        now = time.time_ns()
        for traceparent in dict.fromkeys(traceparents):
            if (span := self._spans.go_on("ingest", traceparent, began_ns, site=site)) is not None:
                span.end(now)


class _Told(SpanExporter):
    """An exporter whose failures are counted, and one line each time that they begin or end."""

    def __init__(self, exporter: SpanExporter, where: str) -> None:
        self._exporter = exporter
        self._where = where
        self._fails = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        failed = result is not SpanExportResult.SUCCESS
        SPANS.labels("lost" if failed else "exported").inc(len(spans))
        if failed and not self._fails:
            log.warning("traces don't reach the collector at %s; those of now are lost", self._where)
        elif self._fails and not failed:
            log.info("traces reach the collector at %s again", self._where)
        self._fails = failed
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _named(attributes: Mapping[str, str | int]) -> dict[str, str | int]:
    return {f"edgegw.{name}": value for name, value in attributes.items()}
