"""Weighing how an EVSE is wired: by steps of its current and what the site's meter moved by."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegw.core.rotation import (
    SURE,
    Belief,
    Known,
    Step,
    completed,
    contradicts,
    counted,
    learned,
    possible,
    rotations,
    said,
)
from edgegw.model.site import PHASES, ChargingStation, Evse, Phase, Site
from edgegw.model.state import LearnedPhases, State, StationQuirks
from tests.support.clock import FakeClock

QUIET = dict.fromkeys(PHASES, 0.3)


def evse(*phases: Phase, **more: Any) -> Evse:
    return Evse("CP01", 1, 32.0, phases or PHASES, **more)


def step(wired: tuple[Phase, ...], drawn: dict[Phase, float], at: Evse | None = None, **noise: float) -> Step:
    """A step of an EVSE that is really `wired` so, seen by a meter that is off by `noise`."""
    names = (at or evse()).phases
    seen = dict.fromkeys(PHASES, 0.0)
    for phase, name in zip(wired, names, strict=True):
        seen[phase] += drawn.get(name, 0.0)
    return Step(drawn, {phase: a + noise.get(phase, 0.0) for phase, a in seen.items()}, QUIET)


def believed(at: Evse, *steps: Step) -> Belief:
    belief = Belief(rotations(at))
    for each in steps:
        belief.weigh(at.phases, each)
    return belief


def test_three_steps_of_a_single_phase_car_tell_the_first_terminal_and_no_other() -> None:
    one = step(("L2", "L3", "L1"), {"L1": 16.0})
    assert believed(evse(), one, one).known() == (None, None, None)
    belief = believed(evse(), one, one, one)
    assert belief.known() == ("L2", None, None)
    assert belief.odds() >= SURE


def test_a_car_on_two_phases_tells_all_three() -> None:
    two = step(("L3", "L1", "L2"), {"L1": -10.0, "L2": -10.0})
    one = step(("L3", "L1", "L2"), {"L1": -10.0})
    belief = believed(evse(), two, two, two, one, one, one)
    assert belief.known() == ("L3", "L1", "L2")


def test_a_car_that_draws_the_same_from_all_phases_tells_nothing() -> None:
    three = step(("L3", "L1", "L2"), dict.fromkeys(PHASES, 16.0))
    belief = believed(evse(), *[three] * 10)
    assert (belief.known(), belief.steps, belief.odds()) == ((None, None, None), 0, 1.0)
    assert not belief.tells(PHASES, dict.fromkeys(PHASES, -4.0))
    assert belief.tells(PHASES, {"L1": -4.0})


def test_an_evse_on_one_phase_is_found_on_any_of_three() -> None:
    at = evse("L1", auto=True)
    belief = believed(at, *[step(("L3",), {"L1": 16.0}, at)] * 3)
    assert belief.known() == ("L3",)


def test_a_load_between_two_phases_is_found_as_a_pair() -> None:
    at = evse("L1", "L2", wiring="line", auto=True)
    one = step(("L1", "L3"), {"L1": 16.0, "L2": 16.0}, at)
    assert believed(at, one, one).known() == (None, None)
    assert believed(at, one, one, one).known() == ("L1", "L3")


def test_a_step_within_what_the_meter_moves_by_itself_does_not_count() -> None:
    loud = dict.fromkeys(PHASES, 2.5)
    belief = believed(evse(), *[Step({"L1": 4.0}, {"L1": 4.0, "L2": 0.0, "L3": 0.0}, loud)] * 10)
    assert belief.steps == 0


def test_a_building_that_moves_at_the_same_moment_is_outvoted() -> None:
    good = step(("L1", "L2", "L3"), {"L1": 16.0})
    false = Step({"L1": 16.0}, {"L1": 0.0, "L2": 16.0, "L3": 0.0}, QUIET)
    belief = believed(evse(), good, false, good, false, good, good, good)
    assert belief.known()[0] == "L1"


def test_steps_that_fit_nothing_take_away_from_what_was_believed() -> None:
    good = step(("L1", "L2", "L3"), {"L1": 16.0})
    nothing = Step({"L1": 16.0}, dict.fromkeys(PHASES, 0.0), QUIET)
    assert believed(evse(), *[good, nothing, nothing, nothing] * 20).known() == (None, None, None)


def test_what_an_electrician_changes_is_noticed() -> None:
    before, after = step(("L1", "L2", "L3"), {"L1": 16.0}), step(("L2", "L3", "L1"), {"L1": 16.0})
    belief = believed(evse(), *[before] * 100, *[after] * 8)
    assert belief.known()[0] == "L2"


def test_what_was_sure_before_a_restart_takes_more_than_three_steps_to_turn() -> None:
    belief = Belief(rotations(evse()), ("L1", None, None))
    assert belief.known() == ("L1", None, None)
    for _ in range(3):
        belief.weigh(PHASES, step(("L2", "L3", "L1"), {"L1": 16.0}))
    assert belief.known()[0] is None
    for _ in range(4):
        belief.weigh(PHASES, step(("L2", "L3", "L1"), {"L1": 16.0}))
    assert belief.known()[0] == "L2"


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(rotations(evse())), st.integers(0, 10_000), st.sampled_from([0.3, 1.0, 2.0]))
def test_whatever_the_noise_it_is_never_sure_of_what_is_not_so(wired: Any, seed: int, noise_a: float) -> None:
    """Cars on one and two phases, whose steps are up to 15 % off, in a building that jumps now and then."""
    chance = random.Random(seed)
    belief, found = Belief(rotations(evse())), set()
    for _ in range(150):
        size_a = chance.choice([-1, 1]) * chance.uniform(4, 32)
        drawn: dict[Phase, float] = {phase: size_a for phase in PHASES[: chance.choice([1, 1, 2, 3])]}  # noqa: C420
        seen = {phase: chance.gauss(0, noise_a) for phase in PHASES}
        if chance.random() < 0.1:
            seen[chance.choice(PHASES)] += chance.uniform(-25, 25)
        for phase, name in zip(wired, PHASES, strict=True):
            seen[phase] += drawn.get(name, 0.0) * chance.uniform(0.9, 1.02)
        belief.weigh(PHASES, Step(drawn, seen, dict.fromkeys(PHASES, noise_a)))
        for known, so in zip(belief.known(), wired, strict=True):
            assert known in (None, so)
            found.add(known)
    assert found >= set(wired)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.2, 3.0))
def test_an_evse_that_is_not_behind_the_meter_at_all_is_hardly_ever_found_there(seed: int, noise_a: float) -> None:
    chance = random.Random(seed)
    belief = Belief(rotations(evse()))
    sure = 0
    for _ in range(200):
        drawn: dict[Phase, float] = {"L1": chance.choice([-1, 1]) * chance.uniform(4, 32)}
        seen = {phase: chance.gauss(0, noise_a) + chance.choice([0, 0, 0, 8, -8, 16]) for phase in PHASES}
        belief.weigh(PHASES, Step(drawn, seen, dict.fromkeys(PHASES, noise_a)))
        sure += any(belief.known())
    assert sure <= 20


# What is reckoned with


def row(at: Evse, *phases: Phase | None, **more: Any) -> LearnedPhases:
    told: dict[str, Any] = {
        "told": at.phases, "auto": at.auto, "reports": None, "contradicts": contradicts(at, phases),
        "odds": 40.0, "steps": 3, "at": FakeClock().now(), "text": "",
    } | more  # fmt: skip
    return LearnedPhases(evse=1, phases=phases, **told)


def test_an_evse_left_to_be_learned_may_be_wired_in_any_way_until_it_is_known() -> None:
    at = evse(auto=True)
    assert len(possible(at, None)) == 6
    assert possible(at, row(at, "L2", None, None)) == (("L2", "L1", "L3"), ("L2", "L3", "L1"))
    assert possible(at, row(at, "L2", "L3", "L1")) == (("L2", "L3", "L1"),)
    assert counted(evse("L1", auto=True)) == PHASES
    assert counted(evse("L2")) == ("L2",)


def test_what_contradicts_the_file_is_reckoned_with_beside_it() -> None:
    at = evse()
    assert possible(at, None) == possible(at, row(at, "L1", None, None)) == (PHASES,)
    assert possible(at, row(at, "L2", None, None)) == (PHASES, ("L2", "L1", "L3"), ("L2", "L3", "L1"))
    single = evse("L1")
    assert possible(single, row(single, "L3")) == (("L1",), ("L3",))


def test_a_pair_in_the_other_order_contradicts_nothing() -> None:
    at = evse("L2", "L1", wiring="line")
    assert not contradicts(at, ("L1", "L2"))
    assert contradicts(at, ("L1", "L3"))


@pytest.mark.parametrize(
    ("at", "known", "reports", "text"),
    [
        (evse(), ("L2", "L3", "L1"), False,
         "CP01's L1, L2, L3 are the site's L2, L3, L1: its phases should read [L2, L3, L1]"),
        (evse(), ("L2", None, None), False,
         "CP01's L1 is the site's L2: its phases should read [L2, L3, L1], if the terminals that no car has shown yet "
         "follow in the usual order"),
        (evse("L1"), ("L3",), True, "CP01's L1 is the site's L3: its reports_phases should read [L3]"),
        (evse("L1", "L2", wiring="line"), ("L1", "L3"), False,
         "CP01 hangs between L1 and L3 of the site: its phases should read [L1, L3]"),
        (evse(auto=True), ("L2", None, None), False, "CP01 is L2 ? ?, sure 40:1"),
        (evse(), ("L1", "L2", "L3"), False, "CP01 is L1 L2 L3, sure 40:1"),
    ],
)  # fmt: skip
def test_what_was_learned_is_said_so_that_an_installer_can_act(
    at: Evse, known: Known, reports: bool, text: str
) -> None:
    assert said("CP01", at, known, 40.0, reports=reports) == text


def test_open_terminals_are_completed_in_the_usual_order() -> None:
    assert completed(evse(), ("L3", None, None)) == ("L3", "L1", "L2")
    assert completed(evse(), ("L3", "L2", None)) == ("L3", "L2", "L1")


def test_what_was_learned_counts_as_long_as_the_file_says_the_same() -> None:
    at = evse("L1", "L2", "L3")
    state = State(quirks={"CP01": StationQuirks("CP01", (), (row(at, "L2", None, None),))})

    def known(changed: Evse, **station: Any) -> list[Any]:
        site = Site("s", "S", stations={"CP01": ChargingStation("CP01", "CP01", (changed,), **station)})
        return [each.phases for each in learned(state, site).values()]

    assert known(at) == [("L2", None, None)]
    assert known(evse("L2", "L3", "L1")) == known(evse(auto=True)) == []
    assert known(at, reports_phases=("L2", "L3", "L1")) == []
