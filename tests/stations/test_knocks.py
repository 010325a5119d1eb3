"""Who was not let in: counted by who, from where and why, the newest kept."""

from __future__ import annotations

from edgegw.stations.knocks import MOST, Knocks
from tests.support.clock import FakeClock


def test_the_same_knock_is_counted_and_the_newest_comes_first() -> None:
    clock = FakeClock()
    knocks = Knocks(clock.now)
    knocks.turned_away("CP01", "10.0.0.1", "password", "wrong")
    knocks.turned_away("CP02", "10.0.0.2", "password", "wrong")
    clock.advance(60)
    knocks.turned_away("CP01", "10.0.0.1", "password", "still wrong")
    one, two = knocks.all()
    assert (one.station, one.count, one.text, one.first_at < one.last_at) == ("CP01", 2, "still wrong", True)
    assert (two.station, two.count) == ("CP02", 1)


def test_what_gave_no_name_belongs_to_the_station_that_was_last_at_the_address() -> None:
    knocks = Knocks(FakeClock().now)
    knocks.turned_away(None, "10.0.0.1", "tls_version", "old TLS")
    knocks.turned_away("CP02", "10.0.0.1", "password", "wrong")
    assert [each.reason for each in knocks.of("CP01", "10.0.0.1")] == ["tls_version"]
    assert knocks.of("CP01") == []


def test_names_that_are_made_up_do_not_fill_the_memory() -> None:
    knocks = Knocks(FakeClock().now)
    for number in range(MOST + 10):
        knocks.turned_away(f"X{number}", "10.0.0.1", "unknown", "not known")
    assert len(knocks.all()) == MOST
    assert knocks.all()[0].station == f"X{MOST + 9}"
