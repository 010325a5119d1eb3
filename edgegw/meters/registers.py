"""What a driver says of a meter: its points, and how it wants to be read. Values without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RawType = Literal["u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64"]
WordOrder = Literal["high_first", "low_first"]
Group = Literal["fast", "slow"]
Link = Literal["rtu", "tcp", "udp"]
IdentityType = Literal["u16", "u32", "u64", "text"]

WORDS: Mapping[RawType, int] = {
    "u16": 1, "s16": 1, "u32": 2, "s32": 2, "u64": 4, "s64": 4, "f32": 2, "f64": 4,
}  # fmt: skip
"""Registers that a value of each type takes."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a meter: `quantity` is a name of model.samples.QUANTITIES, `address` zero-based as on the wire.

    raw * `scale` is in `unit`. `optional`: some models lack it. `tenfold_above`: what is above this value, in the
    quantity's own unit, comes from firmware that reports ten times the value. `plus` are addresses of further values
    that are added to it, such as those of other tariffs. `scale_address` is the register with the power of ten
    (SunSpec's sunssf); it is read together with the value, because makers change it at run time. `unverified`: of one
    source only, or sources disagree.
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
    plus: tuple[int, ...] = ()
    scale_address: int | None = None
    unverified: bool = False

    @property
    def words(self) -> int:
        return WORDS[self.type]

    @property
    def end(self) -> int:
        """The address after its last register."""
        return self.address + self.words

    @property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """First address and the one after the last of each run of registers that it needs and no read may split."""
        values = tuple((address, address + self.words) for address in (self.address, *self.plus))
        return values if self.scale_address is None else (*values, (self.scale_address, self.scale_address + 1))

    @property
    def start(self) -> int:
        """The first address that a read for it covers."""
        return min(first for first, _ in self.parts)

    @property
    def stop(self) -> int:
        """The address after the last that a read for it covers."""
        return max(after for _, after in self.parts)


@dataclass(frozen=True, slots=True)
class Known:
    """What the identification register holds in one model: a number, one of `value` to `to`, or how a text begins."""

    value: int | str
    model: str
    to: int | None = None

    def fits(self, text: str) -> bool:
        if isinstance(self.value, str):
            return text.startswith(self.value)
        return text.isdecimal() and self.value <= int(text) <= (self.value if self.to is None else self.to)


@dataclass(frozen=True, slots=True)
class Identity:
    """The register that tells one meter from others; `what` it holds, for people.

    A `text` is `registers` long, each register two characters, the first in the high byte unless `low_byte_first`.
    `known` is empty where the register tells one meter from the next, but not one model from another.
    """

    what: str
    function: int
    address: int
    type: IdentityType
    registers: int = 0
    low_byte_first: bool = False
    known: tuple[Known, ...] = ()

    @property
    def words(self) -> int:
        return self.registers if self.type == "text" else WORDS[self.type]

    def model(self, text: str) -> str | None:
        """The model that says `text` of itself, as `decode.identity` gives it; None when it is not among the known."""
        return next((one.model for one in self.known if one.fits(text)), None)


@dataclass(frozen=True, slots=True)
class Layout:
    """The points of a block of registers that is found by its number; addresses count from the block's first."""

    models: tuple[int, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Discovery:
    """The blocks are found at the meter: a chain of models begins at the first of `bases` that has one (SunSpec)."""

    function: int
    bases: tuple[int, ...]
    layouts: tuple[Layout, ...]


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
    quiet that the meter needs on the bus before a request. `links` are the ways it can be reached itself, without a
    gateway. `counters_saved_s`: the energy counters are saved this often only, so that after a power cut they may begin
    again at a value up to this old. With a `discovery` there are no `points` before the meter has been walked
    (`edgegw.meters.sunspec`).
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
    links: tuple[Link, ...] = ("rtu",)
    counters_saved_s: float = 0.0
    discovery: Discovery | None = None
    tier: str = "bronze"
    confidence: str = "C"
    aliases: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def unverified(self) -> bool:
        """Its map has one source, or sources that disagree: nobody should rely on it before it was tried at a meter."""
        return self.confidence == "C"
