from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.meters.drivers import DriverCatalogue
from edgegw.meters.plan import NOTHING_LEARNED, Cost, Request, Unreadable, cost, plan, turns
from edgegw.meters.registers import WORDS, Driver, Point, RawType, SerialSettings

AT_9600 = SerialSettings(9600)


@st.composite
def drivers(draw: st.DrawFn) -> Driver:
    """A driver with up to 30 points side by side or apart, on even addresses when only even reads are answered."""
    even = draw(st.booleans())
    types = ["u32", "f32", "u64"] if even else ["u16", "s32", "f64"]
    address, points = 2 * draw(st.integers(0, 50)), []
    for number in range(draw(st.integers(1, 30))):
        type_: RawType = draw(st.sampled_from(types))
        group = draw(st.sampled_from(["fast", "slow"]))
        function = draw(st.sampled_from([3, 4]))
        points.append(Point(f"q{number}", function, address, type_, "W", group, optional=draw(st.integers(0, 9)) == 0))
        address += WORDS[type_] + draw(st.sampled_from([0, 0, 0, 2, 8, 40, 200]))
    barriers = frozenset(draw(st.sets(st.sampled_from([point.address for point in points]), max_size=3)))
    return Driver(
        "x",
        "X",
        "high_first",
        draw(st.sampled_from([4, 20, 80, 124])),
        tuple(points),
        0.5,
        even_only=even,
        barriers=barriers,
    )


costs = st.builds(Cost, st.sampled_from([0.0001, 0.001, 0.004]), st.sampled_from([0.0, 0.005, 0.06, 0.5]))


@given(drivers(), costs)
def test_every_point_is_read_once_and_whole_within_every_limit(driver: Driver, at: Cost) -> None:
    reads = plan(driver, at)
    for group, requests in (("fast", reads.fast), ("slow", reads.slow)):
        covered = [point for request in requests for point in request.points]
        assert sorted(covered, key=lambda p: p.address) == [point for point in driver.points if point.group == group]
    for request in (*reads.fast, *reads.slow):
        assert 0 < request.count <= driver.max_registers
        assert not (driver.even_only and request.count % 2)
        assert not any(request.address < barrier < request.end for barrier in driver.barriers)
        assert all(request.address <= p.address and p.end <= request.end for p in request.points)
        assert all(p.function == request.function for p in request.points)
        for point in driver.points:
            if point.function == request.function:
                assert not any(point.address < edge < point.end for edge in (request.address, request.end))


@given(drivers(), costs)
def test_no_plan_is_dearer_than_reading_value_by_value(driver: Driver, at: Cost) -> None:
    reads = plan(driver, at)
    for group, seconds in (("fast", reads.fast_s), ("slow", reads.counters_s + reads.others_s)):
        assert seconds <= sum(at.request_s(p.words) for p in driver.points if p.group == group) + 1e-9


@given(drivers(), costs)
def test_a_refused_read_is_cut_until_every_value_stands_alone_and_none_is_lost(driver: Driver, at: Cost) -> None:
    """A meter that refuses every read of more than one value is still read; no cut makes a read that is not allowed."""
    learned, reads = NOTHING_LEARNED, plan(driver, at)
    for _ in range(10 * len(driver.points)):
        narrower = next((new for one in (*reads.fast, *reads.slow) if (new := learned.from_refusal(one))), None)
        if narrower is None:
            break
        learned = narrower
        try:
            reads = plan(driver, at, learned)
        except Unreadable:  # even reads only, and an odd value beside the cut
            return
    requests = (*reads.fast, *reads.slow)
    assert all(len(request.points) == 1 for request in requests)
    assert {point.quantity for request in requests for point in request.points} == {p.quantity for p in driver.points}


def test_the_optional_values_go_first_then_the_gaps_then_the_middle() -> None:
    points = tuple(
        Point(f"q{n}", 4, at, "f32", "W", "fast", optional=n == 1) for n, at in enumerate((0, 2, 4, 6, 20, 22))
    )
    driver = Driver("x", "X", "high_first", 80, points, 0.5)
    at, learned, seen = Cost(0.001, 0.06), NOTHING_LEARNED, []
    for _ in range(4):
        reads = plan(driver, at, learned)
        seen.append([(request.address, request.count) for request in reads.fast])
        longest = max(reads.fast, key=lambda request: request.count)
        learned = learned.from_refusal(longest) or learned
    assert seen == [
        [(0, 24)],
        [(0, 24), (2, 2)],
        [(0, 2), (2, 2), (4, 4), (20, 4)],
        [(0, 2), (2, 2), (4, 2), (6, 2), (20, 4)],
    ]


@pytest.mark.parametrize(
    ("turnaround_s", "gap", "reads"), [(0.06, 35, 1), (0.06, 37, 2), (0.005, 8, 1), (0.005, 10, 2)]
)
def test_a_gap_is_bridged_when_another_request_costs_more(turnaround_s: float, gap: int, reads: int) -> None:
    """At 9600 baud a register costs 2.1 ms: 60 ms and 13 bytes are worth 35 registers, 5 ms are worth 8."""
    points = tuple(Point(f"q{n}", 4, at, "f32", "W", "fast") for n, at in enumerate((0, 2 + gap)))
    driver = Driver("x", "X", "high_first", 80, points, 0.5)
    assert len(plan(driver, Cost(10 / 9600, turnaround_s)).fast) == reads


def test_what_is_not_a_counter_waits_where_the_line_has_no_room() -> None:
    sdm630 = DriverCatalogue().get("eastron-sdm630")
    reads = plan(sdm630, cost(sdm630, AT_9600))
    assert turns([(reads, 1.0)] * 3).others_every_s == 9.0
    room = 1 - 7 * (reads.fast_s + reads.counters_s / 8.5)
    assert turns([(reads, 1.0)] * 7).others_every_s == pytest.approx(7 * reads.others_s / room)
    assert turns([(reads, 1.0)] * 8).others_every_s == pytest.approx(8 * reads.others_s / 0.01)
    assert turns([(reads, 1.0)] * 8).apart_s == pytest.approx(1.0, abs=0.15)
    assert {p.quantity for request in reads.counters for p in request.points} == {"import_wh", "export_wh"}


def test_eight_sdm630_on_one_9600_baud_line_take_nearly_a_second_a_round() -> None:
    sdm630 = DriverCatalogue().get("eastron-sdm630")
    reads = plan(sdm630, cost(sdm630, AT_9600))
    assert [(request.address, request.count) for request in reads.fast] == [(0, 18)]
    assert 8 * reads.fast_s == pytest.approx(0.92, abs=0.01)


def test_an_em340_is_read_in_twenties() -> None:
    em340 = DriverCatalogue().get("carlo-gavazzi-em340")
    reads = plan(em340, cost(em340, AT_9600))
    assert [(request.address, request.count) for request in reads.fast] == [(0x00, 6), (0x0C, 12)]


def test_one_odd_register_of_an_even_only_meter_is_read_with_its_neighbour() -> None:
    one = Point("q", 4, 7, "u16", "W", "fast")
    driver = Driver("x", "X", "high_first", 80, (one,), 0.5, even_only=True)
    assert plan(driver, Cost(0, 0)).fast == (Request(4, 7, 2, (one,)),)
    fenced = replace(driver, barriers=frozenset({8}))
    assert plan(fenced, Cost(0, 0)).fast == (Request(4, 6, 2, (one,)),)


def test_a_value_that_no_read_can_hold_is_named() -> None:
    driver = Driver("x", "X", "high_first", 2, (Point("import_wh", 4, 0x10, "u64", "Wh", "slow"),), 0.5)
    with pytest.raises(Unreadable, match=r"import_wh.*4 registers at 0x0010.*max_registers 2"):
        plan(driver, Cost(0, 0))


def test_a_plan_says_what_it_costs() -> None:
    sdm630 = DriverCatalogue().get("eastron-sdm630")
    assert str(plan(sdm630, cost(sdm630, AT_9600))) == (
        "1 reads and 115 ms of the bus a sample, 4 reads and 375 ms for the slow values in turn"
    )


SCALED = Point("power_w", 3, 18, "s16", "W", "fast", scale_address=22)
TARIFFS = Point("import_wh", 3, 801, "f64", "Wh", "slow", plus=(805, 813))


def test_a_value_is_read_with_its_scale_and_the_tariffs_that_are_added_to_it() -> None:
    driver = Driver("x", "X", "high_first", 20, (SCALED, TARIFFS), 0.5)
    reads = plan(driver, cost(driver, AT_9600))
    assert [(read.address, read.count) for read in (*reads.fast, *reads.slow)] == [(18, 5), (801, 16)]


@pytest.mark.parametrize("point", [SCALED, TARIFFS], ids=["scale", "tariffs"])
def test_parts_of_a_value_that_no_read_can_hold_together_are_named(point: Point) -> None:
    driver = Driver("x", "X", "high_first", 4, (point,), 0.5)
    with pytest.raises(Unreadable, match=point.quantity):
        plan(driver, cost(driver, AT_9600))


def test_no_read_begins_or_ends_inside_a_part_of_another_value() -> None:
    """An odd register of an even-only meter is read with a neighbour: here only the one below is no half of a value."""
    odd = Point("frequency_hz", 3, 804, "u16", "Hz", "fast")
    parts = Point("import_wh", 3, 700, "u32", "Wh", "slow", plus=(805,))
    driver = Driver("x", "X", "high_first", 120, (odd, parts), 0.5, even_only=True)
    assert [(read.address, read.count) for read in plan(driver, cost(driver, AT_9600)).fast] == [(803, 2)]
