"""What a car has shown that it takes."""

from __future__ import annotations

import pytest

from edgegw.load.appetite import Appetite
from edgegw.model.site import PHASES, Phase


def shown(*seconds: tuple[float, float], limit_a: float = 32.0, of: Appetite | None = None) -> Appetite:
    """An appetite after a three-phase car has drawn this much (second, ampere) at a limit that it has had for long."""
    made = of or Appetite()
    for at, drawn_a in seconds:
        made.see(dict.fromkeys(PHASES, drawn_a), PHASES, at, limit_a, float("-inf"))
    return made


def test_what_a_car_leaves_for_half_a_minute_is_for_others_but_for_a_little() -> None:
    assert shown((0, 16.0), (29, 16.0)).most_a is None
    assert shown((0, 16.0), (20, 15.0), (30, 15.5)).most_a == 17.2


@pytest.mark.parametrize("drawn_a", [6.0, 10.0, 16.0, 31.0, 62.0])
def test_a_car_that_takes_no_more_of_the_little_that_it_was_left_does_not_look_hungry(drawn_a: float) -> None:
    made = shown((0, drawn_a), (30, drawn_a), limit_a=80.0)
    assert made.most_a is not None
    assert made.most_a - drawn_a < 6.0
    most_a = made.most_a
    shown((60, drawn_a), (100, drawn_a), limit_a=most_a, of=made)
    assert made.most_a == most_a


@pytest.mark.parametrize("limit_a", [8.9, 16.0, 32.0])
def test_a_car_that_takes_all_but_what_meters_are_off_by_is_hungry_at_once(limit_a: float) -> None:
    made = shown((0, 8.0), (30, 8.0))
    assert made.most_a is not None
    shown((31, limit_a * 0.98), limit_a=limit_a, of=made)
    assert made.most_a is None


def test_a_car_that_is_held_below_what_it_has_shown_says_nothing_of_what_it_would_take() -> None:
    made = shown((0, 16.0), (30, 16.0))
    shown((60, 8.0), (100, 8.0), limit_a=8.0, of=made)
    assert made.most_a == 17.2
    shown((130, 17.2), limit_a=17.2, of=made)
    assert made.most_a is None


def test_a_battery_that_gets_full_gives_back_step_by_step() -> None:
    made = shown((0, 20.0), (30, 16.0))
    assert made.most_a == 21.3  # the most that it drew meanwhile
    assert shown((60, 14.0), of=made).most_a == 17.2
    assert shown((91, 3.0), (122, 3.0), of=made).most_a == 6.0


def test_right_after_its_limit_rose_a_car_may_still_be_on_its_way() -> None:
    made = Appetite()
    for at in (1.0, 14.0, 30.0, 44.0):
        made.see({"L1": 6.0}, ("L1",), at, 32.0, 0.0)
    assert made.most_a is None
    made.see({"L1": 6.0}, ("L1",), 60.0, 32.0, 0.0)
    assert made.most_a == 6.9


def test_a_station_that_reads_no_current_says_nothing_of_its_car() -> None:
    assert shown((0, 0.0), (60, 0.0)).most_a is None


def one_phase(made: Appetite, *times: float, rest_a: float = 0.0, told: tuple[Phase, ...] = PHASES) -> Appetite:
    for at in times:
        made.see({"L1": 16.0, "L2": rest_a, "L3": rest_a}, told, at, 16.0, float("-inf"))
    return made


def test_a_car_on_one_phase_leaves_the_others_alone_after_half_a_minute() -> None:
    assert one_phase(Appetite(), 0, 29).phases is None
    assert one_phase(Appetite(), 0, 30).phases == ("L1",)


def test_phases_that_a_station_does_not_read_may_be_used() -> None:
    assert one_phase(Appetite(), 0, 60, told=("L1",)).phases is None
    assert one_phase(Appetite(), 0, 60, told=("L1", "L2")).phases == ("L1", "L3")


def test_a_phase_that_carries_something_after_all_counts_at_once() -> None:
    made = one_phase(Appetite(), 0, 30)
    assert one_phase(made, 31, rest_a=2.0).phases is None
