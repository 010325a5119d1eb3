"""What a station says of the present, and what has waited in its queue."""

from __future__ import annotations

from datetime import timedelta

from edgegw.core.present import Presence
from tests.support.clock import FakeClock

NOON = FakeClock().now()
SOURCE = "stations/CP01/1"


def taken(*readings: tuple[float, float]) -> list[int]:
    """Which of readings stand for the present: each came so many seconds after noon, and was so old by its time."""
    presence, newest, found = Presence(), None, []
    for number, (came_s, old_s) in enumerate(readings):
        now = NOON + timedelta(seconds=came_s)
        at = now - timedelta(seconds=old_s)
        if presence.is_present(SOURCE, at, now, came_s, newest):
            newest = at
            found.append(number)
    return found


def test_readings_that_come_as_they_are_made_stand_for_the_present() -> None:
    assert taken((0, 1), (60, 1), (61, 0), (120, 50)) == [0, 1, 2, 3]


def test_an_hour_of_readings_from_a_queue_stands_for_nothing_and_what_is_made_next_does() -> None:
    queue = [(number * 0.1, 3600 - number * 60) for number in range(58)]
    assert taken(*queue, (30, 0)) == [58]


def test_a_queue_that_is_sent_for_a_minute_is_history_all_the_same() -> None:
    assert taken(*((number, 6000 - number * 10) for number in range(60))) == []


def test_a_reading_from_the_queue_does_not_follow_one_of_now() -> None:
    assert taken((0, 0), (1, 90), (2, 80), (10, 0)) == [0, 3]


def test_readings_of_a_clock_that_is_hours_slow_count_as_soon_as_they_keep_their_pace() -> None:
    assert taken((0, 10800), (60, 10800), (120, 10801)) == [1, 2]


def test_a_clock_that_was_set_back_from_the_future_is_believed_at_once() -> None:
    assert taken((0, -1200), (30, 0)) == [0, 1]


def test_a_clock_that_falls_hours_back_is_believed_with_its_second_reading() -> None:
    assert taken((0, 0), (60, 10800), (120, 10800)) == [0, 2]
