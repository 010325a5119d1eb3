"""The scripted server: TLS on loopback, a script for each connection."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import orjson
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from edgegw.simulate.live import rules, wire
from edgegw.simulate.live.player import Client, Ended, play
from edgegw.simulate.live.record import Connection, Record
from edgegw.simulate.live.scenario import Play, Scenario


class LiveServer:
    """Serves `scenario` while its context lasts. `url` is the base URL for clients; `record` is what it got.

    `folder` is where the scenario's sounds lie. Entering raises OSError when the port is taken and NoSound when a sound
    is missing.
    """

    def __init__(
        self, scenario: Scenario, certificate: Path, key: Path, *, host: str = "127.0.0.1", port: int = 0,
        folder: Path = Path(), told: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        self.scenario = scenario
        self.record = Record()
        self._told = told or (lambda line: None)
        self._host, self.port = host, port
        self._folder = folder
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self._changed = asyncio.Event()
        self._open: set[str] = set()
        self._handles: dict[str, int] = {}
        """Handle to the number of the connection that it was given on."""
        self._alive: set[int] = set()

    @property
    def url(self) -> str:
        return f"https://{self._host}:{self.port}"

    async def __aenter__(self) -> Self:
        self._sounds = await asyncio.to_thread(self.scenario.sounds, self._folder)
        self._server: Server = await serve(
            self._serve, self._host, self.port, ssl=self._tls, process_request=self._greet, ping_interval=None,
            max_size=None, compression=None, close_timeout=0.5,
        )  # fmt: skip
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *ended: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def until(self, true: Callable[[], Any], timeout_s: float = 30.0) -> None:
        """Wait until `true()` is. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    def _note(self) -> None:
        self._changed.set()

    def _play(self, number: int) -> Play:
        plays = self.scenario.connections
        return plays[min(number, len(plays) - 1)]

    def _greet(self, connection: ServerConnection, request: Request) -> Response | None:
        found = wire.door(request.path, request.headers)
        wanted = self._play(len(self.record.connections) + len(self.record.refused)).refuse
        refusal = found if not isinstance(found, wire.Door) else (wanted.status, wanted.reason) if wanted else None
        if refusal is None:
            return None
        self.record.refused.append((request.path, refusal[0]))
        self._told(f"refused {request.path}: {refusal[0]} {refusal[1]}")
        self._note()
        return connection.respond(HTTPStatus(refusal[0]), refusal[1] + "\n")

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        found = wire.door(socket.request.path, socket.request.headers)
        assert isinstance(found, wire.Door)  # the handshake has looked
        now = asyncio.get_running_loop().time
        connection = Connection(socket.request.path, found.kind, found.credential, now())
        number = len(self.record.connections) + len(self.record.refused)
        self.record.connections.append(connection)
        self._alive.add(number)
        self._told(f"connection {number + 1} with a {found.kind}")
        try:
            client = await self._setup(socket, connection, number)
            if client is not None:
                await self._both(client, self._play(number))
        except (ConnectionClosed, Ended):
            pass
        finally:
            self._alive.discard(number)
            connection.closed_at = now()
            connection.code = socket.close_code
            self._told(f"connection {number + 1} has ended ({socket.close_code})")
            self._note()

    async def _setup(self, socket: ServerConnection, connection: Connection, number: int) -> Client | None:
        """Read the setup and answer it; None when that was the end of it."""
        message = wire.camel(orjson.loads(await socket.recv()))
        connection.setup = message.get("setup", {})
        self._note()
        broken = rules.setup(message)
        if broken is None and (handle := connection.setup.get("sessionResumption", {}).get("handle")):
            if handle not in self._handles:
                broken = rules.Broken("BidiGenerateContent session not found", 1008)
            elif self._handles[handle] in self._alive:
                broken = rules.Broken("resumed while the old connection is open", 1011)
        if broken is not None:
            self.record.violations.append(broken.text)
            await socket.close(broken.code or 1007, broken.text)
            return None
        plan = self._play(number).setup
        await asyncio.sleep(plan.after)
        if plan.close is not None:
            await socket.close(plan.close.code, plan.close.reason)
            return None
        if not plan.answer:
            await socket.wait_closed()
            return None
        client = Client(socket, connection, self.record, number, self._handles, self._sounds, self._note, self._told)
        await client.send({"setupComplete": {"sessionId": f"scripted-{number + 1}"}})
        return client

    async def _both(self, client: Client, plan: Play) -> None:
        script = asyncio.ensure_future(play(client, plan))
        try:
            await client.read()
        finally:
            script.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed, Ended):
                await script
