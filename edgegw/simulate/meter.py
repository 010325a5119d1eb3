"""A virtual energy meter: a Modbus TCP server whose registers follow a feeder."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable
from typing import Final, Literal

from edgegw.simulate.registers import DEVICE_FAILURE, MODELS, ModbusException
from edgegw.simulate.world import Feeder

Fault = Literal["silence", "exception", "frozen"]
FAULTS: Final[tuple[Fault, ...]] = ("silence", "exception", "frozen")

MAX_LENGTH: Final = 254
"""Bytes that may follow the header's length field (Modbus messaging on TCP/IP 1.0b, section 3.1.3)."""


class Meter:
    """A meter on `feeder`. `model` is a name of `registers.MODELS`, `unit` the address that it answers to.

    `fault` is what is wrong with it: "silence" (no answer), "exception" (4 to every read), "frozen" (the readings of
    the moment when the fault began).
    """

    def __init__(self, feeder: Feeder, model: str = "eastron-sdm630", *, unit: int = 1) -> None:
        self.feeder = feeder
        self.unit = unit
        self.reads = 0
        """Reads answered."""
        self._model = MODELS[model]
        self._fault: Fault | None = None
        self._frozen: Feeder | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def fault(self) -> Fault | None:
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._fault = fault
        self._frozen = None
        if fault == "frozen":
            seen = self.feeder
            self._frozen = Feeder(
                (), False, list(seen.volts), list(seen.amps), list(seen.watts), list(seen.vars), list(seen.import_wh),
                seen.neutral_a,
            )  # fmt: skip

    @contextlib.asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
        """Listen; gives the port. Connections are closed at the end. Raises OSError when the port is taken."""
        server = await asyncio.start_server(self._talk, host, port)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            for writer in list(self._writers):
                writer.close()
            await server.wait_closed()

    async def run(self, host: str, port: int, started: Callable[[int], None]) -> None:
        """Serve until cancelled."""
        async with self.serve(host, port) as bound:
            started(bound)
            await asyncio.get_running_loop().create_future()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                transaction, protocol, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                if protocol != 0 or not 2 <= length <= MAX_LENGTH:
                    return
                body = self._answer(unit, await reader.readexactly(length - 1))
                if body is not None:
                    writer.write(struct.pack(">HHHB", transaction, 0, len(body) + 1, unit) + body)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def _answer(self, unit: int, request: bytes) -> bytes | None:
        if unit != self.unit or self._fault == "silence":
            return None
        function = request[0]
        try:
            if self._fault == "exception":
                raise ModbusException(DEVICE_FAILURE)
            if function in (3, 4) and len(request) != 5:
                return None
            address, count = struct.unpack(">HH", request[1:5]) if function in (3, 4) else (0, 0)
            words = self._model.read(function, address, count, self._frozen or self.feeder)
        except ModbusException as error:
            return bytes([function | 0x80, error.code])
        self.reads += 1
        return bytes([function, 2 * len(words)]) + struct.pack(f">{len(words)}H", *words)
