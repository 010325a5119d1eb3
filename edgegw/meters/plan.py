"""Points to reads: the cheapest set of requests that covers them. Pure.

A request costs its turnaround (the meter's answer time and the quiet before the next) and its bytes. Two points share a
request when the registers between them cost less than another turnaround; on a 9600 baud line with 60 ms that is a gap
of 35 registers, on a quick one of 9. So the plan depends on the line, and is found exactly: over the points in the
order of their addresses, the cheapest way to read the first n is the cheapest way to read the first k and one request
for the rest.

What a meter taught while it was read (`Learned`) comes on top of what its driver says, so a plan can be made anew at
any time from driver, cost and that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Final

from edgegw.meters.registers import Driver, Point, SerialSettings

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
"""No meter on the network counts as quicker: what a loopback does says nothing about a gateway with company."""

COUNTERS: Final = frozenset({"import_wh", "export_wh"})
"""What bills and reports stand on: never older than OLDEST_COUNTER_S, also where the line has no room for the rest."""
OLDEST_COUNTER_S: Final = 10.0
COUNTERS_EVERY_S: Final = 8.5
"""How often they are read, so that a turn which comes late is not too late."""
SLOW_EVERY_S: Final = 9.0
"""How often the other slow values come around on a line with room."""
SPARE_TURNS: Final = 1.25
SLOW_SHARE: Final = 0.01
"""What they get of a line without."""


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


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that a request takes of a line: `turnaround_s` and `byte_s` for each byte in either direction.

    `answer_s` is the meter's part of the turnaround, and `floor_s` the least that is believed of it.
    """

    byte_s: float
    turnaround_s: float
    answer_s: float = 0.0
    floor_s: float = 0.0

    def learned(self, answer_s: float) -> Cost:
        """The cost with the answer time that was measured."""
        answer_s = max(answer_s, self.floor_s)
        return replace(self, turnaround_s=self.turnaround_s - self.answer_s + answer_s, answer_s=answer_s)

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
    answer = driver.answer_typical_s if answer_s is None else answer_s
    if serial is not None:
        return Cost(byte_s(serial), frame_gap_s(serial) + answer + driver.silence_s, answer)
    answer = max(answer, TCP_ANSWER_S)
    return Cost(byte_s(GATEWAY), answer + driver.silence_s, answer, TCP_ANSWER_S)


@dataclass(frozen=True)
class Plan:
    """The reads of one meter: `fast` for each sample, `counters` in time for none to be older than OLDEST_COUNTER_S,
    `others` one after the other as the line has room."""

    fast: tuple[Request, ...]
    counters: tuple[Request, ...]
    others: tuple[Request, ...]
    cost: Cost

    @property
    def slow(self) -> tuple[Request, ...]:
        """What is not read for each sample."""
        return (*self.counters, *self.others)

    @cached_property
    def fast_s(self) -> float:
        """Seconds of the bus for one sample."""
        return self._seconds(self.fast)

    @cached_property
    def counters_s(self) -> float:
        return self._seconds(self.counters)

    @cached_property
    def others_s(self) -> float:
        return self._seconds(self.others)

    def at(self, cost: Cost) -> Plan:
        """The same reads where they cost something else."""
        return replace(self, cost=cost)

    def _seconds(self, requests: Iterable[Request]) -> float:
        return sum(self.cost.request_s(request.count) for request in requests)

    def __str__(self) -> str:
        return (
            f"{len(self.fast)} reads and {self.fast_s * 1000:.0f} ms of the bus a sample, "
            f"{len(self.slow)} reads and {(self.counters_s + self.others_s) * 1000:.0f} ms for the slow values in turn"
        )


@dataclass(frozen=True, slots=True)
class Learned:
    """What one meter taught that its driver does not say.

    `barriers`: addresses that no read may cross, as one across them was refused or never answered. `alone`: optional
    quantities that are read by themselves, `lacks` those that it does not have.
    """

    barriers: frozenset[int] = frozenset()
    alone: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()

    def from_refusal(self, request: Request) -> Learned | None:
        """What the refusal of `request` teaches, if it can be asked for in smaller reads: the optional ones apart
        first, then around the gaps, then in halves."""
        points = request.points
        optional = {point.quantity for point in points if point.optional}
        if len(points) < 2:
            return None
        if optional:
            return replace(self, alone=self.alone | optional)
        # A read must not begin or end within a value, so that points which overlap are never cut apart.
        ends = [max(point.stop for point in points[: n + 1]) for n in range(len(points) - 1)]
        cuts = [(point.start, end) for point, end in zip(points[1:], ends, strict=True) if point.start >= end]
        gaps = {address for address, end in cuts if address > end}
        if gaps:
            return replace(self, barriers=self.barriers | gaps)
        if not cuts:
            return None
        return replace(self, barriers=self.barriers | {cuts[len(cuts) // 2][0]})


NOTHING_LEARNED: Final = Learned()


def plan(driver: Driver, cost: Cost, learned: Learned = NOTHING_LEARNED) -> Plan:
    """The cheapest reads for `driver` at this `cost`. Raises Unreadable when the driver contradicts itself."""
    there = [point for point in driver.points if point.quantity not in learned.lacks]
    driver = replace(driver, barriers=driver.barriers | learned.barriers)

    def cover(points: Iterable[Point]) -> tuple[Request, ...]:
        return _cover(driver, points, cost, learned.alone)

    return Plan(
        cover(point for point in there if point.group == "fast"),
        cover(point for point in there if point.group != "fast" and point.quantity in COUNTERS),
        cover(point for point in there if point.group != "fast" and point.quantity not in COUNTERS),
        cost,
    )


@dataclass(frozen=True, slots=True)
class Turns:
    """How the slow reads of all meters on a line come around: one each `apart_s`, so that no round of the line has
    many, and each of those that are not counters once in `others_every_s`."""

    apart_s: float
    others_every_s: float


def turns(read: Sequence[tuple[Plan, float]]) -> Turns:
    """The turns of a line whose meters are read by these plans, each with its period in seconds.

    Slow values come around in SLOW_EVERY_S where there is room, else in what SLOW_SHARE of the line allows.
    """
    room, wanted = 1.0, 0.0
    for reads, every_s in read:
        room -= reads.fast_s / max(every_s, reads.fast_s, SHORTEST_GAP_S) + reads.counters_s / max(
            every_s, COUNTERS_EVERY_S
        )
        wanted += reads.others_s
    others_every_s = max(SLOW_EVERY_S, wanted / max(room, SLOW_SHARE))
    each_s = sum(len(reads.counters) / COUNTERS_EVERY_S + len(reads.others) / others_every_s for reads, _ in read)
    # Where there is room there are more turns than are needed, so that one which nobody could take does no harm.
    spare = SPARE_TURNS if others_every_s == SLOW_EVERY_S else 1.0
    return Turns(1 / (each_s * spare) if each_s else math.inf, others_every_s)


def _cover(driver: Driver, points: Iterable[Point], cost: Cost, alone: frozenset[str]) -> tuple[Request, ...]:
    points = sorted(points, key=lambda p: (p.function, p.start, p.stop))
    requests = [_alone(driver, point) for point in points if point.quantity in alone]
    shared = (point for point in points if point.quantity not in alone)
    for _, of_function in groupby(shared, key=lambda p: p.function):
        requests += _cheapest(driver, list(of_function), cost)
    return tuple(sorted(requests, key=lambda request: (request.function, request.address)))


def _cheapest(driver: Driver, points: Sequence[Point], cost: Cost) -> Iterable[Request]:
    """The cheapest requests for `points` of one function in the order of their addresses."""
    best: list[tuple[float, tuple[Request, ...]]] = [(0.0, ())]
    for end in range(1, len(points) + 1):
        cheapest: tuple[float, tuple[Request, ...]] = (math.inf, ())
        for start in range(end - 1, -1, -1):
            if start < end - 1 and points[end - 1].stop - points[start].start > driver.max_registers:
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
