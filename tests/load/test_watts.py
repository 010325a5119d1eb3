"""Stations that take limits in watts alone: a car on one of three phases may draw all of them there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegw.load.claims import PIN_S, REST_S
from edgegw.model.commands import Limiting
from edgegw.model.site import PHASES
from tests.load.test_promise import events, happen
from tests.load.world import World, site, station

WATTS = Limiting(in_watts=frozenset({1}))


def world(*names: str, in_watts: str = "A", building_a: float = 20.0, max_a: float = 32.0, **supply: Any) -> World:
    """Three-phase stations of one EVSE each, two turns old."""
    stations = [station(name, max_a=max_a if name in in_watts else 32.0) for name in names]
    made = World(
        site(*stations, **supply), dict.fromkeys(PHASES, building_a), limiting=dict.fromkeys(in_watts, WATTS)
    )  # fmt: skip
    made.turn(2)
    return made


def kept(world: World, seconds: int) -> None:
    for _ in range(seconds):
        world.turn()
        for place, breaker_a in world.places().items():
            assert world.flows(*place) <= breaker_a + 1e-6, (world.now, place)
            assert world.most(place) <= breaker_a + 1e-6, (world.now, place)


def test_a_car_on_one_phase_never_brings_it_over_its_breaker() -> None:
    site = world("A", "B")
    site.arrive("B")
    kept(site, 40)
    site.arrive("A", car_phases=1)
    kept(site, 120)
    assert site.flows() > 55.0, "what there is on that phase is used"
    assert site.evses["A", 1].drawn_a >= 18.0
    assert site.facts("station_disobeyed") == [], "it does what it was told"


def test_a_car_that_is_seen_on_all_phases_has_its_full_share() -> None:
    site = world("A", "B")
    site.arrive("A")
    site.arrive("B")
    kept(site, 60)
    assert (site.holds("A"), site.holds("B")) == (21.5, 21.5)
    site.leave("A")
    site.turn()
    assert site.balance.picture.reserved["main", "L1"] == pytest.approx(21.5 + 18.0), "the next one is not known"


def test_a_car_on_one_phase_leaves_the_others_to_the_rest() -> None:
    beside = site(station("A"), station("B", "L2"), building_max_a=40.0)
    both = World(beside, dict.fromkeys(PHASES, 40.0), limiting={"A": WATTS})
    both.turn(2)
    both.arrive("A", car_phases=1)
    both.arrive("B")
    kept(both, int(PIN_S + REST_S) + 60)  # the other has had to wait until it was seen where the first charges
    assert both.evses["A", 1].drawn_a > 18.0
    assert both.holds("B") == 23.0


def test_after_a_restart_a_car_on_one_phase_is_held_at_what_it_draws_and_not_at_three_times_that() -> None:
    site = world("A")
    site.arrive("A", car_phases=1, car_a=20.0)
    kept(site, 120)
    site.restart()
    sent = len(site.sent)
    kept(site, 5)
    assert site.sent[sent][1].limit_a == 6.6, "of which it may draw all on one phase"


def test_a_small_station_begins_where_its_maximum_fits() -> None:
    site = world("A", max_a=16.0, building_a=46.0, building_max_a=46.0)
    site.arrive("A", car_phases=1)
    kept(site, 30)
    assert site.evses["A", 1].drawn_a == 16.0


@settings(max_examples=60, deadline=None)
@given(events, st.integers(0, 20), st.sampled_from([25.0, 40.0, 63.0]), st.sets(st.sampled_from("0123"), min_size=1),
       st.lists(st.integers(1, 3), min_size=4, max_size=4))  # fmt: skip
def test_what_may_flow_never_exceeds_a_breaker_whoever_takes_watts(
    story: list[Any], building_a: int, limit_a: float, in_watts: set[str], phases: list[int]
) -> None:
    world = World(
        site(*(station(f"S{n}") for n in range(4)), limit_a=limit_a, building_max_a=20.0),
        dict.fromkeys(PHASES, float(building_a)), limiting={f"S{n}": WATTS for n in in_watts},
    )  # fmt: skip
    world.turn(2)
    for kind, which, what, seconds in story:
        happen(world, kind, which, what)
        if kind == "arrive":
            world.evses[f"S{which}", 1].car_phases = phases[which]
        kept(world, seconds)
