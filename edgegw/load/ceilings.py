"""What each circuit may carry: its breaker less the margin, or a lower limit that someone set. Pure.

A limit for a station is a circuit of its own below the station's. A limit in watts is of all phases of its circuit
together, so it stands beside the amperes, as a place of its own (`edgegw.core.allocate`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from edgegw.core import limits as core_limits
from edgegw.core.allocate import Tree
from edgegw.core.fallback import limits_of
from edgegw.model.site import Site, Supply
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
    found = {circuit: limit_a - supply.margin_a for circuit, limit_a in limits_of(supply).items()}
    for circuit, limit in _by_circuit(site, supply, limits):
        of_one_phase = None if limit.limit_w is None else limit.limit_w / supply.voltage_v
        for limit_a in (limit.limit_a, of_one_phase):
            if limit_a is not None:
                found[circuit] = min(found.get(circuit, limit_a), limit_a)
    return found


def watts(site: Site, supply: Supply, limits: Mapping[str, PolicyLimit]) -> dict[str, float]:
    """Watts of all phases together by circuit, where somebody limits them. The contracted demand is not among them, as
    it is no limit of a moment."""
    found: dict[str, float] = {}
    for circuit, limit in _by_circuit(site, supply, limits):
        if limit.limit_w is not None:
            found[circuit] = min(found.get(circuit, limit.limit_w), limit.limit_w)
    return found


def _by_circuit(site: Site, supply: Supply, limits: Mapping[str, PolicyLimit]) -> Iterator[tuple[str, PolicyLimit]]:
    """The limits with the circuits that they are for; those of what is no longer there are left out."""
    circuits = limits_of(supply)
    for target, limit in limits.items():
        kind, _, name = target.partition(":")
        if kind == "station":
            if name in site.stations:
                yield target, limit
        elif kind != "circuit" or name in circuits:
            yield name or "main", limit


def without_margin(supply: Supply, ceilings: Mapping[str, float]) -> dict[str, float]:
    """The limits behind `ceilings`: the breaker's own where that is the lowest."""
    breakers = limits_of(supply)
    return {
        circuit: breakers[circuit] if circuit in breakers and a == breakers[circuit] - supply.margin_a else a
        for circuit, a in ceilings.items()
    }
