"""What flowed in a quarter of an hour, by readings and by registers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from edgegw.core.quarters import begin, mean, mean_w, number, spread

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
QUARTER = number(NOON)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_quarter_begins_when_the_wall_clock_says_so_also_where_zones_are_off_by_quarters() -> None:
    assert begin(number(at(899.9))) == NOON
    assert begin(QUARTER + 1).astimezone(ZoneInfo("Asia/Kathmandu")).minute == 0  # UTC+5:45


def test_a_reading_counts_until_the_next_one() -> None:
    readings = [(at(second), 1000.0 if second < 300 else 4000.0) for second in range(0, 900, 60)]
    assert mean(readings, QUARTER) == pytest.approx(3000.0)


def test_readings_that_come_in_bursts_count_for_their_time_and_not_for_their_number() -> None:
    burst = [(at(second), 9000.0) for second in range(60)]
    calm = [(at(second), 1000.0) for second in range(60, 900, 60)]
    assert mean(burst + calm, QUARTER) == pytest.approx((9000 * 60 + 1000 * 840) / 900)


def test_a_quarter_of_which_less_than_half_was_read_is_not_known() -> None:
    assert mean([(at(second), 500.0) for second in range(0, 300, 10)], QUARTER) is None
    assert mean([(at(second), 500.0) for second in range(0, 400, 10)], QUARTER) == 500.0
    assert mean([], QUARTER) is None
    assert mean([(at(-3600), 500.0)], QUARTER) is None


def test_a_reading_from_before_reaches_into_the_quarter() -> None:
    readings = [(at(second), 100.0) for second in (-60, 60, 180, 300, 420, 540)]
    assert mean(readings, QUARTER) == 100.0


def test_what_a_register_rose_belongs_to_the_time_in_which_it_did() -> None:
    found: dict[int, float] = {}
    spread([(at(-450), 1000), (at(450), 3000), (at(900), 4000), (at(5000), 4000)], found)
    assert found == pytest.approx({QUARTER - 1: 1000.0, QUARTER: 2000.0})
    assert mean_w(found, QUARTER) == pytest.approx(8000.0)
    assert mean_w(found, QUARTER + 7) == 0.0


def test_a_register_that_falls_or_stands_in_time_tells_nothing() -> None:
    found: dict[int, float] = {}
    spread([(at(0), 5000), (at(300), 100), (at(300), 900), (at(200), 2000)], found)
    assert found == {}
