"""A unit without a bus: what it wants to read, when, and what it makes of the answers."""

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
