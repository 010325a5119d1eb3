"""A charging profile brought down to what a station can hold. Pure.

A station says in its device model (OCPP 2.0.1 part 2 appendix, SmartChargingCtrlr) or in its keys (1.6 section 9.4)
what it takes. Where it has said nothing, all is tried. What is changed lets a car draw less than was asked, never more:
periods are joined at the lower limit, a unit is turned into the other at the site's voltage. What cannot be brought
down is refused, in words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from edgegw.core.watts import VOLTAGE_SHARE
from edgegw.stations.codec import Peer, Unsupported, Version
from edgegw.stations.measurands import is_direct
from edgegw.stations.profiles import ChargingProfile, Period, Schedule, down, is_own, whole_steps

_CURRENT: Final = frozenset({"a", "current"})
_POWER: Final = frozenset({"w", "power"})

_SUPPORTS: Final = (
    ("SupportsDynamicProfiles", lambda profile: profile.kind == "dynamic", "dynamic profiles"),
    ("SupportsLimitAtSoC", lambda profile: _in_schedules(profile, "limitAtSoC"), "limit_at_soc"),
    ("SupportsEvseSleep", lambda profile: _in_periods(profile, "evseSleep"), "evse_sleep"),
    ("SupportsRandomizedDelay", lambda profile: _in_schedules(profile, "randomizedDelay"), "randomized_delay_s"),
    ("SupportsUseLocalTime", lambda profile: _in_schedules(profile, "useLocalTime"), "use_local_time"),
)
"""Variables of 2.1 that say no, what needs them, and its name."""

_ADDITIONAL: Final = {"priority_charging": "prioritycharging", "local_generation": "localgeneration"}


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a station takes; None where it has not said. `lacks` are things that it said no to, in our words."""

    most_periods: int | None = None
    units: frozenset[Literal["A", "W"]] | None = None
    most_level: int | None = None
    purposes: frozenset[str] | None = None
    lacks: frozenset[str] = frozenset()


def abilities(peer: Peer, version: Version) -> Abilities:
    """What the station has told of itself."""
    told = peer.known.variable
    if version == "1.6":
        return Abilities(
            _whole(told("", "ChargingScheduleMaxPeriods"), least=1),
            units(told("", "ChargingScheduleAllowedChargingRateUnit")),
            _whole(told("", "ChargeProfileMaxStackLevel")),
        )
    component = "SmartChargingCtrlr"
    purposes = told(component, "SupportedAdditionalPurposes")
    return Abilities(
        _whole(told(component, "PeriodsPerSchedule"), least=1),
        units(told(component, "RateUnit")),
        _whole(told(component, "ProfileStackLevel")),
        None if purposes is None else frozenset(each.strip().lower() for each in purposes.split(",")),
        frozenset(name for variable, _, name in _SUPPORTS if (told(component, variable) or "").lower() == "false"),
    )


def fitted(profile: ChargingProfile, can: Abilities, peer: Peer) -> ChargingProfile:
    """The profile as the station can hold it. Raises Unsupported."""
    for _, needs, name in _SUPPORTS:
        if name in can.lacks and needs(profile):
            raise Unsupported(f"the station has no {name}, as it says")
    wanted = _ADDITIONAL.get(profile.purpose)
    if wanted is not None and can.purposes is not None and wanted not in can.purposes:
        raise Unsupported(f"the station takes no {profile.purpose}, as it says")
    level = profile.level
    if can.most_level is not None and level > can.most_level:
        if profile.purpose == "tx_default_profile":
            # At the level below it would take the place of the safe default.
            raise Unsupported(f"the station takes stack levels up to {can.most_level}")
        level = can.most_level
    # Load management counts its own limits at stations of watts alone at what may flow on one phase.
    counted = is_own(profile.id)
    schedules = tuple(_fitted(each, can, profile.evse, peer, counted) for each in profile.schedules)
    return replace(profile, level=level, schedules=schedules)


def _fitted(schedule: Schedule, can: Abilities, evse: int, peer: Peer, counted: bool) -> Schedule:
    if can.units and schedule.unit not in can.units:
        schedule = _in_other_unit(schedule, evse, peer, counted)
    if can.most_periods is not None and len(schedule.periods) > can.most_periods:
        schedule = replace(schedule, periods=_joined(schedule.periods, can.most_periods))
    return schedule


def _in_other_unit(schedule: Schedule, evse: int, peer: Peer, counted: bool) -> Schedule:
    """Power from current per phase, or the other way, at the site's voltage; for power at the lowest that it may have,
    as fewer volts are more amperes for the same watts."""
    other: Literal["A", "W"] = "W" if schedule.unit == "A" else "A"
    if schedule.more or any(each.more for each in schedule.periods):
        raise Unsupported(f"the station takes limits in {other} alone, and these can't be told in it")

    def told(amount: float, phases: int | None) -> float:
        watts = _watts_an_ampere(evse, phases, other, peer, counted)
        return down(amount * watts * VOLTAGE_SHARE) if other == "W" else whole_steps(amount / watts)

    periods = tuple(
        replace(each, limit=None if each.limit is None else told(each.limit, each.phases)) for each in schedule.periods
    )
    least = schedule.min_rate
    min_rate = None if least is None else told(least, schedule.periods[0].phases)
    return replace(schedule, unit=other, periods=periods, min_rate=min_rate)


def _watts_an_ampere(evse: int, phases: int | None, other: Literal["A", "W"], peer: Peer, counted: bool) -> float:
    """What one ampere on each phase comes to, or Unsupported where that is not sure. The power for three phases would
    let a car that uses one draw three times the current there, which has to be `counted`; direct current is taken from
    all phases alike."""
    known = next((each for each in peer.evses if each.id == evse), None)
    volts = peer.known.voltage_v()
    if known is not None and known.phases:
        if is_direct(known) and other == "W":
            return volts * len(known.phases)
        if known.wiring == "line" and len(known.phases) == 2:
            return float(volts * 3**0.5)
        if not is_direct(known) and (other == "A" or phases == 1 or counted):
            return volts * (phases or len(known.phases))
    raise Unsupported(f"the station takes limits in {other} alone, and what that comes to at EVSE {evse} is not sure")


def _joined(periods: tuple[Period, ...], most: int) -> tuple[Period, ...]:
    """Neighbours whose limits differ least become one at the lower limit, until `most` are left."""
    if any(each.more or each.limit is None or each.phase is not None for each in periods):
        raise Unsupported(f"the station takes {most} periods, and these can't be joined")
    left = list(periods)
    while len(left) > most:
        place = min(range(len(left) - 1), key=lambda n: abs(_limit(left[n]) - _limit(left[n + 1])))
        one, other = left[place], left.pop(place + 1)
        lower = one if _limit(one) <= _limit(other) else other
        left[place] = replace(lower, starts_s=one.starts_s)
    return tuple(left)


def _limit(period: Period) -> float:
    return period.limit or 0.0


def _in_schedules(profile: ChargingProfile, key: str) -> bool:
    return any(key in schedule.more for schedule in profile.schedules)


def _in_periods(profile: ChargingProfile, key: str) -> bool:
    return any(key in period.more for schedule in profile.schedules for period in schedule.periods)


def _whole(text: str | None, least: int = 0) -> int | None:
    """A number that the station told, None when it is none that could be meant."""
    try:
        number = int(text or "")
    except ValueError:
        return None
    return number if number >= least else None


def units(text: str | None) -> frozenset[Literal["A", "W"]] | None:
    """The units in a list of them as stations write it, None when it names none."""
    words = {word.strip().lower() for word in (text or "").split(",")}
    found = set[Literal["A", "W"]]()
    if words & _CURRENT:
        found.add("A")
    if words & _POWER:
        found.add("W")
    return frozenset(found) or None
