"""Reading registers over a serial port, TCP or UDP. The only module that imports pymodbus.

Of pymodbus the frames and the transports are used. Its own patience is not: a time limit, retries and reconnecting are
the bus's, because a library that waits three times three seconds for a dead meter holds the line for all others.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import termios
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient, AsyncModbusUdpClient
from pymodbus.exceptions import ConnectionException, ModbusException

from edgegw.meters.errors import LineDown, NoAnswer, ReadFailed, Refused, WrongAnswer
from edgegw.meters.line import Framing, Line, SerialLine, TcpLine
from edgegw.meters.plan import Request

# Whatever it would log reaches us as an error, and is said once in the words of this house.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)

CONNECT_TIMEOUT_S: Final = 3.0
NEVER_S: Final = 3600.0
"""pymodbus's own time limit, out of the way of ours."""
EXPLAIN_S: Final = 1.5
"""The longest that an answer in the other framing is waited for; gateways wait up to 1 s for their meter."""
MOST_HEARD: Final = 512

FRAMINGS: Final[dict[Framing, str]] = {
    "tcp": "Modbus TCP",
    "rtu": "RTU frames over TCP (a transparent gateway)",
    "udp": "Modbus over UDP",
}

Client = AsyncModbusSerialClient | AsyncModbusTcpClient | AsyncModbusUdpClient


class ModbusTransport:
    """One line, opened with `connect`, read by one task at a time."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._client: Client | None = None
        self._sent = b""
        self._piece = b""
        self._heard = b""
        """What came since the last request was sent, an answer or not."""
        self._echoes = False
        self.heard_at = -math.inf

    @property
    def connected(self) -> bool:
        return self._client is not None and self._client.connected

    async def connect(self) -> None:
        """Open the line anew. Raises LineDown with what to look at."""
        self.close()
        self._client = client = self._new_client()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                opened = await client.connect()
                await asyncio.sleep(0)  # pymodbus sets a serial port up in the loop's next turn
        except TimeoutError:
            opened = False
        except (termios.error, ValueError) as error:
            self.close()
            traceback.clear_frames(error.__traceback__)  # they hold the port, which pyserial has opened by now
            raise LineDown(f"the adapter cannot be set as {self._line} says: {error}") from None
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
            self._look_for_echo()
            if not client.connected:
                raise LineDown(f"the connection to {self._line} was lost") from None
            silent = f"unit {unit} on {self._line} did not answer within {timeout_s:.2f} s"
            raise NoAnswer(f"{silent}{self._noise()}") from None
        except ConnectionException:
            raise LineDown(f"the connection to {self._line} was lost") from None
        except ModbusException as error:
            self._look_for_echo()
            raise WrongAnswer(f"unit {unit} on {self._line}: {error}") from None
        _heed_cancellation()
        if answer.isError():
            raise Refused(answer.exception_code)
        if answer.function_code != request.function or len(answer.registers) != request.count:
            self._look_for_echo()
            raise WrongAnswer(
                f"unit {unit} on {self._line} was asked for {request.count} registers with function "
                f"{request.function} and answered {len(answer.registers)} with function {answer.function_code}"
            )
        return answer.registers

    async def explain(self, unit: int, request: Request) -> str | None:
        """Which framing the other end of a TCP connection speaks, if it is not the line's; the line is closed then.

        Tells nothing of a serial line. One connection at a time: many meters take no second one.
        """
        line = self._line
        if isinstance(line, SerialLine) or line.framing == "udp":
            return None
        self.close()
        other: Framing = "tcp" if line.framing == "rtu" else "rtu"
        if not await _answers(replace(line, framing=other), unit, request):
            return None
        return f"{line.place} does not speak {FRAMINGS[line.framing]} but {FRAMINGS[other]}: set framing: {other}"

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _new_client(self) -> Client:
        line = self._line
        if isinstance(line, SerialLine):
            # pymodbus opens the port exclusively, so that a second program on it fails and says so.
            return AsyncModbusSerialClient(
                line.path,
                baudrate=line.serial.baud,
                parity=line.serial.parity,
                stopbits=line.serial.stop_bits,
                handle_local_echo=self._echoes,
                timeout=NEVER_S,
                retries=0,
                reconnect_delay=0,
                trace_packet=self._trace,
            )
        if line.framing == "udp":
            return AsyncModbusUdpClient(line.host, port=line.port, timeout=NEVER_S, retries=0, reconnect_delay=0)
        framer = FramerType.RTU if line.framing == "rtu" else FramerType.SOCKET
        return AsyncModbusTcpClient(
            line.host,
            port=line.port,
            framer=framer,
            timeout=NEVER_S,
            retries=0,
            reconnect_delay=0,
            trace_packet=self._trace,
        )

    def _trace(self, sending: bool, data: bytes) -> bytes:
        """Keep in mind what goes over the line. pymodbus gives what came with what it still holds of before."""
        if sending:
            self._sent, self._piece, self._heard = data, b"", b""
        else:
            longer = self._piece and data.startswith(self._piece)
            self._heard = (self._heard + (data[len(self._piece) :] if longer else data))[:MOST_HEARD]
            self._piece = data
            self.heard_at = time.monotonic()
        return data

    def _look_for_echo(self) -> None:
        """Raise LineDown when what came is first of all what was sent; after the next `connect` it is taken out.

        Not from the start: where nothing is echoed, the beginning of an answer can look like that of the request.
        """
        if isinstance(self._line, SerialLine) and not self._echoes and self._heard.startswith(self._sent):
            self._echoes = True
            self.close()
            raise LineDown(f"the adapter at {self._line.path} echoes what it sends; the echo is taken out from now on")

    def _noise(self) -> str:
        """What came in the place of an answer, for people."""
        count = len(self._heard)
        if not count:
            return ""
        looks = "another baud rate or parity, a second program that asks on this bus, or noise"
        return f"; {count} byte{'s' if count > 1 else ''} came that make no answer ({looks})"


def _heed_cancellation() -> None:
    """asyncio.wait_for of Python 3.11, which pymodbus waits with, loses a cancellation that meets its result."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _answers(line: TcpLine, unit: int, request: Request) -> bool:
    """Whether anything that is Modbus comes back on `line`."""
    transport = ModbusTransport(line)
    try:
        await transport.connect()
        await transport.read(unit, request, EXPLAIN_S)
    except Refused:
        return True
    except ReadFailed:
        return False
    finally:
        transport.close()
    return True


def _why(line: Line) -> str:
    """What most likely keeps `line` from opening, and what to do."""
    if isinstance(line, SerialLine):
        if not Path(line.path).exists():
            return f"{line.path} is not there: is the adapter plugged in? ls /dev/serial/by-id shows the present ones"
        if not os.access(line.path, os.R_OK | os.W_OK):
            return f"{line.path} may not be opened: add the service's user to the group dialout"
        return f"{line.path} cannot be opened: another program uses it, or it is not a serial port"
    return f"no connection to {line.place}: check address, port and network, and that Modbus TCP is switched on"
