"""Limits that somebody else has set at a station, as ceilings of the loop: a grid operator's box, an energy manager.

The station keeps to them by itself (OCPP 2.0.1 part 2, use case K12). The loop has to know, so that it counts on no
current there that can't flow and gives it to others. A station that tells no figures with its limit tells nothing to
count with. Local generation that is told of the same way (2.1, `isLocalGeneration`) is more to have, not less. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from edgegw.core.allocate import EvseKey
from edgegw.core.rotation import counted
from edgegw.model.site import Evse, Site
from edgegw.model.state import OutsideLimit, PolicyLimit


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The least of the limits from outside at an EVSE, or at a station (EVSE 0); `source` is who set it. At a station
    the limit is of all its EVSEs together, on each phase."""

    limit_a: float
    source: str


def ceilings(rows: Iterable[OutsideLimit], site: Site, at: datetime) -> dict[EvseKey, Ceiling]:
    """What rules at `at`, by station and EVSE."""
    found: dict[EvseKey, Ceiling] = {}
    for row in rows:
        if row.local_generation or row.station not in site.stations:
            continue
        for schedule in row.schedules:
            limit_a = _limit_a(schedule, row, site, at)
            before = found.get((row.station, row.evse))
            if limit_a is not None and (before is None or limit_a < before.limit_a):
                found[row.station, row.evse] = Ceiling(limit_a, row.source)
    return found


def as_policies(found: Mapping[EvseKey, Ceiling], at: datetime) -> dict[str, PolicyLimit]:
    """Ceilings of whole stations in the form of limits that someone set, which become circuits of their own."""
    return {
        f"outside {station}": PolicyLimit(f"station:{station}", each.limit_a, None, None, f"outside:{each.source}", at)
        for (station, evse), each in found.items()
        if evse == 0
    }


def _limit_a(schedule: Mapping[str, Any], row: OutsideLimit, site: Site, at: datetime) -> float | None:
    limit = _limit(schedule, row.at, at)
    if limit is None or schedule.get("chargingRateUnit") == "A":
        return limit
    volts = site.supply.voltage_v if site.supply is not None else 230.0
    evses = site.stations[row.station].evses
    if row.evse == 0:
        return limit / (volts * (len({phase for evse in evses for phase in counted(evse)}) or 3))
    known = next((evse for evse in evses if evse.id == row.evse), None)
    return limit / (volts * _conductors(known)) if known is not None else None


def _conductors(evse: Evse) -> float:
    """Amperes of one phase to a watt, at one volt."""
    return 3**0.5 if evse.wiring == "line" and len(evse.phases) == 2 else float(len(evse.phases) or 3)


def _limit(schedule: Mapping[str, Any], told_at: datetime, at: datetime) -> float | None:
    """The limit of a ChargingSchedule at `at`, on the phase that may have least; None when it says none then. Without
    a start it counts from when it was told."""
    passed_s = (at - (_time(schedule.get("startSchedule")) or told_at)).total_seconds()
    duration_s = schedule.get("duration")
    if passed_s < 0 or (duration_s is not None and passed_s >= duration_s):
        return None
    begun = [each for each in schedule.get("chargingSchedulePeriod", ()) if each.get("startPeriod", 0) <= passed_s]
    if not begun:
        return None
    period = max(begun, key=lambda each: each.get("startPeriod", 0))
    limits = [period[key] for key in ("limit", "limit_L2", "limit_L3") if period.get(key) is not None]
    return max(0.0, float(min(limits))) if limits else None


def _time(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
