"""What a station tells late, of a connector that has been used since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edgegw.hub.metering import Metering
from edgegw.model import facts as f
from edgegw.model.requests import TransactionAnswer
from edgegw.model.samples import MeterSample
from tests.support.clock import FakeClock
from tests.support.hubs import minutes, start, stop
from tests.support.world import World, event, register

DAYS_3 = timedelta(days=3)


def while_one_runs() -> tuple[World, TransactionAnswer]:
    """CP01 was offline, and has begun a transaction since it is back."""
    world = World()
    return world, world.ask(start(world.clock, import_wh=1_500_000))


def totals(world: World, answer: TransactionAnswer) -> list[str]:
    return [
        fact.total for fact in world.facts if isinstance(fact, f.CdrClosed) and fact.transaction == answer.transaction
    ]


def test_a_start_of_three_days_ago_leaves_what_runs_alone_and_has_its_own_bill() -> None:
    world, running = while_one_runs()
    at = world.clock.now() - DAYS_3
    late = world.ask(start(world.clock, at=at))
    assert world.state.at_evse == {("CP01", 1): running.transaction}
    assert world.transaction(running).state == "active"
    assert (world.transaction(late).state, world.transaction(late).started_at) == ("ended", at)
    ended = world.ask(stop(world.clock, late, at=at + minutes(60)))
    row = world.transaction(late)
    assert (ended.transaction, ended.cost, row.end_reason, row.ended_at) == (
        late.transaction, "20.00", "local", at + minutes(60),
    )  # fmt: skip
    assert totals(world, late) == ["0.00", "20.00"]
    assert totals(world, running) == []
    assert world.state.at_evse == {("CP01", 1): running.transaction}


def test_a_start_from_before_the_connectors_newest_transaction_is_over_although_nothing_runs() -> None:
    world, before = while_one_runs()
    world.clock.advance(1800)
    world.ask(stop(world.clock, before, import_wh=1_510_000))
    late = world.ask(start(world.clock, at=world.clock.now() - DAYS_3))
    assert world.state.at_evse == {}
    assert world.transaction(late).state == "ended"


def test_a_start_from_the_queue_that_nothing_has_followed_is_what_runs() -> None:
    world = World()
    answer = world.ask(start(world.clock, at=world.clock.now() - DAYS_3))
    assert world.state.at_evse == {("CP01", 1): answer.transaction}


def test_a_queue_in_its_order_ends_with_what_runs() -> None:
    world = World()
    begin = world.clock.now() - DAYS_3
    first = world.ask(start(world.clock, at=begin))
    world.ask(stop(world.clock, first, at=begin + minutes(30)))
    second = world.ask(start(world.clock, at=begin + minutes(90), import_wh=1_010_000))
    assert world.state.at_evse == {("CP01", 1): second.transaction}


@pytest.mark.parametrize("at", [datetime(1970, 1, 1, 0, 5, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)])
def test_a_start_without_a_clock_is_what_runs_now(at: datetime) -> None:
    world, before = while_one_runs()
    world.clock.advance(1800)
    new = world.ask(start(world.clock, at=at))
    assert world.state.at_evse == {("CP01", 1): new.transaction}
    assert world.transaction(before).end_reason == "superseded"


def test_a_time_from_the_future_makes_no_start_late() -> None:
    world = World()
    before = world.ask(start(world.clock, at=world.clock.now() + timedelta(hours=3)))
    world.clock.advance(600)
    new = world.ask(start(world.clock))
    assert world.state.at_evse == {("CP01", 1): new.transaction}
    assert world.transaction(before).state == "ended"


def test_the_end_of_a_late_start_may_come_with_a_number_that_means_nothing() -> None:
    world, running = while_one_runs()
    at = world.clock.now() - DAYS_3
    late = world.ask(start(world.clock, at=at))
    ended = world.ask(stop(world.clock, late, at=at + minutes(60), reference="-1", id_token="CARD1"))
    assert (ended.transaction, ended.cost) == (late.transaction, "20.00")
    assert world.transaction(running).state == "active"


def test_a_number_that_means_nothing_is_not_given_to_who_shows_another_token() -> None:
    world, _ = while_one_runs()
    at = world.clock.now() - DAYS_3
    late = world.ask(start(world.clock, at=at))
    ended = world.ask(stop(world.clock, late, at=at + minutes(60), reference="-1", id_token="CARD3"))
    assert ended.transaction != late.transaction


def test_a_late_story_of_2x_counts_its_pauses_and_signed_registers_though_it_is_over() -> None:
    world = World()
    running = world.ask(event(world.clock, "started", 0, reference="T9"))
    at = world.clock.now() - DAYS_3

    def queued(stage: str, seq_no: int, after: float, **changed: Any) -> TransactionAnswer:
        return world.ask(event(world.clock, stage, seq_no, at=at + minutes(after), offline=True, **changed))

    late = queued("started", 0, 0, id_token="CARD1", readings=(_reading(at, 500, "begin"),), charging_state="charging")
    signed = _reading(at + minutes(15), 1000, "periodic", "c2lnbmVk")
    queued("updated", 1, 15, readings=(signed,))
    queued("updated", 2, 30, charging_state="suspended_ev")
    queued("updated", 3, 40, charging_state="charging")
    ended = queued("ended", 4, 60, readings=(_reading(at + minutes(60), 2500, "end"),), reason="local")
    row = world.transaction(ended)
    assert (row.id, row.idle_s, str(row.total), [each.signed for each in row.meterings]) == (
        late.transaction, 600, "4.00", [False, True, False],
    )  # fmt: skip
    assert world.state.at_evse == {("CP02", 1): running.transaction}
    assert world.state.by_reference["CP02", "T9"] == running.transaction


def test_a_reference_that_is_given_again_means_the_one_that_runs_not_the_one_told_of_late() -> None:
    world = World()
    running = world.ask(event(world.clock, "started", 0))
    late = world.ask(event(world.clock, "started", 0, at=world.clock.now() - DAYS_3, evse=2))
    assert late.transaction != running.transaction
    assert world.state.by_reference["CP02", "T1"] == running.transaction
    assert world.transaction(running).state == "active"


def test_a_late_update_of_an_unknown_transaction_is_history_too() -> None:
    world = World()
    running = world.ask(event(world.clock, "started", 0))
    at = world.clock.now() - DAYS_3
    gone = world.ask(event(world.clock, "updated", 3, reference="T2", evse=1, at=at, charging_state="charging"))
    assert world.transaction(gone).end_reason == "superseded"
    assert world.state.at_evse == {("CP02", 1): running.transaction}


def test_the_car_that_a_queued_event_places_does_not_move_the_one_that_is_there_now() -> None:
    world = World()
    at = world.clock.now() - timedelta(hours=5)
    card = world.ask(event(world.clock, "started", 0, reference="T2", evse=None, at=at, id_token="CARD1"))
    running = world.ask(event(world.clock, "started", 0, evse=2))
    world.ask(event(world.clock, "updated", 1, reference="T2", evse=2, at=at + minutes(1)))
    assert world.transaction(card).evse == 2
    assert world.transaction(card).end_reason == "superseded"
    assert world.state.at_evse["CP02", 2] == running.transaction


def test_a_reading_from_before_a_transaction_does_not_belong_to_it() -> None:
    world, running = while_one_runs()
    old = MeterSample("stations/CP01/1", FakeClock().now() - DAYS_3, {"import_wh": 1_600_000.0})
    assert Metering().facts(world.state, world.site, old, world.clock.now()) == ()
    now = MeterSample("stations/CP01/1", FakeClock().now() + minutes(1), {"import_wh": 1_600_000.0})
    found = Metering().facts(world.state, world.site, now, world.clock.now())
    assert [fact.type for fact in found] == ["energy_transfer_started"]
    assert world.metered(running) == [("begin", 1_500_000, "good")]


def _reading(at: datetime, import_wh: int, context: str, signed: str | None = None) -> Any:
    return register(FakeClock(at), import_wh, context, signed)


def test_a_start_that_is_over_by_now_takes_its_reference_from_the_one_that_had_it_before() -> None:
    world = World()
    noon = world.clock.now()
    before = world.ask(event(world.clock, "started", 0, at=noon - minutes(2), evse=None))
    running = world.ask(event(world.clock, "started", 0, reference="T2"))
    over = world.ask(event(world.clock, "started", 0, at=noon - minutes(1)))
    assert [world.transaction(each).state for each in (before, running, over)] == ["ended", "active", "ended"]
    assert world.transaction(before).end_reason == "superseded"
