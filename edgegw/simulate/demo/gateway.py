"""The demo's eyes: the gateway's API over its control socket, and what a frame shows of it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]

ANSWER_S = 5.0


class Unreachable(RuntimeError):
    """The gateway did not answer."""


class Gateway:
    """HTTP over the control socket at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def get(self, target: str) -> Json:
        return await self._ask("GET", target, None)

    async def post(self, target: str, body: Json) -> Json:
        return await self._ask("POST", target, body)

    async def _ask(self, method: str, target: str, body: Json | None) -> Json:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._exchange(method, target, b"" if body is None else json.dumps(body).encode())
        except (OSError, ValueError, IndexError, asyncio.IncompleteReadError) as error:
            raise Unreachable(f"{method} {target}: {error}") from error

    async def _exchange(self, method: str, target: str, body: bytes) -> Json:
        reader, writer = await asyncio.open_unix_connection(str(self._path))
        try:
            head = (
                f"{method} {target} HTTP/1.1\r\nhost: edgegw\r\nconnection: close\r\n"
                f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode() + body)
            head_lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            status = int(head_lines[0].split(" ")[1])
            answer: Json = json.loads(await reader.read())
            if status >= 400:
                raise ValueError(f"{status} {answer.get('detail', '')}")
            return answer
        finally:
            writer.close()


@dataclass(slots=True)
class Frame:
    """What is known at one moment. Empty while the gateway starts."""

    elapsed_s: float
    lasts_s: float
    page: str
    broker: str
    broker_up: bool
    site: Json = field(default_factory=dict)
    stations: list[Json] = field(default_factory=list)
    transactions: list[Json] = field(default_factory=list)
    """Newest first."""
    notes: list[tuple[float, str]] = field(default_factory=list)
    """(seconds since the start, what happened)."""
    speaks: bool = False
    """EVA is a part of the site."""
    said: str = ""
    """What a driver has said to her."""
    voice: Json = field(default_factory=dict)
    """How she is, as the kiosk shows it; empty until she is there."""
    decided: list[Json] = field(default_factory=list)
    """What the hub has decided on what she wanted, oldest first."""

    @property
    def circuits(self) -> list[Json]:
        """The supply (`main`) and its feeders, by phase; empty until the gateway has looked at them."""
        return [each for each in self.site.get("circuits") or [] if each.get("phases")]

    @property
    def uplink(self) -> Json:
        return self.site.get("uplink") or {}

    def meter(self, name: str) -> Json:
        for each in self.site.get("meters", []):
            if each["id"] == name:
                return each["reading"] or {}
        return {}

    def backlog(self, stream: str) -> int:
        return int(self.uplink.get("backlog", {}).get(stream, 0))

    @property
    def connected(self) -> int:
        """Stations with a connection."""
        return sum(bool(each.get("connected")) for each in self.stations)

    def status(self, station: str) -> str | None:
        """The connector's status at a station's first EVSE."""
        for each in self.stations:
            if each["id"] == station and each["evses"]:
                return next((str(connector["status"]) for connector in each["evses"][0]["connectors"]), None)
        return None

    @property
    def charging(self) -> int:
        return sum(1 for each in self.transactions if each["state"] == "active")

    @property
    def energy_wh(self) -> int:
        return sum(each["energy_wh"] for each in self.transactions)

    @property
    def cost(self) -> float:
        return sum(float(each["cost"]["amount"]) for each in self.transactions)

    @property
    def cars_w(self) -> float:
        """What the running transactions draw, by the stations' own readings."""
        evses = [evse for station in self.stations for evse in station["evses"] if evse["transaction"]]
        return float(sum((evse["reading"] or {}).get("power_w", 0.0) for evse in evses))


async def look(gateway: Gateway, frame: Frame) -> None:
    """Fill a frame in. Raises Unreachable."""
    site, stations, transactions = await asyncio.gather(
        gateway.get("/api/v1/site"), gateway.get("/api/v1/stations"), gateway.get("/api/v1/transactions?limit=200")
    )
    frame.site, frame.stations, frame.transactions = site, stations["items"], transactions["items"]
    if frame.speaks:
        kiosk, decided = await asyncio.gather(
            gateway.get("/api/v1/kiosk"), gateway.get("/api/v1/facts?type=voice_decided&limit=200")
        )
        voice = kiosk["state"]["voice"]
        frame.voice = voice if voice["connected"] else {}
        frame.decided = [each["data"] for each in decided["items"]]
