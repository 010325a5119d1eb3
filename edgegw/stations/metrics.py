"""Counters of the stations' side. Label values come from fixed sets, so a station cannot make them grow."""

from __future__ import annotations

from functools import cache

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("sigec_ocpp_messages_total", "OCPP messages by action and direction", ["action", "direction"])
BAD_FRAMES = Counter("edgegw_ocpp_bad_frames_total", "Frames that could not be served, by reason", ["reason"])
TOLERATED = Counter("edgegw_ocpp_tolerated_total", "Messages of stations that had to be mended, by kind", ["kind"])
CALLS = Counter("edgegw_ocpp_calls_total", "CALLs to stations by how they ended", ["outcome"])
CALL_SECONDS = Histogram(
    "edgegw_ocpp_call_seconds",
    "Time from a CALL to a station to its answer, be it an error",
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
ANSWER_SECONDS = Histogram(
    "edgegw_ocpp_answer_seconds",
    "Time from a station's CALL to its answer, of those whose content has to be durable first",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
REFUSED = Counter("edgegw_ocpp_connections_refused_total", "Connections that were not let in, by reason", ["reason"])
HANDSHAKES = Counter(
    "edgegw_ocpp_tls_failures_total", "TLS handshakes with stations that failed, by reason", ["reason"]
)
CONTRACTS = Counter("edgegw_contract_questions_total", "Questions about cars' certificates", ["question", "outcome"])
OCSP = Counter("edgegw_ocsp_total", "Certificates whose status the gateway looked for, by what it found", ["outcome"])
SILENT = Counter("edgegw_stations_fell_silent_total", "Connections ended because their stations answered no CALL")
TRANSFERS = Counter("edgegw_ocpp_data_transfers_total", "Vendors' own messages by what they were answered", ["status"])
CONNECTED = Gauge("edgegw_stations_connected", "Stations with a live connection")


UNKNOWN = "unknown"
"""Stands for every action that the version does not know."""


@cache
def received(action: str) -> Counter:
    """The counter of an incoming action, which is one of the version's own or UNKNOWN."""
    return MESSAGES.labels(action, "in")


@cache
def sent(action: str) -> Counter:
    """The counter of an outgoing CALL, whose action has passed its schema."""
    return MESSAGES.labels(action, "out")
