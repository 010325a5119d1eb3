"""The wire of a link: its websocket, with whoever listens to the raw frames."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from edgegw.stations.taps import Taps


class Websocket(Protocol):
    """What a link needs of a connection; `connection.StationConnection` is one. `recv` and `send` raise
    ConnectionClosed when it has ended."""

    async def recv(self, decode: bool | None = None) -> str | bytes: ...
    async def send(self, message: bytes, *, text: bool | None = None) -> None: ...
    async def ping(self) -> Awaitable[float]: ...
    async def close(self, code: int = 1000, reason: str = "") -> None: ...


class Wire:
    """Where the frames of one connection of `station` go out, each shown to `taps`."""

    __slots__ = ("_station", "_taps", "websocket")

    def __init__(self, websocket: Websocket, station: str, taps: Taps) -> None:
        self.websocket = websocket
        self._station = station
        self._taps = taps

    async def send(self, data: bytes) -> None:
        """Send a frame. Raises ConnectionClosed."""
        if self._taps.listeners:
            self._taps.tell(self._station, "out", data)
        await self.websocket.send(data, text=True)
