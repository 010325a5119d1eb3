"""The chain of a SunSpec meter, walked by a unit on a real line."""

import asyncio
import struct
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from edgegw.meters.bus import Bus
from edgegw.meters.errors import NoAnswer
from edgegw.meters.line import TcpLine
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.plan import cost, plan
from edgegw.meters.registers import Discovery, Driver, Layout, Point
from edgegw.meters.sunspec import SUNS, NotFound, Walk
from edgegw.meters.unit import Round, Unit
from tests.meters.peer import Peer, Server

INTEGERS = Layout((201, 203), (Point("voltage_l1_v", 3, 8, "s16", "V", "fast", scale_address=15),))
FLOATS = Layout((213,), (Point("voltage_l1_v", 3, 12, "f32", "V", "fast"),))
METER = Driver(
    "x", "X", "high_first", 125, (), 0.5,
    discovery=Discovery(3, (40000, 0, 50000), (INTEGERS, FLOATS)), sentinels={"s16": frozenset({-32768})},
)  # fmt: skip


def chain(base: int, *blocks: tuple[int, list[int]]) -> Server:
    """A meter with its chain at `base`; nothing can be read below or beyond it."""
    registers = [0x5375, 0x6E53]
    for model, content in blocks:
        registers += [model, len(content), *content]
    registers += [0xFFFF, 0]
    meter = Server()
    meter.hold(3, base, *registers)
    meter.absent = set(range(0x10000)) - set(range(base, base + len(registers)))
    return meter


NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
COMMON = (1, [0x4163, 0x6D65, *[0] * 14, 0x4D31, *[0] * 49])
"""Maker Acme, model M1."""
WYE = (203, [0] * 6 + [2301] + [0] * 6 + [0xFFFF] + [0] * 89)
"""2301 at offset 8 from the block's first register, the scale -1 at offset 15."""
FLOAT_WYE = (213, [0] * 10 + list(struct.unpack(">HH", struct.pack(">f", 231.5))) + [0] * 112)


def walked(meter: Server, driver: Driver = METER) -> Driver:
    walk = Walk(driver)
    for _ in range(300):
        span = range(walk.request.address, walk.request.end)
        found = walk.step(None if meter.absent.intersection(span) else [meter.registers[3, at] for at in span])
        if found is not None:
            return found
    raise AssertionError("the walk did not end")


@pytest.mark.parametrize("base", [40000, 0, 50000])
def test_the_chain_is_found_at_each_of_its_bases(base: int) -> None:
    found = walked(chain(base, COMMON, WYE))
    assert found.points == (replace(INTEGERS.points[0], address=base + 78, scale_address=base + 85),)
    assert "model 203" in found.title


def test_the_layout_follows_the_model_of_the_chain() -> None:
    assert walked(chain(40000, COMMON, (999, [7] * 5), FLOAT_WYE)).points[0].address == 40000 + 2 + 68 + 7 + 12


@pytest.mark.parametrize(
    ("meter", "why"),
    [
        (chain(30000, COMMON, WYE), "no SunSpec chain begins at 40000, 0, 50000"),
        (chain(40000, COMMON, (103, [0] * 50)), "has 1, 103, but none of the models 201, 203, 213"),
        (chain(40000), "has nothing"),
    ],
)
def test_why_there_is_no_meter_in_the_chain_is_told(meter: Server, why: str) -> None:
    with pytest.raises(NotFound, match=why):
        walked(meter)


def test_a_chain_without_an_end_is_left_again() -> None:
    endless = Server()
    endless.hold(3, 40000, 0x5375, 0x6E53, *[7, 0] * 1000)
    with pytest.raises(NotFound, match="its SunSpec chain has 7, 7"):
        walked(endless)


def test_a_walk_that_was_cut_off_starts_anew() -> None:
    told: list[Round] = []
    unit = Unit(1, METER, plan(METER, cost(METER, None)), 1.0, told.append)
    begin = unit.next(0.0)
    unit.answered(SUNS, 0.01, 0.0, NOON)
    assert unit.next(0.0).address == begin.address + 2
    unit.failed(NoAnswer("silence"), 0.5)
    assert told[0].trouble == "silence"
    assert not unit.ready(1.0)
    assert unit.next(2.0) == begin


async def rounds(meter: Server, number: int) -> tuple[list[Round], Unit]:
    """The first `number` rounds of `meter` over a real connection."""
    queue: asyncio.Queue[Round] = asyncio.Queue()
    async with Peer({1: meter}).on_tcp() as port:
        line = TcpLine("127.0.0.1", port)
        bus = Bus(line, ModbusTransport(line))
        unit = Unit(1, METER, plan(METER, cost(METER, None)), 0.01, queue.put_nowait)
        bus.add(unit)
        task = asyncio.create_task(bus.run())
        async with asyncio.timeout(10):
            got = [await queue.get() for _ in range(number)]
        bus.stop()
        await task
        await asyncio.sleep(0)
    return got, unit


@pytest.mark.parametrize(("block", "volts"), [(WYE, 230.1), (FLOAT_WYE, 231.5)])
async def test_the_first_round_of_a_unit_walks_and_reads(block: Any, volts: float) -> None:
    got, unit = await rounds(chain(40000, COMMON, block), 2)
    assert [one.values for one in got] == [{"voltage_l1_v": volts}] * 2
    assert len(unit.driver.points) == 1
    assert got[0].identity == "Acme M1"


async def test_a_scale_that_changes_counts_for_the_values_it_came_with() -> None:
    meter = chain(40000, COMMON, WYE)
    meter.hold(3, 40000 + 2 + 68 + 15, 0xFFFE)
    assert (await rounds(meter, 1))[0][0].values == {"voltage_l1_v": 23.01}
    meter.hold(3, 40000 + 2 + 68 + 15, 0x8000)
    assert (await rounds(meter, 1))[0][0].values == {}


async def test_a_unit_without_a_chain_is_told_why_and_tried_again() -> None:
    got, _ = await rounds(chain(30000, COMMON, WYE), 2)
    assert all("no SunSpec chain begins at" in str(one.trouble) for one in got)
