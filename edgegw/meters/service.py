"""The meters of the site as a service: a bus a line, samples to the hub, and facts when a meter comes or goes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from edgegw.journal.errors import JournalError
from edgegw.meters import metrics
from edgegw.meters.bus import Bus
from edgegw.meters.drivers import DriverCatalogue, DriverError
from edgegw.meters.line import Line, line_of
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.plan import cost, plan
from edgegw.meters.plausible import Counters, doubts
from edgegw.meters.registers import Driver
from edgegw.meters.trial import OpenLine, find_fault, open_bus
from edgegw.meters.turned import turned
from edgegw.meters.unit import Round, Unit
from edgegw.model.facts import Fact, MeterIdentified, MeterRecovered, MeterStale
from edgegw.model.samples import MeterSample

if TYPE_CHECKING:
    from edgegw.hub import Hub
    from edgegw.meters.settings import MeterSettings

log = logging.getLogger("edgegw.meters")

STALE_AFTER_S: Final = 5.0
STALE_AFTER_PERIODS: Final = 3
LOOK_EVERY_S: Final = 0.25
RECORD_AGAIN_S: Final = 5.0
TELL_AGAIN_S: Final = 30.0
"""What is wrong with a stale meter is written down anew after this long, if it has become another thing."""
FIGURES: Final = re.compile(r"\d[\d.e+-]*")
"""Of one fault the figures differ from reading to reading."""


@dataclass(slots=True)
class _Meter:
    """One configured meter: what is known of it since this process reads it. Times are of the hub's monotonic clock."""

    settings: MeterSettings
    line: Line
    driver: Driver | None
    good_at: float
    """Of the last good sample; before the first, of the start."""
    sampled_at: float | None = None
    """Of the last sample of any quality; None before the first, and when it has been called stale."""
    seen: bool = False
    """A good sample has come."""
    trouble: str | None = None
    """Why the last round was not good; None when it was, or before the first."""
    identity: str | None = None
    unit: Unit | None = None
    counters: Counters = field(default_factory=Counters)
    told_at: float = -math.inf
    """When its being stale was written down."""

    @property
    def patience_s(self) -> float:
        return max(STALE_AFTER_PERIODS * self.settings.every, STALE_AFTER_S)

    def fails_otherwise(self, reason: str | None, now: float) -> str | None:
        """What is wrong with it now, where that is another thing than `reason`, which was told a while ago."""
        if self.trouble is None or now < self.told_at + TELL_AGAIN_S:
            return None
        return self.trouble if FIGURES.sub("", self.trouble) != FIGURES.sub("", reason or "") else None


class Meters:
    """Read `meters` until cancelled: a sample every `every` seconds each, by `drivers`, over lines that `transport`
    opens.

    A meter that cannot be read touches no other: its samples stay away, and after max(3 periods, 5 s) it is stale.
    """

    name = "meters"

    def __init__(
        self,
        hub: Hub,
        meters: Sequence[MeterSettings],
        drivers: DriverCatalogue | None = None,
        *,
        transport: OpenLine = ModbusTransport,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._hub = hub
        self._drivers = drivers or DriverCatalogue()
        self._transport = transport
        self._look_every_s = look_every_s
        self._configured = list(meters)
        self._meters: dict[str, _Meter] = {}
        self._buses: dict[str, tuple[Bus, asyncio.Task[None]]] = {}
        self._changing = asyncio.Lock()

    async def run(self, started: Callable[[], None]) -> None:
        """Serve until cancelled. Raises when a bus ends by a fault of ours."""
        try:
            for settings in self._configured:
                self._take_up(settings)
            started()
            while True:
                for _, task in self._buses.values():
                    if task.done():
                        task.result()
                await self._record_changes()
                await asyncio.sleep(self._look_every_s)
        finally:
            for place in list(self._buses):
                await self._close_bus(place)
            self._meters.clear()

    async def probe(self, settings: MeterSettings) -> str | None:
        """Why the meter of `settings` cannot be read, for people; None when it was read and what it says can be true.

        A line of ours that has to be opened with other serial settings for it is interrupted meanwhile.
        """
        try:
            driver = self._drivers.get(settings.driver)
        except DriverError as error:
            return str(error)
        line = line_of(settings, driver)
        bus, _ = self._buses.get(line.place, (None, None))
        if bus is not None and bus.line == line:
            return await find_fault(bus, driver, settings.unit)
        if bus is not None:
            await self._close_bus(line.place)
        try:
            async with open_bus(line, self._transport) as trial:
                return await find_fault(trial, driver, settings.unit)
        finally:
            if bus is not None:
                for meter in self._meters.values():
                    if meter.line == bus.line:
                        self._start(meter)

    async def reconfigure(self, meters: Sequence[MeterSettings]) -> list[str]:
        """Read `meters` from now on. Returns what speaks against it, for people; then nothing has changed.

        Meters that stay as they are go on undisturbed. A new or changed one is probed first; a changed one is stale, in
        the journal too, until its new settings have brought a good sample.
        """
        async with self._changing:
            errors = contradictions(meters, self._drivers)
            old = {meter.settings.id: meter.settings for meter in self._meters.values()}
            changed = [settings for settings in meters if old.get(settings.id) != settings]
            if not errors:
                for settings in changed:
                    if (fault := await self.probe(settings)) is not None:
                        errors.append(f"meter {settings.id}: {fault}")
            if errors:
                return errors
            stale = [settings.id for settings in changed if settings.id in old]
            await self._hub.record(
                *(MeterStale(at=self._hub.now(), meter=id_, reason="its settings were changed") for id_ in stale)
            )
            new = {settings.id for settings in meters}
            for id_ in [id_ for id_ in old if id_ not in new or id_ in stale]:
                await self._put_down(id_)
            for settings in changed:
                self._take_up(settings)
            self._configured = list(meters)
            return []

    def _take_up(self, settings: MeterSettings) -> None:
        driver, trouble = None, None
        try:
            driver = self._drivers.get(settings.driver)
        except DriverError as error:
            trouble = str(error)
            log.error("meter %s cannot be read: %s", settings.id, error)
        counters = Counters(driver.counters_saved_s if driver else 0.0)
        line, now = line_of(settings, driver), self._hub.monotonic()
        meter = _Meter(settings, line, driver, now, trouble=trouble, counters=counters)
        self._meters[settings.id] = meter
        self._start(meter)

    def _start(self, meter: _Meter) -> None:
        """Begin to read `meter` on the bus of its line, which is opened when it is the first there."""
        if meter.driver is None:
            return
        settings, line = meter.settings, meter.line
        if line.place not in self._buses:
            bus = Bus(line, self._transport(line), now=self._hub.now)
            self._buses[line.place] = (bus, asyncio.create_task(bus.run(), name=f"bus {line.place}"))
        bus, _ = self._buses[line.place]
        reads = plan(meter.driver, cost(meter.driver, line.serial))
        meter.unit = Unit(
            settings.unit,
            meter.driver,
            reads,
            settings.every,
            lambda one: self._take(meter, one),
            first=settings.measures == "supply",
        )
        bus.add(meter.unit)
        log.info("meter %s is read as %s on %s: %s", settings.id, meter.driver.name, line, reads)

    async def _put_down(self, id_: str) -> None:
        """Stop reading a meter, and close its line when it was the last there."""
        meter = self._meters.pop(id_)
        place = meter.line.place
        if meter.unit is not None:
            self._buses[place][0].remove(meter.unit)
        if place in self._buses and not any(other.line.place == place for other in self._meters.values()):
            await self._close_bus(place)
        for outcome in ("good", "suspect", "failed"):
            with contextlib.suppress(KeyError):
                metrics.ROUNDS.remove(id_, outcome)

    async def _close_bus(self, place: str) -> None:
        bus, task = self._buses.pop(place)
        bus.stop()
        await task

    def _take(self, meter: _Meter, one: Round) -> None:
        """A round of `meter` ended: pass its sample on, marked when something is wrong with it."""
        id_ = meter.settings.id
        meter.identity = one.identity or meter.identity
        if one.at is None or not one.values:
            meter.trouble = one.trouble or "it answers, but has no values"
            metrics.ROUNDS.labels(id_, "failed").inc()
            return
        now = self._hub.monotonic()
        values = turned(one.values) if meter.settings.invert else one.values
        odd = [*doubts(values), *meter.counters.doubts(values, now)]
        if one.trouble is not None:
            odd.append(one.trouble)
        self._hub.observe([MeterSample(f"meters/{id_}", one.at, values, "suspect" if odd else "good")])
        meter.sampled_at = now
        metrics.ROUNDS.labels(id_, "suspect" if odd else "good").inc()
        meter.trouble = "; ".join(odd) or None
        if not odd:
            meter.seen, meter.good_at = True, now
        if meter.unit is not None and meter.unit.answer_s is not None:
            metrics.ANSWER_SECONDS.labels(id_).set(meter.unit.answer_s)

    async def _record_changes(self) -> None:
        """Bring the journal's view of each meter in line with what is so."""
        facts: list[Fact] = []
        now, at = self._hub.monotonic(), self._hub.now()
        for id_, meter in self._meters.items():
            if meter.sampled_at is not None and now - meter.sampled_at > meter.patience_s:
                # Whoever looks at the newest reading sees that there is none, not the last good one.
                self._hub.observe([MeterSample(f"meters/{id_}", at, {}, "stale")])
                meter.sampled_at = None
            told = self._hub.state.meters.get(id_)
            stale = now - meter.good_at > meter.patience_s
            metrics.STALE.labels(id_).set(stale)
            if stale and not (told and told.stale):
                reason = meter.trouble or f"no answer for {now - meter.good_at:.0f} s"
                log.warning("meter %s is stale: %s", id_, reason)
                facts.append(MeterStale(at=at, meter=id_, reason=reason))
                meter.told_at = now
            elif stale and told and (fault := meter.fails_otherwise(told.reason, now)):
                # The cable is in again, but the unit is another: who looks for the old reason looks in vain.
                log.warning("meter %s is still stale, but now: %s", id_, fault)
                facts.append(MeterStale(at=at, meter=id_, reason=fault))
                meter.told_at = now
            elif meter.seen and not stale and told and told.stale:
                log.info("meter %s is read again", id_)
                facts.append(MeterRecovered(at=at, meter=id_))
            if meter.driver and meter.identity and not (told and told.identity == meter.identity):
                facts.append(MeterIdentified(at=at, meter=id_, driver=meter.driver.name, identity=meter.identity))
        if not facts:
            return
        try:
            await self._hub.record(*facts)
        except JournalError as error:
            # A full disk must not end the reading: what is so is told when there is room again.
            log.error("what happened to the meters could not be recorded: %s", error)
            await asyncio.sleep(RECORD_AGAIN_S)


def contradictions(meters: Sequence[MeterSettings], drivers: DriverCatalogue) -> list[str]:
    """What in `meters` cannot be at the same time: one id twice, one unit twice, one port with two settings.

    A driver that is missing or wrong is not told here but by the meter's probe.
    """
    found = [f"meter {id_} stands here {n} times" for id_, n in Counter(m.id for m in meters).items() if n > 1]
    lines: dict[str, tuple[str, Line]] = {}
    units: dict[tuple[str, int], str] = {}
    for settings in meters:
        driver = None
        with contextlib.suppress(DriverError):
            driver = drivers.get(settings.driver)
        line = line_of(settings, driver)
        first, known = lines.setdefault(line.place, (settings.id, line))
        if known != line:
            found.append(f"meters {first} and {settings.id} cannot share a line: {known} is not {line}")
        other = units.setdefault((line.place, settings.unit), settings.id)
        if other != settings.id:
            found.append(f"meters {other} and {settings.id} are both unit {settings.unit} on {line.place}")
    return found
