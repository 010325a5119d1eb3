"""Why a read brought no registers.

ReadFailed
├── LineDown       the serial port or the connection is not there; no meter on the line can be read
├── NoAnswer       nothing came in time
├── WrongAnswer    something came that is not the answer: another length, function or unit, or a broken frame
└── Refused        the meter, or a gateway for it, answered with a Modbus exception
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EXCEPTIONS: Final[Mapping[int, str]] = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledge",
    6: "server device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target device failed to respond",
}
"""Modbus application protocol V1.1b3 section 7."""


class ReadFailed(Exception):
    """The root of this module's errors; the text is for people."""


class LineDown(ReadFailed):
    pass


class NoAnswer(ReadFailed):
    pass


class WrongAnswer(ReadFailed):
    pass


class Refused(ReadFailed):
    """A Modbus exception; `code` as it came."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Modbus exception {code} ({EXCEPTIONS.get(code, 'unknown')})")
        self.code = code

    @property
    def from_gateway(self) -> bool:
        """A gateway says that the meter behind it is not there or is silent."""
        return self.code in (10, 11)
