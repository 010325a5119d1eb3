"""How much one address may try, decided on values."""

from __future__ import annotations

from edgegw.stations import gate
from edgegw.stations.gate import Gate, Limits

HOME, AWAY = "10.0.0.1", "10.0.0.2"


def _failed(at: Gate, times: int, *, station: str = "CP01", address: str = HOME, now: float = 0.0) -> list[bool]:
    return [at.failed(address, station, now) for _ in range(times)]


def test_so_many_wrong_passwords_close_the_address_and_no_other_until_the_time_is_over() -> None:
    at = Gate(Limits(3, 600, 300))
    assert _failed(at, 3, now=100) == [False, False, True]
    assert at.refused_for_s(HOME, "CP01", 100) == 300
    assert at.refused_for_s(HOME, "CP02", 399.5) == 0.5
    assert at.refused_for_s(AWAY, "CP01", 100) == 0
    assert at.refused_for_s(HOME, "CP01", 400) == 0
    assert _failed(at, 3, now=400) == [False, False, True]


def test_wrong_passwords_now_and_then_close_nothing() -> None:
    at = Gate(Limits(3, 600, 300))
    assert not any(at.failed(HOME, "CP01", 301.0 * number) for number in range(50))


def test_a_station_that_logged_in_before_comes_through_the_same_router_until_it_is_guessed_at() -> None:
    at = Gate(Limits(3, 600, 300))
    at.passed(HOME, "CP02")
    _failed(at, 3)
    assert at.refused_for_s(HOME, "CP01", 1) > 0
    assert at.refused_for_s(HOME, "CP02", 1) == 0
    at.failed(HOME, "CP02", 1)
    assert at.refused_for_s(HOME, "CP02", 1) > 0


def test_a_station_proves_itself_for_one_address_alone() -> None:
    at = Gate(Limits(3, 600, 300))
    at.passed(HOME, "CP01")
    _failed(at, 3, station="CP02", address=AWAY)
    assert at.refused_for_s(AWAY, "CP01", 1) > 0
    at.failed(AWAY, "CP01", 1)
    _failed(at, 3, station="CP02")
    assert at.refused_for_s(HOME, "CP01", 1) == 0


def test_without_a_limit_nothing_is_refused() -> None:
    at = Gate(Limits(0))
    assert not any(_failed(at, 1000))
    assert at.refused_for_s(HOME, "CP01", 0) == 0


def test_made_up_addresses_do_not_fill_the_memory() -> None:
    at = Gate(Limits(2))
    for number in range(gate.MAX_ADDRESSES + 10):
        at.failed(str(number), "CP01", 0)
    assert len(at._failures) == gate.MAX_ADDRESSES


def test_connections_of_an_address_are_counted_until_they_go() -> None:
    at = Gate(Limits())
    assert [at.opened(HOME, 2) for _ in range(3)] == [True, True, False]
    assert at.opened(AWAY, 2)
    at.closed(HOME)
    assert not at.opened(HOME, 2)
    for _ in range(3):
        at.closed(HOME)
    assert at.opened(HOME, 1)
