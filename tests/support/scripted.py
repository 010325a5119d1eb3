"""A broker whose answers a test writes: for the faults that no real broker shows on demand.

It speaks just enough MQTT 5 and 3.1.1 to take what a gateway publishes and to grant what it subscribes to. For each
publish, and for each connection, the test says what follows.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal

from edgegw.simulate.broker import packets
from edgegw.simulate.broker.packets import Connect, Malformed, Ping, Publish, Splitter, Subscribe

Reaction = int | Literal["hang up", "silent"] | bytes
"""A reason code for the PUBACK or CONNACK, or nothing at all, or the end of the connection; bytes are sent before it
ends (a DISCONNECT)."""


def disconnect(code: int) -> bytes:
    return packets.disconnect(code) if code else b"\xe0\x00"


class ScriptedBroker:
    """`connecting` and `publishing` may be replaced at any time. `taken` is what it answered with success.

    With `tls` it listens for TLS, and lets nobody in who does not name its protocol `alpn`, if it has one.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, alpn: str | None = None) -> None:
        self._tls = tls
        self._alpn = alpn
        self.port = 0
        self.connects: list[Connect] = []
        self.published: list[Publish] = []
        self.taken: list[Publish] = []
        self.connecting: Callable[[Connect], Reaction] = lambda _: 0
        self.publishing: Callable[[Publish], Reaction] = lambda _: 0

    @property
    def url(self) -> str:
        return f"mqtts://localhost:{self.port}" if self._tls else f"mqtt://127.0.0.1:{self.port}"

    def on(self, topic: str) -> list[bytes]:
        """Payloads that were taken on `topic`."""
        return [message.payload for message in self.taken if message.topic == topic]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[ScriptedBroker]:
        talks: set[asyncio.Task[None]] = set()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            talks.add(task)
            try:
                await self._talk(reader, writer)
            except (ConnectionError, Malformed, asyncio.CancelledError):
                pass
            finally:
                talks.discard(task)
                writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", self.port, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in list(talks):
                task.cancel()
            await asyncio.gather(*talks, return_exceptions=True)
            await server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._alpn and writer.get_extra_info("ssl_object").selected_alpn_protocol() != self._alpn:
            return
        splitter, version = Splitter(), packets.V5
        while data := await reader.read(65536):
            for first, body in splitter.feed(data):
                match packet := packets.parse(first, body, version):
                    case Connect():
                        version = packet.version
                        self.connects.append(packet)
                        reaction = self.connecting(packet)
                        head, tail = (b"\x20\x03\x00", b"\0") if version == packets.V5 else (b"\x20\x02\x00", b"")
                    case Publish():
                        self.published.append(packet)
                        reaction = self.publishing(packet)
                        if reaction == 0:
                            self.taken.append(packet)
                        head, tail = b"\x40\x03" + packet.id.to_bytes(2, "big"), b""
                        if version != packets.V5 and reaction == 0:
                            writer.write(packets.puback(packet.id, version, taken=True))
                            continue
                    case Subscribe():
                        writer.write(packets.suback(packet.id, [1] * len(packet.filters), version))
                        continue
                    case Ping():
                        writer.write(packets.pingresp())
                        continue
                    case _:
                        continue
                if isinstance(reaction, int):
                    writer.write(head + bytes([reaction]) + tail)
                elif reaction != "silent":
                    writer.write(reaction if isinstance(reaction, bytes) else b"")
                    await writer.drain()
                    return
            await writer.drain()
