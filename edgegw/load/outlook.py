"""The outlook: what the building and the cars will take in the next 24 h, learned from the ledger (`core.forecast`).

A quarter of an hour is read from the ledger when it is over, those of the last 30 days one after the other at the
start: the supply's meter from its samples, the cars from the registers of their transactions. So past and present come
by one way, and what the ledger does not have is a gap. Each read is a short one.

The building is what its own meter reads, else the supply's less the cars; without either only cars are expected.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from edgegw.core import quarters
from edgegw.core.forecast import AHEAD, ALL_DAYS, Expected, Forecast
from edgegw.core.quarters import DAY, QUARTER_S
from edgegw.journal.errors import JournalError
from edgegw.load.prospect import Power, Prospect
from edgegw.model.state import Transaction

if TYPE_CHECKING:
    from edgegw.hub import Hub

log = logging.getLogger("edgegw.load")

LOOK_S: Final = 20.0
OVER_S: Final = 60.0
"""A quarter is read so long after its end: a block is on the disk within 15 s, stations report once a minute."""

AT_ONCE: Final = 4
"""Quarters of the past that one read brings."""

REST_S: Final = 0.02
"""Between two reads, so that others have the processor at the start."""

PAST_MINUTES: Final = 3
"""Of the past the blocks of each third minute are read: a month of a meter that is read each second is 2.6 million
readings, and the mean of a quarter is hardly another by them all."""

PAGE: Final = 50
LONGEST_S: Final = 3 * 86400
"""A transaction that began longer before the first quarter is left out."""


class Outlook:
    """Service: learns until it is cancelled. `roles` maps what is measured to the id of the meter."""

    name = "forecast"

    def __init__(
        self, hub: Hub, roles: Mapping[str, str], *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._hub = hub
        self._roles = roles
        self._sleep = sleep
        self._begin(hub.now())

    def _begin(self, at: datetime) -> None:
        """Forget all: another zone, or a clock that went back."""
        self._timezone = self._hub.site.timezone
        self._next = quarters.number(at) - ALL_DAYS * DAY
        self.ready = False
        """Whether the past has been read."""
        self._building, self._cars, self._others = (Forecast(self._timezone) for _ in range(3))
        self._first_car: int | None = None
        self._expected: dict[str, tuple[int, int | None, tuple[Expected, ...]]] = {}

    @property
    def has_meter(self) -> bool:
        """Whether something tells the building's load."""
        return "supply" in self._roles or "building" in self._roles

    async def run(self, started: Callable[[], None]) -> None:
        """Serve until cancelled."""
        started()
        while True:
            try:
                await self.look()
            except JournalError as error:
                log.warning("the forecast waits for the ledger: %s", error)
            await self._sleep(LOOK_S)

    async def look(self) -> None:
        """Learn the quarters that are over. Raises JournalError."""
        now = self._hub.now()
        end = quarters.number(now - timedelta(seconds=OVER_S))
        if self._timezone != self._hub.site.timezone or end < self._next - 1:
            self._begin(now)
        elif end - self._next > ALL_DAYS * DAY:
            self._next = end - ALL_DAYS * DAY
        if self._next < end:
            await self._learn(end)
        self.ready = True

    async def _learn(self, end: int) -> None:
        cars_wh, others_wh = await self._energies(self._next, end)
        while self._next < end:
            first, until = self._next, min(end, self._next + AT_ONCE)
            minutes = 1 if end - first <= AT_ONCE else PAST_MINUTES
            building = await self._curve("building", first, until, minutes)
            supply = [] if building else await self._curve("supply", first, until, minutes)
            for quarter in range(first, until):
                cars_w, others_w = quarters.mean_w(cars_wh, quarter), quarters.mean_w(others_wh, quarter)
                if (told_w := quarters.mean(building, quarter)) is not None:
                    self._building.learn(quarter, told_w)
                elif (told_w := quarters.mean(supply, quarter)) is not None:
                    self._building.learn(quarter, told_w - cars_w)
                if self._was_watched(quarter, told_w):
                    self._cars.learn(quarter, cars_w)
                    self._others.learn(quarter, others_w)
            self._next = until
            await self._sleep(REST_S if building or supply else 0.0)

    def _was_watched(self, quarter: int, told_w: float | None) -> bool:
        """Whether no energy of cars means that there was none: the meter told something then or, before it ever did,
        there had been a transaction."""
        if self._building.last is not None:
            return told_w is not None
        return self._first_car is not None and quarter >= self._first_car

    async def _curve(self, role: str, first: int, until: int, minutes: int) -> list[tuple[datetime, float]]:
        """What a meter told of its power in some quarters, and shortly before; nothing where there is none."""
        if (meter := self._roles.get(role)) is None:
            return []
        since = quarters.begin(first) - timedelta(seconds=quarters.HOLDS_S)
        reader = self._hub.journal.reader
        return await reader.curve(f"meters/{meter}", "power_w", since, quarters.begin(until), minutes=minutes)

    # The cars

    async def _energies(self, first: int, end: int) -> tuple[dict[int, float], dict[int, float]]:
        """Wh by quarter, of all cars and of those whose drivers did not tell both departure and energy."""
        all_wh: dict[int, float] = {}
        others_wh: dict[int, float] = {}
        async for rows in self._pages(first, end):
            for row in rows:
                registers = self._registers(row)
                quarters.spread(registers, all_wh)
                if row.departure_at is None or row.wanted_wh is None:
                    quarters.spread(registers, others_wh)
                began = quarters.number(row.started_at)
                self._first_car = began if self._first_car is None else min(began, self._first_car)
        return all_wh, others_wh

    async def _pages(self, first: int, end: int) -> AsyncIterator[list[Transaction]]:
        """Transactions that may have charged since: for the last quarters those that the hub has at hand."""
        since = quarters.begin(first)
        if end - first <= AT_ONCE:
            rows = self._hub.state.transactions.values()
            yield [row for row in rows if row.ended_at is None or row.ended_at > since]
            return
        reader, since, last = self._hub.journal.reader, since - timedelta(seconds=LONGEST_S), None
        while page := await reader.transactions(since=since, after=last, limit=PAGE):
            yield page
            last = page[-1].id
            await self._sleep(REST_S)

    def _registers(self, row: Transaction) -> list[tuple[datetime, int]]:
        """The registers of a transaction; of one that charges now up to now, at the rate of its last two."""
        found = [(each.at, each.import_wh) for each in row.meterings if each.quality == "good"]
        if row.state != "active":
            return found
        if (
            live := self._hub.latest(f"stations/{row.station}/{row.evse}")
        ) is not None and live.sample.quality == "good":
            at, wh = live.sample.at, live.sample.values.get("import_wh")
            if wh is not None and (not found or at > found[-1][0]):
                found.append((at, int(wh)))
        now = self._hub.now()
        if row.charging_state == "charging" and len(found) > 1:
            (before, below), (at, wh) = found[-2:]
            silent_s, took_s = (now - at).total_seconds(), (at - before).total_seconds()
            if 0 < silent_s <= QUARTER_S and took_s > 0 and wh > below:
                found.append((now, wh + round((wh - below) / took_s * silent_s)))
        return found

    # What is to come

    def prospect(self) -> Prospect | None:
        """What the load loop wants to know of the next 24 h; None while nothing is known."""
        quarter = quarters.number(self._hub.now())
        if not self.ready or not (others := self._expect("others", self._others, quarter)):
            return None
        building = None
        if self.has_meter:
            building = self._power(self._building, self._expect("building", self._building, quarter))
            if not building.expected:
                return None
        return Prospect(quarter, building, self._power(self._others, others))

    def _power(self, forecast: Forecast, expected: tuple[Expected, ...]) -> Power:
        return Power(expected, forecast.error("half_day"), forecast.days)

    def _expect(self, name: str, forecast: Forecast, quarter: int) -> tuple[Expected, ...]:
        """As `Forecast.expect`, which is worked out once for each quarter and each thing learned."""
        known = self._expected.get(name)
        if known is None or known[:2] != (quarter, forecast.last):
            known = self._expected[name] = quarter, forecast.last, forecast.expect(quarter)
        return known[2]

    def snapshot(self) -> dict[str, Any]:
        """What is expected, for the page, the API and the metrics; watts are whole.

        `{"ready", "timezone", "building", "cars", "quarters": [{"begins_at", "building", "cars"}, ...]}`. Above,
        `building` and `cars` are `{"days", "errors": {"hour", "quarter_day", "half_day"}}`, each error `{"mean_w",
        "share", "quarters"}` or None before one could be tried; in a quarter they are `{"mean_w", "low_w", "high_w"}`.
        `building` is None where no meter tells its load. `ready`: the past has been read.
        """
        quarter = quarters.number(self._hub.now())
        named = {"building": self._building if self.has_meter else None, "cars": self._cars}
        expected = {name: self._expect(name, each, quarter) for name, each in named.items() if each is not None}
        longest = max(expected.values(), key=len)
        return {
            "ready": self.ready,
            "timezone": self._timezone,
            **{name: None if each is None else _told(each) for name, each in named.items()},
            "quarters": [
                {"begins_at": each.begins_at}
                | {name: _watts(expected[name][index]) if expected.get(name) else None for name in named}
                for index, each in enumerate(longest)
            ],
        }


def _told(forecast: Forecast) -> dict[str, Any]:
    errors = {}
    for ahead in AHEAD:
        error = forecast.error(ahead)
        errors[ahead] = error and {
            "mean_w": round(error.mean_w),
            "share": None if error.share is None else round(error.share, 3),
            "quarters": error.quarters,
        }
    return {"days": round(forecast.days, 1), "errors": errors}


def _watts(expected: Expected) -> dict[str, int]:
    return {name: round(getattr(expected, name)) for name in ("mean_w", "low_w", "high_w")}
