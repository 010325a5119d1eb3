"""Other ways to read a meter whose volts cannot be true as its driver says.

What a wrong map has in the field: the other order of words, addresses off by one, the other function.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from edgegw.meters.bus import Bus
from edgegw.meters.plausible import VOLTS
from edgegw.meters.registers import Driver, Point, WordOrder
from edgegw.meters.trial import reading
from edgegw.meters.unit import Round


async def other_reading(bus: Bus, driver: Driver, number: int, together: Round) -> str | None:
    """How the meter reads right where it does not as `driver` says; None when it does, or no way is found."""
    volts = tuple(point for point in driver.points if point.quantity.startswith("voltage_"))
    if not volts or "did not answer" in (together.trouble or "") or _true_volts(together.values, volts):
        return None
    for what, variant in _variants(replace(driver, points=volts, identity=None, barriers=frozenset(), even_only=False)):
        async with reading(bus, variant, number) as meter:
            one = await meter.round()
        if _true_volts(one.values, volts):
            shown = ", ".join(f"{one.values[point.quantity]:.1f} V" for point in volts)
            return (
                f"with {what} it reads {shown}: copy the driver's file to /etc/edgegw/drivers/meters, change that in it, "
                "and read the meter again"
            )
    return None


def _true_volts(values: Mapping[str, float], volts: Sequence[Point]) -> bool:
    """Whether each phase that has a voltage has a possible one; all three at 0 V are not."""
    read = [values[point.quantity] for point in volts if point.quantity in values]
    return len(read) == len(volts) and any(read) and all(not v or VOLTS[0] <= v <= VOLTS[1] for v in read)


def _variants(driver: Driver) -> Iterator[tuple[str, Driver]]:
    """Other ways to read the points of `driver`, the likeliest first."""
    order: WordOrder = driver.word_order
    other: WordOrder = "low_first" if order == "high_first" else "high_first"
    function = 7 - driver.points[0].function
    tried: Sequence[tuple[WordOrder, int, int | None]] = (
        (other, 0, None), (order, -1, None), (order, 1, None), (order, 0, function),
        (other, -1, None), (other, 1, None), (other, 0, function), (order, -1, function), (order, 1, function),
    )  # fmt: skip
    for words, shift, of in tried:
        points = tuple(
            replace(point, address=point.address + shift, function=of or point.function) for point in driver.points
        )
        if any(point.address < 0 for point in points):
            continue
        changes = [f"word_order: {words}"] if words != order else []
        changes += [f"every address {'1 lower' if shift < 0 else '1 higher'}"] if shift else []
        changes += [f"function: {of}"] if of else []
        yield " and ".join(changes), replace(driver, points=points, word_order=words)
