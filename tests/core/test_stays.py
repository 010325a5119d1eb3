"""A guess of when a car leaves that has not said."""

from __future__ import annotations

from edgegw.core.stays import MOST, Stays

HOUR = 3600.0
OFFICE = [(8.2, 9 * HOUR), (8.9, 8 * HOUR), (9.5, 8.5 * HOUR), (7.9, 10 * HOUR), (8.5, 9.5 * HOUR)]
LUNCH = [(12.1, HOUR), (12.5, 0.8 * HOUR), (12.8, 1.2 * HOUR), (13.2, HOUR), (12.3, 0.5 * HOUR)]


def test_a_car_that_comes_to_work_stays_as_those_that_came_to_work() -> None:
    stays = Stays([*OFFICE, *LUNCH])
    assert stays.expected_s(8.0, 0.0) == 9 * HOUR
    assert stays.expected_s(12.4, 0.0) == HOUR


def test_who_has_stayed_longer_than_most_is_like_those_that_did() -> None:
    stays = Stays([(8.0, n * HOUR) for n in range(1, 12)])
    assert stays.expected_s(8.0, 0.0) == 6 * HOUR
    assert stays.expected_s(8.0, 6 * HOUR) == 9 * HOUR
    assert stays.expected_s(8.0, 8 * HOUR) is None, "three are no ground for a guess"


def test_nobody_knows_at_an_hour_at_which_nobody_came() -> None:
    assert Stays(OFFICE).expected_s(20.0, 0.0) is None
    assert Stays().expected_s(8.0, 0.0) is None


def test_midnight_is_no_border() -> None:
    stays = Stays([(23.5, HOUR), (0.2, 2 * HOUR), (0.4, 3 * HOUR), (23.9, 4 * HOUR), (0.1, 5 * HOUR)])
    assert stays.expected_s(0.0, 0.0) == stays.expected_s(23.9, 0.0) == 3 * HOUR


def test_habits_of_long_ago_are_forgotten() -> None:
    stays = Stays([(8.0, HOUR)] * 10)
    for _ in range(MOST):
        stays.add(8.0, 5 * HOUR)
    assert stays.expected_s(8.0, 0.0) == 5 * HOUR
