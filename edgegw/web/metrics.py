"""What Prometheus reads: the counters that each room keeps, and a few figures read from the hub when asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from edgegw import __version__
from edgegw.hub import Hub
from edgegw.web import power, view
from edgegw.web.health import health
from edgegw.web.neighbours import Json, Neighbours

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside each counter that nobody asks for


class HubCollector:
    """Figures of the hub's durable state and of the neighbours. Labels are names of the configuration, so that a
    stranger cannot make them grow."""

    def __init__(self, hub: Hub, neighbours: Neighbours) -> None:
        self._hub = hub
        self._neighbours = neighbours

    def collect(self) -> Iterable[Metric]:
        hub = self._hub
        yield GaugeMetricFamily("sigec_active_charging_sessions", "Running transactions", len(hub.state.at_evse))
        yield CounterMetricFamily(
            "sigec_energy_delivered_kwh",
            "Energy that flowed in transactions since the start, by the stations' registers",
            hub.delivered_wh / 1000,
        )
        connected = GaugeMetricFamily(
            "edgegw_station_connected", "1 while the station's link is up", labels=["station"]
        )
        for name in hub.site.stations:
            row = hub.state.stations.get(name)
            connected.add_metric([name], float(row is not None and row.connected))
        yield connected
        age = GaugeMetricFamily("edgegw_meter_age_seconds", "Age of a meter's newest reading", labels=["meter"])
        for source in list(hub.sources()):
            if source.startswith("meters/") and (latest := hub.latest(source)) is not None:
                age.add_metric([source.removeprefix("meters/")], latest.age_s)
        yield age
        yield from _gateway(hub, self._neighbours)
        yield GaugeMetricFamily("edgegw_fallback", "1 while the load loop holds every EVSE at its safe share",
                                float(view.fallback_reason(hub) is not None))  # fmt: skip
        yield from _circuits(power.circuits(hub, self._neighbours))
        yield from _forecast(self._neighbours.forecast())
        if (eva := self._neighbours.eva()) is not None:
            yield from eva.figures.collect()
        yield from _services(self._neighbours.services())


def _gateway(hub: Hub, neighbours: Neighbours) -> Iterable[Metric]:
    build = GaugeMetricFamily("edgegw_build", "1, and which version runs", labels=["version"])
    build.add_metric([__version__], 1.0)
    yield build
    ready = health(hub, neighbours, masked=True)["status"] == "ok"
    yield GaugeMetricFamily("edgegw_ready", "1 while new transactions are taken, as /health/ready", float(ready))
    yield GaugeMetricFamily(
        "edgegw_clock_unsynced", "1 while nobody vouches for the clock", float(hub.clock.state == "unsynced")
    )
    journal = hub.journal
    down = journal.mending or journal.trouble is not None
    yield GaugeMetricFamily("edgegw_journal_down", "1 while the ledger takes no writes", float(down))
    if (limits := journal.limits) is not None:
        budget = limits.file + limits.log + limits.ballast
        yield GaugeMetricFamily("edgegw_storage_budget_bytes", "What the ledger may take of the disk", budget)
    if (written := written_bytes()) is not None:
        yield CounterMetricFamily(
            "edgegw_written_bytes", "Bytes that the process had written to disks since its start", written
        )


def written_bytes(path: Path = Path("/proc/self/io")) -> int | None:
    """What the process caused to be written to storage, by the kernel's count; None where it does not tell."""
    with suppress(OSError):
        for line in path.read_text().splitlines():
            name, _, value = line.partition(": ")
            if name == "write_bytes" and value.isdecimal():
                return int(value)
    return None


_CURRENTS = {
    "limit_a": "Current that may be used on the phase: of its breaker and the limits that someone set the lowest",
    "measured_a": "Current that its meter reads",
    "building_a": "Current of all that is not a charging station",
    "given_a": "Current that is given out to transactions",
    "reserved_a": "Most current that the charging stations may draw",
    "margin_a": "Current that would be left if they did",
}


def _circuits(circuits: list[Json]) -> Iterable[Metric]:
    for field, text in _CURRENTS.items():
        name = f"edgegw_circuit_{field.removesuffix('_a')}_amperes"
        family = GaugeMetricFamily(name, text, labels=["circuit", "phase"])
        for circuit in circuits:
            for phase, currents in circuit["phases"].items():
                if (amperes := currents[field]) is not None:
                    family.add_metric([circuit["id"], phase], amperes)
        yield family
    left = GaugeMetricFamily(
        "edgegw_circuit_cars_watts",
        "Power that limits in watts leave for cars, where there are any",
        labels=["circuit"],
    )
    for circuit in circuits:
        if circuit["cars_w"] is not None:
            left.add_metric([circuit["id"]], circuit["cars_w"])
    yield left


def _forecast(found: Json | None) -> Iterable[Metric]:
    watts = GaugeMetricFamily("edgegw_forecast_watts", "Mean power that is expected of this quarter", labels=["of"])
    days = GaugeMetricFamily("edgegw_forecast_days", "Days of history that the forecast stands on", labels=["of"])
    error = GaugeMetricFamily(
        "edgegw_forecast_error_watts",
        "Mean absolute error of the last seven days' forecasts, made so long before",
        labels=["of", "ahead"],
    )
    for name in ("building", "cars"):
        learned = found[name] if found is not None else None
        if found is None or learned is None:
            continue
        days.add_metric([name], learned["days"])
        if found["quarters"] and (expected := found["quarters"][0][name]) is not None:
            watts.add_metric([name], expected["mean_w"])
        for ahead, each in learned["errors"].items():
            if each is not None:
                error.add_metric([name, ahead], each["mean_w"])
    yield from (watts, days, error)


def _services(services: Mapping[str, Mapping[str, Any]]) -> Iterable[Metric]:
    up = GaugeMetricFamily("edgegw_service_up", "1 while the supervised service runs", labels=["service"])
    restarts = CounterMetricFamily("edgegw_service_restarts", "Times that a service was rebuilt", labels=["service"])
    for name, service in services.items():
        up.add_metric([name], float(service.get("state") == "running"))
        restarts.add_metric([name], float(service.get("restarts", 0)))
    yield up
    yield restarts


def exposition(hub: Hub, neighbours: Neighbours) -> tuple[bytes, str]:
    """(text, content type) of all metrics now."""
    figures = CollectorRegistry()
    figures.register(HubCollector(hub, neighbours))
    return generate_latest(REGISTRY) + generate_latest(figures), CONTENT_TYPE_LATEST
