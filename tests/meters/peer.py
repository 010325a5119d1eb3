"""A Modbus server of the tests' own: TCP, RTU over TCP and RTU on a tty, with the faults of the field.

Written from the Modbus application protocol V1.1b3 and Modbus over serial line V1.02, sharing no code with the client.
"""

import asyncio
import contextlib
import os
import struct
import tty
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Server:
    """One unit: its registers by (function, address), and how it misbehaves."""

    registers: dict[tuple[int, int], int] = field(default_factory=dict)
    silent: bool = False
    delay_s: float = 0.0
    exception: int | None = None
    """Answer every read with this Modbus exception."""
    absent: set[int] = field(default_factory=set)
    """Addresses that are answered with exception 2."""
    drop: int = 0
    """Answer this many registers less than asked."""
    behind: bool = False
    """Say each answer only when the next request has come: each is late, and late by one."""
    answers_as: int | None = None
    """The unit id in the answer, when it is another's."""
    owed: tuple[int, bytes] | None = None

    def hold(self, function: int, address: int, *values: int) -> None:
        for offset, value in enumerate(values):
            self.registers[function, address + offset] = value

    def hold_floats(self, function: int, address: int, *values: float) -> None:
        for offset, value in enumerate(values):
            high, low = struct.unpack(">HH", struct.pack(">f", value))
            self.hold(function, address + 2 * offset, high, low)


@dataclass
class Request:
    unit: int
    function: int
    address: int
    count: int


class Peer:
    """All units of one line. `requests` is what it was asked, in order."""

    def __init__(self, units: dict[int, Server]) -> None:
        self.units = units
        self.requests: list[Request] = []

    def asked(self, unit: int) -> list[Request]:
        return [request for request in self.requests if request.unit == unit]

    async def answer(self, unit: int, pdu: bytes) -> tuple[int, bytes] | None:
        """The unit id and the PDU of what is answered now, None for silence."""
        answer, server = await self._proper_answer(unit, pdu), self.units.get(unit)
        if server is not None and server.behind:
            answer, server.owed = server.owed, answer
        return answer

    async def _proper_answer(self, unit: int, pdu: bytes) -> tuple[int, bytes] | None:
        function, address, count = struct.unpack(">BHH", pdu)
        self.requests.append(Request(unit, function, address, count))
        server = self.units.get(unit)
        if server is None or server.silent:
            return None
        if server.delay_s:
            await asyncio.sleep(server.delay_s)
        sender = server.answers_as or unit
        if server.exception is not None:
            return sender, bytes((function | 0x80, server.exception))
        span = range(address, address + count)
        if server.absent.intersection(span):
            return sender, bytes((function | 0x80, 2))
        registers = [server.registers.get((function, at), 0) for at in span][: count - server.drop]
        return sender, bytes((function, 2 * len(registers))) + struct.pack(f">{len(registers)}H", *registers)

    @contextlib.asynccontextmanager
    async def on_tcp(self, serve: "Callable[[Peer, Read, Write], Awaitable[None]] | None" = None) -> AsyncIterator[int]:
        """Listen on a free loopback port, given; `serve` is `mbap` unless told."""
        tasks: set[asyncio.Task[None]] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                    await (serve or mbap)(self, reader.readexactly, writer.write)
            finally:
                tasks.discard(task)
                writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)

    @contextlib.asynccontextmanager
    async def on_tty(self, path: Path) -> AsyncIterator[None]:
        """Speak RTU on the tty `path`."""
        loop = asyncio.get_running_loop()
        handle = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(handle)
        arrived = asyncio.StreamReader()

        def readable() -> None:
            with contextlib.suppress(BlockingIOError, OSError):
                arrived.feed_data(os.read(handle, 4096))

        def write(data: bytes) -> None:
            with contextlib.suppress(OSError):
                os.write(handle, data)

        loop.add_reader(handle, readable)
        task = asyncio.create_task(rtu(self, arrived.readexactly, write))
        try:
            yield
        finally:
            loop.remove_reader(handle)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            os.close(handle)


Read = Callable[[int], Awaitable[bytes]]
Write = Callable[[bytes], None]


async def mbap(peer: Peer, read: Read, write: Write) -> None:
    """Modbus TCP: a header with transaction number, protocol 0, length and unit before each PDU."""
    while True:
        number, _, length, unit = struct.unpack(">HHHB", await read(7))
        if length != 6:
            return  # not a request to read: RTU frames, for one
        answer = await peer.answer(unit, await read(length - 1))
        if answer is not None:
            sender, pdu = answer
            write(struct.pack(">HHHB", number, 0, len(pdu) + 1, sender) + pdu)


async def rtu(peer: Peer, read: Read, write: Write) -> None:
    """Modbus RTU: unit, PDU, CRC. A request to read has eight bytes; one after the other is answered."""
    while True:
        frame = await read(8)
        while crc(frame[:6]) != frame[6:]:
            frame = frame[1:] + await read(1)
        answer = await peer.answer(frame[0], frame[1:6])
        if answer is not None:
            sender, pdu = answer
            body = bytes((sender,)) + pdu
            write(body + crc(body))


def crc(data: bytes) -> bytes:
    """CRC-16 with the polynomial 0xA001, low byte first (Modbus over serial line, section 6.2.2)."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")
