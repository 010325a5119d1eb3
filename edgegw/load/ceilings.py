"""What each circuit may carry: its breaker less the margin, or a lower limit that someone set. Pure.

A limit for a station is a circuit of its own below the station's. Watts are shared evenly among the phases that they
may flow on: with every phase at its part the sum can't exceed them, however the load is spread.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from edgegw.core import limits as core_limits
from edgegw.core.allocate import Tree
from edgegw.core.fallback import limits_of, phases_of
from edgegw.model.site import Phase, Site, Supply
from edgegw.model.state import PolicyLimit


def in_force(limits: Mapping[str, PolicyLimit], now: datetime) -> dict[str, PolicyLimit]:
    """The limits that hold at `now`, by target."""
    return core_limits.in_force(limits.values(), now)


def circuit_of(site: Site, station: str, limits: Mapping[str, PolicyLimit]) -> str:
    """The lowest circuit that a station's current flows through."""
    target = f"station:{station}"
    return target if target in limits else site.stations[station].circuit


def tree(site: Site, supply: Supply, limits: Mapping[str, PolicyLimit]) -> Tree:
    """The circuits, and below them the stations that have a limit of their own.

    Raises ValueError when they are no tree.
    """
    parents: dict[str, str | None] = {"main": None}
    parents |= {circuit.id: circuit.parent or "main" for circuit in supply.circuits}
    parents |= {
        f"station:{station.id}": station.circuit
        for station in site.stations.values()
        if f"station:{station.id}" in limits
    }
    return Tree(parents)


def ceilings(site: Site, supply: Supply, limits: Mapping[str, PolicyLimit]) -> dict[str, float]:
    """Ampere per phase by circuit, for everything that flows there. The lowest of all limits of a circuit wins."""
    all_phases = len(phases_of(supply))
    found = {circuit: limit_a - supply.margin_a for circuit, limit_a in limits_of(supply).items()}
    if supply.demand_limit_w is not None:
        found["main"] = min(found["main"], supply.demand_limit_w / (all_phases * supply.voltage_v))
    for target, limit in limits.items():
        kind, _, name = target.partition(":")
        circuit, phases = "main", all_phases
        if kind == "station":
            if name not in site.stations:
                continue
            circuit = target
            used: set[Phase] = {phase for evse in site.stations[name].evses for phase in evse.phases}
            phases = len(used) or all_phases
        elif kind == "circuit":
            circuit = name
            if circuit not in found:
                continue
        currents = [found[circuit]] if circuit in found else []
        if limit.limit_a is not None:
            currents.append(limit.limit_a)
        if limit.limit_w is not None:
            currents.append(limit.limit_w / (phases * supply.voltage_v))
        if currents:
            found[circuit] = min(currents)
    return found


def without_margin(supply: Supply, ceilings: Mapping[str, float]) -> dict[str, float]:
    """The limits behind `ceilings`: the breaker's own where that is the lowest."""
    breakers = limits_of(supply)
    return {
        circuit: breakers[circuit] if circuit in breakers and a == breakers[circuit] - supply.margin_a else a
        for circuit, a in ceilings.items()
    }
