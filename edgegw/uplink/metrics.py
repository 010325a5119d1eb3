"""What the uplink counts. `edgegw_uplink_*` (CONTRACT.md, Metrics)."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

CONNECTED = Gauge("edgegw_uplink_connected", "1 while there is a connection to a broker")
CONNECTIONS = Counter("edgegw_uplink_connections", "Connections made to a broker")
BACKLOG = Gauge("edgegw_uplink_backlog", "Records that the cloud has not acknowledged", ["stream"])
WATERMARK = Gauge("edgegw_uplink_watermark", "Sequence up to which the cloud holds the stream durably", ["stream"])
OLDEST_S = Gauge("edgegw_uplink_oldest_unacknowledged_seconds", "Age of the oldest unacknowledged record", ["stream"])
PUBLISHES = Counter("edgegw_uplink_publishes", "Publishes by kind and the broker's reason code", ["kind", "code"])
PUBLISH_SECONDS = Histogram(
    "edgegw_uplink_publish_seconds",
    "Time from a publish of events to the broker's answer",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
ACKNOWLEDGEMENTS = Counter(
    "edgegw_uplink_acknowledgements", "What the cloud said of how far it is durable", ["stream", "kind"]
)
"""stream A, B, or other; kind watermark, nack (send again), or bad"""
PUBLISHED_BYTES = Counter("edgegw_uplink_published_bytes", "Payload bytes given to the broker", ["kind"])
REQUESTS = Counter("edgegw_uplink_requests", "What the hub asked the cloud, and what became of it", ["name", "outcome"])
PARKED = Counter("edgegw_uplink_parked", "Events that the broker does not take, a gap went in their place", ["stream"])
COMMANDS = Counter("edgegw_uplink_commands", "Commands from the cloud by the state that they were answered", ["state"])

for _stream in ("A", "B"):  # there from the start, so that the first of them is seen to be a rise
    PARKED.labels(_stream)


def count_publish(kind: str, code: int, payload: bytes) -> None:
    """Count a publish that the broker has answered with `code`."""
    PUBLISHES.labels(kind, f"0x{code:02x}").inc()
    PUBLISHED_BYTES.labels(kind).inc(len(payload))
