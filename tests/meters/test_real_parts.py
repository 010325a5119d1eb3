"""Servers that others wrote: libmodbus, modbus-serial of npm, pymodbus's simulator; mbpoll reads beside us."""

import asyncio
import contextlib
import json
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgegw.meters.drivers import DriverCatalogue
from edgegw.meters.line import Line, SerialLine, TcpLine
from edgegw.meters.registers import SerialSettings
from tests.meters.foreign.libmodbus import library
from tests.meters.lines import AMPS, VOLTS, WATTS, cable, sdm630
from tests.meters.test_bus import Meter, reading
from tests.meters.test_referee import MODEL, VOLTS_AMPS_WATTS, mbpoll, ours
from tests.support.node import NoNode, node_folder
from tests.support.ports import free_port

FOREIGN = Path(__file__).parent / "foreign"
SDM630 = DriverCatalogue().get("eastron-sdm630")


def registers(folder: Path) -> Path:
    """What an SDM630 holds, for a server in another process."""
    file = folder / "registers.json"
    held = sdm630().registers
    file.write_text(json.dumps([[function, address, value] for (function, address), value in held.items()]))
    return file


@contextlib.asynccontextmanager
async def running(*command: str) -> AsyncIterator[None]:
    """A server that says "ready" when it is."""
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            assert await process.stdout.readline() == b"ready\n"
        yield
    finally:
        process.kill()
        await process.communicate()


@contextlib.asynccontextmanager
async def served(kind: str, folder: Path) -> AsyncIterator[Line]:
    port, file = str(free_port()), str(registers(folder))
    python = [sys.executable]
    if kind.startswith("libmodbus"):
        try:
            library()
        except OSError:
            pytest.skip("LIBMODBUS IS MISSING: nobody else's server was read (apt install libmodbus5)")
    if kind == "libmodbus rtu":
        async with cable(folder) as (near, far), running(*python, str(FOREIGN / "libmodbus.py"), "rtu", str(far), file):
            yield SerialLine(str(near), SerialSettings(115200))
        return
    if kind == "modbus-serial":
        try:
            home = node_folder(FOREIGN, "foreign-meters")
        except NoNode as error:
            pytest.skip(f"NODE IS MISSING: modbus-serial was not read ({error})")
        command = [shutil.which("node") or "node", str(home / "server.mjs"), port, file]
    else:
        how = "udp" if kind == "simulator udp" else "tcp"
        name = "libmodbus.py" if kind == "libmodbus tcp" else "simulator.py"
        command = [*python, str(FOREIGN / name), how, port, file]
    async with running(*command):
        yield TcpLine("127.0.0.1", int(port), "udp" if kind == "simulator udp" else "tcp")


KINDS = ["libmodbus tcp", "libmodbus rtu", "modbus-serial", "simulator tcp", "simulator udp"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_foreign_server_is_read_as_a_meter(kind: str, tmp_path: Path) -> None:
    async with served(kind, tmp_path) as line:
        meter = Meter(line, 1, SDM630)
        async with reading(line, meter):
            rounds = await meter.until(5)
    values = {name: value for one in rounds for name, value in one.values.items()}
    assert [values[f"voltage_l{n}_v"] for n in (1, 2, 3)] == pytest.approx(VOLTS)
    assert [values[f"current_l{n}_a"] for n in (1, 2, 3)] == pytest.approx(AMPS)
    assert [values[f"power_l{n}_w"] for n in (1, 2, 3)] == pytest.approx(WATTS)
    assert values["import_wh"] == 9_113_250
    assert rounds[0].identity == "12345678"
    assert not any(one.trouble for one in rounds)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.endswith("udp")])
async def test_mbpoll_reads_the_same_from_it(kind: str, tmp_path: Path) -> None:
    async with served(kind, tmp_path) as line:
        if isinstance(line, SerialLine):
            where = ["-m", "rtu", "-b", "115200", "-P", "none", line.path]
        else:
            where = ["-m", "tcp", "-p", str(line.port), line.host]
        for request in (VOLTS_AMPS_WATTS, MODEL):
            assert await mbpoll(request, *where) == await ours(line, request)


async def test_values_that_libmodbus_does_not_hold_are_refused_and_the_others_read(tmp_path: Path) -> None:
    """It answers exception 2 to a read that goes beyond its 512 input registers."""
    edge = [
        replace(point, address=0x1FE + 2 * n, group="slow", optional=True)
        for n, point in enumerate(SDM630.points[9:11])
    ]
    points = (*SDM630.points[:9], *edge)
    driver = replace(SDM630, points=points)
    async with served("libmodbus tcp", tmp_path) as line:
        meter = Meter(line, 1, driver)
        async with reading(line, meter):
            rounds = await meter.until(8)
    assert not any(one.trouble for one in rounds)
    assert all("voltage_l1_v" in one.values for one in rounds)
    assert points[9].quantity in {name for one in rounds for name in one.values}
    assert points[10].quantity not in {name for one in rounds for name in one.values}
