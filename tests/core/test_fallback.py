"""Fallback: with nobody watching, and the building at its most, every breaker holds."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edgegw.core.fallback import fallback, fits
from edgegw.model.site import PHASES, ChargingStation, Circuit, Evse, Site, Supply


def station(name: str, *phases: Any, max_a: float = 32.0, line: bool = False, **more: Any) -> ChargingStation:
    wiring: Any = "line" if line else "neutral"
    return ChargingStation(name, name, (Evse(name, 1, max_a, phases or PHASES, wiring=wiring),), **more)


def site(*stations: ChargingStation, **supply: Any) -> Site:
    return Site("s", "s", stations={each.id: each for each in stations}, supply=Supply(**{"limit_a": 63.0, **supply}))


def test_everyone_gets_six_amperes_when_that_fits() -> None:
    assert fallback(site(station("A"), station("B"), building_max_a=40, margin_a=2)) == {("A", 1): 6.0, ("B", 1): 6.0}


def test_who_does_not_fit_pauses_by_priority_then_id() -> None:
    names = site(station("B"), station("A"), station("C", priority=10), building_max_a=48, margin_a=2)
    assert fallback(names) == {("A", 1): 6.0, ("B", 1): 0.0, ("C", 1): 6.0}
    assert fits(names) == []


def test_each_phase_is_counted_for_itself() -> None:
    phases = site(station("A", "L1"), station("B", "L1"), station("C", "L2"), building_max_a=55)
    assert fallback(phases) == {("A", 1): 6.0, ("B", 1): 0.0, ("C", 1): 6.0}


def test_a_small_row_counts_as_well_as_the_supply() -> None:
    rows = site(
        station("A", circuit="row"),
        station("B", circuit="row"),
        station("C"),
        circuits=(Circuit("row", 10),),
        margin_a=2,
    )
    assert fallback(rows) == {("A", 1): 6.0, ("B", 1): 0.0, ("C", 1): 6.0}


def test_a_number_is_given_to_each_up_to_its_maximum() -> None:
    assert fallback(site(station("A", max_a=8), station("B"), fallback_a=10)) == {("A", 1): 8.0, ("B", 1): 10.0}
    assert fallback(site(station("A"), fallback_a=0)) == {("A", 1): 0.0}


def test_a_number_that_does_not_fit_is_told_and_still_overloads_nothing() -> None:
    full = site(station("A"), station("B"), fallback_a=16, building_max_a=40, margin_a=2)
    assert fits(full)[0] == (
        "16 A for each EVSE is 32 A on L1 of main, which has 21 A for them beside the building's 40 A and the margin "
        "of 2 A; allowed: auto, or less"
    )
    assert len(fits(full)) == 3
    assert sum(fallback(full).values()) == 21.0


def test_what_can_never_fit_is_told_in_words() -> None:
    assert fits(site(station("A"), fallback_a=4)) == ["fallback_a is 4 A: a car takes 6 A or more, or 0 for none"]
    assert fits(site(building_max_a=62, margin_a=2)) == [
        "the building's 62 A and the margin of 2 A are more than the supply's 63 A: without the gateway they overload "
        "it with no car charging"
    ]
    assert fits(site(station("A", circuit="row-z"))) == [
        "station A hangs on circuit 'row-z', which is not there; allowed: main"
    ]
    assert fits(site(station("A", "L2"), phases=1)) == ["EVSE 1 of A is on L2; the supply has 1 phases"]
    assert fits(site(circuits=(Circuit("a", 10, "b"), Circuit("b", 10, "a"))))[0].endswith("a on b on a")


def test_without_a_supply_there_is_nothing_to_hold() -> None:
    bare = dataclasses.replace(site(station("A")), supply=None)
    assert fallback(bare) == {}
    assert fits(bare) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from([PHASES, ("L1",), ("L2",), ("L1", "L2"), ("L3", "L1")]),
            st.sampled_from(["main", "row", "cell", "shed"]), st.integers(0, 3), st.integers(0, 40),
        ),
        max_size=12,
    ),
    st.none() | st.floats(0, 40), st.floats(0, 200), st.floats(0, 200), st.floats(0, 5),
    st.tuples(st.floats(0, 80), st.floats(0, 80), st.floats(0, 80)), st.sampled_from([1, 3]),
)  # fmt: skip
def test_no_breaker_is_over_its_limit_with_the_building_at_its_most(
    stations: list[Any], fallback_a: float | None, limit_a: float, building_max_a: float, margin_a: float,
    breakers: tuple[float, float, float], phases: Any,
) -> None:  # fmt: skip
    """On circuits within circuits, with loads between two phases, also where the supply has one phase alone."""
    row_a, cell_a, shed_a = breakers
    rows = site(
        *(
            station(f"S{index:02}", *on, max_a=max_a, circuit=circuit, priority=priority, line=len(on) == 2)
            for index, (on, circuit, priority, max_a) in enumerate(stations)
        ),
        limit_a=limit_a, building_max_a=building_max_a, margin_a=margin_a, fallback_a=fallback_a, phases=phases,
        circuits=(Circuit("cell", cell_a, "row"), Circuit("shed", shed_a), Circuit("row", row_a)),
    )  # fmt: skip
    given_a = fallback(rows)
    assert all(a == 0 or a >= 6 for a in given_a.values())
    above = {"main": ("main",), "row": ("row", "main"), "cell": ("cell", "row", "main"), "shed": ("shed", "main")}
    limits = {"main": limit_a - building_max_a, "row": row_a, "cell": cell_a, "shed": shed_a}
    for phase in PHASES:
        for name, most_a in limits.items():
            sum_a = sum(given_a[each.id, 1] for each in rows.stations.values()
                        if phase in each.evses[0].phases and name in above[each.circuit])  # fmt: skip
            assert sum_a <= max(0.0, most_a - margin_a) + 1e-6
            assert sum_a == 0.0 or phase == "L1" or phases == 3, "a phase that the supply lacks"
    if fallback_a is not None and not fits(rows):
        wishes = {each.id: min(fallback_a, each.evses[0].max_a) for each in rows.stations.values()}
        if all(wish == 0 or wish >= 6 for wish in wishes.values()):
            assert all(abs(given_a[id, 1] - wish) < 0.1 for id, wish in wishes.items())


def test_a_station_of_watts_alone_counts_three_times_and_changes_nobody_else() -> None:
    three = site(station("A"), station("B"), station("C"), building_max_a=39)
    assert fallback(three, [("A", 1)]) == {("A", 1): 0.0, ("B", 1): 6.0, ("C", 1): 6.0}, "18 A do not fit beside 12"
    wide = site(station("A"), station("B"), building_max_a=39)
    assert fallback(wide, [("A", 1)]) == {("A", 1): 6.0, ("B", 1): 6.0}
    small = site(station("A", max_a=16), station("B"), building_max_a=40.9)
    assert fallback(small, [("A", 1)]) == {("A", 1): 6.0, ("B", 1): 6.0}, "more than 16 A can't flow there"


def test_a_number_is_held_against_what_a_station_of_watts_alone_may_draw() -> None:
    two = site(station("A"), station("B"), fallback_a=8, building_max_a=40)
    assert fits(two) == []
    assert fits(two, [("A", 1)])[0] == (
        "8 A for each EVSE is 32 A on L1 of main, which has 23 A for them beside the building's 40 A and the margin of "
        "0 A; A may draw all on one phase, being limited in watts alone; allowed: auto, or less"
    )
