"""What the API shows of meters, feeders and the limits that are in force there."""

from __future__ import annotations

from edgegw.core.fallback import limits_of, phases_of
from edgegw.core.limits import in_force
from edgegw.hub import Hub
from edgegw.model.state import PolicyLimit
from edgegw.web import masks
from edgegw.web.neighbours import Json, Neighbours
from edgegw.web.plain import plain, reading

CURRENTS = ("limit_a", "measured_a", "building_a", "given_a", "reserved_a", "margin_a")
"""What the load loop tells of a phase of a circuit, in ampere."""


def meters(hub: Hub, neighbours: Neighbours, *, masked: bool) -> list[Json]:
    names = {source.removeprefix("meters/") for source in hub.sources() if source.startswith("meters/")}
    names |= set(neighbours.meters) | set(hub.state.meters)
    found = []
    for name in sorted(names):
        row = hub.state.meters.get(name)
        body = {
            "id": name,
            "measures": neighbours.meters.get(name),
            "stale": row.stale if row is not None else None,
            "reason": row.reason if row is not None else None,
            "reading": reading(hub.latest(f"meters/{name}")),
        }
        found.append(masks.without(body, "reason", masked=masked))
    return found


def circuits(hub: Hub, neighbours: Neighbours) -> list[Json]:
    """The supply, `main`, and the feeders below it: the limit that rules and where it is from, and each phase."""
    supply = hub.site.supply
    if supply is None:
        return []
    parents: dict[str, str | None] = {"main": None} | {each.id: each.parent or "main" for each in supply.circuits}
    decided = {row["id"]: row for row in (neighbours.load() or {}).get("circuits", ())}
    made = []
    for name, breaker_a in limits_of(supply).items():
        rows = policies(hub, *(("site", "circuit:main") if name == "main" else (f"circuit:{name}",)))
        limit_a, source = breaker_a, "file"
        watts = [row.limit_w for row in rows if row.limit_w is not None]
        for row in rows:
            if row.limit_a is not None and row.limit_a < limit_a:
                limit_a, source = row.limit_a, f"policy {row.target}"
        nothing = dict.fromkeys(CURRENTS) | {"limit_a": limit_a}
        phases = decided.get(name, {}).get("phases", {})
        made.append(
            {
                "id": name, "parent": parents[name], "limit_a": limit_a, "source": source, "breaker_a": breaker_a,
                "trust": decided.get(name, {}).get("trust"), "doubt": decided.get(name, {}).get("doubt"),
                "limit_w": min(watts, default=None),
                "cars_w": decided.get(name, {}).get("cars_w"),
                "phases": {phase: {**nothing, **phases.get(phase, {})} for phase in phases_of(supply)},
            }
        )  # fmt: skip
    return made


def limits(hub: Hub, *, masked: bool) -> list[Json]:
    """Limits that someone set and that are in force; the lowest of all that meet in a place wins."""
    now = hub.now()
    rows = (row for row in hub.state.limits.values() if row.until is None or now < row.until)
    return [masks.without(plain(row), "by", masked=masked) for row in rows]


def policies(hub: Hub, *targets: str) -> list[PolicyLimit]:
    found = in_force(hub.state.limits.values(), hub.now())
    return [found[target] for target in targets if target in found]
