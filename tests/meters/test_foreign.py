"""Every driver reads its golden registers from servers that others wrote, and mbpoll, which is libmodbus's client, says
that they hold the same."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from edgegw.meters.contact import Contact, first_contact
from edgegw.meters.decode import FACTORS, complete
from edgegw.meters.drivers import DriverCatalogue
from edgegw.meters.line import Line, SerialLine, TcpLine
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.registers import Driver, Point, SerialSettings
from edgegw.meters.trial import open_bus
from tests.drivers.golden import EACH, GOLDEN, METERS, Golden
from tests.meters.foreign.servers import libmodbus, modbus_serial
from tests.meters.lines import cable

DRIVERS = DriverCatalogue([METERS])
MBPOLL = {"f32": "float", "s32": "int", "u32": "int"}
"""What mbpoll can decode itself, as its -t has it."""


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.meters.trial.BETWEEN_S", 0.01)


async def contact(line: Line, name: str, unit: int = 1) -> Contact:
    async with open_bus(line, ModbusTransport) as bus:
        return await first_contact(bus, DRIVERS.get(name), unit, DRIVERS)


def agrees(told: Contact, golden: Golden) -> None:
    assert told.trouble is None
    assert told.values == pytest.approx(complete(golden.values), rel=1e-6)
    assert told.identity == golden.identity
    assert [doubt.text for doubt in told.doubts] == []


async def mbpoll(port: int, point: Point, order: str) -> float:
    """The number at `point` as mbpoll reads and decodes it."""
    if shutil.which("mbpoll") is None:
        pytest.skip("MBPOLL IS MISSING: nobody checked our reads (apt install mbpoll)")
    table = {3: "4", 4: "3"}[point.function]
    words = ["-t", f"{table}:{MBPOLL[point.type]}", *(["-B"] if order == "high_first" else [])]
    process = await asyncio.create_subprocess_exec(
        "mbpoll", "-m", "tcp", "-p", str(port), "-a", "1", "-0", "-r", str(point.address), "-c", "1", "-1", *words,
        "127.0.0.1", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    text = (await process.communicate())[0].decode()
    found = re.search(r"^\[\d+\]:\s+(\S+)", text, re.MULTILINE)
    assert found is not None, text
    return float(found[1])


def refereed(driver: Driver, golden: Golden) -> list[Point]:
    """A point of each kind of value that mbpoll can decode."""
    able = [
        point
        for point in driver.points
        if point.type in MBPOLL and point.scale_address is None and not point.plus and golden.values.get(point.quantity)
    ]
    return [*able[:1], *(point for point in able if point.quantity in ("power_l2_w", "import_wh"))]


@EACH
async def test_a_driver_reads_libmodbus_and_mbpoll_says_the_same(name: str, golden: Golden, tmp_path: Path) -> None:
    async with libmodbus(tmp_path, golden.cells) as port:
        told = await contact(TcpLine("127.0.0.1", port), name)
        agrees(told, golden)
        for point in refereed(told.driver, golden):
            number = await mbpoll(port, point, told.driver.word_order)
            if point.tenfold_above is None:
                scaled = number * point.scale * FACTORS.get(point.unit, 1)
                assert told.values[point.quantity] == pytest.approx(scaled, rel=1e-5), point.quantity


@pytest.mark.parametrize(
    "stem", ["abb-b23", "siemens-pac3200", "carlo-gavazzi-em24", "shelly-pro-3em", "sunspec-meter", "schneider-iem3155"]
)
async def test_a_driver_reads_modbus_serial(stem: str, tmp_path: Path) -> None:
    golden = Golden(next(path for path in GOLDEN if path.stem == stem))
    async with modbus_serial(tmp_path, golden.cells) as port:
        agrees(await contact(TcpLine("127.0.0.1", port), stem), golden)


@pytest.mark.parametrize("stem", ["eastron-sdm630", "carlo-gavazzi-em340", "finder-7m38", "sunspec-meter.213"])
async def test_a_driver_reads_libmodbus_over_a_serial_line(stem: str, tmp_path: Path) -> None:
    golden = Golden(next(path for path in GOLDEN if path.stem == stem))
    async with cable(tmp_path) as (ours, theirs), libmodbus(tmp_path, golden.cells, "rtu", str(theirs), "33"):
        line = SerialLine(str(ours), SerialSettings(9600))
        agrees(await contact(line, stem.split(".")[0], 33), golden)
