"""The watch over a connection: pings the station, and hangs up when it is gone (`liveness` says when that is)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from websockets.exceptions import ConnectionClosed

from edgegw.stations.liveness import Signs, verdict
from edgegw.stations.peculiar import Peculiar
from edgegw.stations.wire import Websocket

log = logging.getLogger("edgegw.stations")


class Watch:
    """Over one connection. Whoever takes its frames writes `signs.heard_at`; `heartbeat_s` is what the station was
    told; `monotonic` is in seconds."""

    def __init__(
        self, websocket: Websocket, station: str, peculiar: Peculiar, heartbeat_s: float, monotonic: Callable[[], float]
    ) -> None:
        self.heartbeat_s = heartbeat_s
        self.signs = Signs(monotonic())
        self._websocket = websocket
        self._station = station
        self._peculiar = peculiar
        self._monotonic = monotonic

    async def keep(self, every_s: float, hang_up: Callable[[int, str], None]) -> None:
        """Look each `every_s` seconds until the connection ends; `hang_up` gets a close code and its reason."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(every_s)
                now = self._monotonic()
                if verdict(self.signs, now, self.heartbeat_s) == "gone":
                    log.warning("%s: nothing heard for %.0f s, hanging up", self._station, now - self.signs.heard_at)
                    hang_up(1001, "silent")
                    return
                if not self._peculiar.quirk.pings:
                    continue
                self._peculiar.missed(self.signs)
                self.signs.pinged_at = now
                pong = asyncio.ensure_future(await self._websocket.ping())
                pong.add_done_callback(self._ponged)

    def _ponged(self, pong: asyncio.Future[float]) -> None:
        if not pong.cancelled() and pong.exception() is None:
            self.signs.ponged_at = self._monotonic()

    async def is_alive(self, within_s: float) -> bool:
        """Whether a pong or any frame comes within `within_s` seconds from now."""
        asked = self._monotonic()
        if not self._peculiar.quirk.pings:
            return asked - self.signs.heard_at <= self.heartbeat_s
        try:
            async with asyncio.timeout(within_s):
                await (await self._websocket.ping())
        except TimeoutError:
            return self.signs.heard_at > asked
        except ConnectionClosed:
            return False
        return True
