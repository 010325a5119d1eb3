"""What /metrics shows of EVA: counted here from what she tells of each turn, and the numbers of her own process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from edgegw.model.tools import TOOLS
from edgegw.web.eva.messages import STATES

BUCKETS_S: Final = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0)

STATUSES: Final = (
    "allowed", "needs_confirmation", "needs_proof", "refused", "done", "failed", "unknown", "expired", "cancelled",
    "confirmed", "answered",
)  # fmt: skip
OTHER: Final = "other"
"""Stands for each word that is not known: she can't make series grow."""

GAUGES: Final[Mapping[str, str]] = {
    "budget_seconds": "Seconds of conversation that a day has",
    "budget_used_seconds": "Seconds of conversation that were used today",
    "memory_bytes": "Resident memory of the voice process",
}
COUNTERS: Final[Mapping[str, str]] = {
    "conversations": "Conversations that began",
    "turns": "Turns of drivers that were heard",
    "tokens_in": "Tokens that went to the model",
    "tokens_out": "Tokens that came from the model",
    "reconnects": "Connections to the model that were made again within a conversation",
    "interruptions": "Times that a driver spoke into her speaking",
    "nudges": "Times that the model had to be reminded to answer",
    "frames_dropped": "Frames of 20 ms of the microphone that were dropped",
    "overflows": "Times that the microphone was not read in time",
    "underflows": "Times that the speaker ran out of sound",
    "reopened": "Times that the microphone was opened again",
    "cpu_seconds": "CPU time of the voice process",
}
"""Numbers of a `metrics` line; what else stands there is left out."""


@dataclass(slots=True)
class Figures:
    """Kept by the hub, so that they outlive a voice process that falls."""

    connected: int = 0
    """Clients at the voice socket."""
    state: str = "off"
    microphone_live: bool = False
    told: dict[str, float] = field(default_factory=dict)
    """The newest numbers of GAUGES and COUNTERS."""
    commands: dict[tuple[str, str], int] = field(default_factory=dict)
    """Turns by (intent, status)."""
    within: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))
    """Turns by the first bucket of BUCKETS_S that their latency fits in."""
    latency_s: float = 0.0

    def turn(self, message: Mapping[str, Any]) -> None:
        """Count an `interaction`."""
        intent = message["intent"] if message["intent"] in TOOLS else OTHER
        status = message.get("outcome") or message.get("decision") or "answered"
        status = status if status in STATUSES else OTHER
        self.commands[intent, status] = self.commands.get((intent, status), 0) + 1
        latency_ms = message.get("latency_ms")
        if latency_ms is not None and latency_ms >= 0:
            seconds = latency_ms / 1000
            self.within[next((i for i, most in enumerate(BUCKETS_S) if seconds <= most), len(BUCKETS_S))] += 1
            self.latency_s += seconds

    def take(self, message: Mapping[str, Any]) -> None:
        """Take the numbers of a `metrics` in."""
        for name in (*GAUGES, *COUNTERS):
            if type(value := message.get(name)) in (int, float):
                self.told[name] = float(value)  # type: ignore[arg-type]

    def gone(self) -> None:
        """The voice process is gone: what it said of itself is not so any more."""
        self.state, self.microphone_live = "off", False
        self.told.clear()

    def collect(self) -> Iterable[Metric]:
        """The series."""
        yield GaugeMetricFamily("edgegw_voice_connected", "Voice processes at the voice socket", self.connected)
        yield GaugeMetricFamily(
            "edgegw_voice_microphone_live", "1 while the microphone is heard", float(self.microphone_live)
        )
        state = GaugeMetricFamily("edgegw_voice_state", "1 for the state that she is in", labels=["state"])
        for name in STATES:
            state.add_metric([name], float(name == self.state))
        yield state
        commands = CounterMetricFamily(
            "sigec_voice_commands", "What drivers wanted of her, and how it went", labels=["intent", "status"]
        )
        for labels, count in self.commands.items():
            commands.add_metric(labels, count)
        yield commands
        total, buckets = 0, []
        for most, count in zip((*map(str, BUCKETS_S), "+Inf"), self.within, strict=True):
            total += count
            buckets.append((most, float(total)))
        yield HistogramMetricFamily(
            "sigec_voice_latency_seconds",
            "From the end of a driver's words to her first sound",
            buckets,
            self.latency_s,
        )
        for name, text in GAUGES.items():
            if name in self.told:
                yield GaugeMetricFamily(f"edgegw_voice_{name}", text, self.told[name])
        for name, text in COUNTERS.items():
            if name in self.told:
                yield CounterMetricFamily(f"edgegw_voice_{name}", text, self.told[name])
