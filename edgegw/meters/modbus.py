"""Reading registers over a serial port or TCP. The only module that imports pymodbus.

Of pymodbus the frames and the transports are used. Its own patience is not: a time limit, retries and reconnecting are
the bus's, because a library that waits three times three seconds for a dead meter holds the line for all others.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException

from edgegw.meters.errors import LineDown, NoAnswer, Refused, WrongAnswer
from edgegw.meters.line import Line, SerialLine, TcpLine
from edgegw.meters.plan import Request

# Whatever it would log reaches us as an error, and is said once in the words of this house.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)

CONNECT_TIMEOUT_S: Final = 3.0
NEVER_S: Final = 3600.0
"""pymodbus's own time limit, out of the way of ours."""


class ModbusTransport:
    """One line, opened with `connect`, read by one task at a time."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._client: AsyncModbusSerialClient | AsyncModbusTcpClient | None = None

    @property
    def connected(self) -> bool:
        return self._client is not None and self._client.connected

    async def connect(self) -> None:
        """Open the line anew. Raises LineDown with what to look at."""
        self.close()
        self._client = client = _client(self._line)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                opened = await client.connect()
                await asyncio.sleep(0)  # pymodbus sets a serial port up in the loop's next turn
        except TimeoutError:
            opened = False
        _heed_cancellation()
        if not opened:
            self.close()
            raise LineDown(_why(self._line))

    async def read(self, unit: int, request: Request, timeout_s: float) -> Sequence[int]:
        """The registers that `request` asks for, exactly `request.count` of them. Raises ReadFailed."""
        client = self._client
        if client is None or not client.connected:
            raise LineDown(f"the connection to {self._line} was lost")
        read = client.read_holding_registers if request.function == 3 else client.read_input_registers
        try:
            async with asyncio.timeout(timeout_s):
                answer = await read(request.address, count=request.count, device_id=unit)
        except TimeoutError:
            if not client.connected:
                raise LineDown(f"the connection to {self._line} was lost") from None
            raise NoAnswer(f"unit {unit} on {self._line} did not answer within {timeout_s:.2f} s") from None
        except ConnectionException:
            raise LineDown(f"the connection to {self._line} was lost") from None
        except ModbusException as error:
            raise WrongAnswer(f"unit {unit} on {self._line}: {error}") from None
        _heed_cancellation()
        if answer.isError():
            raise Refused(answer.exception_code)
        if answer.function_code != request.function or len(answer.registers) != request.count:
            raise WrongAnswer(
                f"unit {unit} on {self._line} was asked for {request.count} registers with function "
                f"{request.function} and answered {len(answer.registers)} with function {answer.function_code}"
            )
        return answer.registers

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def _heed_cancellation() -> None:
    """asyncio.wait_for of Python 3.11, which pymodbus waits with, loses a cancellation that meets its result."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _client(line: Line) -> AsyncModbusSerialClient | AsyncModbusTcpClient:
    if isinstance(line, TcpLine):
        framer = FramerType.RTU if line.framing == "rtu" else FramerType.SOCKET
        return AsyncModbusTcpClient(
            line.host, port=line.port, framer=framer, timeout=NEVER_S, retries=0, reconnect_delay=0
        )
    # pymodbus opens the port exclusively, so that a second program on it fails and says so.
    return AsyncModbusSerialClient(
        line.path,
        baudrate=line.serial.baud,
        parity=line.serial.parity,
        stopbits=line.serial.stop_bits,
        timeout=NEVER_S,
        retries=0,
        reconnect_delay=0,
    )


def _why(line: Line) -> str:
    """What most likely keeps `line` from opening, and what to do."""
    if isinstance(line, SerialLine):
        if not Path(line.path).exists():
            return f"{line.path} is not there: is the adapter plugged in? ls /dev/serial/by-id shows the present ones"
        if not os.access(line.path, os.R_OK | os.W_OK):
            return f"{line.path} may not be opened: add the service's user to the group dialout"
        return f"{line.path} cannot be opened: another program uses it, or it is not a serial port"
    return f"no connection to {line.place}: check address, port and network, and that Modbus TCP is switched on"
