"""A unit without a bus: what it wants to read, when, and what it makes of the answers."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from edgegw.meters.drivers import DriverCatalogue
from edgegw.meters.errors import NoAnswer, Refused
from edgegw.meters.plan import Request, cost, plan
from edgegw.meters.registers import SerialSettings
from edgegw.meters.unit import Round, Unit

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SDM630 = DriverCatalogue().get("eastron-sdm630")
PLAN = plan(SDM630, cost(SDM630, SerialSettings(9600)))


class Clocked:
    """A unit and the time that passes for it."""

    def __init__(self, every_s: float = 1.0) -> None:
        self.now = 100.0
        self.rounds: list[Round] = []
        self.unit = Unit(1, SDM630, PLAN, every_s, self.rounds.append)

    def answer(self, took_s: float = 0.1) -> Request:
        request = self.unit.next(self.now)
        self.now += took_s
        self.unit.answered([0] * request.count, took_s, self.now, NOON)
        return request

    def silence(self) -> Request:
        request = self.unit.next(self.now)
        self.now += self.unit.patience_s(request)
        self.unit.failed(NoAnswer("unit 1 did not answer"), self.now)
        return request

    def rest(self) -> float:
        """Let the time pass until the next round, and tell how much it was."""
        pause = self.unit.due - self.now
        self.now = max(self.now, self.unit.due)
        return pause

    def read_a_round(self) -> list[Request]:
        count, requests = len(self.rounds), []
        while len(self.rounds) == count:
            requests.append(self.answer())
        return requests


def test_rounds_begin_a_period_apart_however_long_they_take() -> None:
    meter = Clocked()
    begun = []
    for _ in range(4):
        begun.append(meter.now)
        meter.read_a_round()
        meter.rest()
    assert begun == pytest.approx([100, 101, 102, 103])


def test_a_round_that_took_too_long_is_not_made_up_for() -> None:
    meter = Clocked(every_s=0.15)
    meter.read_a_round()
    assert meter.rest() == 0
    assert meter.unit.due == pytest.approx(meter.now)


def test_no_slow_value_is_older_than_ten_seconds() -> None:
    meter = Clocked()
    read_at: dict[Request, list[float]] = {request: [] for request in PLAN.slow}
    for _ in range(60):
        for request in meter.read_a_round():
            if request in read_at:
                read_at[request].append(meter.now)
        meter.rest()
    for times in read_at.values():
        assert max(later - at for at, later in pairwise(times)) <= 10


def test_a_meter_that_is_read_seldom_brings_all_slow_values_each_time() -> None:
    meter = Clocked(every_s=10.0)
    assert set(PLAN.slow) <= set(meter.read_a_round())


def test_a_silent_unit_is_probed_after_1_2_4_and_at_most_30_seconds() -> None:
    meter = Clocked()
    meter.read_a_round()
    meter.rest()
    pauses = []
    for _ in range(8):
        meter.silence()
        pauses.append(meter.rest())
    assert pauses == pytest.approx([1, 2, 4, 8, 16, 30, 30, 30])


def test_a_dead_unit_costs_less_than_two_percent_of_the_bus() -> None:
    meter = Clocked()
    meter.silence()
    for _ in range(10):
        meter.silence()
        meter.rest()
    began, request = meter.now, meter.silence()
    meter.rest()
    assert meter.unit.quiet_s(request) / (meter.now - began) < 0.02


def test_a_probe_has_a_length_that_no_other_read_has() -> None:
    meter = Clocked()
    lengths = {request.count for request in meter.read_a_round()} | {request.count for request in PLAN.slow}
    meter.rest()
    meter.silence()
    meter.rest()
    probe = meter.silence()
    assert probe.count not in lengths
    assert probe.count % 2 == 0


def test_what_a_probe_brings_is_not_used_and_a_whole_round_follows() -> None:
    meter = Clocked()
    meter.read_a_round()
    meter.rest()
    meter.silence()
    meter.rest()
    probe = meter.unit.next(meter.now)
    meter.unit.answered([0x7F00] * probe.count, 0.1, meter.now, NOON)
    meter.read_a_round()
    assert meter.rounds[-1].values["voltage_l1_v"] == 0.0
    assert meter.rest() > 0


def test_a_unit_that_only_answers_probes_stays_in_its_pauses() -> None:
    meter = Clocked()
    meter.read_a_round()
    meter.rest()
    pauses = []
    for _ in range(4):
        if pauses:
            meter.answer()
        meter.silence()
        pauses.append(meter.rest())
    assert pauses == pytest.approx([1, 2, 4, 8])


def test_the_patience_is_learned_and_stays_between_its_bounds() -> None:
    meter = Clocked()
    request = PLAN.fast[0]
    wire_s = PLAN.cost.wire_s(request.count)
    assert meter.unit.patience_s(request) == pytest.approx(wire_s + 0.5)
    for _ in range(40):
        meter.answer(took_s=0.09)
    assert meter.unit.patience_s(request) == pytest.approx(wire_s + 0.3)
    for _ in range(80):
        meter.answer(took_s=0.55)
    assert meter.unit.patience_s(request) == pytest.approx(wire_s + 0.5)


def test_a_meter_that_is_mute_about_its_identity_is_not_thought_dead() -> None:
    meter = Clocked()
    assert meter.silence().address == 0xFC00
    assert meter.rounds == []
    meter.rest()
    assert 0xFC00 not in {request.address for request in meter.read_a_round()}
    assert meter.rounds[0].trouble is None


def test_a_gateways_word_that_its_meter_is_silent_counts_as_silence() -> None:
    meter = Clocked()
    meter.read_a_round()
    meter.rest()
    meter.unit.next(meter.now)
    meter.unit.refused(Refused(11), meter.now)
    assert meter.rest() == pytest.approx(1.0)
    assert "gateway target device failed to respond" in (meter.rounds[-1].trouble or "")


def test_a_long_read_that_is_refused_is_cut_and_stays_cut() -> None:
    sizes = []
    meter = Clocked()
    for _ in range(60):
        request = meter.unit.next(meter.now)
        sizes.append(request.count)
        if request.count > 10:
            meter.now += 0.1
            meter.unit.refused(Refused(3), meter.now)
        else:
            meter.answer()
            meter.rest()
    assert len([size for size in sizes if size > 10]) <= 4
    assert all(size <= 10 for size in sizes[10:])
    assert "voltage_l1_v" in meter.rounds[-1].values
    assert meter.rounds[-1].trouble is None


def test_a_long_read_that_is_never_answered_is_cut_after_the_third_time() -> None:
    meter, silences = Clocked(), 0
    for _ in range(80):
        if meter.unit.next(meter.now).count > 10:
            meter.silence()
            silences += 1
        else:
            meter.answer()
        meter.rest()
    assert silences <= 4 * 3
    assert meter.rounds[-1].trouble is None
    assert "current_l3_a" in meter.rounds[-1].values


def test_a_slow_value_that_is_never_answered_costs_the_fast_ones_only_a_few_rounds() -> None:
    meter = Clocked()
    for _ in range(120):
        if meter.unit.next(meter.now).address == 0xE0:
            meter.silence()
        else:
            meter.answer()
        meter.rest()
    late = meter.rounds[len(meter.rounds) // 2 :]
    assert len([one for one in late if "current_l1_a" in one.values]) > len(late) / 2


def test_an_optional_value_is_read_with_the_others_until_it_is_refused() -> None:
    points = tuple(replace(point, optional=point.quantity == "current_n_a") for point in SDM630.points)
    points = tuple(replace(p, address=0x12) if p.quantity == "current_n_a" else p for p in points)
    driver = replace(SDM630, points=points, identity=None)
    meter = Clocked()
    meter.unit = Unit(1, driver, plan(driver, cost(driver, SerialSettings(9600))), 1.0, meter.rounds.append)
    asked = []
    for _ in range(60):
        request = meter.unit.next(meter.now)
        asked.append((request.address, request.count))
        if request.address <= 0x12 < request.end:
            meter.now += 0.1
            meter.unit.refused(Refused(2), meter.now)
        else:
            meter.answer()
        meter.rest()
    assert (0x12, 2) in asked
    assert len([span for span in asked if span[0] <= 0x12 < span[0] + span[1]]) <= 2
    assert all(one.trouble is None for one in meter.rounds)


def test_the_plan_follows_the_answer_time_that_was_learned() -> None:
    """60 ms are worth a gap of 30 registers at 9600 baud; for a meter that turns out to answer at once they are not."""
    points = tuple(replace(p, address=p.address + 30) if "power_l" in p.quantity else p for p in SDM630.points[:9])
    driver = replace(SDM630, points=points, silence_s=0.0, answer_typical_s=0.06, identity=None)
    meter = Clocked()
    meter.unit = Unit(1, driver, plan(driver, cost(driver, SerialSettings(9600))), 1.0, meter.rounds.append)
    before = meter.unit.reads.plan
    for _ in range(60):
        meter.answer(took_s=before.cost.wire_s(meter.unit.next(meter.now).count) + 0.001)
        meter.rest()
    after = meter.unit.reads.plan
    assert after.cost.turnaround_s < before.cost.turnaround_s / 3
    assert (len(before.fast), len(after.fast)) == (1, 2)
    assert meter.rounds[-1].trouble is None


def test_after_a_failure_a_unit_is_given_its_longest_time_again() -> None:
    meter = Clocked()
    for _ in range(40):
        meter.answer(took_s=0.09)
        meter.rest()
    usual = meter.unit.patience_s(PLAN.fast[0])
    meter.silence()
    assert meter.unit.patience_s(PLAN.fast[0]) == pytest.approx(usual + 0.2)


def test_a_meter_with_long_answers_is_probed_seldom_enough_to_cost_two_percent() -> None:
    slow = replace(SDM630, answer_max_s=2.0)
    meter = Clocked()
    meter.unit = Unit(1, slow, plan(slow, cost(slow, SerialSettings(9600))), 1.0, meter.rounds.append)
    for _ in range(12):
        meter.silence()
        meter.rest()
    began, request = meter.now, meter.silence()
    meter.rest()
    assert meter.unit.quiet_s(request) / (meter.now - began) < 0.02
