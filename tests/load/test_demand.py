"""The contracted demand of a quarter of an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.load.demand import SHARE, Quarter

QUARTER = datetime(2026, 3, 2, 12, 15, tzinfo=UTC)
LIMIT_W = 60_000.0


def after(*parts: tuple[float, float | None], begun_at: datetime = QUARTER) -> Quarter:
    """A quarter that was seen each second while so much was drawn for so long (seconds, watts)."""
    quarter, second = Quarter(), 0
    for seconds, power_w in parts:
        for _ in range(int(seconds)):
            quarter.see(power_w, begun_at + timedelta(seconds=second), LIMIT_W)
            second += 1
    quarter.see(parts[-1][1], begun_at + timedelta(seconds=second), LIMIT_W)
    return quarter


def test_what_a_part_of_a_quarter_leaves_the_rest_may_have() -> None:
    assert after((450, 30_000.0)).allowed_w(LIMIT_W) == pytest.approx(2 * SHARE * LIMIT_W - 30_000.0)


def test_what_it_took_too_much_the_rest_has_to_save() -> None:
    assert after((450, 80_000.0)).allowed_w(LIMIT_W) == pytest.approx(2 * SHARE * LIMIT_W - 80_000.0)
    assert after((800, 80_000.0)).allowed_w(LIMIT_W) == 0.0


def test_the_next_quarter_begins_with_nothing() -> None:
    assert after((900, 80_000.0)).allowed_w(LIMIT_W) == pytest.approx(SHARE * LIMIT_W)


def test_the_last_minute_is_not_promised_all_that_is_left() -> None:
    assert after((870, 0.0)).allowed_w(LIMIT_W) == pytest.approx(SHARE * LIMIT_W * 900 / 60)


def test_what_no_meter_tells_counts_as_the_contract_has_it() -> None:
    assert after((450, None)).allowed_w(LIMIT_W) == pytest.approx((2 * SHARE - 1) * LIMIT_W)
    begun_late = after((60, 0.0), begun_at=QUARTER + timedelta(seconds=600))
    assert begun_late.allowed_w(LIMIT_W) == pytest.approx((SHARE * 900 - 600) / 240 * LIMIT_W)


@given(st.lists(st.floats(0, 90_000), min_size=30, max_size=30))
def test_a_site_that_keeps_to_it_keeps_its_demand(buildings: list[float]) -> None:
    """Cars take all that is allowed beside a building that jumps each half minute; while it alone takes no more than
    the contract allows for the whole quarter, the quarter does not either."""
    quarter, drawn_ws = Quarter(), 0.0
    for second in range(900):
        building_w = min(buildings[second // 30], LIMIT_W * 0.9)
        at = QUARTER + timedelta(seconds=second)
        # The cars follow what was allowed a second ago, and breakers hold them to four times the contract.
        power_w = max(building_w, min(quarter.allowed_w(LIMIT_W), 4 * LIMIT_W))
        quarter.see(power_w, at, LIMIT_W)
        drawn_ws += power_w
    assert drawn_ws / 900 <= LIMIT_W
