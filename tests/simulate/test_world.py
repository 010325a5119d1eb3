"""The physics: energy is power over time, currents add up as phasors, cars keep within what they are offered."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.simulate import Building, Car, Place, World
from edgegw.simulate.car import MIN_A
from edgegw.simulate.world import PHASES

offers = st.floats(0, 80)
socs = st.floats(0, 1)
steps = st.lists(st.tuples(st.floats(0.05, 2.0), offers), min_size=1, max_size=60)


def cars() -> st.SearchStrategy[Car]:
    return st.builds(
        Car, capacity_wh=st.floats(5_000, 100_000), soc=socs, max_a=st.floats(6, 32), phases=st.sampled_from([1, 2, 3])
    )


def places() -> st.SearchStrategy[Place]:
    wiring = st.sampled_from(
        [(PHASES, False), (("L2", "L3", "L1"), False), (("L3",), False), (("L1", "L2"), True), (("L2", "L3"), True)]
    )
    return st.builds(lambda how, car: Place(1, how[0], how[1], car=car, closed=True), wiring, cars())


@given(cars(), steps)
def test_a_car_never_draws_more_than_it_is_offered_for_five_seconds_and_nothing_below_six(
    car: Car, moves: list[tuple[float, float]]
) -> None:
    drawn = 0.0
    for dt, offered in moves:
        drawn = car.follow(drawn, offered, dt)
        assert 0.0 <= drawn <= car.max_a
        settled = drawn
        for _ in range(50):
            settled = car.follow(settled, offered, 0.1)
        assert settled <= (offered if offered >= MIN_A else 0.0) + 1e-9


@pytest.mark.parametrize(("offered", "drawn"), [(5.9, 0.0), (6.0, 6.0)])
def test_six_amperes_is_the_least_that_a_car_is_given(offered: float, drawn: float) -> None:
    assert Car(soc=0.5).follow(6.0, offered, 10.0) == drawn


@given(cars())
def test_a_battery_takes_less_the_fuller_it_is_and_nothing_when_it_is_full(car: Car) -> None:
    wanted = car.wanted_a()
    car.soc = min(1.0, car.soc + 0.05)
    assert car.wanted_a() <= wanted
    car.soc = 1.0
    assert car.wanted_a() == 0.0
    car.soc = 0.8
    assert car.wanted_a() == car.max_a


@given(places(), steps)
def test_the_register_is_the_power_over_time_and_the_battery_gets_it(
    place: Place, moves: list[tuple[float, float]]
) -> None:
    world = World([place], voltage_v=127.0)
    assert place.car is not None
    before, energy = place.car.soc, 0.0
    for dt, offered in moves:
        place.offered_a = offered
        world.step(dt)
        energy += place.power_w * dt / 3600.0
    assert place.register_wh == pytest.approx(energy)
    assert place.car.soc == pytest.approx(min(1.0, before + energy / place.car.capacity_wh))


@given(st.lists(places(), min_size=1, max_size=6), steps)
def test_the_meter_before_the_cars_sees_their_power_and_at_most_the_sum_of_their_currents(
    there: list[Place], moves: list[tuple[float, float]]
) -> None:
    world = World(there, voltage_v=127.0)
    feeder = world.feeder()
    for dt, offered in moves:
        for place in there:
            place.offered_a = offered
        world.step(dt)
        assert sum(feeder.watts) == pytest.approx(sum(place.power_w for place in there), abs=1e-6)
        for n, phase in enumerate(PHASES):
            on_it = sum(
                place.drawn_a
                for place in there
                if phase in (place.phases if place.line else place.phases[: place.used])
            )
            assert feeder.amps[n] <= on_it + 1e-6
    assert sum(feeder.import_wh) == pytest.approx(sum(place.register_wh for place in there), abs=1e-6)


def test_a_car_between_two_phases_has_220_volts_and_loads_both_alike() -> None:
    place = Place(1, ("L1", "L2"), line=True, car=Car(phases=1), closed=True, offered_a=20.0)
    world = World([place], voltage_v=127.0)
    feeder = world.feeder()
    for _ in range(100):
        world.step(0.5)
    assert place.volts[0] == pytest.approx(127 * math.sqrt(3), rel=0.02)
    assert place.power_w == pytest.approx(place.volts[0] * 20.0)
    assert feeder.amps == pytest.approx([20.0, 20.0, 0.0])
    assert feeder.watts[0] == pytest.approx(feeder.watts[1], rel=0.02)
    assert feeder.neutral_a == pytest.approx(0.0, abs=1e-9)


def test_a_load_pulls_the_voltage_down() -> None:
    place = Place(1, ("L2",), car=Car(phases=1), closed=True, offered_a=32.0)
    idle, loaded = World([Place()], voltage_v=230.0), World([place], voltage_v=230.0)
    dips = []
    for world in (idle, loaded):
        feeder = world.feeder()
        for _ in range(100):
            world.step(0.5)
        dips.append(feeder.volts)
    assert dips[1][1] < dips[0][1] - 1.0
    assert dips[1][0] == dips[0][0]


@given(st.floats(0, 1e6), st.floats(1, 60), st.integers(0, 100))
def test_a_building_stays_within_what_it_may_draw_and_is_the_same_for_the_same_seed(
    at_s: float, base_a: float, seed: int
) -> None:
    for phase in PHASES:
        amps = Building(base_a, most_a=1.2 * base_a, seed=seed).current_a(phase, at_s)
        assert 0.0 <= amps <= 1.2 * base_a
        assert amps == Building(base_a, most_a=1.2 * base_a, seed=seed).current_a(phase, at_s)


def test_haste_fills_the_battery_and_leaves_the_register_true() -> None:
    slow, quick = (
        Place(1, car=Car(), closed=True, offered_a=16.0),
        Place(1, car=Car(haste=30), closed=True, offered_a=16),
    )
    for place in (slow, quick):
        World([place]).step(1.0)
    assert quick.register_wh == slow.register_wh
    assert quick.car is not None
    assert slow.car is not None
    assert quick.car.soc - 0.3 == pytest.approx(30 * (slow.car.soc - 0.3))


def test_a_feeder_sees_only_what_is_behind_it() -> None:
    here, there = (Place(1, car=Car(), closed=True, offered_a=16.0) for _ in range(2))
    world = World([here, there], building=Building(10.0))
    row, all_of_it = world.feeder([here], building=False), world.feeder()
    for _ in range(20):
        world.step(0.5)
    assert sum(row.watts) == pytest.approx(here.power_w)
    assert sum(all_of_it.watts) > here.power_w + there.power_w
