"""Stand-ins for the tests of links: a pair of connected websockets without a socket, a hub that remembers, and a codec
of three actions whose meaning is plain."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from types import SimpleNamespace
from typing import Any, Literal

import orjson
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.frames import Close

from edgegw.hub import Ending
from edgegw.model.commands import Command, Setpoint
from edgegw.model.facts import Fact, StationStatusChanged
from edgegw.model.requests import AuthorizeAnswer, AuthorizeRequest, BootAnswer, BootRequest
from edgegw.model.samples import MeterSample
from edgegw.model.site import ChargingStation, Connector, Evse, Site
from edgegw.model.state import State
from edgegw.stations.codec import Ask, Incoming, NotSupported, Outgoing, Payload, Peer, Tell, Unprocessable, Unsupported
from edgegw.stations.settings import Listen, OcppSettings

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW_TEXT = "2026-01-02T03:04:05Z"


class End:
    """One end of an in-memory websocket."""

    def __init__(self) -> None:
        self.other: End
        self.inbox: asyncio.Queue[bytes | ConnectionClosed] = asyncio.Queue()
        self.closed: ConnectionClosed | None = None
        self.pongs = True

    async def recv(self, decode: bool | None = None) -> bytes:
        if self.closed is not None and self.inbox.empty():
            raise self.closed
        item = await self.inbox.get()
        if isinstance(item, ConnectionClosed):
            self.closed = item
            raise item
        return item

    async def send(self, message: bytes, *, text: bool | None = None) -> None:
        if self.closed is not None:
            raise self.closed
        self.other.inbox.put_nowait(message)

    async def ping(self) -> asyncio.Future[float]:
        if self.closed is not None:
            raise self.closed
        pong: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        if self.other.pongs:
            pong.set_result(0.0)
        return pong

    async def close(self, code: int = 1000, reason: str = "") -> None:
        frame = Close(code, reason)
        self.closed = self.closed or ConnectionClosedError(frame, frame, False)
        self.inbox.put_nowait(self.closed)
        self.other.inbox.put_nowait(ConnectionClosedError(frame, frame, True))

    # For the station's side of a test

    async def say(self, frame: Any) -> None:
        await self.send(frame if isinstance(frame, bytes) else orjson.dumps(frame))

    async def hear(self) -> list[Any]:
        async with asyncio.timeout(2):
            frame: list[Any] = orjson.loads(await self.recv())
            return frame

    async def ask(self, frame: Any) -> list[Any]:
        await self.say(frame)
        return await self.hear()


def pair() -> tuple[End, End]:
    """(the gateway's end, the station's end)"""
    ours, theirs = End(), End()
    ours.other, theirs.other = theirs, ours
    return ours, theirs


def site(*names: str, profile: int = 0, unknown: Literal["reject", "pending", "accept"] = "pending") -> Site:
    stations = {
        name: ChargingStation(
            name, name, (Evse(name, 1, 32.0, ("L1", "L2", "L3"), connectors=(Connector(1, "cType2"),)),), profile
        )
        for name in names
    }
    return Site("test", "Test", stations=stations, unknown_stations=unknown, display_cost="off")


def settings(
    *listen: Listen, unknown: Literal["reject", "pending", "accept"] = "pending", limits: Any = None
) -> OcppSettings:
    """Listeners, one plain one on a free loopback port when none is given, and a call timeout of one second."""
    listeners = list(listen) or [Listen(address="127.0.0.1", port=0)]
    return OcppSettings.model_validate(
        {"listen": listeners, "unknown_stations": unknown, "call_timeout": "1s", "limits": limits or {}}
    )


class MemoryHub:
    """A hub that says yes and remembers. `gate` cleared holds every commit back; `broken` is raised by each."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.state = State()
        self.facts: list[Fact] = []
        self.requests: list[Any] = []
        self.samples: list[MeterSample] = []
        self.shower: Any = None
        self.able: set[str] = set()
        self.accounted: list[tuple[str, str, int]] = []
        self.executors: dict[str, Any] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken: Exception | None = None
        self.boot: Literal["accepted", "pending", "rejected"] = "accepted"
        self.later_s = 0.0
        """So far is its clock ahead of the machine's."""
        self.clock = SimpleNamespace(state="synced")

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return monotonic() + self.later_s

    async def _commit(self) -> None:
        await self.gate.wait()
        if self.broken is not None:
            raise self.broken

    async def request(self, request: Any, beside: Any = None) -> Any:
        self.requests.append(request)
        await self._commit()
        if isinstance(request, BootRequest):
            return BootAnswer(self.boot, 300, NOW)
        return AuthorizeAnswer("accepted")

    async def record(self, *facts: Fact, outbox: Any = ()) -> None:
        await self._commit()
        self.facts += facts

    def account(self, station: str, reference: str, number: int) -> None:
        self.accounted.append((station, reference, number))

    def reckons(self, station: str, reference: str, details: Any) -> None:
        pass

    def cost_so_far(self, transaction: str) -> str | None:
        return None

    def show_costs_with(self, shower: Any) -> None:
        self.shower = shower

    def can_show_cost(self, station: str) -> None:
        self.able.add(station)

    def doubts(self, station: str) -> list[str]:
        return []

    async def changes(self) -> Any:
        await asyncio.get_running_loop().create_future()
        yield ()

    def observe(self, samples: Sequence[MeterSample]) -> None:
        self.samples += samples

    def carry_out(self, names: Any, executor: Any) -> None:
        self.executors |= dict.fromkeys(names, executor)


class PlainCodec:
    """BootNotification and Authorize ask, StatusNotification tells a fact, MeterValues a sample, Heartbeat nothing."""

    def __init__(self, version: Literal["1.6", "2.0.1", "2.1"] = "1.6") -> None:
        self.version = version
        self.subprotocol = f"ocpp{version}"

    def incoming(self, action: str, payload: Payload, peer: Peer) -> Incoming:
        match action:
            case "BootNotification":
                boot = BootRequest(station=peer.station, at=peer.now, ocpp=self.version, vendor="v", model="m")
                return Ask(boot, self._boot_reply)
            case "Authorize":
                return Ask(
                    AuthorizeRequest(station=peer.station, at=peer.now, id_token="t"),
                    lambda answer: {"idTagInfo": {"status": "Accepted"}},
                )
            case "Heartbeat":
                return Tell({"currentTime": NOW_TEXT})
            case "StatusNotification":
                where = {"station": peer.station, "at": peer.now, "evse": payload.get("connectorId", 1), "connector": 1}
                return Tell({}, (StationStatusChanged(**where, status="available"),))
            case "MeterValues":
                return Tell({}, samples=(MeterSample(f"stations/{peer.station}/1", peer.now, {"power_w": 1.0}),))
            case "NotifyPeriodicEventStream":
                return Tell({}, samples=(MeterSample(f"stations/{peer.station}/1", peer.now, {"power_w": 2.0}),))
            case "FirmwareStatusNotification":
                raise Unprocessable("PropertyConstraintViolation", "not now")
            case "DiagnosticsStatusNotification":
                raise RuntimeError("a codec that fails")
            case "SecurityEventNotification":
                return Tell({"no": "such key"})
        raise NotSupported(action)

    @staticmethod
    def _boot_reply(answer: Any) -> Payload:
        return {"status": answer.status.capitalize(), "currentTime": NOW_TEXT, "interval": answer.interval_s}

    def command(self, command: Command, peer: Peer, remote_start_id: int) -> Outgoing:
        if command.name != "reset":
            raise Unsupported("no message for it")
        return Outgoing("Reset", {"type": "Soft"}, _ending)

    def setpoint(self, setpoint: Setpoint, peer: Peer) -> Outgoing:
        return Outgoing("ClearCache", {}, _ending)

    def default_limit(self, evse: int, limit_a: float, peer: Peer) -> Outgoing:
        return Outgoing("ClearCache", {}, _ending)


def _ending(payload: Any) -> Ending:
    accepted = payload["status"] == "Accepted"
    return Ending("done" if accepted else "rejected", None if accepted else payload["status"])
