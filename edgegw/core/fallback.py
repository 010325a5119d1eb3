"""Fallback: what each EVSE may draw when nobody watches, so that the sum fits every breaker. Pure.

It is stored in the stations as their lasting default, and it is what the load loop goes back to when the supply meter
is gone (DESIGN, rule 7). Beside it the building may draw its configured most.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from edgegw.core.allocate import MIN_CURRENT_A, Demand, EvseKey, Load, Place, Slot, Tree, allocate
from edgegw.core.rotation import counted
from edgegw.core.watts import on_one_phase_a, steepest
from edgegw.model.site import PHASES, Evse, Phase, Site, Supply


def tree_of(supply: Supply) -> Tree:
    """The supply's circuits below `main`. Raises ValueError when they are no tree."""
    parents: dict[str, str | None] = {"main": None}
    return Tree(parents | {circuit.id: circuit.parent or "main" for circuit in supply.circuits})


def phases_of(supply: Supply) -> tuple[Phase, ...]:
    """The phases that the supply has."""
    return PHASES[: supply.phases]


def limits_of(supply: Supply) -> dict[str, float]:
    """The breaker of each circuit in ampere per phase."""
    return {"main": supply.limit_a} | {circuit.id: circuit.limit_a for circuit in supply.circuits}


def demands_of(site: Site) -> list[Demand]:
    """Every EVSE of the site at its maximum on all of its phases, as if each had a car that wants to charge. One whose
    phases are left to be learned counts on all that there are, also when they have been: what was learned rules where
    somebody watches, and what stands in the stations has to fit also if it was learned wrong."""
    phases = phases_of(site.supply) if site.supply is not None else PHASES
    return [
        Demand(
            (station.id, evse.id),
            evse.max_a,
            counted(evse, phases),
            station.circuit,
            priority=station.priority,
            wiring=evse.wiring,
        )
        for station in site.stations.values()
        for evse in station.evses
    ]


def fallback(site: Site, in_watts: Collection[EvseKey] = ()) -> Mapping[EvseKey, float]:
    """Amperes per EVSE, 0 for a pause; empty without a supply, whose limits nobody knows then.

    With `fallback_a` None (`auto`) those get 6 A whom every circuit and phase can carry beside `building_max_a` and
    `margin_a`; higher priority first, then by id. With a number each gets so much, or what fits of it. Whatever the
    configuration, no breaker is overloaded. Raises ValueError when the circuits are no tree (see `fits`).

    Those `in_watts` may draw what they have on one phase. They get it where that fits beside what the others have,
    which is the same whoever they are: what is learned of one station changes what it holds itself, and nobody else.
    """
    supply = site.supply
    if supply is None:
        return {}
    most_a = MIN_CURRENT_A if supply.fallback_a is None else supply.fallback_a
    demands = [replace(demand, max_a=min(demand.max_a, most_a)) for demand in demands_of(site)]
    tree, headroom = tree_of(supply), _headroom(supply)
    found = allocate(tree, headroom, demands).setpoints
    evses = _evses(site, in_watts)
    spread = [
        replace(each, spread=steepest(len(evse.phases), evse.max_a))
        for each in demands
        if (evse := evses.get(each.key)) is not None
    ]
    if not spread:
        return found
    others = [
        Load(each.circuit, each.phases, found[each.key], each.wiring) for each in demands if each.key not in evses
    ]
    return {**found, **allocate(tree, headroom, spread, reserved=others).setpoints}


def _evses(site: Site, keys: Collection[EvseKey]) -> dict[EvseKey, Evse]:
    return {
        (station.id, evse.id): evse
        for station in site.stations.values()
        for evse in station.evses
        if (station.id, evse.id) in keys
    }


def fits(site: Site, in_watts: Collection[EvseKey] = ()) -> list[str]:
    """What of the configuration can't be kept when nobody watches, in words for an installer; empty when all can. Those
    `in_watts` are limited in watts alone, as far as the configuration says so."""
    supply = site.supply
    if supply is None:
        return []
    try:
        tree = tree_of(supply)
    except ValueError as error:
        return [str(error)]
    found = []
    for demand in demands_of(site):
        station, number = demand.key
        if demand.circuit not in tree.ids:
            allowed = ", ".join(tree.ids)
            found.append(
                f"station {station} hangs on circuit {demand.circuit!r}, which is not there; allowed: {allowed}"
            )
        missing = [phase for phase in demand.phases if phase not in phases_of(supply)]
        if missing:
            found.append(
                f"EVSE {number} of {station} is on {', '.join(missing)}; the supply has {supply.phases} phases"
            )
    reserve_a = supply.building_max_a + supply.margin_a
    if reserve_a > supply.limit_a:
        found.append(
            f"the building's {supply.building_max_a:g} A and the margin of {supply.margin_a:g} A are more than the "
            f"supply's {supply.limit_a:g} A: without the gateway they overload it with no car charging"
        )
    if not found and supply.fallback_a is not None:
        found = _too_much(site, supply, tree, supply.fallback_a, in_watts)
    return found


def _too_much(site: Site, supply: Supply, tree: Tree, fallback_a: float, in_watts: Collection[EvseKey]) -> list[str]:
    if 0 < fallback_a < MIN_CURRENT_A:
        return [f"fallback_a is {fallback_a:g} A: a car takes {MIN_CURRENT_A:g} A or more, or 0 for none"]
    found = []
    used: dict[Place, float] = {}
    evses = _evses(site, in_watts)
    loads = []
    for each in demands_of(site):
        current_a = min(each.max_a, fallback_a)
        if (evse := evses.get(each.key)) is not None:
            current_a = on_one_phase_a(current_a, len(evse.phases), evse.max_a)
        loads.append(Load(each.circuit, each.phases, current_a))
    watts = (
        f"; {', '.join(sorted({key[0] for key in evses}))} may draw all on one phase, being limited in watts alone"
        if evses
        else ""
    )
    for load in loads:
        for place in tree.places(load.circuit, load.phases):
            used[place] = used.get(place, 0.0) + load.current_a
    headroom = _headroom(supply)
    for (circuit, phase), sum_a in sorted(used.items()):
        room_a = headroom[circuit][phase]
        if sum_a > room_a + 1e-6:
            beside = f" beside the building's {supply.building_max_a:g} A" if circuit == "main" else ""
            found.append(
                f"{fallback_a:g} A for each EVSE is {sum_a:g} A on {phase} of {circuit}, which has {room_a:g} A for "
                f"them{beside} and the margin of {supply.margin_a:g} A{watts}; allowed: auto, or less"
            )
    return found


def _headroom(supply: Supply) -> dict[str, dict[Slot, float]]:
    """What each circuit has for EVSEs while the building draws its most; that is counted at the supply."""
    found: dict[str, dict[Slot, float]] = {}
    for circuit, limit_a in limits_of(supply).items():
        room_a = limit_a - supply.margin_a - (supply.building_max_a if circuit == "main" else 0.0)
        found[circuit] = {phase: room_a for phase in phases_of(supply)}  # noqa: C420 (a wider key than fromkeys gives)
    return found
