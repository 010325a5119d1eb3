"""The web service: the API on the control socket and on TCP, with uvicorn underneath."""

from __future__ import annotations

import asyncio
import contextlib
import grp
import ipaddress
import logging
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from edgegw.hub import Hub
from edgegw.web.api import INSTALLER, Access, build
from edgegw.web.view import Neighbours

log = logging.getLogger("edgegw.web")

GROUP = "edgegw"
SHUTDOWN_S = 2


class _Server(uvicorn.Server):
    """uvicorn without its hands on the process's signals: those are the daemon's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


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
        servers: list[tuple[_Server, socket.socket]] = []
        if self._control is not None:
            servers.append((self._server(INSTALLER), _control_socket(self._control)))
        if self._listen is not None:
            address, port = self._listen
            listener = _tcp_socket(address, port)
            self.port = listener.getsockname()[1]
            servers.append((self._server(_guest(address)), listener))
        tasks = [asyncio.ensure_future(server.serve([listener])) for server, listener in servers]
        try:
            while not all(server.started for server, _ in servers):
                if failed := [task for task in tasks if task.done()]:
                    await failed[0]
                    raise OSError("the web server ended while it was starting")
                await asyncio.sleep(0.005)
            started()
            await asyncio.gather(*tasks)
        finally:
            for server, _ in servers:
                server.should_exit = True
            await asyncio.gather(*tasks, return_exceptions=True)
            for _, listener in servers:
                listener.close()
            if self._control is not None:
                self._control.unlink(missing_ok=True)

    def _server(self, access: Access) -> _Server:
        return _Server(
            uvicorn.Config(
                build(self._hub, self._neighbours, access), log_config=None, access_log=False, lifespan="off", http="h11",
                ws="none", server_header=False, timeout_graceful_shutdown=SHUTDOWN_S, timeout_keep_alive=30,
            )
        )  # fmt: skip


def _guest(address: str) -> Access:
    """What a caller over TCP may do while no users are configured: look, with id tokens masked."""
    hosts = {"localhost", socket.gethostname(), f"{socket.gethostname()}.local"}
    with contextlib.suppress(ValueError):
        hosts.add(str(ipaddress.ip_address(address)))
    return Access(change=False, masked=True, asker="page", hosts=frozenset(hosts))


def _tcp_socket(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"web.listen: can't listen on {address}:{port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def _control_socket(path: Path) -> socket.socket:
    """A listening socket at `path`, for its owner and the group `edgegw` where there is one (mode 0660)."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        mask = os.umask(0o117)
        try:
            listener.bind(str(path))
        finally:
            os.umask(mask)
        with contextlib.suppress(KeyError, PermissionError):
            os.chown(path, -1, grp.getgrnam(GROUP).gr_gid)
        listener.listen(32)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"web.control: can't listen at {path}: {error.strerror or error}") from error
    listener.setblocking(False)
    return listener
