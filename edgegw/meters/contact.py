"""The first contact with a meter: every value read, judged, and what an installer should do about it.

A driver may be the wrong one, or its map may have one source only; what is told here turns such a map into a proven one
on the site.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edgegw.meters.bus import Bus
from edgegw.meters.drivers import DriverCatalogue, DriverError
from edgegw.meters.plan import cost, plan
from edgegw.meters.plausible import Doubt, found, movement
from edgegw.meters.registers import Driver
from edgegw.meters.trial import advice, reading
from edgegw.meters.unit import Round
from edgegw.meters.variants import other_reading

MOST_ROUNDS: Final = 20
"""No driver has so many slow reads; a meter whose rounds bring nothing new is left after these."""
BACKWARDS_W: Final = -50.0
"""A phase that gives back more than this is worth a look at its current transformer."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What a meter said: `driver` has the points that were read, `doubts` what cannot be, `hints` what to do."""

    driver: Driver
    values: Mapping[str, float]
    identity: str | None
    model: str | None
    doubts: Sequence[Doubt]
    hints: Sequence[str]
    trouble: str | None

    @property
    def good(self) -> bool:
        return not self.doubts and self.trouble is None

    def quality(self, quantity: str) -> str:
        """`good`, `suspect`, or `not available`."""
        if quantity not in self.values:
            return "not available"
        return "suspect" if any(quantity in doubt.of for doubt in self.doubts) else "good"


async def first_contact(
    bus: Bus, driver: Driver, number: int, drivers: DriverCatalogue, *, watch_s: float = 0.0
) -> Contact:
    """Read unit `number` on `bus` as `driver` says until each value has had its turn, and for `watch_s` more to see
    whether its counters move as its power does. `drivers` are those that may fit better."""
    together, driver, doubts = await _read(bus, driver, number, watch_s)
    hints: list[str] = []
    of, model = driver.identity, None
    if of is not None and of.known and together.identity:
        model = of.model(together.identity)
        if model is None:
            text = f"its {of.what} is {together.identity}, which is not that of a {driver.title}"
            doubts.append(Doubt(text, frozenset()))
            hints += _who_else(together.identity, driver, drivers)
    if (other := await other_reading(bus, driver, number, together)) is not None:
        hints.append(other)
    else:
        hints += _hints(driver, together.values, doubts)
    hints += _unverified(driver)
    trouble = advice(together, bus.line, driver) if together.trouble else None
    return Contact(driver, together.values, together.identity, model, doubts, hints, trouble)


async def _read(bus: Bus, driver: Driver, number: int, watch_s: float) -> tuple[Round, Driver, list[Doubt]]:
    """All values in one round, the driver with the points that were found, and what was doubtful in any round."""
    together = Round(None, {})
    counted = Counted()
    doubts: dict[frozenset[str], Doubt] = {}
    async with reading(bus, driver, number) as meter:
        for _ in range(MOST_ROUNDS) if not watch_s else iter(int, 1):
            one = await meter.round()
            driver = meter.unit.driver
            values = {**together.values, **one.values}
            together = Round(one.at, values, one.missing, one.trouble, one.identity or together.identity)
            if one.trouble or one.at is None:
                break
            counted.add(one.at, one.values)
            doubts |= {doubt.of: doubt for doubt in found(one.values)}
            if counted.rounds >= _rounds(bus, driver) and counted.seconds >= watch_s:
                break
    return together, driver, [*doubts.values(), *(counted.doubts() if watch_s else ())]


def _rounds(bus: Bus, driver: Driver) -> int:
    """So many rounds until each slow read has had its turn."""
    return max(1, len(plan(driver, cost(driver, bus.line.serial)).slow))


class Counted:
    """What the counters did while the power was watched."""

    def __init__(self) -> None:
        self.rounds = 0
        self._began: datetime | None = None
        self._before: tuple[datetime, float] | None = None
        self._flown_wh = 0.0
        self._first: tuple[datetime, float, Mapping[str, float]] | None = None
        self._last: tuple[datetime, float, Mapping[str, float]] | None = None

    @property
    def seconds(self) -> float:
        """How long it has been watched."""
        return (self._before[0] - self._began).total_seconds() if self._before and self._began else 0.0

    def add(self, at: datetime, values: Mapping[str, float]) -> None:
        self.rounds += 1
        self._began = self._began or at
        watts = values.get("power_w", values.get("power_l1_w", 0.0))
        if self._before is not None:
            self._flown_wh += self._before[1] * (at - self._before[0]).total_seconds() / 3600
        self._before = (at, watts)
        if "import_wh" in values:
            self._last = (at, self._flown_wh, values)
            self._first = self._first or self._last

    def doubts(self) -> list[Doubt]:
        if self._first is None or self._last is None or self._first is self._last:
            return []
        seconds = (self._last[0] - self._first[0]).total_seconds()
        mean_w = (self._last[1] - self._first[1]) * 3600 / seconds
        return movement(self._first[2], self._last[2], mean_w, seconds)


def _who_else(identity: str, driver: Driver, drivers: DriverCatalogue) -> Iterator[str]:
    """Drivers whose meters say `identity` of themselves in the same register."""
    for name in drivers.names():
        with contextlib.suppress(DriverError):
            other = drivers.get(name)
            of, ours = other.identity, driver.identity
            if (
                of is None
                or ours is None
                or (of.function, of.address, of.type) != (ours.function, ours.address, ours.type)
            ):
                continue
            if (model := of.model(identity)) is not None:
                yield f"a {model} says {identity}: try the driver {name}"


def _hints(driver: Driver, values: Mapping[str, float], doubts: Sequence[Doubt]) -> Iterator[str]:
    """What to look at, for each kind of doubt once."""
    if values and not any(values.values()):
        yield f"all that it reads is 0: is it a {driver.title}? edgegw meters scan names what answers"
        return
    about = {quantity for doubt in doubts for quantity in doubt.of}
    volts = [values[q] for q in values if q.startswith("voltage_")]
    if volts and not any(volts):
        yield "no phase has a voltage: look at the voltage inputs and their fuses, and at the wiring mode (3P4W)"
    if any(quantity.startswith("current_") for quantity in about):
        yield "power is not volts times amperes: is each current transformer on its own phase, and its ratio set?"
    if "power_w" in about:
        yield "the total is not the sum of the phases: is it this driver's meter, and set to count both directions?"
    backwards = [f"L{n}" for n in (1, 2, 3) if values.get(f"power_l{n}_w", 0.0) < BACKWARDS_W]
    if backwards:
        yield (
            f"power flows back to the grid on {' and '.join(backwards)} now: where there is no solar and no battery, "
            "the current transformer is the wrong way round: turn it, or with all of them so set `invert: true`"
        )
    if any(quantity.endswith("_wh") for quantity in about):
        yield "the counters do not move as the power does: compare both directions with the meter's display"


def _unverified(driver: Driver) -> Iterator[str]:
    if driver.unverified:
        yield "nobody has verified this map: compare each value with the meter's display before you rely on it"
    elif shaky := [point.quantity for point in driver.points if point.unverified]:
        yield f"not verified are {', '.join(shaky)}: compare them with the meter's display"
