"""The web services: the API on the control socket and on TCP, and metrics on a listener of their own."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
from collections.abc import Callable
from pathlib import Path

from starlette.types import ASGIApp

from edgegw.hub import Hub
from edgegw.serving import serve, tcp_listener
from edgegw.web.access import INSTALLER, Access
from edgegw.web.api import build, build_metrics
from edgegw.web.listeners import control_listener, identity
from edgegw.web.neighbours import Neighbours
from edgegw.web.stream import Streams

log = logging.getLogger("edgegw.web")


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
            await serve(doors, started, streams.end)
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
            await serve([(listener, app)], started, lambda: None)
        finally:
            listener.close()


def guest(address: str) -> Access:
    """What a caller over TCP may do while no users are configured: look, masked. `address` is listened on."""
    hosts = {"localhost", socket.gethostname().lower(), f"{socket.gethostname()}.local".lower()}
    with contextlib.suppress(ValueError):
        hosts.add(str(ipaddress.ip_address(address)))
    return Access(change=False, masked=True, asker="page", hosts=frozenset(hosts))
