"""Metrics and health, on the API's listeners and on their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from edgegw.hub import Keep
from edgegw.journal.space import MIB
from edgegw.stations import metrics as stations
from edgegw.uplink import metrics as uplink
from edgegw.web.neighbours import Neighbours
from edgegw.web.server import MetricsListener
from tests.support.hubs import a_hub
from tests.web.served import Client, busy_hub, neighbours, running, serving

Series = tuple[str, tuple[tuple[str, str], ...]]


def values(text: str) -> dict[Series, float]:
    """Every series and its value; each may be there once."""
    found: dict[Series, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, key
            found[key] = sample.value
    return found


async def test_the_figures_of_a_hub_at_work(tmp_path: Path) -> None:
    stations.received("Heartbeat").inc()
    uplink.BACKLOG.labels("A").set(12)
    uplink.WATERMARK.labels("A").set(40)
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as web:
        answer = await web.guest.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = values(answer.body.decode())
    assert found["sigec_active_charging_sessions", ()] == 1
    assert found["sigec_energy_delivered_kwh_total", ()] == hub.delivered_wh / 1000
    assert found["sigec_ocpp_messages_total", (("action", "Heartbeat"), ("direction", "in"))] >= 1
    assert found["sigec_database_latency_seconds_count", ()] > 0
    assert found["edgegw_uplink_backlog", (("stream", "A"),)] == 12
    assert found["edgegw_uplink_watermark", (("stream", "A"),)] == 40
    assert found["edgegw_station_connected", (("station", "CP01"),)] == 1
    assert found["edgegw_station_connected", (("station", "CP02"),)] == 0
    assert found["edgegw_meter_age_seconds", (("meter", "grid"),)] == 0
    assert found["edgegw_fallback", ()] == 1
    on = (("circuit", "main"), ("phase", "L2"))
    figures = {name: found[f"edgegw_circuit_{name}_amperes", on] for name in ("limit", "measured", "building", "given")}
    assert figures == {"limit": 61.0, "measured": 40.5, "building": 8.5, "given": 32.0}
    assert found["edgegw_service_up", (("service", "stations"),)] == 1
    assert found["edgegw_service_up", (("service", "uplink"),)] == 0
    assert found["edgegw_service_restarts_total", (("service", "uplink"),)] == 2


async def test_a_stranger_does_not_make_series(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        assert "CP09" in hub.state.stations
        assert b"CP09" not in (await web.guest.get("/metrics")).body


async def test_asking_for_metrics_leaves_nothing_in_the_registry(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        before = len(list(REGISTRY.collect()))
        for _ in range(3):
            values((await web.guest.get("/metrics")).body.decode())
        assert len(list(REGISTRY.collect())) == before


async def test_ready_is_503_until_every_vital_service_runs(tmp_path: Path) -> None:
    up = False
    around = neighbours()
    around.ready = lambda: up
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path, around) as web:
        answer = await web.guest.get("/health/ready")
        assert (answer.status, answer.json["status"]) == (503, "starting")
        assert answer.json["reasons"] == ["the stations' port is not served: running"]
        assert answer.json["services"]["stations"]["state"] == "running"
        up = True
        assert (await web.guest.get("/health/ready?probe=kubelet")).status == 200
        assert (await web.guest.get("/health/live")).json == {"status": "ok"}


async def test_ready_is_503_while_the_disk_is_full_and_says_what_is_left(tmp_path: Path) -> None:
    free = 100 * MIB
    kept: dict[str, Any] = {"budget_bytes": 4 * MIB, "keep": Keep(), "disk_free": lambda folder: free}
    async with a_hub(tmp_path, **kept) as hub, serving(hub, tmp_path) as web:
        good = await web.guest.get("/health/ready")
        assert (good.status, good.json["status"], good.json["storage"]["level"]) == (200, "ok", "ample")
        assert values((await web.guest.get("/metrics")).body.decode())["edgegw_storage_full", ()] == 0
        free = 1
        await hub.tick()
        full = await web.guest.get("/health/ready")
        assert (full.status, full.json["status"]) == (503, "storage_full")
        assert full.json["reasons"] == ["there is no room left: what charges goes on, and no new transaction is begun"]
        assert (await web.guest.get("/health/live")).status == 200, "a restart would make no room"
        assert full.json["storage"].items() >= {"level": "full", "disk_bytes": 1, "ballast": False}.items()
        figures = values((await web.guest.get("/metrics")).body.decode())
        assert figures["edgegw_storage_full", ()] == 1
        assert figures["edgegw_storage_left_bytes", (("of", "disk"),)] == 1


async def test_what_is_wrong_and_keeps_nobody_from_charging_is_told_beside_ready(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as web:
        guest, installer = await web.guest.get("/health/ready"), await web.installer.get("/health/ready")
    assert (guest.status, guest.json["status"], guest.json["reasons"]) == (200, "ok", [])
    assert guest.json["troubles"] == ["uplink: waiting", "the load is held at the safe shares"]
    assert installer.json["troubles"] == [
        "uplink: waiting, mqtt.example.com: refused",
        "the load is held at the safe shares: 10.20.30.40:502 is silent",
    ]


async def test_a_ledger_that_takes_no_writes_is_not_ready_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as web:
        monkeypatch.setattr(type(hub.journal), "trouble", "disk I/O error")
        answer = await web.installer.get("/health/ready")
        assert (answer.status, answer.json["status"]) == (503, "ledger_down")
        assert answer.json["reasons"] == ["the ledger takes no writes: disk I/O error"]
        assert (await web.guest.get("/health/ready")).json["reasons"] == ["the ledger takes no writes"]
        assert values((await web.guest.get("/metrics")).body.decode())["edgegw_journal_down", ()] == 1


async def test_the_metrics_listener_serves_metrics_and_health_alone(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub:
        service = MetricsListener(hub, ("127.0.0.1", 0), neighbours())
        async with running(service):
            assert service.port is not None
            client = Client(service.port)
            assert b"edgegw_service_up" in (await client.get("/metrics")).body
            assert (await client.get("/health/ready")).json["services"]["uplink"]["reason"] is None
            assert (await client.get("/health/live")).status == 200
            for path in ("/", "/api/v1/site", "/api/v1/changes", "/openapi.json"):
                assert (await client.get(path)).kind == "not-found"


async def test_a_metrics_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        first = MetricsListener(hub, ("127.0.0.1", 0))
        async with running(first):
            assert first.port is not None
            second = MetricsListener(hub, ("127.0.0.1", first.port), Neighbours())
            with pytest.raises(OSError, match=r"metrics\.listen: can't listen on .*: the port is in use"):
                async with running(second):
                    pass
