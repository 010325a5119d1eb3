"""The web services: the API on the control socket and on TCP, and metrics on a listener of their own.

uvicorn's HTTP protocol serves the connections; its server, which polls ten times a second and takes the process's
signals, is left out.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import h11
from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from edgegw.hub import Hub
from edgegw.web.access import INSTALLER, Access
from edgegw.web.api import build, build_metrics
from edgegw.web.listeners import control_listener, identity, tcp_listener
from edgegw.web.stream import Streams
from edgegw.web.view import Neighbours

log = logging.getLogger("edgegw.web")

MAX_CONNECTIONS = 256
"""Connections to one listener at once; more are answered 503 and closed."""

REQUEST_S = 10.0
"""A client may take this long to say what it wants."""

IDLE_S = 30
"""A connection that has been answered stays open this long for the next request."""

CLOSING_S = 2.0
"""Answers under way may take this long when the service stops."""


class Web:
    """Service: serves until cancelled. `listen` is (address, port) or None, `control` a path or None."""

    name = "web"

    def __init__(
        self, hub: Hub, neighbours: Neighbours, *, listen: tuple[str, int] | None, control: Path | None
    ) -> None:
        self._hub = hub
        self._neighbours = neighbours
        self._listen = listen
        self._control = control
        self.port: int | None = None
        """The TCP port that is listened on, once started: the configured one, or the one the system chose for 0."""

    async def run(self, started: Callable[[], None]) -> None:
        """Listen and serve. Raises OSError with the address or path when it can't listen."""
        streams = Streams()
        doors: list[tuple[socket.socket, ASGIApp]] = []
        ours = None
        try:
            if self._control is not None:
                listener = control_listener(self._control)
                ours = identity(self._control)
                doors.append((listener, build(self._hub, self._neighbours, INSTALLER, streams)))
            if self._listen is not None:
                listener = tcp_listener(*self._listen, "web.listen")
                self.port = listener.getsockname()[1]
                doors.append((listener, build(self._hub, self._neighbours, guest(self._listen[0]), streams)))
            await _serve(doors, started, streams.end)
        finally:
            for listener, _ in doors:
                listener.close()
            if self._control is not None and ours is not None and identity(self._control) == ours:
                self._control.unlink(missing_ok=True)


class MetricsListener:
    """Service: /metrics and /health alone, for a network that must not see the rest. Serves until cancelled."""

    name = "metrics"

    def __init__(self, hub: Hub, listen: tuple[str, int], neighbours: Neighbours | None = None) -> None:
        self._hub = hub
        self._listen = listen
        self._neighbours = neighbours or Neighbours()
        self.port: int | None = None
        """The TCP port, once started."""

    async def run(self, started: Callable[[], None]) -> None:
        """Listen and serve. Raises OSError with the address when it can't listen."""
        listener = tcp_listener(*self._listen, "metrics.listen")
        self.port = listener.getsockname()[1]
        try:
            app = build_metrics(self._hub, self._neighbours, guest(self._listen[0]))
            await _serve([(listener, app)], started, lambda: None)
        finally:
            listener.close()


class _Connection(H11Protocol):
    """A connection that is cut when its next request does not arrive whole in time."""

    def __init__(self, config: Config, state: ServerState) -> None:
        super().__init__(config, state, {})
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._late = self.loop.call_later(REQUEST_S, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._in_time()
        elif self._late is None:
            self._late = self.loop.call_later(REQUEST_S, self.transport.abort)

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


async def _serve(
    doors: Sequence[tuple[socket.socket, ASGIApp]], started: Callable[[], None], ending: Callable[[], None]
) -> None:
    """Serve each application at its listener until cancelled; `ending` is called before answers are waited for."""
    loop = asyncio.get_running_loop()
    servers: list[asyncio.Server] = []
    states: list[ServerState] = []
    try:
        for listener, app in doors:
            config = Config(
                app, log_config=None, access_log=False, lifespan="off", http=_Connection, ws="none", interface="asgi3",
                proxy_headers=False, server_header=False, timeout_keep_alive=IDLE_S, limit_concurrency=MAX_CONNECTIONS,
                h11_max_incomplete_event_size=16 * 1024,
            )  # fmt: skip
            config.load()
            state = ServerState()
            servers.append(await loop.create_server(_factory(config, state), sock=listener))
            states.append(state)
        started()
        await loop.create_future()
    finally:
        for server in servers:
            server.close()
        ending()
        await asyncio.gather(*(_close(state) for state in states))


def _factory(config: Config, state: ServerState) -> Callable[[], _Connection]:
    return lambda: _Connection(config, state)


async def _close(state: ServerState) -> None:
    """Let answers under way go out, then cut the connections of those that take too long."""
    for connection in list(state.connections):
        connection.shutdown()
    if not state.tasks:
        return
    _, late = await asyncio.wait(set(state.tasks), timeout=CLOSING_S)
    if late:
        for connection in list(state.connections):
            connection.transport.abort()
        for task in late:
            task.cancel()
        await asyncio.wait(late)


def guest(address: str) -> Access:
    """What a caller over TCP may do while no users are configured: look, masked. `address` is listened on."""
    hosts = {"localhost", socket.gethostname().lower(), f"{socket.gethostname()}.local".lower()}
    with contextlib.suppress(ValueError):
        hosts.add(str(ipaddress.ip_address(address)))
    return Access(change=False, masked=True, asker="page", hosts=frozenset(hosts))
