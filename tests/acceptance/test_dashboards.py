"""Dashboards and alert rules at a real Prometheus that has scraped a real gateway at work."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from edgegw.simulate import Building, Car, Meter, Place, World
from tests.support.chain import Chain
from tests.support.gateway import until
from tests.support.ports import free_port
from tests.support.prometheus import EXECUTABLE, Prometheus

CONFIGS = Path(__file__).parents[2] / "configs"

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(EXECUTABLE is None, reason="prometheus is not installed: apt install prometheus"),
]

NOTHING_HAPPENED = {
    "edgegw_circuit_cars_watts": "no limit in watts",
    "edgegw_forecast_watts": "a day of history is needed",
    "edgegw_forecast_error_watts": "likewise",
    "edgegw_ocpp_bad_frames_total": "the station is well",
    "edgegw_ocpp_connections_refused_total": "nobody else knocked",
    "edgegw_ocpp_tls_failures_total": "there is no TLS",
    "edgegw_ocpp_tolerated_total": "nothing had to be mended",
    "edgegw_upstream_messages_total": "there is no other CSMS",
    "edgegw_uplink_commands_total": "the cloud commanded nothing",
    "edgegw_uplink_requests_total": "every card is known",
}
"""Metrics without a series in this story, and why."""


TIMED = (
    "edgegw_ocpp_answer_seconds", "edgegw_ocpp_call_seconds", "edgegw_meter_request_seconds",
    "edgegw_uplink_publish_seconds", "edgegw_loop_late_seconds", "edgegw_voice_socket_seconds",
)  # fmt: skip


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def queries() -> list[tuple[str, str, str]]:
    """Dashboard, panel and query of every target, its variables filled in as Grafana does."""
    found = []
    for path in sorted((CONFIGS / "grafana").glob("*.json")):
        board = json.loads(path.read_text())
        for panel in board["panels"]:
            for target in panel["targets"]:
                query = target["expr"].replace("$instance", ".*").replace("$__rate_interval", "1m")
                assert "$" not in query
                found.append((board["title"], panel["title"], query))
    return found


def test_dashboards_are_whole() -> None:
    uids = set()
    paths = sorted((CONFIGS / "grafana").glob("*.json"))
    assert [path.stem for path in paths] == ["meters-and-load", "site", "stations", "uplink", "voice"]
    for path in paths:
        board = json.loads(path.read_text())
        uids.add(board["uid"])
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
        for panel in board["panels"]:
            place = panel["gridPos"]
            assert place["x"] + place["w"] <= 24
            for target in panel["targets"]:
                assert target["datasource"]["uid"] == "${datasource}"
                assert '$instance' in target["expr"]  # fmt: skip
    assert len(uids) == len(paths)


class Voice:
    """A voice process, as far as the socket sees it; what it said of itself counts while it is there."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10)
        self._socket.connect(str(path))
        self.say({"type": "hello", "v": 1})

    def say(self, *lines: dict[str, Any]) -> None:
        """Say lines, and wait until they were taken."""
        for line in (*lines, {"type": "tools", "id": "last"}):
            self._socket.sendall(json.dumps(line).encode() + b"\n")
        heard = b""
        while b'"last"' not in heard:
            heard += self._socket.recv(65536)
        assert b'"error"' not in heard, heard

    def close(self) -> None:
        self._socket.close()


VOICE = {
    "budget_seconds": 7200, "budget_used_seconds": 60, "memory_bytes": 9e7, "conversations": 1, "turns": 2,
    "tokens_in": 500, "tokens_out": 90, "reconnects": 0, "interruptions": 0, "nudges": 0, "frames_dropped": 0,
    "overflows": 0, "underflows": 0, "reopened": 0, "cpu_seconds": 3.5,
}  # fmt: skip


async def test_every_query_of_every_dashboard_is_answered_and_no_rule_is_wrong(
    tmp_path: Path, stack: ExitStack
) -> None:
    places = {"CP01": Place()}
    world = World(places.values(), voltage_v=230, building=Building(20.0))
    meter = Meter(world.feeder(), "eastron-sdm630")
    listen, voice = f"127.0.0.1:{free_port()}", tmp_path / "v.sock"
    async with meter.serve() as port, asyncio.TaskGroup() as group:
        connection = {"host": "127.0.0.1", "port": port}
        more: dict[str, Any] = {
            "metrics": {"listen": listen},
            "web": {"listen": None, "control": str(tmp_path / "control.sock"), "voice_socket": str(voice)},
            "voice": {"enabled": True},
            "supply": {"voltage_v": 230, "limit_a": 63, "building_max_a": 40, "margin_a": 2},
            "meters": [
                {"id": "grid", "measures": "supply", "driver": "eastron-sdm630", "connection": connection, "unit": 1}
            ],
        }
        stations = [{"id": "CP01", "evses": [{"id": 1, "max_a": 32, "phases": ["L1", "L2", "L3"]}]}]
        chain = Chain(tmp_path, stack, stations=stations, more=more)
        prometheus = stack.enter_context(Prometheus(tmp_path, [listen], CONFIGS / "prometheus" / "alerts.yaml"))

        async def turn() -> None:
            while True:
                world.step(0.25)
                await asyncio.sleep(0.25)

        turning = group.create_task(turn())
        async with chain.station("CP01", "2.0.1", places=[places["CP01"]], world=world) as station:
            await station.until(lambda: station.booted)
            station.plug(Car(soc=0.2, phases=3))
            assert await station.present("CARD1")
            await station.until(lambda: station.places[1].power_w > 1000, 40)
            interaction = {
                "type": "interaction", "dialogue": "d-1", "intent": "site_info", "outcome": "answered",
                "latency_ms": 700,
            }  # fmt: skip
            eva = stack.enter_context(closing(await asyncio.to_thread(Voice, voice)))
            for _ in range(2):
                listening = {"type": "state", "state": "idle", "microphone_live": True}
                await asyncio.to_thread(eva.say, {"type": "metrics", **VOICE}, interaction, listening)
                await asyncio.sleep(3)
            chain.gateway.get("/site")
            await until(lambda: chain.gateway.delivered, what="the cloud has everything")
            await asyncio.sleep(6)  # what is looked at every 5 s, and a scrape behind it
            silent = []
            for board, panel, query in queries():
                if not await asyncio.to_thread(prometheus.query, query):
                    silent.append((board, panel, query))
        turning.cancel()

    excused = [each for each in silent if any(name in each[2] for name in NOTHING_HAPPENED)]
    assert [each for each in silent if each not in excused] == []
    idle = {name for name in NOTHING_HAPPENED if not any(name in query for _, _, query in excused)}
    assert idle == set(), "these have series by now"

    rules = prometheus.ask("rules")["groups"][0]["rules"]
    assert len(rules) > 20
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"] == []
    assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []
    for name in TIMED:
        ((_, value),) = [each["value"] for each in prometheus.query(f"sum({name}_count)")]
        assert float(value) > 0, name
