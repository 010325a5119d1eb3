"""Register images of the virtual meters: what a Modbus read brings, word by word. Pure.

Maps: Eastron, SDM630 Modbus protocol v2.0; Carlo Gavazzi, EM300 and ET300 series communication protocol v2 rev 2.6.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from edgegw.simulate.world import Feeder

Words = dict[int, int]
"""Address -> 16-bit word."""

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE = 1, 2, 3, 4
"""Modbus exception codes."""

HERTZ: Final = 60.0


class ModbusException(Exception):
    """The read is answered with this exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Modbus exception {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Model:
    """A kind of meter: `input_words` and `holding_words` are its images for functions 4 and 3."""

    name: str
    max_registers: int
    even_only: bool
    last_address: int
    input_words: Callable[[Feeder], Words]
    holding_words: Callable[[Feeder], Words]
    alone: Mapping[int, int]
    """Words that only a read of just this register shows."""

    def read(self, function: int, address: int, count: int, feeder: Feeder) -> list[int]:
        """The words of a read. Raises ModbusException as the meter would answer."""
        if function not in (3, 4):
            raise ModbusException(ILLEGAL_FUNCTION)
        if not 1 <= count <= self.max_registers or (self.even_only and count % 2):
            raise ModbusException(ILLEGAL_VALUE)
        if count == 1 and address in self.alone:
            return [self.alone[address]]
        words = self.holding_words(feeder) if function == 3 else self.input_words(feeder)
        if address + count - 1 > self.last_address and address not in words:
            raise ModbusException(ILLEGAL_ADDRESS)
        return [words.get(at, 0) for at in range(address, address + count)]


def _ratio(watts: float, va: float) -> float:
    return watts / va if va else 1.0


def _sdm630(feeder: Feeder) -> Words:
    apparent = [volts * amps for volts, amps in zip(feeder.volts, feeder.amps, strict=True)]
    watts, reactive = sum(feeder.watts), sum(feeder.vars)
    total_va = math.hypot(watts, reactive)
    import_kwh = [wh / 1000.0 for wh in feeder.import_wh]
    values: dict[int, float] = {}
    for n in range(3):
        values[0x0000 + 2 * n] = feeder.volts[n]
        values[0x0006 + 2 * n] = feeder.amps[n]
        values[0x000C + 2 * n] = feeder.watts[n]
        values[0x0012 + 2 * n] = apparent[n]
        values[0x0018 + 2 * n] = feeder.vars[n]
        values[0x001E + 2 * n] = _ratio(feeder.watts[n], apparent[n])
        values[0x015A + 2 * n] = import_kwh[n]
        values[0x0160 + 2 * n] = 0.0
    values |= {
        0x0030: sum(feeder.amps),
        0x0034: watts,
        0x0038: total_va,
        0x003C: reactive,
        0x003E: _ratio(watts, total_va),
        0x0046: HERTZ,
        0x0048: sum(import_kwh),
        0x004A: 0.0,
        0x00E0: feeder.neutral_a,
        0x0156: sum(import_kwh),
    }
    words: Words = {}
    for address, value in values.items():
        words[address], words[address + 1] = struct.unpack(">HH", struct.pack(">f", value))
    return words


def _sdm630_holding(feeder: Feeder) -> Words:
    return {0xFC00: 0x0012, 0xFC01: 0xD687}  # serial number 1234567


def _em340(feeder: Feeder) -> Words:
    apparent = [volts * amps for volts, amps in zip(feeder.volts, feeder.amps, strict=True)]
    watts, reactive = sum(feeder.watts), sum(feeder.vars)
    total_va = math.hypot(watts, reactive)
    long: dict[int, float] = {}
    for n in range(3):
        long[0x00 + 2 * n] = feeder.volts[n] * 10
        long[0x0C + 2 * n] = feeder.amps[n] * 1000
        long[0x12 + 2 * n] = feeder.watts[n] * 10
        long[0x18 + 2 * n] = apparent[n] * 10
        long[0x1E + 2 * n] = feeder.vars[n] * 10
        long[0x40 + 2 * n] = feeder.import_wh[n] / 100
    long |= {0x28: watts * 10, 0x2A: total_va * 10, 0x2C: reactive * 10}
    long |= {0x34: sum(feeder.import_wh) / 100, 0x4E: 0}
    words: Words = {}
    for address, value in long.items():
        high, low = struct.unpack(">HH", struct.pack(">i", round(value)))
        words[address], words[address + 1] = low, high
    for n in range(3):
        words[0x2E + n] = round(1000 * _ratio(feeder.watts[n], apparent[n])) & 0xFFFF
    words[0x31] = round(1000 * _ratio(watts, total_va)) & 0xFFFF
    words[0x32] = 0  # phase sequence L1-L2-L3
    words[0x33] = int(10 * HERTZ)
    return words


MODELS: Final[Mapping[str, Model]] = {
    "eastron-sdm630": Model("eastron-sdm630", 80, True, 0x03FF, _sdm630, _sdm630_holding, {}),
    "carlo-gavazzi-em340": Model("carlo-gavazzi-em340", 20, False, 0x01FF, _em340, _em340, {0x000B: 345}),
}
"""By the names of the gateway's drivers."""
