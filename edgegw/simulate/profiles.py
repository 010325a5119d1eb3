"""The charging profiles that a station holds, and the limit that they make. Pure.

Rules: OCPP 1.6 sections 3.13 and 5.16, OCPP 2.0.1 part 2 block K. Of one purpose the valid profile with the highest
stack level leads, and of two equals the one for the EVSE before the one for all. A TxProfile rules over the
TxDefaultProfiles while it is valid; the station's maximum caps both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

TX, TX_DEFAULT, MAXIMUM = "TxProfile", "TxDefaultProfile", "ChargingStationMaxProfile"
PRIORITY: Final = "PriorityCharging"
"""2.1: rules over a TxProfile while the transaction has priority."""
PURPOSES: Final = {
    TX: TX,
    TX_DEFAULT: TX_DEFAULT,
    MAXIMUM: MAXIMUM,
    PRIORITY: PRIORITY,
    "ChargePointMaxProfile": MAXIMUM,  # 1.6
}

MOST_SCHEDULES: Final = 3
"""For a car that speaks ISO 15118 and chooses among them (2.0.1 part 2, K15)."""

_REPEATS: Final = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}


class Refused(ValueError):
    """The profile cannot be taken; the text says why."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile at EVSE `evse`, 0 for the whole station. `periods` are (seconds from the start, limit, phases)."""

    id: int
    evse: int
    purpose: str
    level: int
    kind: str
    unit: str
    periods: tuple[tuple[float, float, int | None], ...]
    duration_s: float | None = None
    starts_at: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    repeats: timedelta | None = None
    transaction: str | None = None
    wire: Mapping[str, Any] = field(default_factory=dict)
    """As it came."""

    def limit(self, now: datetime, began_at: datetime | None) -> tuple[float, int | None] | None:
        """(limit in its unit, phases) at `now`, None while it says nothing; `began_at` is the transaction's start."""
        if (self.valid_from is not None and now < self.valid_from) or (
            self.valid_to is not None and now >= self.valid_to
        ):
            return None
        start = began_at if self.kind == "Relative" else self.starts_at or began_at
        if start is None:
            start = now  # a relative limit before any transaction: its first period
        passed = now - start
        if self.kind == "Recurring" and self.repeats is not None and passed >= timedelta(0):
            passed %= self.repeats
        passed_s = passed.total_seconds()
        if passed_s < 0 or (self.duration_s is not None and passed_s >= self.duration_s):
            return None
        current = None
        for begins_s, limit, phases in self.periods:
            if begins_s <= passed_s:
                current = (limit, phases)
        return current


class Profiles:
    """All profiles of one station."""

    def __init__(self) -> None:
        self._held: list[Profile] = []

    def __iter__(self) -> Any:
        return iter(list(self._held))

    def add(self, profile: Profile) -> None:
        """Take a profile; it takes the place of one with its id, or with its purpose, level and EVSE."""
        self._held = [
            each
            for each in self._held
            if each.id != profile.id
            and (each.purpose, each.level, each.evse) != (profile.purpose, profile.level, profile.evse)
        ]
        self._held.append(profile)

    def clear(
        self,
        *,
        id: int | None = None,
        evse: int | None = None,
        purpose: str | None = None,
        level: int | None = None,
    ) -> int:
        """Drop the profiles that match all that is given; how many there were."""
        kept = [
            each
            for each in self._held
            if (id is not None and each.id != id)
            or (evse is not None and each.evse != evse)
            or (purpose is not None and each.purpose != purpose)
            or (level is not None and each.level != level)
        ]
        dropped = len(self._held) - len(kept)
        self._held = kept
        return dropped

    def update(self, id: int, limit: float | None) -> bool:
        """Another limit for a dynamic profile; False when there is none of this id."""
        for place, each in enumerate(self._held):
            if each.id == id and each.kind == "Dynamic":
                ((begins_s, before, phases),) = each.periods
                now = before if limit is None else limit
                self._held[place] = replace(each, periods=((begins_s, now, phases),))
                return True
        return False

    def ended(self, evse: int) -> None:
        """A transaction has ended at an EVSE: its TxProfiles end with it."""
        self.clear(evse=evse, purpose=TX)

    def limit_a(
        self,
        evse: int,
        now: datetime,
        *,
        volts: float,
        phases: int,
        began_at: datetime | None,
        most_a: float,
        priority: bool = False,
    ) -> float:
        """The current per phase that the profiles leave at an EVSE, at most `most_a`.

        `volts` and `phases` turn limits in watts into amperes; `began_at` None: no transaction runs; `priority`: one
        does that charges with priority.
        """
        lead = self._lead(PRIORITY, evse, now, began_at) if priority and began_at is not None else None
        if lead is None and began_at is not None:
            lead = self._lead(TX, evse, now, began_at)
        if lead is None:
            lead = self._lead(TX_DEFAULT, evse, now, began_at)
        limits = [
            limit / (volts * max(1, min(own, phases) if own is not None else phases)) if unit == "W" else limit
            for unit, limit, own in filter(None, [lead, self._lead(MAXIMUM, 0, now, began_at)])
        ]
        return max(0.0, min([most_a, *limits]))

    def _lead(
        self, purpose: str, evse: int, now: datetime, began_at: datetime | None
    ) -> tuple[str, float, int | None] | None:
        candidates = [each for each in self._held if each.purpose == purpose and each.evse in (0, evse)]
        for each in sorted(candidates, key=lambda each: (each.level, each.evse), reverse=True):
            said = each.limit(now, began_at)
            if said is not None:
                return each.unit, *said
        return None


def read_profile(evse: int, wire: Mapping[str, Any], *, ocpp: str, takes: int = 1) -> Profile:
    """A profile as OCPP spells it; of several schedules the one that the car `takes`, counted from 1, or the last.
    Raises Refused when a station could not follow it."""
    schedule = wire["chargingSchedule"]
    if isinstance(schedule, list):
        if not 1 <= len(schedule) <= MOST_SCHEDULES:
            raise Refused("one to three schedules a profile")
        schedule = schedule[min(takes, len(schedule)) - 1]
    purpose = PURPOSES.get(wire["chargingProfilePurpose"])
    if purpose is None:
        raise Refused("this purpose is not supported")
    periods = tuple((each["startPeriod"], each.get("limit"), each.get("numberPhases"))
                    for each in schedule["chargingSchedulePeriod"])  # fmt: skip
    if not periods or periods[0][0] != 0 or any(limit is None for _, limit, _ in periods):
        raise Refused("the first period begins at 0, and each has a limit")
    reference = wire.get("transactionId")
    return Profile(
        id=wire["chargingProfileId" if ocpp == "1.6" else "id"],
        evse=evse,
        purpose=purpose,
        level=wire["stackLevel"],
        kind=wire["chargingProfileKind"],
        unit=schedule["chargingRateUnit"],
        periods=periods,
        duration_s=schedule.get("duration"),
        starts_at=_time(schedule.get("startSchedule")),
        valid_from=_time(wire.get("validFrom")),
        valid_to=_time(wire.get("validTo")),
        repeats=_REPEATS.get(wire.get("recurrencyKind", "")),
        transaction=None if reference is None else str(reference),
        wire=wire,
    )


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
