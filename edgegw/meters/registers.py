"""What a driver says of a meter: its points, and how it wants to be read. Values without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RawType = Literal["u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64"]
WordOrder = Literal["high_first", "low_first"]
Group = Literal["fast", "slow"]

WORDS: Mapping[RawType, int] = {
    "u16": 1, "s16": 1, "u32": 2, "s32": 2, "u64": 4, "s64": 4, "f32": 2, "f64": 4,
}  # fmt: skip
"""Registers that a value of each type takes."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a meter: `quantity` is a name of model.samples.QUANTITIES, `address` zero-based as on the wire.

    raw * `scale` is in `unit`. `optional`: some models lack it. `tenfold_above`: what is above this value, in the
    quantity's own unit, comes from firmware that reports ten times the value.
    """

    quantity: str
    function: int
    address: int
    type: RawType
    unit: str
    group: Group
    scale: float = 1.0
    optional: bool = False
    tenfold_above: float | None = None

    @property
    def words(self) -> int:
        return WORDS[self.type]

    @property
    def end(self) -> int:
        """The address after its last register."""
        return self.address + self.words


@dataclass(frozen=True, slots=True)
class Identity:
    """The register that tells one meter from others; `what` it holds, for people."""

    what: str
    function: int
    address: int
    type: RawType


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """RS485 settings; 8 data bits."""

    baud: int = 9600
    parity: str = "N"
    stop_bits: int = 1

    def __str__(self) -> str:
        return f"{self.baud} 8{self.parity}{self.stop_bits}"


@dataclass(frozen=True, slots=True)
class Driver:
    """A family of meters. `barriers` are addresses that no read may run across.

    `answer_typical_s` and `answer_max_s` run from the end of a request to the start of its answer; `silence_s` is the
    quiet that the meter needs on the bus before a request.
    """

    name: str
    title: str
    word_order: WordOrder
    max_registers: int
    points: tuple[Point, ...]
    answer_max_s: float
    answer_typical_s: float = 0.0
    silence_s: float = 0.0
    even_only: bool = False
    barriers: frozenset[int] = frozenset()
    sentinels: Mapping[RawType, frozenset[int]] = field(default_factory=dict)
    identity: Identity | None = None
    serial: SerialSettings | None = None
    unit: int = 1
    tier: str = "bronze"
    confidence: str = "C"
    models: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
