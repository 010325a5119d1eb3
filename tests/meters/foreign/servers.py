"""Modbus servers that others wrote: libmodbus, built here, and npm's modbus-serial. Each holds given registers."""

import asyncio
import contextlib
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.support.node import NoNode, node_folder
from tests.support.ports import free_port

HERE = Path(__file__).parent
Cells = Mapping[tuple[int, int], int]
"""(function, address) -> register"""


@cache
def libmodbus_server(folder: Path) -> Path:
    """The server of libmodbus_server.c, built in `folder`. Skips the test where it cannot be."""
    if shutil.which("gcc") is None or not Path("/usr/include/modbus/modbus.h").is_file():
        pytest.skip("LIBMODBUS IS MISSING: no foreign server was read (apt install gcc libc6-dev libmodbus-dev)")
    program = folder / "libmodbus_server"
    source = str(HERE / "libmodbus_server.c")
    command = ["gcc", "-O1", "-Wall", "-Werror", "-I/usr/include/modbus", "-o", str(program), source, "-lmodbus"]
    subprocess.run(command, check=True)
    return program


@contextlib.asynccontextmanager
async def libmodbus(folder: Path, cells: Cells, *where: str) -> AsyncIterator[int]:
    """A server with `cells` on a free port, or `where` = rtu, TTY, UNIT; gives the port."""
    program = libmodbus_server(folder.parent)
    file = folder / "registers"
    file.write_text("".join(f"{function} {address} {value}\n" for (function, address), value in cells.items()))
    async with _running(str(program), str(file), *(where or ("tcp",))) as said:
        yield int(said)


@contextlib.asynccontextmanager
async def modbus_serial(folder: Path, cells: Cells) -> AsyncIterator[int]:
    """npm's server with `cells` as unit 1 on a free port. Skips the test where it cannot be had."""
    try:
        packages = await asyncio.to_thread(node_folder, HERE, "foreign-meters")
    except NoNode as error:
        pytest.skip(f"MODBUS-SERIAL IS MISSING: {error}")
    port, file = free_port(), folder / "registers.json"
    file.write_text(json.dumps([[*cell, value] for cell, value in cells.items()]))
    async with _running("node", str(packages / "server.mjs"), str(port), str(file)):
        yield port


@contextlib.asynccontextmanager
async def _running(*command: str) -> AsyncIterator[str]:
    """A server, and the line that it says when it is ready."""
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            said = (await process.stdout.readline()).decode()
        yield said
    finally:
        process.terminate()
        await process.communicate()
