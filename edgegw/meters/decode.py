"""Registers to values: word order, scale, unit, and what means "not available". Pure.

Modbus sends each 16-bit register high byte first (Modbus application protocol V1.1b3 section 4.2); the order of the
registers of a longer value is the maker's choice.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from typing import Final

from edgegw.meters.plan import Request
from edgegw.meters.registers import WORDS, Driver, Identity, Point, RawType, WordOrder

FORMATS: Final[Mapping[RawType, struct.Struct]] = {
    "u16": struct.Struct(">H"), "s16": struct.Struct(">h"), "u32": struct.Struct(">I"), "s32": struct.Struct(">i"),
    "u64": struct.Struct(">Q"), "s64": struct.Struct(">q"), "f32": struct.Struct(">f"), "f64": struct.Struct(">d"),
}  # fmt: skip

FACTORS: Final[Mapping[str, float]] = {
    "mA": 0.001,
    "kW": 1000,
    "kvar": 1000,
    "kVA": 1000,
    "kWh": 1000,
    "MWh": 1_000_000,
}
"""From a driver's unit to the quantity's own (V, A, W, Wh, var, VA, Hz, 1)."""

DECIMALS: Final = 4
"""Finer than any meter; a float32's or a scale's own noise would double the size of what is kept and sent."""

LARGEST_POWER: Final = 10
"""Of ten, in a scale register (SunSpec's sunssf is -10 to 10); 0x8000 there means that the value does not exist."""

OVERFLOW: Final = 2.0**53
"""No meter counts this far: beyond it a value is a marker that nobody documented, and a float is no longer exact."""


def raw(registers: Sequence[int], type_: RawType, word_order: WordOrder) -> float | int:
    """The number in `registers`, which are exactly the registers of one value of `type_`."""
    words = registers if word_order == "high_first" else registers[::-1]
    number: float | int = FORMATS[type_].unpack(struct.pack(f">{WORDS[type_]}H", *words))[0]
    return number


def value(point: Point, registers: Sequence[int], driver: Driver) -> float | None:
    """The value of `point` in its quantity's unit; energies are whole Wh. None: the meter says it has none.

    `registers` are those from `point.start` to `point.stop`.
    """
    numbers = []
    for address in (point.address, *point.plus):
        first = address - point.start
        numbers.append(raw(registers[first : first + point.words], point.type, driver.word_order))
    if any(number in driver.sentinels.get(point.type, ()) or not math.isfinite(number) for number in numbers):
        return None
    scaled = sum(numbers) * point.scale * FACTORS.get(point.unit, 1)
    if point.scale_address is not None:
        power = raw([registers[point.scale_address - point.start]], "s16", driver.word_order)
        if abs(power) > LARGEST_POWER:
            return None
        scaled *= 10.0**power
    if abs(scaled) >= OVERFLOW:
        return None
    if point.tenfold_above is not None and abs(scaled) > point.tenfold_above:
        scaled /= 10
    return round(scaled) if point.quantity.endswith("_wh") else round(scaled, DECIMALS)


def values(request: Request, registers: Sequence[int], driver: Driver) -> dict[str, float]:
    """The values that `registers`, the answer to `request`, hold; those that the meter does not have are left out."""
    found = {}
    for point in request.points:
        number = value(point, registers[point.start - request.address : point.stop - request.address], driver)
        if number is not None:
            found[point.quantity] = number
    return found


def identity(of: Identity, registers: Sequence[int]) -> str:
    """What a meter says of itself: a text without what pads it, or a decimal number, high word first."""
    if of.type == "text":
        data = b"".join(register.to_bytes(2, "little" if of.low_byte_first else "big") for register in registers)
        # A single zero is the empty half of a register with one character; more of them pad a text, or part two.
        parts = data.decode("latin-1").replace("\0\0", "\n").replace("\0", "").split()
        return "".join(char for char in " ".join(parts) if char.isprintable())
    return str(sum(register << 16 * place for place, register in enumerate(reversed(registers))))


def complete(values: Mapping[str, float]) -> dict[str, float]:
    """`values` with `power_w` as the sum of the three phases where the meter's own total was not read with them."""
    phases = [values.get(f"power_l{n}_w") for n in (1, 2, 3)]
    if "power_w" in values or None in phases:
        return dict(values)
    return {**values, "power_w": sum(phase for phase in phases if phase is not None)}
