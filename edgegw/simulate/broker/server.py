"""The broker on a socket: one task a connection, one switchboard for all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from time import monotonic
from typing import Final

from edgegw.simulate.broker import packets
from edgegw.simulate.broker.packets import Connect, Malformed, Splitter
from edgegw.simulate.broker.switchboard import Session, Switchboard

log = logging.getLogger("edgegw.simulate.broker")

TICK_S: Final = 0.5
CONNECT_WITHIN_S: Final = 5.0
KEEPALIVE_GRACE: Final = 1.5
"""A client is gone after this many of its keep-alive times without a packet (section 3.1.2.10)."""


@contextlib.asynccontextmanager
async def broker(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """Serve; gives the port. Raises OSError when it is taken."""
    switchboard = Switchboard()
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await _Connection(switchboard, reader, writer).run()
        except asyncio.CancelledError:
            pass  # the broker goes
        finally:
            talks.discard(task)

    server = await asyncio.start_server(talk, host, port)
    ticking = asyncio.create_task(_tick(switchboard), name="broker clock")
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        ticking.cancel()
        for task in talks:
            task.cancel()
        await asyncio.gather(ticking, *talks, return_exceptions=True)
        await server.wait_closed()


async def _tick(switchboard: Switchboard) -> None:
    while True:
        await asyncio.sleep(TICK_S)
        switchboard.tick(monotonic())


class _Connection:
    def __init__(self, switchboard: Switchboard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._switchboard = switchboard
        self._reader = reader
        self._writer = writer
        self._splitter = Splitter()
        self._session: Session | None = None
        self._patience_s: float | None = CONNECT_WITHIN_S

    async def run(self) -> None:
        try:
            while not self._writer.is_closing():
                async with asyncio.timeout(self._patience_s):
                    data = await self._reader.read(65536)
                if not data:
                    return
                for first, body in self._splitter.feed(data):
                    self._take(first, body)
                await self._writer.drain()
        except Malformed as error:
            log.warning("a client is let go: %s", error)
        except (ConnectionError, TimeoutError):
            pass
        finally:
            session = self._session
            if session is not None and session.close == self._writer.close:
                self._switchboard.detach(session, monotonic(), with_will=True)
            self._writer.close()

    def _take(self, first: int, body: bytes) -> None:
        session = self._session
        packet = packets.parse(first, body, packets.V3 if session is None else session.version)
        if session is not None:
            self._switchboard.receive(session, packet, monotonic())
            if session.send is None:
                self._writer.close()
            return
        if not isinstance(packet, Connect):
            raise Malformed("the first packet is no CONNECT")
        self._patience_s = KEEPALIVE_GRACE * packet.keepalive_s or None
        self._session = self._switchboard.attach(packet, self._writer.write, self._writer.close, monotonic())
