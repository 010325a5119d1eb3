"""Reading a meter a few times before it is trusted: for `edgegw drivers read` and for a changed configuration."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Final

from edgegw.meters.bus import Bus, RegisterTransport
from edgegw.meters.errors import EXCEPTIONS
from edgegw.meters.line import Line, SerialLine
from edgegw.meters.plan import cost, plan
from edgegw.meters.plausible import doubts
from edgegw.meters.registers import Driver
from edgegw.meters.unit import Round, Unit

TRIES: Final = 3
BETWEEN_S: Final = 0.2
PATIENCE_S: Final = 10.0
REFUSED: Final = EXCEPTIONS[2]

OpenLine = Callable[[Line], RegisterTransport]


@contextlib.asynccontextmanager
async def open_bus(line: Line, transport: OpenLine) -> AsyncIterator[Bus]:
    """A bus on `line` for a moment."""
    bus = Bus(line, transport(line))
    task = asyncio.create_task(bus.run(), name=f"trial of {line}")
    try:
        yield bus
    finally:
        bus.stop()
        await task


class Reading:
    """One unit of a bus while it is read; `unit` has what was learned and found on the way."""

    def __init__(self, bus: Bus, unit: Unit, rounds: asyncio.Queue[Round]) -> None:
        self._bus = bus
        self._rounds = rounds
        self.unit = unit

    async def round(self) -> Round:
        """The next round; one with a trouble when the bus has no time for it."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._rounds.get()
        except TimeoutError:
            trouble = f"{self._bus.line} had no time for unit {self.unit.number} within {PATIENCE_S:.0f} s"
            return Round(None, {}, trouble=trouble)


@contextlib.asynccontextmanager
async def reading(bus: Bus, driver: Driver, number: int) -> AsyncIterator[Reading]:
    """Read unit `number` on `bus` as `driver` says; the bus goes on with its other units meanwhile."""
    rounds: asyncio.Queue[Round] = asyncio.Queue()
    unit = Unit(number, driver, plan(driver, cost(driver, bus.line.serial)), BETWEEN_S, rounds.put_nowait)
    bus.add(unit)
    try:
        yield Reading(bus, unit, rounds)
    finally:
        bus.remove(unit)


async def find_fault(bus: Bus, driver: Driver, number: int) -> str | None:
    """Why unit `number` on `bus` cannot be read as `driver` says, for people; None when one round came back good."""
    fault = "it was not read"
    async with reading(bus, driver, number) as meter:
        for _ in range(TRIES):
            one = await meter.round()
            if one.trouble is not None:
                fault = advice(one, bus.line, driver)
            elif odd := doubts(one.values):
                fault = f"it answers, but {'; '.join(odd)}: is it a {driver.title}, and wired as its manual says?"
            else:
                return None
    return fault


def advice(one: Round, line: Line, driver: Driver) -> str:
    """What went wrong in a round, and what to look at when nothing was read at all."""
    trouble = one.trouble or "nothing was read"
    where = f"--serial {line.path}" if isinstance(line, SerialLine) else f"--host {line.host} --port {line.port}"
    if not one.values and REFUSED in trouble:
        return f"{trouble}: is it a {driver.title}? edgegw meters scan {where} names what answers"
    if one.values or "did not answer" not in trouble:
        return trouble
    if not isinstance(line, SerialLine):
        if line.framing == "udp":
            return f"{trouble}: few meters speak Modbus over UDP; try framing: tcp"
        return f"{trouble}: check the unit id; edgegw meters scan {where} tries them all"
    factory = f"; from the factory it has unit {driver.unit} and {driver.serial}" if driver.serial else ""
    look = f"check its power, A and B of the bus, the unit id and the serial settings{factory}"
    return f"{trouble}: {look}; edgegw meters scan {where} tries them all"
