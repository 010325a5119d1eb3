"""Debian's mbpoll, which is libmodbus, reads the same registers from the same servers as the gateway does."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from edgegw.meters.line import Line, SerialLine, TcpLine
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.plan import Request
from edgegw.meters.registers import SerialSettings
from tests.meters.lines import cable, sdm630
from tests.meters.peer import Peer

VOLTS_AMPS_WATTS = Request(4, 0, 18, ())
MODEL = Request(3, 0xFC00, 2, ())


async def mbpoll(request: Request, *where: str) -> list[int]:
    """What mbpoll reads; it counts addresses from 1 unless told `-0`."""
    if shutil.which("mbpoll") is None:
        pytest.skip("MBPOLL IS MISSING: nobody checked our reads (apt install mbpoll)")
    kind = "3:hex" if request.function == 4 else "4:hex"
    span = ["-0", "-r", str(request.address), "-c", str(request.count)]
    process = await asyncio.create_subprocess_exec(
        "mbpoll", "-a", "1", "-t", kind, *span, "-1", *where,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    text = (await process.communicate())[0].decode()
    assert process.returncode == 0, text
    return [int(value, 16) for value in re.findall(r"^\[\d+\]:\s+0x([0-9A-F]{4})", text, re.MULTILINE)]


async def ours(line: Line, request: Request) -> list[int]:
    transport = ModbusTransport(line)
    await transport.connect()
    try:
        return list(await transport.read(1, request, 0.5))
    finally:
        transport.close()
        await asyncio.sleep(0)


@pytest.mark.parametrize("request_", [VOLTS_AMPS_WATTS, MODEL], ids=["input", "holding"])
async def test_mbpoll_reads_the_same_over_tcp(request_: Request) -> None:
    async with Peer({1: sdm630()}).on_tcp() as port:
        registers = await mbpoll(request_, "-m", "tcp", "-p", str(port), "127.0.0.1")
        assert registers == await ours(TcpLine("127.0.0.1", port), request_)
    assert len(registers) == request_.count
    assert any(registers)


@pytest.mark.parametrize("request_", [VOLTS_AMPS_WATTS, MODEL], ids=["input", "holding"])
async def test_mbpoll_reads_the_same_over_rtu(request_: Request, tmp_path: Path) -> None:
    async with cable(tmp_path) as (end, theirs), Peer({1: sdm630()}).on_tty(theirs):
        registers = await mbpoll(request_, "-m", "rtu", "-b", "9600", "-P", "none", str(end))
        assert registers == await ours(SerialLine(str(end), SerialSettings(9600)), request_)
    assert len(registers) == request_.count
    assert any(registers)
