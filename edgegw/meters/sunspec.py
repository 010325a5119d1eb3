"""Where a SunSpec meter keeps its registers: a chain of models, walked from its beginning. Pure.

SunSpec device information model specification 1.1: at one of a few addresses stand the characters SunS; after them one
block follows the other, each with its model number and its length before its content, up to a block numbered 0xFFFF.
The numbers of meters are 201 to 204 (integers with scale registers) and 211 to 214 (floats). Model 1, the first, has
the maker and the name of what answers: 16 registers each.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Final

from edgegw.meters.plan import Request
from edgegw.meters.registers import Discovery, Driver, Identity, Point

SUNS: Final = (0x5375, 0x6E53)
COMMON: Final = 1
END: Final = 0xFFFF
LONGEST_CHAIN: Final = 100
"""No known chain is longer; one that does not end is something else."""


class NotFound(Exception):
    """The chain is not there, or has no model of the driver; the text is for people."""


class Walk:
    """The way to the registers of a meter of `driver`. Send `request`, then `step` with its answer."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self.begin()

    def begin(self) -> None:
        """Start anew."""
        self._steps = _steps(self._driver)
        self.request = next(self._steps)

    def step(self, registers: Sequence[int] | None) -> Driver | None:
        """`registers` answer `request`; None: it was refused. The driver with its points when they have been found.

        Raises NotFound, and is at its beginning again then.
        """
        try:
            self.request = self._steps.send(registers)
        except StopIteration as end:
            found: Driver = end.value
            return found
        except NotFound:
            self.begin()
            raise
        return None


def _steps(driver: Driver) -> Generator[Request, Sequence[int] | None, Driver]:
    chain = driver.discovery
    assert chain is not None
    for base in chain.bases:
        if (registers := (yield _header(chain, base))) is not None and tuple(registers) == SUNS:
            return (yield from _chain(driver, chain, base + len(SUNS)))
    tried = ", ".join(str(base) for base in chain.bases)
    raise NotFound(f"no SunSpec chain begins at {tried}: is SunSpec switched on at it, and is this its unit id?")


def _chain(driver: Driver, chain: Discovery, address: int) -> Generator[Request, Sequence[int] | None, Driver]:
    seen: list[int] = []
    while len(seen) < LONGEST_CHAIN and address < 0xFFFE:
        header = yield _header(chain, address)
        if header is None or header[0] == END:
            break
        model, length = header
        seen.append(model)
        if model == COMMON:
            driver = replace(driver, identity=Identity("maker and model", chain.function, address + 2, "text", 32))
        for layout in chain.layouts:
            if model in layout.models:
                points = tuple(_placed(point, address) for point in layout.points)
                title = f"{driver.title}, model {model} at {address}"
                return replace(driver, title=title, points=points, discovery=None)
        address += 2 + length
    wanted = ", ".join(str(model) for layout in chain.layouts for model in layout.models)
    has = ", ".join(str(model) for model in seen) or "nothing"
    raise NotFound(f"its SunSpec chain has {has}, but none of the models {wanted}: is this the meter's unit id?")


def _header(chain: Discovery, address: int) -> Request:
    return Request(chain.function, address, 2, ())


def _placed(point: Point, block: int) -> Point:
    scale = None if point.scale_address is None else block + point.scale_address
    plus = tuple(block + address for address in point.plus)
    return replace(point, address=block + point.address, scale_address=scale, plus=plus)
