"""How the site's stations take limits, by all that is known of them: their quirks, and what they say of themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edgegw.core.variables import KEYS, key_of
from edgegw.model.commands import Limiting
from edgegw.model.site import ChargingStation, Site
from edgegw.model.state import StationQuirks, StationState, VariableState
from edgegw.stations.fitting import units
from edgegw.stations.measurands import is_direct
from edgegw.stations.quirkfiles import Families
from edgegw.stations.quirks import Quirk

if TYPE_CHECKING:
    from edgegw.hub import Hub

EvseKey = tuple[str, int]


def limiting(station: ChargingStation, quirk: Quirk, told_units: str | None) -> Limiting:
    """How a station takes limits. Between two phases, of one phase and of direct current, watts are no riddle."""
    alone = quirk.rate_unit == "W" or units(told_units) == frozenset({"W"})
    spread = [evse.id for evse in station.evses
              if len(evse.phases) > 1 and evse.wiring != "line" and not is_direct(evse)]  # fmt: skip
    return Limiting(frozenset(spread if alone else ()), quirk.least_life_s)


ORDINARY: Final = Limiting()
"""As OCPP has it."""


@dataclass(slots=True)
class _Known:
    """What a station's way follows from, and the way."""

    station: ChargingStation
    seen: StationState | None
    learned: StationQuirks | None
    unit: VariableState | None
    unit_key: str
    limiting: Limiting


class Limitings:
    """Of all stations of the site."""

    def __init__(self, hub: Hub, families: Families) -> None:
        self._hub = hub
        self._families = families
        self._known: dict[str, _Known] = {}

    def now(self) -> Mapping[str, Limiting]:
        """By station; those that are as OCPP has it are left out."""
        found = {}
        for station in self._hub.site.stations:
            if (each := self.of(station)) is not ORDINARY:
                found[station] = each
        return found

    def of(self, station: str) -> Limiting:
        """Of one station; ORDINARY also for one that the site does not have."""
        configured = self._hub.site.stations.get(station)
        if configured is None:
            return ORDINARY
        state = self._hub.state
        seen, learned = state.stations.get(station), state.quirks.get(station)
        known = self._known.get(station)
        if (
            known is not None
            and known.seen is seen
            and known.learned is learned
            and known.station is configured
            and known.unit is state.variables.get(known.unit_key)
        ):
            return known.limiting
        key = _unit_key(station, seen)
        unit = state.variables.get(key)
        quirk = self._families.quirk(configured.quirks, seen, learned)
        found = limiting(configured, quirk, None if unit is None else unit.value)
        found = ORDINARY if found == ORDINARY else found
        self._known[station] = _Known(configured, seen, learned, unit, key, found)
        return found


def _unit_key(station: str, seen: StationState | None) -> str:
    """Where a station says in which units it takes limits."""
    if seen is not None and seen.ocpp not in (None, "1.6"):
        return key_of(station, "SmartChargingCtrlr", "RateUnit")
    return key_of(station, KEYS, "ChargingScheduleAllowedChargingRateUnit")


def in_watts(limitings: Mapping[str, Limiting]) -> frozenset[EvseKey]:
    """The EVSEs among them on one of whose phases may flow what is meant for several."""
    return frozenset((station, evse) for station, each in limitings.items() for evse in each.in_watts)


def in_watts_by_name(site: Site, families: Families) -> Collection[EvseKey]:
    """The same as far as the configuration says it: of stations whose `quirks` name such a family."""
    named = {
        station.id: limiting(station, families.quirk(station.quirks, None, None), None)
        for station in site.stations.values()
        if station.quirks is not None
    }
    return in_watts(named)
