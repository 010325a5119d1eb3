"""A web service on a hub with something to show, and a client of the standard library for both of its doors."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegw.hub import AnswerLost, Ending, Hub
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import AuthorizeRequest, BootRequest, TransactionAnswer
from edgegw.model.samples import MeterSample
from edgegw.model.site import Site, Supply
from edgegw.web.neighbours import Neighbours
from edgegw.web.server import Web
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site, start, stop

SECRETS = ("CARD1", "CARD2", "04A1B2C3D4", "SN-778899", "10.20.30.40", "SDM-5566", "mqtt.example.com", "cp01-password")
"""Id tokens, serial numbers, addresses and names of credentials that are put into the hub by `busy_hub`."""


@dataclass(slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def kind(self) -> str:
        """Last part of the problem's type."""
        assert self.headers["content-type"] == "application/problem+json", self
        problem = self.json
        assert problem.keys() == {"type", "title", "status", "detail"}
        assert problem["status"] == self.status
        assert problem["detail"]
        return str(problem["type"]).removeprefix("/problems/")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


@dataclass(slots=True)
class Client:
    """Asks one door: `at` is a control socket's path or a loopback port."""

    at: Path | int

    def connection(self) -> http.client.HTTPConnection:
        if isinstance(self.at, Path):
            return _UnixConnection(self.at)
        return http.client.HTTPConnection("127.0.0.1", self.at, timeout=10)

    async def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """One request on a connection of its own; a `body` that is not bytes is sent as JSON."""
        return await asyncio.to_thread(self._ask, method, path, body, dict(headers or {}))

    def _ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Reply:
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("content-type", "application/json")
        connection = self.connection()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        return await self.ask("GET", path, headers=headers)

    async def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Reply:
        return await self.ask("POST", path, body, headers)


@dataclass(slots=True)
class Running:
    """A web service that runs: `installer` asks the control socket, `guest` TCP."""

    hub: Hub
    web: Web
    installer: Client
    guest: Client


@asynccontextmanager
async def serving(hub: Hub, folder: Path, neighbours: Neighbours | None = None) -> AsyncIterator[Running]:
    """Both doors of the web service on `hub`, until the end."""
    control = folder / "control.sock"
    web = Web(hub, neighbours or Neighbours(), listen=("127.0.0.1", 0), control=control)
    async with running(web):
        assert web.port is not None
        yield Running(hub, web, Client(control), Client(web.port))


@asynccontextmanager
async def running(service: Any) -> AsyncIterator[None]:
    """A service that has started, cancelled at the end; what makes it fail is raised here."""
    ready = asyncio.Event()
    task = asyncio.ensure_future(service.run(ready.set))
    waiting = asyncio.ensure_future(ready.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        if task.done():
            await task
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def busy_site() -> Site:
    return a_site(supply=Supply(limit_a=63.0, voltage_v=127.0, building_max_a=20.0))


class Told:
    """The stations' end: CALLs that the API had sent, as (station, action, payload, timeout in s). CP02 is offline."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, Any], float]] = []

    async def __call__(self, command: Command, number: int) -> Ending:
        station, action, payload, timeout_s = (
            command.args[name] for name in ("station", "action", "payload", "timeout_s")
        )
        self.calls.append((station, action, payload, timeout_s))
        if action == "Reset":
            raise AnswerLost("CP01 did not answer Reset in time")
        if action == "GetLocalListVersion":
            error = {"code": "NotSupported", "description": "no list here"}
            return Ending("failed", "NotSupported: no list here", {"error": error})
        if action == "ClearChargingProfile":
            error = {"code": "PropertyConstraintViolation", "description": "breaks OCPP 1.6 at status: is none"}
            return Ending("unknown", error["description"], {"error": error, "answer": {"status": "Perhaps"}})
        if action == "Nonsense":
            return Ending("rejected", "OCPP 1.6 has no action Nonsense")
        return Ending("done", None, {"result": {"status": "Accepted"}})


def neighbours() -> Neighbours:
    """Neighbours that all have something to say, secrets included."""
    return Neighbours(
        services=lambda: {
            "stations": {"state": "running", "reason": None, "restarts": 0},
            "uplink": {"state": "waiting", "reason": "mqtt.example.com: refused", "restarts": 2},
        },
        uplink=lambda: {
            "connected": False, "broker": "mqtts://mqtt.example.com:8883", "trouble": "mqtt.example.com is away",
            "backlog": {"A": 12, "B": 3}, "watermark": {"A": 40, "B": 9}, "oldest_s": {"A": 61.5, "B": None},
            "parked": {"A": 0, "B": 1},
        },
        load=lambda: {
            "circuits": [
                {"id": "main", "limit_a": 61.0, "trust": "live", "phases": {
                    phase: {"limit_a": 61.0, "measured_a": 40.5, "building_a": 8.5, "given_a": 32.0,
                            "reserved_a": 38.0, "margin_a": 14.5}
                    for phase in ("L1", "L2", "L3")
                }}
            ],
            "evses": [{"station": "CP01", "evse": 1, "setpoint_a": 16.0, "reserved_a": 16.0, "accepted": True,
                       "binding": "main L3", "reason": "it says 10.20.30.40"}],
        },
        forecast=lambda: {
            "ready": True, "timezone": "America/Sao_Paulo",
            "building": {"days": 12.5, "errors": {
                "hour": {"mean_w": 820, "share": 0.06, "quarters": 672}, "quarter_day": None, "half_day": None,
            }},
            "cars": {"days": 12.5, "errors": {"hour": None, "quarter_day": None, "half_day": None}},
            "quarters": [
                {"begins_at": "2026-03-02T12:00:00.000000Z",
                 "building": {"mean_w": 14000, "low_w": 12800, "high_w": 15600}, "cars": None},
            ],
        },
        effective=lambda: {
            "site": {"id": "paulista-01", "address": "10.20.30.40"},
            "stations": [{"id": "CP01", "evses": [], "password": {"credential": "cp01-password"}}],
            "meters": [{"id": "grid", "measures": "supply", "connection": {"host": "10.20.30.40"}}],
            "uplink": {"brokers": ["mqtts://mqtt.example.com:8883"], "username": "paulista"},
            "supply": {"limit_a": 63.0},
        },
        meters={"grid": "supply"},
    )  # fmt: skip


@asynccontextmanager
async def busy_hub(folder: Path, clock: FakeClock | None = None) -> AsyncIterator[Hub]:
    """A hub at work: CP01 charges, CP02 is offline after a charge, CP09 waits for an installer; secrets everywhere."""
    clock = clock or FakeClock()
    async with a_hub(folder, clock, busy_site()) as hub:
        await hub.record(
            f.StationConnected(at=clock.now(), station="CP01", ocpp="1.6", address="10.20.30.40"),
            f.StationConnected(at=clock.now(), station="CP02", ocpp="2.0.1", address="10.20.30.40"),
            f.StationConnected(at=clock.now(), station="CP09", ocpp="1.6", address="10.20.30.40"),
        )
        for name in ("CP01", "CP02", "CP09"):
            await hub.request(
                BootRequest(station=name, at=clock.now(), ocpp="1.6", vendor="ACME", model="One", serial="SN-778899")
            )
        ended = await hub.request(start(clock, "CP02", id_token="CARD1"))
        assert isinstance(ended, TransactionAnswer)
        clock.advance(600)
        await hub.request(stop(clock, ended, "CP02", id_token="CARD1"))
        await hub.request(AuthorizeRequest(station="CP01", at=clock.now(), id_token="04A1B2C3D4"))
        await hub.request(start(clock, "CP01", id_token="04A1B2C3D4"))
        clock.advance(60)
        hub.observe(
            [
                MeterSample("stations/CP01/1", clock.now(), {"import_wh": 1_000_250, "power_w": 11_000.0}),
                MeterSample(
                    "meters/grid",
                    clock.now(),
                    {"current_l1_a": 40.5, "current_l2_a": 55.0, "current_l3_a": 64.0, "import_wh": 5},
                ),
            ]
        )
        await hub.record(
            f.StationStatusChanged(
                at=clock.now(), station="CP01", evse=1, connector=1, status="charging", info="card 04A1B2C3D4"
            ),
            f.StationDisconnected(at=clock.now(), station="CP02", reason="10.20.30.40 is gone"),
            f.SecurityEvent(at=clock.now(), station="CP01", kind="second_connection", detail="from 10.20.30.40"),
            f.MeterStale(at=clock.now(), meter="grid", reason="10.20.30.40:502 is silent"),
            f.MeterIdentified(at=clock.now(), meter="grid", driver="eastron-sdm630", identity="SDM-5566"),
            f.FallbackEntered(at=clock.now(), reason="10.20.30.40:502 is silent"),
            f.VariablesReported(
                at=clock.now(), station="CP01", action="NotifyReport", report={"serial": "SN-778899", "id": "CARD2"}
            ),
        )
        await hub.flush()
        yield hub
