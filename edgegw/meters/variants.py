"""Other ways to read a meter whose volts cannot be true as its driver says.

What a wrong map has in the field: the other order of words, addresses off by one, the other function.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from edgegw.meters.bus import Bus
from edgegw.meters.plausible import VOLTS, found
from edgegw.meters.registers import Driver, Point, WordOrder
from edgegw.meters.trial import reading
from edgegw.meters.unit import Round


async def other_reading(bus: Bus, driver: Driver, number: int, together: Round) -> str | None:
    """How the meter reads right where it does not as `driver` says; None when it does, or no way is found.

    Of floats the first register alone says nearly everything, so two ways can be as good as each other: both are told.
    """
    volts = tuple(point for point in driver.points if point.quantity.startswith("voltage_"))
    if not volts or "did not answer" in (together.trouble or "") or _true_volts(together.values, volts):
        return None
    fast = tuple(point for point in driver.points if point.group == "fast")
    ways: list[tuple[int, str]] = []
    for what, variant in _variants(replace(driver, points=fast, identity=None, barriers=frozenset(), even_only=False)):
        async with reading(bus, variant, number) as meter:
            one = await meter.round()
        if _true_volts(one.values, volts):
            dead = sum(one.values[point.quantity] == 0 for point in volts)
            missing = len(fast) - sum(point.quantity in one.values for point in fast)
            shown = ", ".join(f"{one.values[point.quantity]:.1f} V" for point in volts)
            ways.append((dead + missing + len(found(one.values)), f"{what} it reads {shown}"))
    if not ways:
        return None
    best = [text for faults, text in ways if faults == min(ways)[0]]
    return (
        f"with {'; with '.join(best)}: copy the driver's file to /etc/edgegw/drivers/meters, change that in it, "
        f"and {'compare every digit with the display' if len(best) > 1 else 'read the meter again'}"
    )


def _true_volts(values: Mapping[str, float], volts: Sequence[Point]) -> bool:
    """Whether each phase that has a voltage has a possible one; all three at 0 V are not."""
    read = [values[point.quantity] for point in volts if point.quantity in values]
    return len(read) == len(volts) and any(read) and all(not v or VOLTS[0] <= v <= VOLTS[1] for v in read)


def _variants(driver: Driver) -> Iterator[tuple[str, Driver]]:
    """Other ways to read the points of `driver`, those with the fewest changes first."""
    order: WordOrder = driver.word_order
    other: WordOrder = "low_first" if order == "high_first" else "high_first"
    function = 7 - driver.points[0].function
    tried: Sequence[tuple[WordOrder, int, int | None]] = (
        (other, 0, None), (order, -1, None), (order, 1, None), (order, 0, function),
        (other, -1, None), (other, 1, None), (other, 0, function), (order, -1, function), (order, 1, function),
    )  # fmt: skip
    for words, by, of in tried:
        points = tuple(_moved(point, by, of or point.function) for point in driver.points)
        if any(point.start < 0 or point.stop > 0x10000 for point in points):
            continue
        changes = [f"word_order: {words}"] if words != order else []
        changes += [f"every address 1 {'lower' if by < 0 else 'higher'}"] if by else []
        changes += [f"function: {of}"] if of else []
        yield " and ".join(changes), replace(driver, points=points, word_order=words)


def _moved(point: Point, by: int, function: int) -> Point:
    scale = None if point.scale_address is None else point.scale_address + by
    plus = tuple(address + by for address in point.plus)
    return replace(point, function=function, address=point.address + by, plus=plus, scale_address=scale)
