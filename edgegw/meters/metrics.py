"""Figures of the meters' side."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("edgegw_meter_requests_total", "Modbus requests by how they ended", ["outcome"])
"""answered, refused (an exception code), failed (no answer, or a broken one), line_down"""
REQUEST_SECONDS = Histogram(
    "edgegw_meter_request_seconds",
    "Time from a Modbus request to its answer",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5),
)
ROUNDS = Counter("edgegw_meter_rounds_total", "Rounds of reads by meter and how they ended", ["meter", "outcome"])
STALE = Gauge("edgegw_meter_stale", "1 while a meter has brought no good sample for too long", ["meter"])
ANSWER_SECONDS = Gauge("edgegw_meter_answer_seconds", "Learned time from a request's end to its answer", ["meter"])
