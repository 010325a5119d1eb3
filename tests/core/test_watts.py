"""Limits in watts, which a car may draw on one phase."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edgegw.core.watts import on_one_phase_a, spread, steepest


def test_three_times_the_limit_may_flow_on_one_phase_and_never_more_than_the_evse_gives() -> None:
    assert [on_one_phase_a(a, 3, 32.0) for a in (0.0, 6.0, 10.0, 16.0, 32.0)] == [0.0, 18.0, 30.0, 32.0, 32.0]
    assert on_one_phase_a(16.0, 1, 32.0) == 16.0


@given(st.integers(60, 800), st.integers(1, 3), st.integers(60, 800))
def test_the_steepest_share_covers_every_limit(tenths: int, phases: int, max_tenths: int) -> None:
    limit_a, max_a = min(tenths, max_tenths) / 10, max_tenths / 10
    assert on_one_phase_a(limit_a, phases, max_a) <= limit_a * spread(limit_a, phases, max_a) / 100 + 1e-6
    assert spread(limit_a, phases, max_a) <= steepest(phases, max_a)
