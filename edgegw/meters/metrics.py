"""Figures of the meters' side."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

ROUNDS = Counter("edgegw_meter_rounds_total", "Rounds of reads by meter and how they ended", ["meter", "outcome"])
STALE = Gauge("edgegw_meter_stale", "1 while a meter has brought no good sample for too long", ["meter"])
ANSWER_SECONDS = Gauge("edgegw_meter_answer_seconds", "Learned time from a request's end to its answer", ["meter"])
