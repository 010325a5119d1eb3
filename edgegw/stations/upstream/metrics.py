"""Counters of what is told to another CSMS, and asked by it."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

CONNECTED = Gauge("edgegw_upstream_connected", "Stations that the other CSMS has accepted over a live connection")
BACKLOG = Gauge("edgegw_upstream_backlog", "Messages that the other CSMS is still to be told")
OLDEST = Gauge("edgegw_upstream_oldest_seconds", "Age of the oldest of them")
MESSAGES = Counter("edgegw_upstream_messages_total", "Messages for the other CSMS by what became of them", ["outcome"])
"""told, refused (a CALLERROR), unanswered, unknown (of what it never heard the start of), dropped, expired"""
ANSWERS = Counter(
    "edgegw_upstream_answers_total", "Questions that the other CSMS has the say in, by outcome", ["outcome"]
)
"""in_time, late, away, error"""
ORDERS = Counter("edgegw_upstream_orders_total", "CALLs of the other CSMS by what became of them", ["outcome"])
"""taken, refused, failed"""
CONNECTS = Counter("edgegw_upstream_connects_total", "Connections to the other CSMS, by outcome", ["outcome"])
"""opened, failed"""
