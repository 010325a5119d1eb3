"""What the loop sees in one turn: the hub's state and newest readings as values. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from edgegw.core.allocate import EvseKey
from edgegw.core.rotation import learned
from edgegw.core.tariffs import tariff_of
from edgegw.load.meter import Currents, currents_of
from edgegw.load.outside import Ceiling, as_policies, ceilings
from edgegw.load.prospect import Prospect
from edgegw.model.commands import Limiting
from edgegw.model.samples import Latest
from edgegw.model.site import ChargingStation, Evse, Phase, Site, Tariff
from edgegw.model.state import LearnedPhases, PolicyLimit, State, Transaction

EMPTY: Final = frozenset({"available", "reserved", "unavailable"})
"""Statuses of a connector that no car is plugged into."""

POWER_SHARE: Final = 1.5
"""Between the power of a car on one phase, with a grid's tolerance, and that of one on two."""

ORDINARY: Final = Limiting()
"""A station that takes limits as OCPP has them."""

FindLatest = Callable[[str], Latest | None]


@dataclass(frozen=True, slots=True)
class Running:
    """A transaction at an EVSE. `wish_a`: what its driver asked for, None for all there is. `leaves_at`:
    when the driver comes back, as far as was told; `lacks_wh`: what it then lacks of the energy that was asked for."""

    id: str
    since: datetime
    state: Literal["charging", "full", "waiting"]
    """`full`: the car takes nothing; `waiting`: it has not told or may not."""
    wish_a: float | None = None
    leaves_at: datetime | None = None
    lacks_wh: float | None = None
    tariff: Tariff | None = None
    """What it pays by, where that matters: at a site whose cars may wait for cheap hours."""


@dataclass(frozen=True, slots=True)
class SeenEvse:
    """An EVSE as its station shows it. `session` changes when the station reconnects or boots; `empty`: no car is
    plugged in; `reading` is what it draws, taken at `read_at`, of which the phases in `told` were read one by one."""

    connected: bool
    session: datetime | None
    empty: bool
    running: Running | None
    reading: Currents | None = None
    read_at: float = 0.0
    told: frozenset[Phase] = frozenset()
    default_holds: bool = True
    """Its station has not refused the low lasting limit."""
    in_watts: bool = False
    """Its station takes limits in watts alone, which its car may draw on one phase of several."""

    least_life_s: int = 0
    """Its station takes no limit that lives shorter."""

    @property
    def taken_a(self) -> float:
        """What it takes of its limit, by its reading: of one in watts, it is the sum of its phases that is limited."""
        if not self.reading:
            return 0.0
        currents = self.reading.values()
        return sum(currents) / len(currents) if self.in_watts else max(currents)


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that one turn decides on. `now` is monotonic, `at` the wall clock. Of the ceilings `outside`, those of
    whole stations are among the `limits` too."""

    now: float
    at: datetime
    site: Site
    evses: Mapping[EvseKey, SeenEvse]
    limits: Mapping[str, PolicyLimit]
    wired: Mapping[EvseKey, LearnedPhases] = field(default_factory=dict)
    """What was learned of how EVSEs are wired."""
    outside: Mapping[EvseKey, Ceiling] = field(default_factory=dict)
    prospect: Prospect | None = None


def look(
    site: Site,
    state: State,
    latest: FindLatest,
    now: float,
    at: datetime,
    prospect: Prospect | None = None,
    untaken: Collection[EvseKey] = (),
    limiting: Mapping[str, Limiting] = MappingProxyType({}),
) -> Seen:
    """The site as it is now, but for its meters (see `edgegw.load.meter`). `untaken` are EVSEs whose station has
    refused their default limit; `limiting` says of stations, by id, how they take limits otherwise than OCPP has it."""
    statuses: dict[EvseKey, list[str]] = {}
    for connector in state.connectors.values():
        statuses.setdefault((connector.station, connector.evse), []).append(connector.status)
    evses = {}
    for station in site.stations.values():
        row, takes = state.stations.get(station.id), limiting.get(station.id, ORDINARY)
        for evse in station.evses:
            key = (station.id, evse.id)
            told = statuses.get(key, ())
            running = _running(site, state, key)
            reading, read_at, phases = None, 0.0, frozenset[Phase]()
            if running is not None:
                reading, read_at, phases = _reading(site, station, evse, running, latest, now)
            evses[key] = SeenEvse(
                row is not None and row.connected,
                row.changed_at if row is not None else None,
                bool(told) and all(status in EMPTY for status in told),
                running,
                reading,
                read_at,
                phases,
                key not in untaken,
                evse.id in takes.in_watts,
                takes.least_life_s,
            )
    outside = ceilings(state.outside_limits.values(), site, at)
    limits = {**state.limits, **as_policies(outside, at)}
    return Seen(now, at, site, evses, limits, learned(state, site), outside, prospect)


def _running(site: Site, state: State, key: EvseKey) -> Running | None:
    identity = state.at_evse.get(key)
    if identity is None:
        return None
    row = state.transactions[identity]
    told: Literal["charging", "full", "waiting"] = "waiting"
    if row.charging_state == "charging":
        told = "charging"
    elif row.charging_state == "suspended_ev":
        told = "full"
    lacks_wh = None if row.wanted_wh is None else max(0.0, row.wanted_wh - row.energy_wh)
    tariff = tariff_of(state, site, row) if site.cheap_hours else None
    return Running(row.id, row.started_at, told, _wish_a(state, row), row.departure_at, lacks_wh, tariff)


def _wish_a(state: State, row: Transaction) -> float | None:
    command = state.commands.get(row.remote_start) if row.remote_start is not None else None
    wish_a = command.args.get("limit_a") if command is not None else None
    return float(wish_a) if isinstance(wish_a, int | float) and not isinstance(wish_a, bool) else None


def _reading(
    site: Site, station: ChargingStation, evse: Evse, running: Running, latest: FindLatest, now: float
) -> tuple[Currents | None, float, frozenset[Phase]]:
    """(What the station says that it draws per phase, when it was taken, which phases it told); None when it says
    nothing usable."""
    found = latest(f"stations/{station.id}/{evse.id}")
    if found is None or found.sample.quality != "good" or found.sample.at < running.since:
        return None, 0.0, frozenset()
    currents = currents_of(found.sample, evse.phases)
    told = frozenset(currents)
    power_w = found.sample.values.get("power_w")
    if not currents and power_w is not None and site.supply is not None:
        # Of a car on one of three phases this claims too much of the other two, where its own limit counts for more.
        between = 3**0.5 if evse.wiring == "line" else len(evse.phases)
        currents = dict.fromkeys(evse.phases, power_w / (site.supply.voltage_v * between))
    if not currents:
        return None, 0.0, told
    if evse.wiring == "line":
        # One conductor's current is the other's too; many stations tell it of L1 and read 0 A on L2.
        currents, told = dict.fromkeys(evse.phases, max(currents.values())), frozenset(evse.phases)
    elif power_w is not None and site.supply is not None and _needs_more(power_w, currents, site.supply.voltage_v):
        told = frozenset(phase for phase in told if currents[phase] > 0)
    return {phase: max(0.0, currents.get(phase, 0.0)) for phase in evse.phases}, now - found.age_s, told


def _needs_more(power_w: float, currents: Currents, voltage_v: float) -> bool:
    """Whether so much power can't flow with these currents alone: then a phase that reads 0 A is only not read."""
    return power_w > POWER_SHARE * voltage_v * sum(currents.values())
