"""What a driver wants, as he says it: a distance as energy, an hour as the next such moment. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from edgegw.model.kiosk import KioskTerms

FURTHEST = timedelta(days=7)
"""Nobody leaves later than that."""

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class Unclear(Exception):
    """A wish that can't be meant; the text is a word for it."""


def energy_wh(args: Mapping[str, Any], terms: KioskTerms) -> int | None:
    """Wh of `energy_kwh` or `distance_km`; None when neither is said.

    Raises Unclear `two_wishes` for both, and `over_max_energy`.
    """
    kwh, km = args.get("energy_kwh"), args.get("distance_km")
    if kwh is not None and km is not None:
        raise Unclear("two_wishes")
    if kwh is None and km is None:
        return None
    wh: float = kwh * 1000 if kwh is not None else (km or 0) * terms.wh_per_km
    found = max(1, round(wh))
    if found > terms.max_energy_wh:
        raise Unclear("over_max_energy")
    return found


def leaves_at(text: str | None, timezone: str, now: datetime) -> datetime | None:
    """The moment that is meant, in UTC; None when none is said. An hour is the next one of the site's wall clock that
    is to come; one that the clock jumps over is taken as the hour before the jump.

    Raises Unclear `leave_at` for what is no time, has passed, or lies too far ahead.
    """
    if text is None:
        return None
    if (clock := _CLOCK.fullmatch(text)) is not None:
        return _next(int(clock[1]), int(clock[2]), ZoneInfo(timezone), now)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Unclear("leave_at") from None
    if at.tzinfo is None or not now < at <= now + FURTHEST:
        raise Unclear("leave_at")
    return at.astimezone(UTC)


def _next(hour: int, minute: int, zone: ZoneInfo, now: datetime) -> datetime:
    local = now.astimezone(zone)
    for days in range(3):
        day = local.date() + timedelta(days=days)
        for fold in (0, 1):
            at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold).astimezone(UTC)
            if at > now:
                return at
    raise AssertionError("one of three days has the hour to come")
