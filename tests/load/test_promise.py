"""The promise: whatever happens, what may flow never exceeds a breaker, on any circuit and phase."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegw.model.site import PHASES, Circuit
from tests.load.mixed import MIXED, MixedWorld, Spot
from tests.load.world import CHANGE_S, World, site, station

EXAMPLES = int(os.environ.get("EDGEGW_PROMISE_EXAMPLES", "100"))
"""Stories of mixed sites; ten thousand of them take minutes."""

LAYOUTS = [
    (PHASES, ("L1",), ("L2", "L3"), PHASES),
    (("L1",), ("L1",), ("L1",), ("L2",)),
    (PHASES, PHASES, PHASES, PHASES),
]

events = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "arrive", "leave", "offline", "online", "manner", "full", "slow", "meter", "policy",
                         "restart", "wait", "wait"]),
        st.integers(0, 3), st.integers(0, 4), st.integers(1, 40),
    ),
    max_size=16,
)  # fmt: skip


def happen(world: World, kind: str, which: int, what: int) -> None:
    name, place = f"S{which}", world.evses[f"S{which}", 1]
    if kind == "arrive" and place.transaction is None and world.now - place.ended_at > CHANGE_S:
        world.arrive(name, car_a=[6.0, 10.0, 16.0, 32.0, 32.0][what])
    elif kind == "leave":
        world.leave(name)
    elif kind in ("offline", "online"):
        world.connect(name, kind == "online")
    elif kind == "manner":
        place.manner = ["good", "good", "refuses", "silent", "loses_answers"][what]  # type: ignore[assignment]
    elif kind == "full":
        place.full = not place.full
    elif kind == "slow":
        place.answers_after_s = what * 3.0
    elif kind == "meter":
        world.meter_works = not world.meter_works
    elif kind == "policy":
        world.limit(["site", "circuit:row", f"station:{name}"][what % 3], what * 10.0, until=world.later(60))
    elif kind == "restart":
        world.restart()


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LAYOUTS), events, st.integers(0, 20), st.sampled_from([25.0, 40.0, 63.0]), st.integers(16, 40))
def test_what_may_flow_never_exceeds_a_breaker(
    layout: Any, story: list[Any], building_a: int, limit_a: float, row_a: int
) -> None:
    stations = [
        station(f"S{index}", *phases, circuit="row" if index % 2 else "main") for index, phases in enumerate(layout)
    ]
    world = World(
        site(*stations, limit_a=limit_a, building_max_a=20.0, circuits=(Circuit("row", float(row_a)),)),
        dict.fromkeys(PHASES, float(building_a)),
    )
    breakers = world.places()
    world.turn(2)
    for kind, which, what, seconds in story:
        happen(world, kind, which, what)
        for _ in range(seconds):
            for place, breaker_a in breakers.items():
                assert world.most(place) <= breaker_a + 1e-6, (place, kind)
            world.turn()


def mixed(layout: Sequence[Spot], building_a: float = 5.0, **supply: Any) -> MixedWorld:
    stations = []
    for index, (phases, wiring, circuit) in enumerate(layout):
        each = station(f"S{index}", *phases, circuit=circuit)
        stations.append(replace(each, evses=tuple(replace(evse, wiring=wiring) for evse in each.evses)))
    roles = supply.pop("roles", {"supply": "grid"})
    return MixedWorld(site(*stations, **supply), dict.fromkeys(PHASES, building_a), roles)


@pytest.mark.parametrize(("phases", "wiring"), [(("L1", "L2"), "line"), (("L1", "L2", "L3"), "neutral")])
def test_a_station_that_tells_of_one_phase_alone_does_not_hide_the_others(phases: Any, wiring: Any) -> None:
    world = mixed([(phases, wiring, "row"), (("L2",), "neutral", "row")], circuits=(Circuit("row", 32.0),))
    world.tells["S0", 1] = "first"
    world.arrive("S0")
    world.turn(60)
    world.arrive("S1")
    for _ in range(120):
        assert world.most(("row", "L2")) <= 32.0
        world.turn()


mixed_events = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "arrive", "leave", "offline", "online", "manner", "full", "slow", "meter", "policy",
                         "restart", "wait", "tells", "tells", "watts", "station_w", "less", "clock", "reports"]),
        st.integers(0, 3), st.integers(0, 5), st.integers(1, 40),
    ),
    max_size=20,
)  # fmt: skip


def happen_mixed(world: MixedWorld, kind: str, which: int, what: int) -> None:
    name, place = f"S{which}", world.evses[f"S{which}", 1]
    if kind == "arrive" and place.transaction is None and world.now - place.ended_at > CHANGE_S:
        phases = 3 if place.evse.wiring == "line" else 1 + (what + which) % 3
        departure_at = world.later(3600.0 * what) if what % 2 else None
        world.arrive(name, car_a=[6.0, 10.0, 16.0, 32.0, 32.0, 20.0][what], car_phases=phases,
                     departure_at=departure_at, wanted_wh=20_000 if what > 2 else None)  # fmt: skip
    elif kind == "tells":
        world.tells[name, 1] = ["each", "first", "one", "power", "tenfold", "nothing"][what]  # type: ignore[assignment]
    elif kind == "watts":
        world.limit(["site", "circuit:row", "circuit:end"][which % 3], None, what * 3000.0, until=world.later(90))
    elif kind == "station_w":
        world.limit(f"station:{name}", None, what * 1500.0, until=world.later(90))
    elif kind == "less":
        world.building = {phase: a * what / 6 for phase, a in world.building.items()}
    elif kind == "clock":
        world.clock.set(world.clock.now() + timedelta(seconds=[-7200, -61, -1, 61, 900, 86400][what]))
    elif kind == "reports":
        world.readings_every_s = [1, 2, 10, 10, 30, 60][what]
    elif kind != "arrive":
        happen(world, kind, which, min(what, 4))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from(MIXED), mixed_events, st.integers(0, 20), st.sampled_from([25.0, 32.0, 40.0, 63.0]),
    st.integers(16, 40), st.integers(13, 32), st.sampled_from(["fair", "first_come", "deadline"]),
    st.sampled_from([None, None, 8_000.0, 15_000.0]), st.booleans(),
    st.sampled_from([{"supply": "grid"}, {"supply": "grid"}, {"supply": "grid", "circuit:row": "row"}, {},
                     {"building": "house"}]),
)  # fmt: skip
def test_nor_does_it_on_a_site_where_nothing_is_alike(
    layout: Any, story: list[Any], building_a: int, limit_a: float, row_a: int, end_a: int, strategy: Any,
    demand_w: float | None, solar_only: bool, roles: Any,
) -> None:  # fmt: skip
    circuits = (Circuit("row", float(row_a)), Circuit("end", float(end_a), parent="row"))
    world = mixed(
        layout, float(building_a), roles=roles, limit_a=limit_a, building_max_a=20.0, circuits=circuits,
        demand_limit_w=demand_w, of_site={"strategy": strategy, "solar_only": solar_only},
    )  # fmt: skip
    world.solar_w = 9_000.0
    breakers = world.places()
    world.turn(2)
    for kind, which, what, seconds in story:
        happen_mixed(world, kind, which, what)
        for _ in range(seconds):
            for place, breaker_a in breakers.items():
                assert world.most(place) <= breaker_a + 1e-6, (place, kind)
            world.turn()
