"""What flows beside the cars: bounds on what they draw, and the estimate between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.load.beside import NOTHING, Draw, draw, estimate
from edgegw.load.held import Held
from edgegw.load.meter import currents_of
from edgegw.model.samples import MeterSample
from edgegw.model.site import PHASES
from tests.support.clock import FakeClock

ONE = ("L1",)


def held(limit_a: float, *, at: float, changed_at: float) -> Held:
    return Held(
        6.0,
        32.0,
        "T",
        changed_at=changed_at,
        accepted_a=limit_a,
        accepted_at=at,
        accepted_until=at + 120,
        obedient=True,
    )


def test_a_settled_reading_is_what_it_draws() -> None:
    assert draw(held(16.0, at=100, changed_at=50), ONE, {"L1": 12.0}, 101.0, 102.0) == Draw({"L1": 12.0}, {"L1": 12.0})


def test_after_a_raise_it_draws_from_the_last_reading_up_to_its_limit() -> None:
    assert draw(held(16.0, at=100, changed_at=100), ONE, {"L1": 6.0}, 99.0, 103.0) == Draw({"L1": 6.0}, {"L1": 16.0})


def test_after_a_lower_limit_it_draws_that_at_most() -> None:
    assert draw(held(8.0, at=100, changed_at=100), ONE, {"L1": 16.0}, 99.0, 110.0) == Draw({"L1": 8.0}, {"L1": 8.0})


def test_without_a_reading_it_is_trusted_with_its_limit_for_a_while_and_then_with_nothing() -> None:
    fresh = held(16.0, at=200, changed_at=100)
    assert draw(fresh, ONE, None, 0.0, 175.0) == Draw({}, {"L1": 16.0})
    assert draw(fresh, ONE, None, 0.0, 176.0) == NOTHING
    assert draw(fresh, ONE, {"L1": 16.0}, 201.0, 277.0) == NOTHING


def test_a_reading_from_before_the_connection_may_be_of_a_car_that_stopped_unheard() -> None:
    known = held(16.0, at=100, changed_at=50)
    assert draw(known, ONE, {"L1": 16.0}, 109.0, 111.0) == Draw({"L1": 16.0}, {"L1": 16.0})
    known.reconnected(None, 110.0)
    assert draw(known, ONE, {"L1": 16.0}, 109.0, 111.0) == Draw({}, {"L1": 16.0})


def test_a_station_that_is_away_may_draw_up_to_its_last_limit_until_that_has_ended() -> None:
    gone = held(16.0, at=100, changed_at=0)
    assert draw(gone, ONE, {"L1": 16.0}, 150.0, 200.0, away=True) == Draw({}, {"L1": 16.0})
    assert draw(gone, ONE, {"L1": 16.0}, 150.0, 236.0, away=True) == NOTHING


def test_the_estimate_stays_while_it_may_be_right_and_moves_no_further_than_it_must() -> None:
    assert estimate(None, 30.0, 6.0, 16.0) == 24.0
    assert estimate(20.0, 30.0, 6.0, 16.0) == 20.0
    assert estimate(30.0, 30.0, 6.0, 16.0) == 24.0
    assert estimate(10.0, 30.0, 6.0, 16.0) == 14.0
    assert estimate(10.0, -5.0, 0.0, 0.0) == 0.0


@given(
    st.floats(0, 100), st.lists(st.tuples(st.floats(0, 32), st.floats(0, 32), st.floats(0, 32)), min_size=1, max_size=9)
)
def test_of_a_steady_building_the_estimate_is_never_too_low(building_a: float, cars: list[tuple[float, ...]]) -> None:
    before_a = None
    for currents in cars:
        low_a, drawn_a, high_a = sorted(currents)
        before_a = estimate(before_a, building_a + drawn_a, low_a, high_a)
        assert before_a >= building_a - 1e-9


def test_a_phase_that_gives_power_back_counts_as_negative() -> None:
    values = {"current_l1_a": 8.0, "power_l1_w": -1800.0, "current_l2_a": 3.0, "power_l2_w": 600.0}
    sample = MeterSample("meters/grid", FakeClock().now(), values)
    assert currents_of(sample, PHASES) == {"L1": -8.0, "L2": 3.0}


def test_what_an_earlier_limit_leaves_behind_counts_around_its_end() -> None:
    low = Held(6.0, 32.0, "T", accepted_a=0.0, accepted_at=0.0, accepted_until=240.0)
    high = Held(6.0, 32.0, "T", accepted_a=20.0, accepted_at=0.0, accepted_until=120.0)
    assert [low.reserve_a(at) for at in (100.0, 224.9, 225.1, 300.0)] == [0.0, 0.0, 6.0, 6.0]
    assert [high.reserve_a(at) for at in (100.0, 119.0, 130.0, 136.0)] == [20.0, 20.0, 20.0, 6.0]


def test_of_limits_that_fall_step_by_step_each_counts_for_five_seconds_after_the_next() -> None:
    made = held(32.0, at=100, changed_at=100)
    for at, limit_a in ((110.0, 20.0), (113.0, 10.0)):
        made.sent(limit_a, at, connected=True)
        made.accepted(limit_a, "T", at)
    assert [made.reserve_a(at) for at in (114.0, 115.0, 117.9, 118.0)] == [32.0, 20.0, 20.0, 10.0]


@pytest.mark.parametrize(("limit_a", "life_s"), [(0.0, 240), (5.9, 240), (6.0, 120), (32.0, 120)])
def test_a_limit_below_the_default_outlives_those_that_are_built_on_it(limit_a: float, life_s: int) -> None:
    assert Held(6.0, 32.0).life_s(limit_a) == life_s
