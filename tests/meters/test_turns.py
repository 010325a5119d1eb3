"""Eight SDM630 on a line of 9600 baud for five minutes that pass in a second: who is read when."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from edgegw.meters.bus import Bus
from edgegw.meters.drivers import DriverCatalogue
from edgegw.meters.errors import NoAnswer
from edgegw.meters.line import SerialLine
from edgegw.meters.plan import Request, cost, plan
from edgegw.meters.registers import SerialSettings
from edgegw.meters.unit import Unit

SDM630 = DriverCatalogue().get("eastron-sdm630")
READS = plan(SDM630, cost(SDM630, SerialSettings(9600)))
FIVE_MINUTES_S, SETTLED_S = 300.0, 30.0


@dataclass
class SimulatedLine:
    """A line on which time passes only while it is in use; each exchange takes what the planner says."""

    now: float = 1000.0
    connected: bool = True
    heard_at: float = 0.0
    dead: int | None = None
    """A unit that never answers."""
    lost_s: float = 0.0
    """What waiting for it took after the first minute, with the quiet after each."""
    log: list[tuple[float, int, Request]] = field(default_factory=list)
    """When each exchange ended, with whom, of what."""

    async def connect(self) -> None:
        raise AssertionError("it is open")

    async def explain(self, unit: int, request: Request) -> str | None:
        return None

    async def read(self, unit: int, request: Request, timeout_s: float) -> Sequence[int]:
        await asyncio.sleep(0)
        if unit == self.dead:
            self.lose(timeout_s)
            raise NoAnswer("unit did not answer")
        self.now += READS.cost.request_s(request.count)
        self.log.append((self.now, unit, request))
        return [0] * request.count

    def lose(self, seconds: float) -> None:
        self.now += seconds
        self.lost_s += seconds if self.now > 1060.0 else 0.0

    def close(self) -> None:
        pass


class SimulatedBus(Bus):
    """Time passes at once where it would wait."""

    simulated: SimulatedLine

    async def _wait(self, until: float | None) -> None:
        await asyncio.sleep(0)
        if until is not None:
            self.simulated.now = max(self.simulated.now, until)

    async def _keep_quiet(self, unit: Unit) -> None:
        self.simulated.lose(max(0.0, self._quiet_until - self.simulated.now))


async def read_for_five_minutes(units: int, dead: int | None = None) -> SimulatedLine:
    line = SimulatedLine(dead=dead)
    bus = SimulatedBus(SerialLine("simulated", SerialSettings(9600)), line, monotonic=lambda: line.now)
    bus.simulated = line
    driver = replace(SDM630, silence_s=0.0, identity=None)  # the silence is in what an exchange takes
    for number in range(1, units + 1):
        bus.add(Unit(number, driver, READS, 1.0, lambda _: None, first=number == 1))
    task = asyncio.create_task(bus.run())
    while line.now < 1000 + FIVE_MINUTES_S:
        await asyncio.sleep(0)
    bus.stop()
    await task
    line.log = [entry for entry in line.log if entry[0] > 1000 + SETTLED_S]
    return line


def apart(line: SimulatedLine, unit: int, reads: Sequence[Request]) -> list[float]:
    times = [at for at, number, request in line.log if number == unit and request in reads]
    return [later - at for at, later in itertools.pairwise(times)]


async def test_fast_values_come_each_round_of_a_full_line_and_counters_in_time() -> None:
    line = await read_for_five_minutes(8)
    for unit in range(1, 9):
        periods = apart(line, unit, READS.fast)
        # What a reader sees in 95 of 100 moments: the age grows from 0 to the period.
        ages = sorted(age / 100 for period in periods for age in range(int(100 * period)))
        assert ages[int(0.95 * len(ages))] <= 1.1 * 8 * READS.fast_s
        assert max(apart(line, unit, READS.counters)) <= 10.0


async def test_what_a_line_can_do_is_told_and_that_it_is_too_full(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "edgegw.meters")
    bus = Bus(SerialLine("simulated", SerialSettings(9600)), SimulatedLine())
    for number in range(1, 10):
        assert "too full" not in caplog.text
        bus.add(Unit(number, SDM630, READS, 1.0, lambda _: None))
    assert "a round of fast values takes it 0.92 s at least, 8 meters" in caplog.text
    assert "too full" in caplog.text


async def test_the_supply_is_read_each_second() -> None:
    line = await read_for_five_minutes(8)
    periods = apart(line, 1, READS.fast)
    assert sum(periods) / len(periods) == pytest.approx(1.0, abs=0.01)


async def test_a_dead_unit_takes_two_percent_of_a_full_line_and_the_others_keep_their_pace() -> None:
    line = await read_for_five_minutes(8, dead=5)
    assert 0 < line.lost_s <= 0.02 * (FIVE_MINUTES_S - 60)
    for unit in (1, 2, 8):
        assert max(apart(line, unit, READS.fast)) <= 2.0


async def test_slow_reads_take_turns_so_that_no_round_has_many() -> None:
    line = await read_for_five_minutes(8)
    slow = [at for at, _, request in line.log if request not in READS.fast]
    assert max(sum(1 for at in slow if start <= at < start + 1.05) for start in slow) <= 3


async def test_everything_comes_in_nine_seconds_where_the_line_has_room() -> None:
    line = await read_for_five_minutes(4)
    for unit in range(1, 5):
        for request in READS.others:
            assert max(apart(line, unit, [request])) <= 13.0
