"""The promise: whatever happens, what may flow never exceeds a breaker, on any circuit and phase."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edgegw.model.site import PHASES, Circuit
from tests.load.world import CHANGE_S, World, site, station

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
