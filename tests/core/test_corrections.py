"""What becomes of transactions that were told by a clock that was wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from edgegw.core.clock import Correction, Reckoning
from edgegw.core.corrections import corrected
from edgegw.core.fold import apply
from edgegw.core.matching import retry_key
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import TransactionAnswer
from edgegw.model.site import Tariff, TariffPeriod
from tests.support.clock import FakeClock
from tests.support.hubs import a_site, minutes, start, stop
from tests.support.world import World, event

BEGAN = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""When the machine began, as it was reckoned: 9:00 in São Paulo."""
OFFSET = timedelta(hours=10)
EVENING = Tariff(
    "default", Decimal("2.00"),
    periods=(TariffPeriod((0, 1, 2, 3, 4, 5, 6), time(18), time(21), Decimal("3.00")),),
)  # fmt: skip


class Unset(World):
    """A site whose clock has not been set since the machine began, ten hours later than is thought."""

    def __init__(self, offset: timedelta = OFFSET) -> None:
        super().__init__(a_site(tariffs={"default": EVENING}), FakeClock(BEGAN + minutes(1)))
        self.clock_state = "unsynced"
        self.offset = offset

    def correct(self, was: str = "unsynced") -> list[f.Fact]:
        """The time arrives; what was recorded of it."""
        before = self.clock.now()
        self.clock.at += self.offset
        self.clock_state = "synced"
        after = Reckoning("synced", BEGAN + self.offset, BEGAN, BEGAN, BEGAN + self.offset)
        correction = Correction(was, "source", BEGAN, before, self.clock.now(), after)  # type: ignore[arg-type]
        rows = list(self.state.transactions.values())
        facts, changes = corrected(self.state, rows, correction, "boot", self.context)
        told = World(self.site, self.clock)
        told.state = self.state
        told.tell(*facts)
        by_fold = dict(self.state.transactions)
        apply(self.state, changes)
        assert self.state.transactions == by_fold, "the changes are the fold of the facts"
        return list(facts)


def test_a_charge_that_began_in_unset_time_began_later_than_was_told() -> None:
    world = Unset()
    begun = world.ask(start(world.clock))
    world.clock.advance(600)
    clock, told = world.correct()
    assert isinstance(clock, f.ClockCorrected)
    assert (clock.offset_ms, clock.was, clock.boot) == (36_000_000, "unsynced", "boot")
    assert isinstance(told, f.TransactionCorrected)
    row = world.transaction(begun)
    assert row.started_at == told.started_at == BEGAN + minutes(1) + OFFSET
    assert [metering.at for metering in row.meterings] == [row.started_at]
    assert row.state == "active"


def test_it_is_priced_by_the_period_that_it_really_fell_into() -> None:
    """Told at 9:01 in the morning, in fact at 19:01 in the evening: 10 kWh at 3.00."""
    world = Unset()
    begun = world.ask(start(world.clock))
    world.clock.advance(600)
    ended = world.ask(stop(world.clock, begun))
    assert ended.cost == "20.00"
    *_, bill = world.correct()
    assert isinstance(bill, f.CdrClosed)
    assert (bill.total, bill.energy_wh) == ("30.00", 10_000)
    assert (bill.started_at, bill.ended_at) == (BEGAN + minutes(1) + OFFSET, BEGAN + minutes(11) + OFFSET)
    assert world.transaction(begun).total == Decimal("30.00")


def test_what_another_clock_told_keeps_its_time() -> None:
    """A transaction from before the power cut runs on: its start is true, what was read since is not."""
    world = Unset()
    world.clock.at = BEGAN - minutes(30)
    begun = world.ask(start(world.clock))
    untouched = world.ask(start(world.clock, "CP02"))
    world.clock.at = BEGAN + minutes(5)
    world.tell(
        f.TransactionMetered(
            at=world.clock.now(), station="CP01", evse=1, transaction=begun.transaction, import_wh=1_002_000,
            reason="periodic", source="stations/CP01/1",
        )
    )  # fmt: skip
    facts = world.correct()
    assert [getattr(fact, "transaction", None) for fact in facts] == [None, begun.transaction]
    row = world.transaction(begun)
    assert row.started_at == BEGAN - minutes(30)
    assert [metering.at for metering in row.meterings] == [BEGAN - minutes(30), BEGAN + minutes(5) + OFFSET]
    assert world.transaction(untouched).clock_offset_ms == 0


@pytest.mark.parametrize(("offset_s", "moved"), [(3600, True), (-7200, True), (30, False), (-30, False)])
def test_a_step_of_a_clock_that_was_thought_right_moves_what_runs_and_no_closed_bill(
    offset_s: int, moved: bool
) -> None:
    world = Unset(timedelta(seconds=offset_s))
    closed = world.ask(start(world.clock, "CP02"))
    world.clock.advance(60)
    world.ask(stop(world.clock, closed, "CP02"))
    running = world.ask(start(world.clock))
    facts = world.correct("synced")
    expected = ["clock_corrected", "transaction_corrected"] if moved else ["clock_corrected"]
    assert [fact.type for fact in facts] == expected
    assert world.transaction(running).started_at == BEGAN + minutes(2) + (world.offset if moved else timedelta(0))
    assert world.transaction(closed).started_at == BEGAN + minutes(1)


@pytest.mark.parametrize("offset", [OFFSET, timedelta(days=3000), -timedelta(days=400)])
def test_a_station_that_still_has_the_old_time_is_understood(offset: timedelta) -> None:
    world = Unset(offset)
    begun = world.ask(start(world.clock))
    world.clock.advance(600)
    world.correct()
    world.clock.advance(60)
    late = stop(world.clock, begun)
    world.ask(replace(late, at=late.at - offset))
    row = world.transaction(begun)
    assert row.ended_at == BEGAN + minutes(12) + offset
    assert row.meterings[-1].at == row.ended_at


def test_a_station_that_has_the_new_time_is_taken_at_its_word() -> None:
    world = Unset()
    begun = world.ask(event(world.clock, "started", 0, evse=1))
    world.clock.advance(600)
    world.correct()
    world.clock.advance(60)
    world.ask(event(world.clock, "ended", 1))
    assert world.transaction(begun).ended_at == BEGAN + minutes(12) + OFFSET


def test_a_retry_of_a_start_from_before_the_correction_finds_its_answer() -> None:
    world = Unset()
    request = start(world.clock)
    begun = world.ask(request)
    world.correct()
    assert isinstance(begun, TransactionAnswer)
    assert world.state.answers[retry_key(world.state, request, b"salt")].transaction == begun.transaction


def test_an_order_under_way_is_as_old_as_it_was() -> None:
    world = Unset()
    world.tell(f.StationConnected(at=world.clock.now(), station="CP01", ocpp="1.6"))
    world.ask(start(world.clock))
    world.dispatch(Command("c", "stop_transaction", {"station": "CP01", "evse": 1}))
    world.clock.advance(30)
    world.correct()
    row = world.state.commands["c"]
    assert row.dispatched_at is not None
    assert world.clock.now() - row.dispatched_at == timedelta(seconds=30)
    assert world.clock.now() - row.at == timedelta(seconds=30)
    assert world.state.stations["CP01"].changed_at == row.at
