"""The port of one data connection of FTP, and who may connect to it."""

from __future__ import annotations

import asyncio
from typing import Final

WITHIN_S: Final = 30.0
"""A client has this long to connect."""

Ports = tuple[int, int] | None
"""First and last port of data connections; None lets the system choose."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NoConnection(Exception):
    """No data connection came; the text says why."""


class Passive:
    """A listener for one connection, from `peer` alone: whoever else finds the port would get or give a file."""

    def __init__(self, server: asyncio.Server, come: asyncio.Future[Streams]) -> None:
        self.port: int = server.sockets[0].getsockname()[1]
        self._server = server
        self._come = come
        self._taken = False

    @classmethod
    async def open(cls, address: str, peer: str, ports: Ports) -> Passive:
        """Raises OSError when no port is free."""
        come: asyncio.Future[Streams] = asyncio.get_running_loop().create_future()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            address = writer.get_extra_info("peername")  # None when it is gone already
            if come.done() or address is None or address[0] != peer:
                writer.transport.abort()
            else:
                come.set_result((reader, writer))

        refused: OSError | None = None
        for port in range(ports[0], ports[1] + 1) if ports is not None else (0,):
            try:
                return cls(await asyncio.start_server(connected, address, port, backlog=4), come)
            except OSError as error:
                refused = error
        raise refused or OSError("there are no ports")

    async def accepted(self) -> Streams:
        """The connection. Raises NoConnection when none comes in time."""
        try:
            async with asyncio.timeout(WITHIN_S):
                streams = await asyncio.shield(self._come)
        except TimeoutError:
            raise NoConnection("nobody connected") from None
        self._taken = True
        return streams

    def close(self) -> None:
        """Listen no more; a connection that came and was not asked for goes too."""
        self._server.close()
        if not self._come.done():
            self._come.cancel()
        elif not self._taken and not self._come.cancelled():
            self._come.result()[1].transport.abort()
