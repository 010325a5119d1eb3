"""What Prometheus reads: the counters that each room keeps, and a few figures read from the hub when asked."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from edgegw.hub import Hub


class HubCollector:
    """Figures of the hub's durable state."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterable[Metric]:
        state = self._hub.state
        yield GaugeMetricFamily("sigec_active_charging_sessions", "Running transactions", len(state.at_evse))
        yield CounterMetricFamily(
            "sigec_energy_delivered_kwh",
            "Energy of all transactions in the ledger's memory",
            self._hub.delivered_wh / 1000,
        )
        connected = GaugeMetricFamily(
            "edgegw_station_connected", "1 while the station's link is up", labels=["station"]
        )
        for row in state.stations.values():
            connected.add_metric([row.id], float(row.connected))
        yield connected
        age = GaugeMetricFamily("edgegw_meter_age_seconds", "Age of a meter's newest reading", labels=["meter"])
        for source in list(self._hub.sources()):
            if source.startswith("meters/") and (latest := self._hub.latest(source)) is not None:
                age.add_metric([source.removeprefix("meters/")], latest.age_s)
        yield age


def exposition(hub: Hub) -> tuple[bytes, str]:
    """(text, content type) of all metrics now."""
    figures = CollectorRegistry()
    figures.register(HubCollector(hub))  # type: ignore[arg-type]  # a collector by its shape
    return generate_latest(REGISTRY) + generate_latest(figures), CONTENT_TYPE_LATEST
