"""How the loop learns what an EVSE is wired to, and what it reckons with until it knows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegw.core.rotation import rotations
from edgegw.load.trials import ASKED_S, LOWERED_A, Verdict
from edgegw.model.site import PHASES, ChargingStation, Circuit, Evse, Phase
from tests.load.world import World, site, station

STEADY = {"L1": 10.0, "L2": 12.0, "L3": 8.0}


def auto(name: str, count: int = 3, **more: Any) -> ChargingStation:
    """A station with one EVSE whose phases are left to be learned."""
    wiring = more.pop("wiring", "neutral")
    connectors = station(name).evses[0].connectors
    return ChargingStation(name, name, (Evse(name, 1, 32.0, PHASES[:count], wiring, connectors, auto=True),), **more)


def world(*stations: ChargingStation, wired: dict[str, tuple[Phase, ...]], **supply: Any) -> World:
    made = World(site(*stations, **supply), STEADY)
    for name, phases in wired.items():
        made.evses[name, 1].wired = phases
    made.turn(20)
    return made


def come_and_go(world: World, name: str, times: int = 2, **car: Any) -> None:
    for _ in range(times):
        world.arrive(name, **{"car_a": 16.0, "car_phases": 1} | car)
        world.turn(70)
        world.leave(name)
        world.turn(70)


def learned(world: World) -> list[Any]:
    return [(fact.station, fact.phases) for fact in world.facts("phases_learned")]


# By what happens anyway


@pytest.mark.parametrize("late_s", [0, 1, 2])
@pytest.mark.parametrize("every_s", [1, 10, 30])
def test_cars_that_come_and_go_show_how_an_evse_is_wired(late_s: int, every_s: int) -> None:
    made = world(auto("S1"), station("S2"), wired={"S1": ("L2", "L3", "L1")})
    made.meter_late_s, made.readings_every_s, made.restless_a = late_s, every_s, 0.4
    come_and_go(made, "S1", 3)
    assert learned(made) == [("S1", ("L2", None, None))]
    assert made.facts("phases_learned")[0].text.startswith("S1 is L2 ? ?, sure ")


def test_a_car_on_two_phases_shows_all_three() -> None:
    made = world(auto("S1"), wired={"S1": ("L3", "L1", "L2")})
    come_and_go(made, "S1", 2, car_phases=1)
    come_and_go(made, "S1", 2, car_phases=2)
    assert learned(made) == [("S1", ("L3", None, None)), ("S1", ("L3", "L1", "L2"))]


def test_a_place_on_one_phase_and_a_load_between_two_are_found() -> None:
    made = world(auto("S1", 1), wired={"S1": ("L3",)})
    come_and_go(made, "S1", 2)
    assert learned(made) == [("S1", ("L3",))]
    made = world(auto("S1", 2, wiring="line"), wired={"S1": ("L1", "L3")})
    come_and_go(made, "S1", 2, car_phases=2)
    assert learned(made) == [("S1", ("L1", "L3"))]


def test_limits_that_are_lowered_and_raised_for_others_show_it_too() -> None:
    made = world(auto("S1"), station("S2", "L2"), wired={"S1": ("L2", "L3", "L1")}, limit_a=52.0, building_max_a=12.0)
    made.arrive("S1", car_phases=1)
    made.turn(120)
    for _ in range(3):
        made.arrive("S2")  # wants the same phase
        made.turn(90)
        made.leave("S2")
        made.turn(90)
    assert ("S1", ("L2", None, None)) in learned(made)


def test_steps_of_two_cars_at_the_same_time_count_for_neither() -> None:
    made = world(auto("S1"), auto("S2"), wired={"S1": ("L2", "L3", "L1"), "S2": ("L3", "L1", "L2")})
    for _ in range(6):
        for name in ("S1", "S2"):
            made.arrive(name, car_a=16.0, car_phases=1)
        made.turn(60)
        for name in ("S1", "S2"):
            made.leave(name)
        made.turn(60)
    assert learned(made) == []
    come_and_go(made, "S1")
    assert learned(made) == [("S1", ("L2", None, None))]


def test_a_meter_of_its_circuit_shows_it_while_the_building_jumps() -> None:
    row = Circuit("row", 63.0)
    made = World(
        site(auto("S1", circuit="row"), circuits=(row,)), STEADY, roles={"supply": "grid", "circuit:row": "row"}
    )
    made.evses["S1", 1].wired = ("L2", "L3", "L1")
    made.restless_a = 6.0
    made.turn(60)
    come_and_go(made, "S1")
    assert learned(made) == [("S1", ("L2", None, None))]


def test_in_a_building_that_jumps_nothing_is_learned_from_one_meter_but_what_is_so() -> None:
    made = world(auto("S1"), wired={"S1": ("L2", "L3", "L1")})
    made.restless_a = 5.0
    made.turn(120)
    come_and_go(made, "S1", 10, car_a=12.0)
    assert learned(made) in ([], [("S1", ("L2", None, None))])


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(*[st.sampled_from(rotations(Evse("", 1, 32.0, PHASES)))] * 3),
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["come", "come", "go", "full"]), st.integers(1, 3),
                       st.sampled_from([8.0, 16.0, 32.0]), st.integers(5, 120)), min_size=20, max_size=60),
    st.sampled_from([0.0, 0.5, 2.0]), st.integers(0, 2), st.sampled_from([1, 10, 60]), st.integers(0, 100),
)  # fmt: skip
def test_nothing_is_learned_that_is_not_so(
    wired: Any, story: list[Any], restless_a: float, late_s: int, every_s: int, seed: int
) -> None:
    made = world(auto("S0"), station("S1"), auto("S2"), wired={f"S{n}": each for n, each in enumerate(wired)})
    made.restless_a, made.meter_late_s, made.readings_every_s = restless_a, late_s, every_s
    made.chance.seed(seed)
    for which, what, phases, car_a, seconds in story:
        place = made.evses[f"S{which}", 1]
        if what == "come" and place.transaction is None:
            made.arrive(f"S{which}", car_a=car_a, car_phases=phases)
        elif what == "go":
            made.leave(f"S{which}")
        elif what == "full":
            place.full = not place.full
        made.turn(seconds)
    for name, phases in learned(made):
        for phase, so in zip(phases, made.evses[name, 1].wired, strict=True):
            assert phase in (None, so), made.facts("phases_learned")


# What is reckoned with


def test_until_it_is_known_a_single_phase_car_counts_on_every_phase() -> None:
    made = world(auto("S1", 1), auto("S2", 1), wired={"S1": ("L2",), "S2": ("L3",)}, limit_a=36.0, building_max_a=12.0)
    made.arrive("S1")
    made.arrive("S2")
    made.turn(60)
    assert made.holds("S1") + made.holds("S2") == pytest.approx(24.0)
    for name in ("S1", "S2"):
        made.leave(name)
        made.turn(60)
        come_and_go(made, name)
    assert sorted(learned(made)) == [("S1", ("L2",)), ("S2", ("L3",))]
    made.arrive("S1")
    made.arrive("S2")
    made.turn(60)
    assert (made.holds("S1"), made.holds("S2")) == (24.0, 28.0)


def test_what_was_learned_outlasts_a_restart() -> None:
    made = world(auto("S1", 1), auto("S2", 1), wired={"S1": ("L2",), "S2": ("L3",)}, limit_a=36.0, building_max_a=12.0)
    come_and_go(made, "S1")
    come_and_go(made, "S2")
    made.restart()
    made.turn(200)
    made.arrive("S1")
    made.arrive("S2")
    made.turn(60)
    assert (made.holds("S1"), made.holds("S2")) == (24.0, 28.0)
    assert learned(made) == []


def test_a_wrong_rotation_in_the_file_is_an_alarm_and_counts_on_both_phases() -> None:
    made = world(
        station("S1"), station("S2", "L2"), wired={"S1": ("L2", "L3", "L1")}, limit_a=40.0, building_max_a=12.0
    )
    come_and_go(made, "S1")
    (fact,) = made.facts("phases_learned")
    assert fact.contradicts
    assert fact.text.startswith("S1's L1 is the site's L2: its phases should read [L2, L3, L1]")
    made.limit("station:S1", 10.0)
    made.arrive("S1", car_phases=1)
    made.arrive("S2")
    made.turn(120)
    assert made.flows("main", "L2") > 38.0
    made.state.limits.clear()  # S1 may rise on L1, as the file has it
    for _ in range(120):
        made.turn()
        assert made.most(("main", "L2")) <= 40.0
    assert made.flows("main", "L2") > 38.0


def test_a_rotation_that_is_as_the_file_says_is_told_once_and_changes_nothing() -> None:
    made = world(station("S1"), wired={"S1": PHASES})
    come_and_go(made, "S1", 6)
    (fact,) = made.facts("phases_learned")
    assert (fact.phases, fact.contradicts) == (("L1", None, None), False)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*[st.sampled_from(rotations(Evse("", 1, 32.0, PHASES)))] * 3),
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["come", "come", "go", "full", "ask"]), st.integers(1, 3),
                       st.integers(1, 60)), max_size=20),
    st.integers(0, 12), st.sampled_from([25.0, 40.0]),
)  # fmt: skip
def test_however_places_are_wired_that_are_to_be_learned_no_breaker_is_asked_too_much(
    wired: Any, story: list[Any], building_a: int, limit_a: float
) -> None:
    made = World(
        site(auto("S0"), auto("S1", 1), auto("S2", 2, wiring="line"), limit_a=limit_a, building_max_a=12.0),
        dict.fromkeys(PHASES, float(building_a)),
    )
    for number, (place, phases) in enumerate(zip(made.evses.values(), wired, strict=True)):
        place.wired = phases[: 3 - number] if number < 2 else phases[:2]
    made.evses["S1", 1].wired = wired[1][:1]
    made.turn(2)
    for which, what, phases, seconds in story:
        place = made.evses[f"S{which}", 1]
        if what == "come" and place.transaction is None and made.now - place.ended_at > 10:
            made.arrive(f"S{which}", car_phases=min(phases, len(place.wired)) if which < 2 else 2)
        elif what == "go":
            made.leave(f"S{which}")
        elif what == "full":
            place.full = not place.full
        elif what == "ask":
            made.balance.trials.ask((f"S{which}", 1), made.now)
        for _ in range(seconds):
            for circuit_phase, breaker_a in made.places().items():
                assert made.most(circuit_phase) <= breaker_a + 1e-6
            made.turn()


# By steps that are made


def asked(made: World, name: str = "S1", seconds: int = round(ASKED_S) + 60) -> tuple[Verdict, list[float]]:
    """What an installer is told who asks, and the limits that it took."""
    before = len(made.told(name))
    made.balance.trials.ask((name, 1), made.now)
    for _ in range(seconds):
        made.turn()
        if (verdict := made.balance.trials.answer((name, 1))) is not None:
            return verdict, made.told(name)[before:]
    raise AssertionError("no answer")


@pytest.mark.parametrize("every_s", [1, 10])
def test_an_installer_with_a_test_car_is_told_within_two_minutes(every_s: int) -> None:
    made = world(auto("S1"), wired={"S1": ("L2", "L3", "L1")})
    made.readings_every_s, made.restless_a = every_s, 0.3
    made.arrive("S1", car_a=16.0, car_phases=1)
    made.turn(60)
    began = made.now
    verdict, limits = asked(made)
    assert (verdict.sure, verdict.text[:19]) == (True, "S1 is L2 ? ?, sure ")
    assert made.now - began < 120
    assert max(limits) <= 32.0
    assert min(limits) == 16.0 - LOWERED_A


def test_a_car_on_two_phases_tells_which_two_they_are() -> None:
    made = world(auto("S1"), wired={"S1": ("L2", "L3", "L1")})
    made.arrive("S1", car_a=16.0, car_phases=2)
    made.turn(60)
    verdict, _ = asked(made)
    assert (verdict.sure, verdict.text[:14]) == (True, "S1 is ? ? L1, ")


def test_a_car_on_one_phase_is_lowered_until_that_one_is_known_and_then_let_alone() -> None:
    made = world(auto("S1"), wired={"S1": ("L3", "L1", "L2")})
    made.arrive("S1", car_a=16.0, car_phases=1)
    made.turn(60)
    verdict, _ = asked(made)
    assert (verdict.sure, verdict.text[:13]) == (True, "S1 is L3 ? ?,")
    verdict, limits = asked(made)
    assert (verdict.sure, limits) == (True, [])


@pytest.mark.parametrize(
    ("car", "text"),
    [
        ({"car_phases": 3}, "its car draws the same from all of its phases"),
        ({"car_a": 8.0}, "its car draws 8.0 A; 10 A are needed"),
        (None, "no car charges there"),
    ],
)
def test_who_asks_with_a_car_that_can_tell_nothing_is_told_why(car: dict[str, Any] | None, text: str) -> None:
    made = world(auto("S1"), wired={"S1": ("L2", "L3", "L1")})
    if car is not None:
        made.arrive("S1", **{"car_a": 16.0, "car_phases": 1} | car)
    made.turn(60)
    verdict, limits = asked(made)
    assert (verdict.sure, verdict.text[: len(text)]) == (False, text)
    assert min(limits, default=16.0) >= 9.0


@pytest.mark.parametrize(
    ("learn_phases", "hour", "lowered"), [("night", 2, True), ("night", 14, False), ("off", 2, False)]
)
def test_without_an_installer_cars_are_lowered_only_at_night_and_where_the_file_says_so(
    learn_phases: str, hour: int, lowered: bool
) -> None:
    made = World(site(auto("S1"), of_site={"learn_phases": learn_phases}), STEADY)
    made.clock.advance(((hour - made.clock.now().hour) % 24) * 3600)
    made.evses["S1", 1].wired = ("L2", "L3", "L1")
    made.turn(5)
    made.arrive("S1", car_a=16.0, car_phases=1)
    made.turn(900)
    assert (min(made.told("S1")) < 16.0) is lowered
    assert learned(made) == ([("S1", ("L2", None, None))] if lowered else [])
    if lowered:
        assert sum(limit_a == 12.0 for limit_a in made.told("S1")) <= 3


# Where the supply's meter has the last word


def test_what_was_learned_and_is_so_no_more_is_doubted_like_a_file_that_is_wrong() -> None:
    made = world(auto("S1", 1), wired={"S1": ("L2",)})
    come_and_go(made, "S1", 2)
    assert learned(made) == [("S1", ("L2",))]
    made.evses["S1", 1].wired = ("L1",)
    made.building = {**STEADY, "L1": 45.0}
    made.turn(20)
    made.arrive("S1", car_phases=1)
    while made.flows(phase="L1") <= 63.0:
        made.turn()
    made.turn(15)
    assert made.balance.doubted == {"main": ("main", "L1")}
    for _ in range(300):
        made.turn()
        assert made.flows(phase="L1") <= 63.0


def test_what_a_car_drew_that_has_just_stopped_is_not_taken_for_the_building_wherever_it_was() -> None:
    made = world(auto("S1", 1), station("S2", "L2"), wired={"S1": ("L2",)})
    made.meter_late_s = 1
    made.arrive("S1", car_phases=1, car_a=16.0)
    made.arrive("S2", car_phases=1)
    made.turn(90)
    assert learned(made) == []
    before = made.balance.picture.beside["main", "L2"]
    made.leave("S1")
    made.status("S1", 1, "finishing")
    for _ in range(30):
        made.turn()
        assert made.balance.picture.beside["main", "L2"] <= before
