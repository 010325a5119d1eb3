"""How far a station's clock is off, and what its times really were."""

from datetime import UTC, datetime, timedelta

import pytest

from edgegw.model.facts import StationStatusChanged
from edgegw.model.samples import MeterSample
from edgegw.stations.codec import Tell
from edgegw.stations.skew import News, StationClock, Told
from edgegw.stations.timing import put_right

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def heard(clock: StationClock, *offsets_s: float, every_s: float = 10.0, begins: datetime = NOW) -> list[News | None]:
    """The station tells the time every so often, each time off by so much."""
    times = [begins + seconds(every_s * number) for number in range(len(offsets_s))]
    return [clock.tell(at + seconds(offset), at) for at, offset in zip(times, offsets_s, strict=True)]


@pytest.mark.parametrize(
    ("skew_s", "fault"), [(95.0, "off"), (-95.0, "off"), (-10_800.0, "local_time"), (19_800.0, "local_time")]
)
def test_a_clock_that_is_off_is_told_of_once(skew_s: float, fault: str) -> None:
    clock = StationClock()
    news = [each for each in heard(clock, *([skew_s] * 6)) if each is not None]
    assert news == [News(skew_s, fault)]  # type: ignore[arg-type]
    assert clock.is_off


def test_a_slow_network_is_no_wrong_clock() -> None:
    clock = StationClock()
    assert heard(clock, -2.0, -0.2, -4.0, -1.0, -25.0, -0.5) == [None] * 6
    assert not clock.is_off


def test_a_queue_that_is_sent_at_once_is_no_slow_clock() -> None:
    clock = StationClock()
    assert heard(clock, -7200.0, -7200.0, -7200.0, -7200.0, every_s=0.1) == [None] * 4  # of one moment, two hours ago
    spread = StationClock()
    assert heard(spread, -3600.0, -3000.0, -2400.0, -1800.0, -1200.0, every_s=15.0) == [None] * 5
    assert (clock.skew_s, spread.skew_s) == (None, None)


def test_a_clock_that_was_never_set_is_known_at_its_second_word() -> None:
    clock = StationClock()
    since_start = [clock.tell(EPOCH + seconds(60 + n), NOW + seconds(n)) for n in range(2)]
    assert since_start[0] is None
    assert since_start[1] is not None
    assert since_start[1].fault == "unset"
    assert clock.right(EPOCH + seconds(30), NOW + seconds(2)) == Told(NOW - seconds(30), "corrected")


def test_a_clock_that_is_set_is_right_again_and_is_believed_at_once() -> None:
    clock = StationClock()
    heard(clock, *([3600.0] * 5))
    later = NOW + seconds(100)
    assert clock.right(later + seconds(1), later) == Told(later + seconds(1), None)
    news = [each for each in heard(clock, *([0.5] * 5), begins=later) if each is not None]
    assert news == [News(0.5, None)]
    assert not clock.is_off


def test_a_clock_at_the_limit_is_not_told_of_again_and_again() -> None:
    clock = StationClock()
    news = [each for each in heard(clock, *([32.0] * 5), *([28.0] * 5), *([32.0] * 5)) if each is not None]
    assert news == [News(32.0, "off")]


def test_what_is_told_now_is_put_right() -> None:
    clock = StationClock(-10_800.0, NOW - timedelta(days=1))
    assert clock.right(NOW - seconds(10_800), NOW) == Told(NOW, "corrected")


def test_a_story_from_a_queue_is_put_right_by_the_skew_that_was_known_then_else_it_stays_and_is_marked() -> None:
    clock = StationClock(3600.0, NOW - timedelta(days=2))
    yesterday = NOW - timedelta(days=1)
    assert clock.right(yesterday, NOW, queued=True) == Told(yesterday - seconds(3600), "corrected")
    before = NOW - timedelta(days=3)
    assert clock.right(before, NOW, queued=True) == Told(before, "doubtful")


def test_nothing_is_dated_into_the_future() -> None:
    clock = StationClock(-3600.0, NOW - timedelta(days=1))
    assert clock.right(NOW - seconds(1800), NOW) == Told(NOW - seconds(1800), "doubtful")
    assert clock.right(NOW - seconds(3590), NOW).at == NOW


def test_a_time_from_before_any_clock_is_the_arrival_and_marked_while_nothing_is_measured() -> None:
    assert StationClock().right(EPOCH, NOW) == Told(NOW, "doubtful")
    assert StationClock().right(NOW - timedelta(days=3), NOW) == Told(NOW - timedelta(days=3), None)


def test_a_status_of_a_clock_ahead_that_nobody_has_measured_is_dated_by_its_arrival() -> None:
    def taken(ahead_s: float) -> StationStatusChanged:
        at = NOW + seconds(ahead_s)
        told = StationStatusChanged(at=at, station="CP01", evse=1, connector=1, status="available")
        (fact,) = put_right(Tell({}, (told,)), {"timestamp": at.isoformat()}, StationClock(), NOW).facts  # type: ignore[union-attr]
        assert isinstance(fact, StationStatusChanged)
        return fact

    assert (taken(1200).at, taken(1200).told_at) == (NOW, NOW + seconds(1200))
    assert (taken(10).at, taken(10).told_at) == (NOW + seconds(10), None)


@pytest.mark.parametrize("ahead_s", [3 * 3600.0, 80 * 365 * 86400.0])
def test_a_time_that_has_not_come_yet_is_the_arrival_and_marked_while_nothing_is_measured(ahead_s: float) -> None:
    clock = StationClock()
    assert clock.right(NOW + seconds(ahead_s), NOW) == Told(NOW, "doubtful")
    assert clock.right(NOW + seconds(20), NOW) == Told(NOW + seconds(20), None)
    heard(clock, *([3600.0] * 5))
    assert clock.right(NOW + seconds(ahead_s + 7200), NOW) == Told(NOW, "doubtful")


def test_what_was_told_before_the_clock_was_known_to_be_wrong_is_not_dated_into_the_future() -> None:
    clock = StationClock()
    heard(clock, *([3 * 3600.0] * 5))
    told = NOW + seconds(3600)  # two hours ago by a clock that is three hours ahead, and noticed since
    assert clock.right(told, NOW, queued=True) == Told(NOW, "doubtful")


def test_a_reading_that_has_not_come_yet_is_dated_by_its_arrival_while_nothing_is_measured() -> None:
    samples = tuple(MeterSample("stations/CP01/1", NOW + seconds(ahead_s), {"power_w": 1.0}) for ahead_s in (1200, 10))
    taken = put_right(Tell({}, (), samples), {}, StationClock(), NOW)
    assert [each.at for each in taken.samples] == [NOW, NOW + seconds(10)]  # type: ignore[union-attr]
