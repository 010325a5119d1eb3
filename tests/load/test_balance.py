"""The loop's decisions on a site that follows them: sharing, pausing, waiting, and what happens when things fail."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegw.model.commands import Limiting, Setpoint
from edgegw.model.samples import MeterSample
from edgegw.model.site import PHASES, Circuit
from edgegw.model.state import CommandState, StationState
from tests.load.world import World, site, station


def world(*names: str, building_a: float = 20.0, roles: dict[str, str] | None = None, **supply: Any) -> World:
    """Three-phase stations of one EVSE each, two turns old."""
    made = World(site(*(station(name) for name in names), **supply), dict.fromkeys(PHASES, building_a))
    if roles is not None:
        made.roles = roles
        made.restart()
    made.turn(2)
    return made


def times(world: World, name: str) -> list[tuple[float, float]]:
    return [(at, setpoint.limit_a) for at, setpoint in world.sent if setpoint.station == name]


# When cars leave


def test_by_deadline_who_is_expected_to_leave_first_is_served_first() -> None:
    site_ = World(site(station("A", "L1"), station("B", "L1"), of_site={"strategy": "deadline"}), {"L1": 20.0})
    site_.turn(2)
    for _ in range(5):
        site_.balance.stays.add(12.0, 8 * 3600.0)
        site_.balance.stays.add(18.0, 1800.0)
    site_.arrive("A")
    site_.turn(1)
    site_.clock.advance(6 * 3600)
    site_.arrive("B")
    site_.turn(200)
    assert (site_.holds("A"), site_.holds("B")) == (11.0, 32.0), "it leaves in two hours, and B in half an hour"


def test_a_departure_that_was_told_counts_before_one_that_is_expected() -> None:
    site_ = World(site(station("A", "L1"), station("B", "L1"), of_site={"strategy": "deadline"}), {"L1": 20.0})
    site_.turn(2)
    site_.arrive("A", departure_at=site_.later(900), wanted_wh=2000)
    site_.arrive("B")
    site_.turn(60)
    assert (site_.holds("A"), site_.holds("B")) == (32.0, 11.0)


def test_how_long_cars_stay_is_learned_as_they_leave() -> None:
    site_ = world("A")
    for _ in range(5):
        site_.arrive("A")
        site_.turn(60)
        site_.leave("A")
        site_.turn(5)
    assert site_.balance.stays.expected_s(12.0, 0.0) == pytest.approx(60, abs=2)


# What cars take


def test_a_car_that_takes_less_gives_the_rest_to_others_and_can_have_it_back() -> None:
    site = world("A", "B")
    site.arrive("A", car_a=10.0)
    site.arrive("B")
    site.turn(120)
    assert (site.holds("A"), site.holds("B")) == (11.0, 32.0)
    site.evses["A", 1].car_a = 32.0
    site.turn(60)
    assert (site.holds("A"), site.holds("B")) == (21.5, 21.5)


def test_a_car_on_one_phase_leaves_the_other_two_to_others() -> None:
    site = World(station_site("A", "B", "C"), dict.fromkeys(PHASES, 20.0))
    site.turn(2)
    site.arrive("A", car_phases=1)
    site.arrive("B")  # on L2
    site.arrive("C")  # on L3
    site.turn(120)
    assert (site.holds("A"), site.holds("B"), site.holds("C")) == (32.0, 32.0, 32.0)


def station_site(three: str, *ones: str) -> Any:
    rest = [station(name, phase) for name, phase in zip(ones, ("L2", "L3"), strict=True)]
    return site(station(three), *rest)


def test_a_limit_of_power_counts_all_phases_together() -> None:
    site = World(station_site("A", "B", "C"), dict.fromkeys(PHASES, 0.0))
    site.limit("site", limit_w=42 * 230.0)
    site.turn(2)
    site.arrive("B")
    site.turn(30)
    assert site.holds("B") == 32.0, "one phase may carry it all"
    site.arrive("C")
    site.turn(60)
    assert (site.holds("B"), site.holds("C")) == (21.0, 21.0)


def test_a_quarter_of_an_hour_keeps_the_contracted_demand_whatever_the_building_does() -> None:
    site = world("A", "B", demand_limit_w=20_000.0)
    site.arrive("A")
    site.arrive("B")
    site.turn(900)
    for _ in range(4):
        drawn_ws = 0.0
        for second in range(900):
            site.building = dict.fromkeys(PHASES, 20.0 if second // 150 % 2 else 2.0)
            site.turn()
            drawn_ws += sum(site.flows(phase=phase) for phase in PHASES) * 230.0
        assert 0.97 * 20_000 < drawn_ws / 900 <= 20_000
    assert site.told("A").count(0.0) <= 8, "few pauses"


def test_from_the_sun_alone_means_from_the_sun_alone() -> None:
    made = site(station("A"), of_site={"solar_only": True})
    site_ = World(made, dict.fromkeys(PHASES, 2.0))
    site_.turn(2)
    site_.arrive("A")
    site_.turn(120)
    assert site_.flows() == 2.0, "no sun, no charge"
    site_.solar_w = 36 * 230.0  # 30 A of surplus, 10 A a phase
    site_.turn(50)
    assert site_.flows() == 2.0
    site_.turn(120)
    assert site_.holds("A") == pytest.approx(10.0, abs=0.15)
    site_.solar_w = 0.0
    site_.turn(100)
    assert site_.holds("A") == 6.0, "a cloud"
    site_.turn(120)
    assert site_.flows() == 2.0


# Sharing


def test_a_lone_car_gets_all_that_it_can_take_within_two_turns() -> None:
    site = world("A", "B")
    site.arrive("A")
    site.turn(2)
    assert site.holds("A") == 32.0


def test_cars_share_what_the_building_leaves() -> None:
    site = world("A", "B", "C")
    site.arrive("A")
    site.arrive("B")
    site.turn(30)
    assert (site.holds("A"), site.holds("B")) == (21.5, 21.5)
    site.leave("A")
    site.turn(30)
    assert site.holds("B") == 32.0


def test_a_second_car_gets_more_only_after_the_first_was_lowered_and_had_time_to_obey() -> None:
    site = world("A", "B", limit_a=45.0)
    site.arrive("A")
    site.turn(30)
    assert site.told("A") == [19.0, 25.0]  # B's default, until B is known to be empty and held
    site.arrive("B")
    site.turn(40)
    lowered_at = next(at for at, limit_a in times(site, "A") if limit_a < 25.0)
    raised = [(at, limit_a) for at, limit_a in times(site, "B") if limit_a > 6.0]
    assert raised[0][0] >= lowered_at + 5.0
    assert (site.holds("A"), site.holds("B")) == (12.5, 12.5)


def test_a_second_car_waits_for_the_answer_to_the_lowering_of_the_first() -> None:
    site = world("A", "B", limit_a=45.0)
    site.arrive("A")
    site.turn(30)
    site.evses["A", 1].answers_after_s = 8.0
    site.arrive("B")
    began_at = site.now
    site.turn(40)
    assert next(at for at, limit_a in times(site, "B") if limit_a > 6.0) >= began_at + 8.0 + 5.0


def test_of_three_cars_where_two_fit_one_makes_room_for_the_last_who_has_its_phases_to_show() -> None:
    site = world("A", "B", "C", limit_a=34.0)
    for name in ("A", "B", "C"):
        site.arrive(name)
        site.turn(70)
    assert (site.holds("A"), site.holds("B"), site.holds("C")) == (7.0, 0.0, 7.0)
    assert site.balance.picture.allocation.paused["B", 1] == "less than 6 A is left on main L1"
    site.turn(300)
    assert (site.told("A")[-1], site.told("B")[-1], site.told("C")[-1]) == (7.0, 0.0, 7.0)


def test_of_three_cars_on_one_phase_where_two_fit_the_last_one_waits() -> None:
    made = World(site(*(station(name, "L1") for name in "ABC"), limit_a=34.0), dict.fromkeys(PHASES, 20.0))
    made.turn(2)
    for name in ("A", "B", "C"):
        made.arrive(name)
        made.turn(70)
    assert (made.holds("A"), made.holds("B"), made.holds("C")) == (7.0, 7.0, 0.0)


def test_a_car_that_paused_rests_before_it_begins_again() -> None:
    site = world("A", "B", limit_a=34.0)
    site.arrive("A")
    site.arrive("B")
    site.turn(20)
    site.building = dict.fromkeys(PHASES, 25.0)
    site.turn(2)
    paused = next(name for name in ("A", "B") if site.holds(name) == 0.0)
    paused_at = next(at for at, limit_a in times(site, paused) if limit_a == 0.0)
    site.building = dict.fromkeys(PHASES, 20.0)
    site.turn(90)
    assert next(at for at, limit_a in times(site, paused) if at > paused_at and limit_a > 0) >= paused_at + 60.0


def full(site: World, name: str) -> None:
    """Its car takes nothing, as its station tells while the car may have something."""
    site.arrive(name, charging_state="suspended_ev")
    site.evses[name, 1].full = True


def test_a_full_car_keeps_six_amperes_to_come_back_with_where_nobody_misses_them() -> None:
    site = world("A", "B", limit_a=60.0)
    full(site, "A")
    site.arrive("B")
    site.turn(30)
    assert (site.holds("A"), site.holds("B")) == (6.0, 32.0)


def test_a_full_car_is_paused_for_others_and_asked_again_after_a_quarter_of_an_hour() -> None:
    site = world("A", "B", limit_a=40.0)
    full(site, "A")
    site.arrive("B")
    site.turn(800)
    assert (site.holds("A"), site.holds("B")) == (0.0, 20.0)
    for _ in range(2):
        site.turn(400)
    assert site.told("A")[-3:] == [0.0, 6.0, 0.0]
    assert site.holds("B") == 20.0


def test_a_limit_asked_for_with_the_start_is_kept() -> None:
    site = world("A")
    site.state.commands["c1"] = CommandState(
        "c1", "start_transaction", {"limit_a": 10}, "cloud", "done", site.clock.now()
    )
    site.arrive("A", remote_start="c1")
    site.turn(30)
    assert site.told("A") == [10.0]


def test_a_raise_waits_until_it_has_been_possible_for_ten_seconds_and_small_ones_never_come() -> None:
    site = world("A")
    site.building = dict.fromkeys(PHASES, 50.0)
    site.arrive("A")
    site.turn(20)
    assert site.told("A") == [13.0]
    site.building = dict.fromkeys(PHASES, 49.6)
    site.turn(30)
    assert site.told("A") == [13.0]
    for _ in range(6):
        site.building = dict.fromkeys(PHASES, 40.0)
        site.turn(5)
        site.building = dict.fromkeys(PHASES, 49.6)
        site.turn(2)
    assert site.told("A") == [13.0]
    site.building = dict.fromkeys(PHASES, 40.0)
    began_at = site.now
    site.turn(15)
    assert site.told("A") == [13.0, 23.0]
    assert next(at for at, limit_a in times(site, "A") if limit_a == 23.0) == began_at + 10.0


def test_what_follows_a_raise_is_not_taken_for_the_building_when_stations_report_rarely() -> None:
    site = world("A", "B")
    site.readings_every_s = 30
    site.arrive("A")
    site.turn(45)
    site.arrive("B")
    site.turn(120)
    assert site.told("A") == [32.0, 21.5]
    assert site.told("B") == [11.0, 21.5]


def test_a_setpoint_is_sent_again_at_half_of_its_life_and_not_before() -> None:
    site = world("A")
    site.arrive("A")
    site.turn(200)
    sent = times(site, "A")
    assert [limit_a for _, limit_a in sent] == [32.0] * 4
    assert [later - earlier for (earlier, _), (later, _) in pairwise(sent)] == [60.0] * 3
    assert {setpoint.life_s for _, setpoint in site.sent} == {120}


@pytest.mark.parametrize("how", ["leave", "full"])
def test_what_cars_drew_that_have_just_stopped_is_not_taken_for_the_building(how: str) -> None:
    """The meter was read a moment before they stopped."""
    site = world("A", "B", "C", "D", limit_a=52.0)
    site.meter_late_s = 1
    for name in ("A", "B", "C", "D"):
        site.arrive(name)
    site.turn(90)
    before = site.holds("A")
    for name in ("B", "C", "D"):
        if how == "leave":
            site.leave(name)
            site.status(name, 1, "finishing")
        else:
            site.evses[name, 1].full = True
            running = site.state.at_evse[name, 1]
            row = site.state.transactions[running]
            site.state.transactions[running] = replace(row, charging_state="suspended_ev")
    for _ in range(60):
        site.turn()
        assert site.holds("A") >= before
    assert site.holds("A") > 1.5 * before


# EVSEs without a transaction


def test_on_a_feeder_for_cars_alone_the_empty_places_leave_their_default_to_the_lone_car() -> None:
    site = world("A", "B", "C", "D", building_a=0.0, building_max_a=0.0, limit_a=26.0)
    assert site.evses["B", 1].default_a == 6.0
    site.arrive("A")
    site.turn(30)
    assert site.holds("A") == 26.0
    assert (site.holds("B"), site.holds("C"), site.holds("D")) == (0.0, 0.0, 0.0)
    lives = {setpoint.life_s for _, setpoint in site.sent if setpoint.station == "B"}
    assert lives == {240}  # the lone car's own limit ends before theirs, when nobody is there to say more


def test_where_there_is_room_for_all_nobody_without_a_car_is_told_anything() -> None:
    site = world("A", "B", "C", limit_a=70.0)
    site.arrive("A")
    site.turn(100)
    assert {setpoint.station for _, setpoint in site.sent} == {"A"}


@pytest.mark.parametrize("case", ["plugged in", "offline", "refuses"])
def test_a_place_that_may_have_a_car_keeps_its_default(case: str) -> None:
    site = world("A", "B", building_a=0.0, building_max_a=0.0, limit_a=26.0)
    if case == "plugged in":
        site.status("B", 1, "preparing")
    elif case == "offline":
        site.connect("B", False)
    else:
        site.evses["B", 1].manner = "refuses"
    site.arrive("A")
    site.turn(100)
    assert site.holds("A") == 20.0
    assert site.facts("station_disobeyed") == []
    assert len(times(site, "B")) == (1 if case == "refuses" else 0)


def test_a_car_at_a_place_that_was_held_waits_for_the_others_and_then_charges() -> None:
    site = world("A", "B", building_a=0.0, building_max_a=0.0, limit_a=26.0)
    site.arrive("A")
    site.turn(30)
    site.arrive("B")
    site.turn(1)
    assert site.flows() <= 26.0
    site.turn(30)
    assert (site.holds("A"), site.holds("B")) == (13.0, 13.0)


def test_when_the_gateway_dies_no_moment_until_all_limits_have_ended_is_over_the_breaker() -> None:
    site = world("A", "B", "C", building_a=0.0, building_max_a=0.0, limit_a=26.0)
    site.arrive("A")
    site.turn(37)
    for _ in range(400):
        site.turn_without_gateway()
        assert site.most(("main", "L1")) <= 26.0
    assert [site.holds(name) for name in ("A", "B", "C")] == [6.0, 6.0, 6.0]


# Meters


def test_a_silent_supply_meter_stops_the_raises_then_assumes_the_most_then_means_the_safe_share() -> None:
    site = world("A", "B", building_a=5.0)
    site.arrive("A")
    site.arrive("B")
    site.turn(30)
    assert (site.holds("A"), site.holds("B")) == (29.0, 29.0)
    site.meter_works = False
    site.turn(7)
    site.leave("B")
    site.turn(8)
    assert site.holds("A") == 29.0  # nothing is raised
    site.turn(5)
    assert site.holds("A") == 29.0
    site.arrive("B")
    site.turn(12)
    assert site.holds("A") == 21.5  # half of 63 A less the building's most
    assert site.balance.lost is None
    site.turn(40)
    assert (site.holds("A"), site.holds("B")) == (6.0, 6.0)
    assert site.balance.lost == "meter grid has brought no good reading for too long"
    site.meter_works = True
    site.turn(30)
    assert site.balance.lost is None
    assert (site.holds("A"), site.holds("B")) == (29.0, 29.0)


def test_a_building_that_was_seen_above_its_configured_most_is_not_forgotten_when_the_meter_falls_silent() -> None:
    site = world("A", building_a=60.0)
    site.arrive("A")
    site.turn(90)
    site.meter_works = False
    site.turn(100)
    assert site.balance.lost is not None
    assert site.holds("A") == 0.0


def test_a_meter_that_is_never_read_means_the_safe_share_after_the_start() -> None:
    site = World(site_of("A"))
    site.meter_works = False
    site.arrive("A")
    site.turn(10)
    assert site.balance.lost is None
    site.turn(10)
    assert site.balance.lost == "meter grid has not been read since the start"
    assert site.holds("A") == 6.0


def site_of(*names: str, **supply: Any) -> Any:
    return site(*(station(name) for name in names), **supply)


@pytest.mark.parametrize(
    ("quality", "values", "reason"),
    [
        ("suspect", {"current_l1_a": 1.0, "current_l2_a": 1.0, "current_l3_a": 1.0}, "its readings are suspect"),
        ("good", {"current_l1_a": 1.0}, "it gives no current of L2, L3"),
    ],
)
def test_readings_that_are_not_good_or_not_whole_count_for_none(
    quality: Any, values: dict[str, float], reason: str
) -> None:
    site = world("A")
    site.arrive("A")
    site.turn(20)
    site.meter_works = False
    for _ in range(70):
        site.samples["meters/grid"] = (MeterSample("meters/grid", site.clock.now(), values, quality), site.now)
        site.turn()
    assert site.balance.lost == f"meter grid has brought no good reading for too long: {reason}"


def test_without_a_supply_meter_the_building_counts_at_its_most() -> None:
    site = world("A", "B", roles={}, margin_a=3.0)
    site.arrive("A")
    site.arrive("B")
    site.turn(100)
    assert (site.holds("A"), site.holds("B")) == (20.0, 20.0)
    assert site.balance.lost is None


def test_a_meter_of_the_building_itself_is_believed() -> None:
    site = world("A", "B", roles={"building": "house"})
    site.arrive("A")
    site.arrive("B")
    for _ in range(30):
        values = {"current_l1_a": 33.0, "current_l2_a": 20.0, "current_l3_a": 20.0}
        site.samples["meters/house"] = (MeterSample("meters/house", site.clock.now(), values), site.now)
        site.turn()
    assert (site.holds("A"), site.holds("B")) == (15.0, 15.0)


def test_what_a_feeder_carries_beside_the_cars_is_read_from_its_own_meter() -> None:
    row = station("A", circuit="row")
    site_ = World(site(row, circuits=(Circuit("row", 32.0),)), dict.fromkeys(PHASES, 10.0), {"circuit:row": "m"})
    site_.arrive("A")

    def read(other_a: float) -> None:
        values = {f"current_l{n}_a": other_a + site_.evses["A", 1].drawn_a for n in (1, 2, 3)}
        site_.samples["meters/m"] = (MeterSample("meters/m", site_.clock.now(), values), site_.now)

    for _ in range(30):
        read(12.0)
        site_.turn()
    assert site_.holds("A") == 20.0
    site_.turn(30)  # its meter is silent: what else flows there is not known
    assert site_.holds("A") == 6.0
    assert site_.balance.lost is None


def test_a_building_step_is_answered_in_one_turn_and_over_in_eight_seconds() -> None:
    site = world("A", "B")
    site.arrive("A")
    site.arrive("B")
    site.turn(30)
    site.building = {"L1": 50.0, "L2": 20.0, "L3": 20.0}
    site.turn(1)
    assert (site.holds("A"), site.holds("B")) == (6.5, 6.5)
    site.turn(7)
    assert site.flows("main", "L1") <= 63.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.tuples(*[st.integers(0, 40)] * 3), st.integers(8, 30)), min_size=1, max_size=8))
def test_after_any_building_step_the_site_fits_in_eight_seconds(steps: Any) -> None:
    made = World(site(station("A"), station("B", "L1"), station("C", "L2", "L3"), building_max_a=40.0))
    for name in ("A", "B", "C"):
        made.arrive(name)
    made.turn(20)
    for building, seconds in steps:
        made.building = dict(zip(PHASES, map(float, building), strict=True))
        made.turn(8)
        for place, breaker_a in made.places().items():
            assert made.most(place) <= breaker_a + 1e-6
        made.turn(seconds - 8)


def test_a_phase_over_its_breaker_is_told_once_each_time() -> None:
    site = world("A")
    for seconds_over in (30, 5, 30):
        site.building = {"L1": 70.04, "L2": 20.0, "L3": 20.0}
        site.turn(seconds_over)
        site.building = dict.fromkeys(PHASES, 20.0)
        site.turn(4 if seconds_over == 30 else 15)
    told = site.facts("overload_seen")
    assert [(fact.circuit, fact.phase, fact.current_a, fact.limit_a) for fact in told] == [
        ("main", "L1", 70.0, 63.0)
    ] * 2


# Stations that fail


def test_a_station_that_refuses_is_told_of_once_and_counted_at_its_maximum_until_it_has_shown_what_it_takes() -> None:
    site = world("A", "B", limit_a=70.0)
    site.arrive("A")
    site.arrive("B")
    site.turn(20)
    assert (site.holds("A"), site.holds("B")) == (25.0, 25.0)
    site.evses["B", 1].manner = "refuses"
    site.turn(70)  # the refresh is refused
    (fact,) = site.facts("station_disobeyed")
    assert (fact.station, fact.evse, fact.limit_a, fact.reason) == ("B", 1, 25.0, "refuses")
    assert site.holds("A") == 25.0
    site.turn(80)
    assert site.told("A") == [25.0, 18.0, 23.5]  # 70 A less the building's 20 A and B's 32 A, or 25 A and a little
    assert len(site.facts("station_disobeyed")) == 1
    site.evses["B", 1].manner = "good"
    site.turn(60)
    assert (site.holds("A"), site.holds("B")) == (25.0, 25.0)
    site.evses["B", 1].manner = "refuses"
    site.turn(70)
    assert len(site.facts("station_disobeyed")) == 2


def test_a_station_that_does_not_answer_is_told_of_after_ten_seconds_and_holds_up_nobody() -> None:
    site = world("A", "B", limit_a=70.0)
    site.arrive("A")
    site.turn(20)
    site.evses["B", 1].manner = "silent"
    site.arrive("B")
    site.turn(9)
    assert site.facts("station_disobeyed") == []
    site.turn(3)
    (fact,) = site.facts("station_disobeyed")
    assert (fact.station, fact.reason) == ("B", "no answer within 10 s")
    site.turn(100)
    assert len(site.facts("station_disobeyed")) == 1
    assert site.told("A")[-2:] == [18.0, 32.0]  # B has shown that its car keeps to its default


def test_a_station_that_goes_while_a_setpoint_is_under_way_is_not_blamed() -> None:
    site = world("A")
    site.arrive("A")
    site.turn(1)
    place = site.evses["A", 1]
    place.manner = "refuses"  # the link says that it failed before the ledger says that the station has gone
    site.turn(60)
    site.connect("A", False)
    site.turn(30)
    assert site.facts("station_disobeyed") == []


def test_a_station_that_goes_before_it_has_answered_is_not_blamed_either() -> None:
    site = world("A")
    site.evses["A", 1].manner = "silent"
    site.arrive("A")
    site.turn(5)
    site.connect("A", False)
    site.turn(25)
    assert site.facts("station_disobeyed") == []


def test_a_refusal_in_the_last_second_of_a_transaction_is_forgotten_with_it() -> None:
    site = world("A", "B")
    site.arrive("A")
    site.turn(59)
    site.evses["A", 1].manner = "refuses"
    site.turn(4)
    assert site.balance.held["A", 1].refusal == "refuses"
    site.leave("A")
    site.turn(2)
    assert site.balance.held["A", 1].reserve_a(site.now) == 6.0


def test_a_station_that_takes_setpoints_has_its_share_while_the_ledger_takes_no_connection() -> None:
    site = world("A", "B")
    for name in ("A", "B"):
        site.arrive(name)
        site.state.stations[name] = StationState(name, connected=False)
    site.turn(30)
    assert (site.holds("A"), site.holds("B")) == (21.5, 21.5)


def test_a_car_that_has_just_begun_is_not_paused_for_a_higher_priority() -> None:
    made = World(site(station("A"), station("B", priority=5), limit_a=30.0), dict.fromkeys(PHASES, 20.0))
    made.turn(2)
    made.arrive("A")
    made.turn(10)
    made.arrive("B")
    made.turn(40)
    assert (made.holds("A"), made.holds("B")) == (10.0, 0.0)
    made.turn(60)
    assert (made.holds("A"), made.holds("B")) == (0.0, 10.0)


def test_an_offline_station_keeps_its_last_limit_until_that_ends_then_its_default() -> None:
    site = world("A", "B", limit_a=70.0)
    site.arrive("A")
    site.arrive("B")
    site.turn(20)
    site.connect("B", False)
    sent_at = max(at for at, limit_a in times(site, "B") if limit_a == 25.0)
    while site.now < sent_at + 110:
        site.turn()
        assert site.holds("A") == 25.0
    site.turn(100)
    assert (site.holds("A"), site.holds("B")) == (32.0, 6.0)
    site.connect("B", True)
    site.turn(40)
    assert (site.holds("A"), site.holds("B")) == (25.0, 25.0)
    assert site.facts("station_disobeyed") == []


def test_a_car_that_draws_clearly_more_than_it_may_is_told_of_once_and_counted_at_what_it_has_shown() -> None:
    site = world("A", "B", limit_a=70.0)
    site.arrive("A")
    site.arrive("B", car_a=28.0)
    site.turn(20)
    site.evses["B", 1].manner = "deaf_car"
    site.turn(9)
    assert site.facts("station_disobeyed") == []
    site.turn(20)
    (fact,) = site.facts("station_disobeyed")
    assert (fact.station, fact.reason) == ("B", "it draws 28.0 A")
    assert site.holds("A") == 0.0, "the breaker first"
    site.turn(60)
    assert site.told("A")[-2:] == [0.0, 20.4]  # 70 A less the building's 20 A, and B's 28 A and a little
    site.evses["B", 1].manner = "good"
    site.turn(60)
    assert site.holds("A") == 25.0
    assert len(site.facts("station_disobeyed")) == 1


def test_a_car_that_draws_on_and_then_more_is_met_like_a_building_that_does() -> None:
    site = world("A", "B", limit_a=70.0)
    site.readings_every_s = 30
    site.arrive("A")
    site.arrive("B", car_a=12.0)
    site.turn(20)
    site.limit("station:B", 8.0)
    site.evses["B", 1].manner = "deaf_car"
    site.turn(150)
    assert site.holds("A") == 32.0
    site.building = dict.fromkeys(PHASES, 24.0)
    site.turn(20)
    assert site.flows() == pytest.approx(68.0)
    site.evses["B", 1].car_a = 32.0
    site.turn(9)
    for _ in range(120):
        assert site.flows() <= 70.0
        site.turn()
    assert site.holds("A") == 14.0


def test_a_car_that_draws_on_behind_a_feeder_without_a_meter_counts_at_its_maximum() -> None:
    stations = station("A", circuit="row"), station("B", circuit="row")
    made = World(site(*stations, circuits=(Circuit("row", 40.0),)), dict.fromkeys(PHASES, 5.0))
    made.turn(2)
    made.arrive("A")
    made.arrive("B", car_a=12.0)
    made.turn(60)
    made.limit("station:B", 8.0)
    made.evses["B", 1].manner = "deaf_car"
    made.turn(150)
    assert made.holds("A") == 8.0


def test_a_car_a_little_above_its_limit_is_left_in_peace() -> None:
    site = world("A")
    site.limit("station:A", 25.0)
    site.arrive("A", car_a=26.0)
    site.turn(2)
    assert site.holds("A") == 25.0
    site.evses["A", 1].manner = "deaf_car"
    site.turn(60)
    assert site.facts("station_disobeyed") == []


def test_a_car_that_draws_on_finds_others_lowered_in_the_next_turn() -> None:
    """Its station has accepted, and its own readings come once a minute: the supply's meter tells."""
    site = world("A", "B")
    site.readings_every_s = 60
    site.arrive("A")
    site.turn(90)
    site.evses["A", 1].manner = "deaf_car"
    site.arrive("B")
    for _ in range(120):
        site.turn()
        assert site.flows() <= 63.0
    assert site.holds("B") in (6.0, 11.0)


def test_cars_that_begin_to_draw_on_while_all_is_full_are_made_room_for_within_fifteen_seconds() -> None:
    site = world("A", "B", "C")
    site.readings_every_s = 60
    for name in ("A", "B", "C"):
        site.arrive(name)
    site.turn(90)
    assert site.flows() == pytest.approx(63.0, abs=0.5)
    site.evses["A", 1].manner = "deaf_car"
    site.turn(15)
    for _ in range(120):
        site.turn()
        assert site.flows() <= 63.0


def test_a_station_that_takes_no_pause_keeps_six_amperes_and_others_make_room() -> None:
    site = world("A", "B", building_max_a=50.0)
    site.evses["B", 1].manner = "never_pauses"
    site.arrive("A")
    site.arrive("B")
    site.turn(60)
    site.building = dict.fromkeys(PHASES, 57.0)
    site.turn(15)
    assert (site.holds("A"), site.holds("B")) == (0.0, 6.0)
    assert site.flows() <= 63.0
    (fact,) = site.facts("station_disobeyed")
    assert (fact.station, fact.limit_a) == ("B", 0.0)
    site.turn(300)
    assert site.told("B")[-1] == 6.0
    assert len(site.facts("station_disobeyed")) == 1, "it is not asked again"
    site.building = dict.fromkeys(PHASES, 20.0)
    site.turn(120)
    assert (site.holds("A"), site.holds("B")) == (21.5, 21.5)


def test_a_place_whose_station_refuses_its_default_counts_at_its_maximum_before_a_car_begins() -> None:
    site = world("A", "B")
    site.untaken.add(("B", 1))
    site.evses["B", 1].default_a = 32.0
    site.arrive("A")
    for _ in range(60):
        site.turn()
        assert site.most(("main", "L1")) <= 63.0
    site.arrive("B")
    for _ in range(60):
        site.turn()
        assert site.most(("main", "L1")) <= 63.0
    assert (site.holds("A"), site.holds("B")) == (21.5, 21.5)
    assert {setpoint.life_s for _, setpoint in site.sent if setpoint.station == "B"} == {240}


# Cars on other phases than the file says


def wired_otherwise(**building: float) -> World:
    """Two stations that are said to be on L1 and are on L2."""
    made = World(site(station("A", "L1"), station("B", "L1")), building)
    for name in ("A", "B"):
        made.evses[name, 1].wired = ("L2",)
    made.turn(2)
    return made


def test_cars_that_overload_a_phase_that_nobody_is_counted_on_are_lowered_within_fifteen_seconds() -> None:
    site = wired_otherwise(L1=20.0, L2=30.0)
    site.arrive("A")
    site.turn(60)
    site.arrive("B")
    while site.flows(phase="L2") <= 63.0:
        site.turn()
    site.turn(15)
    assert site.balance.doubted == {"main": ("main", "L2")}
    for _ in range(600):
        site.turn()
        assert site.flows(phase="L2") <= 63.0
    assert site.flows(phase="L2") > 55.0, "what there is on that phase is used"


def test_a_doubt_that_comes_back_lasts_longer() -> None:
    site = wired_otherwise(L1=20.0, L2=45.0)
    site.arrive("A")
    site.arrive("B")
    over = [False]
    for _ in range(6000):
        site.turn()
        over.append(site.flows(phase="L2") > 63.0)
    begun = [at for at, (before, now) in enumerate(pairwise(over)) if now and not before]
    assert [later - earlier > 900 * 2**n for n, (earlier, later) in enumerate(pairwise(begun))] == [True] * 2
    assert sum(over) <= 15 * len(begun)


def test_a_building_that_is_too_much_alone_pauses_nobody_on_other_phases_for_long() -> None:
    site = World(site_of_one_phase_each(), {"L1": 66.0, "L2": 10.0})
    site.turn(2)
    site.arrive("A")
    site.turn(120)
    assert site.balance.doubted == {}
    assert site.holds("A") == 32.0


def site_of_one_phase_each() -> Any:
    return site(station("A", "L2"), station("B", "L1"))


def test_a_station_that_booted_is_given_its_limit_again_at_once() -> None:
    site = world("A")
    site.arrive("A")
    site.turn(20)
    site.connect("A", True)
    before = len(site.sent)
    site.turn(3)
    assert [setpoint.limit_a for _, setpoint in site.sent[before:]] == [32.0]


def test_an_answer_for_an_earlier_transaction_says_nothing_of_the_next_one() -> None:
    site = world("A")
    site.evses["A", 1].answers_after_s = 6.0
    site.arrive("A")
    site.turn(1)
    site.evses["A", 1].answers_after_s = 0.0
    site.leave("A")
    site.turn(3)
    site.arrive("A", car_a=10.0)
    site.turn(2)
    held = site.balance.held["A", 1]
    assert (held.accepted_a, held.sending_a, held.reserve_a(site.now)) == (None, None, 32.0)
    site.turn(2)
    assert held.accepted_a == 32.0


# Limits that someone set


def test_the_lowest_limit_wins_until_it_ends() -> None:
    site = world("A", "B")
    site.arrive("A")
    site.arrive("B")
    site.limit("site", 50.0)
    site.limit("circuit:main", limit_w=3 * 230.0 * 46.0, until=site.later(40))
    site.limit("station:B", 9.0)
    site.turn(35)
    assert (site.holds("A"), site.holds("B")) == (17.0, 9.0)
    site.turn(30)
    assert (site.holds("A"), site.holds("B")) == (21.0, 9.0)
    del site.state.limits["station:B"]
    site.turn(30)
    assert (site.holds("A"), site.holds("B")) == (15.0, 15.0)


# Stations that take no limit that ends soon


def lasting(*names: str, long: str = "A", row_a: float = 16.0) -> World:
    """Stations on a row, of which one takes no limit that ends within five minutes."""
    made = World(
        site(*(station(name, circuit="row") for name in names), circuits=(Circuit("row", row_a),)),
        dict.fromkeys(PHASES, 20.0), limiting={long: Limiting(least_life_s=300)},
    )  # fmt: skip
    made.turn(2)
    return made


def test_a_limit_lives_as_long_as_its_station_needs_and_is_sent_again_at_half_of_that() -> None:
    site = lasting("A", "B")
    site.arrive("A")
    site.arrive("B")
    site.turn(620)
    sent = {name: [(at, each.life_s) for at, each in site.sent if each.station == name] for name in "AB"}
    assert ({life for _, life in sent["A"]}, {life for _, life in sent["B"]}) == ({300}, {120})
    assert [round(after - before) for (before, _), (after, _) in pairwise(sent["A"])][-3:] == [150, 150, 150]
    assert [round(after - before) for (before, _), (after, _) in pairwise(sent["B"])][-3:] == [60, 60, 60]
    assert site.facts("station_disobeyed") == []


def test_with_a_dead_gateway_what_is_below_its_default_outlives_the_longest_limit_of_the_site() -> None:
    site = lasting("A", "B")
    site.limit("station:B", 0.0)
    site.arrive("A")
    site.arrive("B")
    site.turn(100)
    assert (site.holds("A"), site.holds("B")) == (16.0, 0.0)
    breakers = site.places()
    for _ in range(700):
        site.turn_without_gateway()
        assert all(site.most(place) <= breaker_a for place, breaker_a in breakers.items()), site.now
    assert (site.holds("A"), site.holds("B")) == (6.0, 6.0), "all are back at their defaults"


def test_a_limit_below_its_default_is_sent_anew_when_a_station_comes_whose_limits_live_longer() -> None:
    site = lasting("A", "B")
    site.limiting = {}
    site.limit("station:B", 0.0)
    site.arrive("A")
    site.arrive("B")
    site.turn(65)
    assert [each.life_s for _, each in site.sent if each.station == "B"][-1] == 240
    site.limiting = {"A": Limiting(least_life_s=300)}
    site.turn(2)
    assert [each.life_s for _, each in site.sent if each.station == "B"][-1] == 600


def test_after_a_restart_what_an_earlier_run_gave_is_waited_for_as_long_as_it_may_live() -> None:
    site = lasting("A", "B")
    site.arrive("A")
    site.turn(60)
    assert site.holds("A") == 16.0
    site.connect("A", False)
    site.restart()
    site.turn(290)
    assert site.balance.held["A", 1].unknown(site.now)
    site.turn(20)
    assert not site.balance.held["A", 1].unknown(site.now)


# A new start


def test_after_a_restart_nobody_is_paused_and_nobody_raised_until_all_have_answered() -> None:
    site = world("A", "B", "C", building_a=0.0, building_max_a=0.0, limit_a=40.0)
    site.arrive("A")
    site.arrive("B", car_a=16.0)
    site.turn(40)
    assert (site.holds("A"), site.holds("B")) == (20.0, 20.0)
    site.connect("B", False)
    site.restart()
    before = len(site.sent)
    site.turn(50)
    assert {(setpoint.station, setpoint.limit_a) for _, setpoint in site.sent[before:] if setpoint.station == "A"} == {
        ("A", 20.0)
    }
    site.connect("B", True)
    site.turn(40)
    assert (site.holds("A"), site.holds("B")) == (20.0, 20.0)


def test_a_setpoint_for_an_evse_that_was_taken_out_of_the_site_is_forgotten() -> None:
    site = world("A")
    site.balance.accepted(Setpoint("Z", 1, 6.0), None, site.now)
    site.balance.failed(Setpoint("Z", 1, 6.0), None, "refused", connected=True, now=site.now)
    assert set(site.balance.held) == {("A", 1)}
