"""Who is on a line: unit ids, serial settings and framing, and which driver fits. Slow by nature, bounded by plan.

A unit that is not there costs the time in which it could have answered, so the likely ids are asked under each serial
setting (or framing) first, and all of them only where somebody answered. Any answer tells that a unit is there, also
an exception or one of another length. Which driver fits is told by the identification registers; where those don't
tell, by values that can be true.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from edgegw.meters import decode
from edgegw.meters.bus import RegisterTransport
from edgegw.meters.errors import LineDown, NoAnswer, ReadFailed, Refused
from edgegw.meters.line import Line, SerialLine, TcpLine
from edgegw.meters.plan import REQUEST_BYTES, Request, byte_s, cost, plan
from edgegw.meters.plausible import doubts
from edgegw.meters.registers import Driver, SerialSettings

ALL_UNITS: Final = tuple(range(1, 248))
"""Modbus over serial line V1.02 section 2.2: 0 is the broadcast, 248 to 255 are reserved."""
LIKELY_UNITS: Final = tuple(range(1, 11))
NOBODYS: Final = (213, 187)
"""Ids that no meter has of its maker's doing: who answers to these answers to all."""
PATIENCE_S: Final = 0.3
NETWORK_PATIENCE_S: Final = 0.6
"""Gateways wait for their meter first."""
IDENTIFY_S: Final = 0.6
SILENCE_S: Final = 0.06
"""The longest quiet that a known meter wants before a request (SDM630)."""
COMMON: Final = (
    SerialSettings(9600),
    SerialSettings(19200, "E"),
    SerialSettings(19200),
    SerialSettings(9600, "E"),
    SerialSettings(38400),
    SerialSettings(115200),
    SerialSettings(19200, "N", 2),
    SerialSettings(2400),
    SerialSettings(4800),
)
"""Besides what the drivers name as their meters' factory settings."""
SUNS: Final = (0x5375, 0x6E53)
"""What a SunSpec map begins with."""

ASKED: Final = (Request(4, 0, 2, ()), Request(3, 0, 2, ()))
"""Both kinds of registers, as some meters keep silent about the kind that they lack."""


@dataclass(frozen=True, slots=True)
class Match:
    """A driver that fits, and why, for people."""

    driver: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that answered. `every_unit`: it answers to any id. `matches` are the drivers that fit, the best first."""

    line: Line
    unit: int
    matches: tuple[Match, ...]
    every_unit: bool = False


OpenLine = Callable[[Line], RegisterTransport]
Progress = Callable[[str], None]


def serial_settings(drivers: Sequence[Driver]) -> list[SerialSettings]:
    """What to try on a serial line: the commonest, then every other factory setting of a driver."""
    factory = [driver.serial for driver in drivers if driver.serial is not None]
    return list(dict.fromkeys([*COMMON, *factory]))


def likely_units(drivers: Sequence[Driver]) -> list[int]:
    """1 to 10, and every factory id of a driver."""
    return list(dict.fromkeys([*LIKELY_UNITS, *(driver.unit for driver in drivers if driver.unit in ALL_UNITS)]))


@dataclass
class Scan:
    """Ask `likely` units on each of `lines` until one has an answer, then the others of `units` there.

    `lines` are one place in different settings; a bus has one of them.
    """

    lines: Sequence[Line]
    likely: Sequence[int]
    units: Sequence[int]
    drivers: Sequence[Driver]
    open_line: OpenLine
    progress: Progress = lambda _: None
    _others_answer: bool = field(default=False, init=False)
    """A gateway told that a meter behind it is silent."""

    @property
    def longest_s(self) -> float:
        """The most seconds that it takes while nobody answers but in the last settings, without identifying."""
        each = [_ask_s(line) * len(ASKED) for line in self.lines]
        others = len(set(self.units) - set(self.likely))
        return sum(each) * len(self.likely) + max(each, default=0.0) * others

    async def run(self) -> AsyncGenerator[Found, None]:
        """Each unit as it is found. Raises LineDown when no line could be opened at all, or a port went away."""
        down: LineDown | None = None
        opened = False
        for line in self.lines:
            transport = self.open_line(line)
            try:
                await transport.connect()
            except LineDown as error:
                down = error
                continue
            opened = True
            any_found = False
            try:
                async for found in self._on(line, transport):
                    any_found = True
                    yield found
            finally:
                transport.close()
                await asyncio.sleep(0)
            if any_found:
                return
        if down is not None and not opened:
            raise down

    async def _on(self, line: Line, transport: RegisterTransport) -> AsyncGenerator[Found, None]:
        self._others_answer = False
        there = [unit for unit in self.likely if await self._is_there(line, transport, unit)]
        if not there:
            return
        everybody = isinstance(line, TcpLine) and all(
            [await self._is_there(line, transport, unit) for unit in NOBODYS if unit not in there]
        )
        if everybody:
            yield Found(line, there[0], await self._identify(line, transport, there[0]), every_unit=True)
            return
        for unit in there:
            yield Found(line, unit, await self._identify(line, transport, unit))
        # A meter on the network is alone at its address; others can only be behind a gateway.
        if isinstance(line, TcpLine) and line.framing != "rtu" and not self._others_answer:
            return
        for unit in self.units:
            if unit not in self.likely and await self._is_there(line, transport, unit):
                yield Found(line, unit, await self._identify(line, transport, unit))

    async def _is_there(self, line: Line, transport: RegisterTransport, unit: int) -> bool:
        self.progress(f"{line}: unit {unit}")
        for request in ASKED:
            try:
                await _read(transport, unit, request, _patience_s(line))
            except NoAnswer:
                continue
            except Refused as error:
                if error.from_gateway:
                    self._others_answer = True
                    return False
            except LineDown:
                if isinstance(line, SerialLine):
                    raise
                continue  # some close the connection when they do not understand
            except ReadFailed:
                pass  # an answer, if not to this: a slow meter's to the one before
            return True
        return False

    async def _identify(self, line: Line, transport: RegisterTransport, unit: int) -> tuple[Match, ...]:
        """Which drivers fit unit `unit`."""
        self.progress(f"{line}: unit {unit} answers; which meter is it?")
        answers: dict[Request, Sequence[int] | None] = {}

        async def ask(function: int, address: int, count: int) -> Sequence[int] | None:
            request = Request(function, address, count, ())
            if request not in answers:
                try:
                    answers[request] = await _read(transport, unit, request, IDENTIFY_S)
                except ReadFailed:
                    answers[request] = None
            return answers[request]

        possible = [driver for driver in self.drivers if isinstance(line, TcpLine) or "rtu" in driver.links]
        told = []
        for driver in possible:
            if driver.identity is not None and driver.identity.known:
                identity = driver.identity
                registers = await ask(identity.function, identity.address, identity.words)
                if registers is not None and (model := identity.model(text := decode.identity(identity, registers))):
                    told.append(Match(driver.name, driver.title, f"its {identity.what} {text} is that of {model}"))
        for driver in possible:
            if driver.discovery is not None:
                for base in driver.discovery.bases:
                    if tuple(await ask(3, base, len(SUNS)) or ()) == SUNS:
                        told.append(Match(driver.name, driver.title, f"a SunSpec map begins at {base}"))
                        break
        if told:
            return tuple(told)
        fitting: list[tuple[int, Match]] = []
        for driver in possible:
            values: dict[str, float] = {}
            for read in plan(driver, cost(driver, None)).fast:
                registers = await ask(read.function, read.address, read.count)
                if registers is None:
                    break
                values.update(decode.values(read, registers, driver))
            else:
                fit = _fit(values)
                if fit is not None:
                    fitting.append((fit, Match(driver.name, driver.title, "its volts, amperes and watts are possible")))
        best = max((fit for fit, _ in fitting), default=0)
        return tuple(match for fit, match in fitting if fit == best)


def _fit(values: Mapping[str, float]) -> int | None:
    """How well values fit a meter, None when they cannot be true. A phase without voltage counts against a driver: the
    meter may not have that phase."""
    volts = [values[name] for name in (f"voltage_l{n}_v" for n in (1, 2, 3)) if name in values]
    if not volts or doubts(values):
        return None
    return sum(1 if volt else -1 for volt in volts)


async def _read(transport: RegisterTransport, unit: int, request: Request, timeout_s: float) -> Sequence[int]:
    """A read with the quiet before it that any meter wants; once more when the line had to be opened anew."""
    await asyncio.sleep(SILENCE_S)
    try:
        if not transport.connected:
            await transport.connect()
        return await transport.read(unit, request, timeout_s)
    except LineDown:
        await transport.connect()
        await asyncio.sleep(SILENCE_S)
        return await transport.read(unit, request, timeout_s)


def _patience_s(line: Line) -> float:
    if isinstance(line, SerialLine):
        return PATIENCE_S + 2 * REQUEST_BYTES * byte_s(line.serial)
    return NETWORK_PATIENCE_S


def _ask_s(line: Line) -> float:
    """Seconds that asking a unit which is not there takes."""
    return _patience_s(line) + SILENCE_S
