"""Points to reads: the cheapest set of requests that covers them. Pure.

A request costs its turnaround (the meter's answer time and the quiet before the next) and its bytes. Two points share a
request when the registers between them cost less than another turnaround; on a 9600 baud line with 60 ms that is a gap
of 35 registers, on a quick one of 9. So the plan depends on the line, and is found exactly: over the points in the
order of their addresses, the cheapest way to read the first n is the cheapest way to read the first k and one request
for the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Final

from edgegw.meters.registers import Driver, Group, Point, SerialSettings

REQUEST_BYTES: Final = 8
"""Modbus over serial line V1.02 section 2.5.1: unit, function, address, count, CRC."""
ANSWER_BYTES: Final = 5
"""Unit, function, byte count, CRC; and two bytes a register."""
GAP_CHARS: Final = 3.5
SHORTEST_GAP_S: Final = 0.00175
"""Above 19200 baud the gap between frames no longer shrinks (the same document, section 2.5.1.1)."""

GATEWAY: Final = SerialSettings(baud=115200)
"""What a register costs on Modbus TCP: many meters stand behind a gateway to RS485, so it is not free."""
TCP_ANSWER_S: Final = 0.01


class Unreadable(ValueError):
    """A point that no request can cover within the driver's own limits; the text names it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One read of `count` registers from `address` and the points in them."""

    function: int
    address: int
    count: int
    points: tuple[Point, ...]

    @property
    def end(self) -> int:
        return self.address + self.count

    @property
    def bridges(self) -> bool:
        """It reads registers that belong to none of its points."""
        return len({n for point in self.points for part in point.parts for n in range(*part)}) < self.count


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that a request takes of a line: `turnaround_s` and `byte_s` for each byte in either direction."""

    byte_s: float
    turnaround_s: float

    def wire_s(self, count: int) -> float:
        return (REQUEST_BYTES + ANSWER_BYTES + 2 * count) * self.byte_s

    def request_s(self, count: int) -> float:
        return self.wire_s(count) + self.turnaround_s


def byte_s(serial: SerialSettings) -> float:
    """Seconds a byte takes: start bit, eight data bits, parity bit if any, stop bits."""
    return (9 + (serial.parity != "N") + serial.stop_bits) / serial.baud


def frame_gap_s(serial: SerialSettings) -> float:
    """The silence that ends a frame: 3.5 characters, but 1.75 ms above 19200 baud."""
    return GAP_CHARS * byte_s(serial) if serial.baud <= 19200 else SHORTEST_GAP_S


def cost(driver: Driver, serial: SerialSettings | None, answer_s: float | None = None) -> Cost:
    """What requests to a meter of `driver` cost on a serial line, or over Modbus TCP when `serial` is None.

    `answer_s` is the learned answer time; without it the driver's typical one counts.
    """
    if serial is not None:
        answer = driver.answer_typical_s if answer_s is None else answer_s
        return Cost(byte_s(serial), frame_gap_s(serial) + answer + driver.silence_s)
    answer = max(driver.answer_typical_s, TCP_ANSWER_S) if answer_s is None else answer_s
    return Cost(byte_s(GATEWAY), answer + driver.silence_s)


@dataclass(frozen=True)
class Plan:
    """The reads of one meter: `fast` for each sample, `slow` one after the other."""

    fast: tuple[Request, ...]
    slow: tuple[Request, ...]
    cost: Cost

    @cached_property
    def fast_s(self) -> float:
        """Seconds of the bus for one sample."""
        return sum(self.cost.request_s(request.count) for request in self.fast)

    @cached_property
    def slow_s(self) -> float:
        return sum(self.cost.request_s(request.count) for request in self.slow)

    def __str__(self) -> str:
        return (
            f"{len(self.fast)} reads and {self.fast_s * 1000:.0f} ms of the bus a sample, "
            f"{len(self.slow)} reads and {self.slow_s * 1000:.0f} ms for the slow values in turn"
        )


def plan(driver: Driver, cost: Cost) -> Plan:
    """The cheapest reads for `driver` at this `cost`. Raises Unreadable when the driver contradicts itself."""
    return Plan(_cover(driver, "fast", cost), _cover(driver, "slow", cost), cost)


def without_bridges(driver: Driver, request: Request) -> tuple[Request, ...]:
    """`request` cut so that only registers of its own points are read: for a meter that refuses the ones between."""
    runs: list[list[Point]] = []
    for point in request.points:
        if runs and point.start <= max(p.stop for p in runs[-1]):
            runs[-1].append(point)
        else:
            runs.append([point])
    return tuple(_request(driver, run) or _alone(driver, run[0]) for run in runs)


def _cover(driver: Driver, group: Group, cost: Cost) -> tuple[Request, ...]:
    points = sorted((p for p in driver.points if p.group == group), key=lambda p: (p.function, p.address, p.end))
    requests = [_alone(driver, point) for point in points if point.optional]
    shared = (point for point in points if not point.optional)
    for _, of_function in groupby(shared, key=lambda p: p.function):
        requests += _cheapest(driver, list(of_function), cost)
    return tuple(sorted(requests, key=lambda request: (request.function, request.address)))


def _cheapest(driver: Driver, points: Sequence[Point], cost: Cost) -> Iterable[Request]:
    """The cheapest requests for `points` of one function in the order of their addresses."""
    best: list[tuple[float, tuple[Request, ...]]] = [(0.0, ())]
    for end in range(1, len(points) + 1):
        cheapest: tuple[float, tuple[Request, ...]] = (math.inf, ())
        for start in range(end - 1, -1, -1):
            if start < end - 1 and points[end - 1].end - points[start].address > driver.max_registers:
                break
            request = _alone(driver, points[start]) if start == end - 1 else _request(driver, points[start:end])
            if request is None:
                continue
            seconds = best[start][0] + cost.request_s(request.count)
            if seconds < cheapest[0]:
                cheapest = (seconds, (*best[start][1], request))
        best.append(cheapest)
    return best[-1][1]


def _alone(driver: Driver, point: Point) -> Request:
    request = _request(driver, [point])
    if request is None:
        raise Unreadable(
            f"{point.quantity}: no read covers its {point.words} registers at 0x{point.address:04X} within "
            f"max_registers {driver.max_registers}, the barriers{' and even_only' if driver.even_only else ''}"
        )
    return request


def _request(driver: Driver, points: Sequence[Point]) -> Request | None:
    """One request for `points`, or None when the meter would refuse it: too long, across a barrier, half a value."""
    start = min(point.start for point in points)
    end = max(point.stop for point in points)
    spans = [(start, end)]
    if driver.even_only and (end - start) % 2:
        spans = [(start, end + 1), (start - 1, end)]
    for first, last in spans:
        if _allowed(driver, points[0].function, first, last):
            return Request(points[0].function, first, last - first, tuple(points))
    return None


def _allowed(driver: Driver, function: int, first: int, last: int) -> bool:
    return (
        first >= 0
        and last <= 0x10000
        and last - first <= driver.max_registers
        and not any(first < barrier < last for barrier in driver.barriers)
        and not any(
            begin < edge < after
            for edge in (first, last)
            for point in driver.points
            if point.function == function
            for begin, after in point.parts
        )
    )
