"""HTTP on sockets of ours, for every service that speaks it.

uvicorn's HTTP protocol serves the connections; its server, which polls ten times a second and takes the process's
signals, is left out (docs/decisions/0070).
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Sequence

import h11
from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

BACKLOG = 64

HUNG_MS = 30_000
"""A TCP peer that acknowledges nothing of what it was sent, or lets its window stand at zero, for this long is gone."""

MAX_CONNECTIONS = 256
"""Connections to one listener at once; more are answered 503 and closed."""

REQUEST_S = 10.0
"""A client may take this long to say what it wants."""

IDLE_S = 30
"""A connection that has been answered stays open this long for the next request."""

CLOSING_S = 2.0
"""Answers under way may take this long when the service stops."""


def tcp_listener(address: str, port: int, key: str) -> socket.socket:
    """A listening socket; `key` is the setting that an OSError names."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit both: without them a browser that was switched off holds its stream for hours.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, HUNG_MS)
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = "the port is in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        raise OSError(error.errno, f"{key}: can't listen on {address}:{port}: {reason}") from error
    listener.setblocking(False)
    return listener


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


async def serve(
    doors: Sequence[tuple[socket.socket, ASGIApp]],
    started: Callable[[], None],
    ending: Callable[[], None] = lambda: None,
    *,
    tls: ssl.SSLContext | None = None,
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
            servers.append(await loop.create_server(_factory(config, state), sock=listener, ssl=tls))
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
