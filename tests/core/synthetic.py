"""Powers of made-up sites, quarter by quarter: what a forecast is tried on."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from edgegw.core.quarters import DAY, QUARTER_S, number

ZONE = "Europe/Berlin"
BEGIN = number(datetime(2026, 1, 5, tzinfo=ZoneInfo(ZONE)))
"""A Monday's midnight."""


def office(
    days: int, seed: int, *, zone: str = ZONE, begin: int = BEGIN, noise: float = 0.08
) -> Iterator[tuple[int, float]]:
    """A building that works on weekdays from eight to six, with weather that lasts for hours, and noise."""
    chance = random.Random(seed)
    weather = 0.0
    for quarter in range(begin, begin + days * DAY):
        local = datetime.fromtimestamp(quarter * QUARTER_S, ZoneInfo(zone))
        hour = local.hour + local.minute / 60
        busy = math.exp(-(((hour - 13) / 4.5) ** 4)) if local.weekday() < 5 else 0.1
        weather = 0.97 * weather + chance.gauss(0, 0.02)
        yield quarter, max(0.0, 20_000 * (0.25 + 0.75 * busy) * (1 + weather) * (1 + chance.gauss(0, noise)))


def hub(days: int, seed: int, *, places: int = 12, begin: int = BEGIN) -> Iterator[tuple[int, float]]:
    """Cars that come in the morning and at noon, on weekdays more, and take 11 kW for one to three hours."""
    chance = random.Random(seed)
    ends = [0] * places
    for quarter in range(begin, begin + days * DAY):
        local = datetime.fromtimestamp(quarter * QUARTER_S, ZoneInfo(ZONE))
        rate = {8: 0.12, 9: 0.08, 12: 0.05, 17: 0.04}.get(local.hour, 0.008) * (1.0 if local.weekday() < 5 else 0.4)
        for place in range(places):
            if ends[place] <= quarter and chance.random() < rate:
                ends[place] = quarter + chance.randint(4, 12)
        yield quarter, 11_000.0 * sum(end > quarter for end in ends)
