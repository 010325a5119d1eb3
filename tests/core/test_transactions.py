"""What a start, an update and an end leave behind, in order and out of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.core.charging import charging_facts
from edgegw.core.matching import retry_key
from edgegw.core.transactions import next_metering
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import Reading, TransactionAnswer, TransactionRequest
from edgegw.model.site import Tariff, TariffPeriod
from edgegw.model.state import Metering, Transaction
from tests.support.clock import FakeClock
from tests.support.hubs import a_site, a_station, start, stop
from tests.support.world import World, event, register


def bills(world: World, answer: TransactionAnswer) -> list[str]:
    return [
        fact.total for fact in world.facts if isinstance(fact, f.CdrClosed) and fact.transaction == answer.transaction
    ]


# The story in order


def test_a_16_story_is_billed_from_its_registers() -> None:
    world = World()
    begun = world.ask(start(world.clock))
    assert (begun.authorization, begun.number) == ("accepted", 1)
    world.clock.advance(3600)
    ended = world.ask(stop(world.clock, begun))
    assert (ended.transaction, ended.cost) == (begun.transaction, "20.00")
    assert world.metered(begun) == [("begin", 1_000_000, "good"), ("end", 1_010_000, "good")]
    assert world.state.at_evse == {}


def test_a_2x_story_is_billed_from_the_registers_of_its_events() -> None:
    world = World()
    clock = world.clock
    begun = world.ask(
        event(clock, "started", 0, id_token="CARD1", readings=(register(clock, 500, "begin"),))
    )  # fmt: skip
    clock.advance(60)
    world.ask(event(clock, "updated", 1, charging_state="charging"))
    clock.advance(600)
    world.ask(event(clock, "updated", 2, charging_state="suspended_ev"))
    clock.advance(600)
    ended = world.ask(
        event(clock, "ended", 3, readings=(register(clock, 900), register(clock, 1500, "end")), reason="local")
    )
    assert (ended.transaction, ended.cost) == (begun.transaction, "2.00")
    assert world.of(begun) == [
        "transaction_started", "transaction_metered", "energy_transfer_started", "transaction_suspended",
        "transaction_metered", "transaction_ended", "cdr_closed",
    ]  # fmt: skip
    row = world.transaction(begun)
    assert (row.idle_s, row.energy_wh, row.reference, row.end_reason) == (600, 1000, "T1", "local")


def test_an_end_that_names_no_register_takes_the_newest_that_was_seen_in_its_time() -> None:
    for seen_after_s, billed in ((1800, "9.00"), (7200, "0.00")):
        world = World()
        begun = world.ask(start(world.clock))
        world.registers["CP01", 1] = (world.clock.now() + timedelta(seconds=seen_after_s), 1_004_500)
        world.clock.advance(3600)
        assert world.ask(stop(world.clock, begun, import_wh=None)).cost == billed


def test_the_second_end_of_a_transaction_changes_nothing() -> None:
    world = World()
    begun = world.ask(start(world.clock))
    world.clock.advance(60)
    ended = world.ask(stop(world.clock, begun))
    before = len(world.facts)
    world.clock.advance(60)
    again = world.ask(stop(world.clock, begun, import_wh=1_999_999))
    assert (again.transaction, again.cost, len(world.facts)) == (ended.transaction, "20.00", before)


# Where one still runs


def test_a_start_where_one_runs_ends_it_at_its_last_register() -> None:
    world = World()
    old = world.ask(start(world.clock))
    world.clock.advance(3600)
    new = world.ask(start(world.clock, import_wh=1_020_000))
    row = world.transaction(old)
    assert (row.state, row.end_reason, row.ended_at) == ("ended", "superseded", FakeClock().now())
    assert world.state.at_evse == {("CP01", 1): new.transaction}


def test_the_end_that_comes_after_the_next_start_corrects_the_bill() -> None:
    world = World()
    old = world.ask(start(world.clock))
    world.clock.advance(3600)
    late = stop(world.clock, old, import_wh=1_005_000)
    world.clock.advance(60)
    new = world.ask(start(world.clock, import_wh=1_005_000))
    assert bills(world, old) == ["0.00"]
    assert world.ask(late).cost == "10.00"
    row = world.transaction(old)
    assert (row.end_reason, row.ended_at, str(row.total)) == ("local", late.at, "10.00")
    assert bills(world, old) == ["0.00", "10.00"]
    assert world.state.at_evse == {("CP01", 1): new.transaction}


# Events of 2.x out of order


def test_an_end_before_its_start_is_one_transaction_and_its_bill_is_made_again() -> None:
    world = World()
    clock = world.clock
    begin = event(clock, "started", 0, id_token="CARD1", readings=(register(clock, 500, "begin"),))
    clock.advance(600)
    ended = world.ask(event(clock, "ended", 1, readings=(register(clock, 2500, "end"),)))
    assert (world.transaction(ended).adopted, ended.cost) == (True, "0.00")
    begun = world.ask(begin)
    assert begun.transaction == ended.transaction
    row = world.transaction(begun)
    assert (row.state, row.adopted, row.started_at, row.id_token) == ("ended", False, begin.at, "CARD1")
    assert (row.energy_wh, str(row.total), row.evse) == (2000, "4.00", 1)
    assert world.state.at_evse == {}


def test_an_update_before_its_start_is_one_transaction_that_finds_its_place() -> None:
    world = World()
    clock = world.clock
    begin = event(clock, "started", 0, id_token="CARD1", readings=(register(clock, 500, "begin"),))
    clock.advance(60)
    updated = world.ask(event(clock, "updated", 1, charging_state="charging"))
    assert world.state.at_evse == {("CP02", 0): updated.transaction}
    begun = world.ask(begin)
    assert begun.transaction == updated.transaction
    assert world.state.at_evse == {("CP02", 1): begun.transaction}
    clock.advance(60)
    assert world.ask(event(clock, "ended", 2, readings=(register(clock, 1500, "end"),))).cost == "2.00"
    assert world.state.at_evse == {}


def test_a_reference_that_begins_anew_while_it_still_runs_ends_the_one_that_ran_wherever_it_was() -> None:
    world = World()
    old = world.ask(event(world.clock, "updated", 5))
    world.clock.advance(60)
    new = world.ask(event(world.clock, "started", 0))
    assert (new.transaction != old.transaction, world.transaction(old).end_reason) == (True, "superseded")
    assert world.state.at_evse == {("CP02", 1): new.transaction}


def test_an_unknown_transaction_of_2x_that_goes_on_takes_the_place_of_the_one_that_ran() -> None:
    world = World()
    old = world.ask(event(world.clock, "started", 0))
    world.clock.advance(60)
    new = world.ask(event(world.clock, "updated", 7, reference="T2", evse=1, charging_state="charging"))
    assert world.transaction(old).end_reason == "superseded"
    assert world.state.at_evse == {("CP02", 1): new.transaction}


def test_an_unknown_transaction_of_2x_that_ends_does_not_touch_the_one_that_runs() -> None:
    world = World()
    running = world.ask(event(world.clock, "started", 0))
    world.clock.advance(60)
    gone = world.ask(event(world.clock, "ended", 7, reference="T2", evse=1))
    assert world.transaction(gone).state == "ended"
    assert world.state.at_evse == {("CP02", 1): running.transaction}


def test_an_unknown_transaction_of_2x_from_before_the_one_that_runs_has_ended_and_its_end_may_follow() -> None:
    world = World()
    late = event(world.clock, "updated", 7, reference="T2", evse=1, charging_state="charging")
    world.clock.advance(60)
    running = world.ask(event(world.clock, "started", 0))
    gone = world.ask(late)
    assert world.transaction(gone).end_reason == "superseded"
    assert world.state.at_evse == {("CP02", 1): running.transaction}
    world.ask(event(world.clock, "ended", 8, reference="T2", reason="local"))
    assert world.transaction(gone).end_reason == "local"


def test_a_transaction_that_begins_with_a_card_is_placed_when_the_car_comes() -> None:
    world = World()
    begun = world.ask(event(world.clock, "started", 0, evse=None, id_token="CARD1"))
    other = world.ask(event(world.clock, "started", 0, reference="T2", evse=None, id_token="CARD3"))
    assert world.transaction(begun).state == world.transaction(other).state == "active"
    world.clock.advance(60)
    world.ask(event(world.clock, "updated", 1, evse=2, connector=1, charging_state="ev_connected"))
    row = world.transaction(begun)
    assert (row.evse, row.id_token, row.started_at, row.authorization) == (2, "CARD1", FakeClock().now(), "accepted")
    assert world.state.at_evse["CP02", 2] == begun.transaction
    assert ("CP02", 0) not in world.state.at_evse or world.state.at_evse["CP02", 0] == other.transaction


def test_the_token_shown_in_an_update_becomes_the_transactions() -> None:
    world = World()
    begun = world.ask(event(world.clock, "started", 0))
    world.clock.advance(5)
    answer = world.ask(event(world.clock, "updated", 1, id_token="CARD2"))
    assert answer.authorization == "blocked"
    row = world.transaction(begun)
    assert (row.id_token, row.authorization) == ("CARD2", "blocked")
    key = retry_key(world.state, event(world.clock, "updated", 1), b"salt")
    assert TransactionAnswer(**world.state.answers[key].answer) == answer


# Charging states and meterings


def running(**changed: Any) -> Transaction:
    values: dict[str, Any] = {
        "id": "t", "station": "CP01", "evse": 1, "connector": 1, "number": 1, "reference": "1", "ocpp": "1.6",
        "started_at": FakeClock().now(), "tariff": "default", "tariff_digest": "",
    }  # fmt: skip
    return Transaction(**values | changed)


@pytest.mark.parametrize(
    ("old", "transfer", "new", "told"),
    [
        (None, False, "charging", ["energy_transfer_started"]),
        (None, False, "ev_connected", []),
        (None, False, "suspended_ev", ["transaction_suspended"]),
        ("charging", True, "charging", []),
        ("charging", True, "suspended_ev", ["transaction_suspended"]),
        ("charging", True, "idle", ["transaction_suspended"]),
        ("charging", True, "ev_connected", ["transaction_suspended"]),
        ("suspended_ev", True, "idle", []),
        ("suspended_ev", True, "suspended_evse", ["transaction_suspended"]),
        ("suspended_evse", True, "suspended_evse", []),
        ("suspended_evse", True, "charging", ["transaction_resumed"]),
    ],
)
def test_a_change_of_the_charging_state_is_told_once(old: Any, transfer: bool, new: Any, told: list[str]) -> None:
    row = running(charging_state=old, transfer_started_at=FakeClock().now() if transfer else None)
    assert [fact.type for fact in charging_facts(row, new, FakeClock().now())] == told


PEAK = Tariff("t", Decimal(1), periods=(TariffPeriod(tuple(range(7)), time(18), time(21), Decimal(2)),))


@pytest.mark.parametrize(
    ("last", "due", "reason"),
    [
        (None, "12:00", "begin"),
        ("12:00", "12:15", "periodic"),
        ("17:50", "18:00", "boundary"),
        ("17:45", "18:00", "boundary"),
        ("17:44", "17:59", "periodic"),
        ("18:00", "18:15", "periodic"),
        ("20:55", "21:00", "boundary"),
    ],
)
def test_the_next_metering_is_due_at_the_boundary_or_after_15_minutes(last: str | None, due: str, reason: str) -> None:
    day = datetime(2026, 3, 2, tzinfo=UTC)

    def at(text: str) -> datetime:
        return datetime.combine(day, time.fromisoformat(text), UTC)

    row = running(meterings=() if last is None else (Metering(at(last), 0),))
    assert next_metering(row, "UTC", PEAK) == (at(due), reason)


# What holds for any story


@st.composite
def stories(draw: st.DrawFn) -> list[TransactionRequest]:
    """Requests of two stations in any order, some twice, some with numbers that mean nothing."""
    clock, found = FakeClock(), []
    for _ in range(draw(st.integers(1, 12))):
        clock.advance(draw(st.sampled_from([0, 1, 90, 4000])))
        at = clock.now() - timedelta(seconds=draw(st.sampled_from([0, 0, 0, 100, 5000])))
        wh = draw(st.integers(0, 5000))
        token = draw(st.sampled_from(["CARD1", "CARD2", None]))
        if draw(st.booleans()):
            stage = draw(st.sampled_from(["started", "ended"]))
            reference = None if stage == "started" else draw(st.sampled_from(["0", "-1", "1", "2", "3"]))
            evse = 1 if stage == "started" else None
            found.append(
                start(clock, at=at, stage=stage, evse=evse, reference=reference, import_wh=wh, id_token=token)
            )  # fmt: skip
        else:
            stage = draw(st.sampled_from(["started", "updated", "ended"]))
            found.append(
                event(
                    clock, stage, draw(st.integers(0, 3)), at=at, reference=draw(st.sampled_from(["T1", "T2"])),
                    evse=draw(st.sampled_from([None, 1, 2])), id_token=token, import_wh=wh,
                    charging_state=draw(st.sampled_from([None, "charging", "suspended_ev"])),
                )
            )  # fmt: skip
        if draw(st.integers(0, 4)) == 0:
            found.append(draw(st.sampled_from(found)))
    return found


@given(stories())
def test_no_order_of_requests_leaves_two_at_one_evse_or_a_bill_below_nothing(story: list[TransactionRequest]) -> None:
    world = World()
    for request in story:
        answer = world.ask(request)
        assert answer.transaction in world.state.transactions
        if request.stage == "ended":
            assert world.transaction(answer).state == "ended"
        for (station, evse), id in world.state.at_evse.items():
            row = world.state.transactions[id]
            assert (row.station, row.evse, row.state) == (station, evse, "active")
        for row in world.state.transactions.values():
            if row.state == "active" and row.evse != 0:
                assert world.state.at_evse[row.station, row.evse] == row.id
            if row.state == "ended":
                assert row.total is not None
                assert row.total >= 0
                assert row.ended_at is not None
                assert row.ended_at >= row.started_at
    numbers = [row.number for row in world.state.transactions.values()]
    assert len(set(numbers)) == len(numbers)


def test_updates_that_come_after_an_end_without_a_register_are_billed_by_a_correction() -> None:
    world = World()
    clock = world.clock
    began_at = clock.now()
    begun = world.ask(event(clock, "started", 0, id_token="CARD1", readings=(register(clock, 1_000, "begin"),)))
    clock.advance(600)
    assert world.ask(event(clock, "ended", 3, reason="local")).cost == "0.00"
    for number, wh in ((1, 1_500), (2, 1_900), (2, 1_900), (1, 1_500)):
        at = began_at + timedelta(minutes=4 * number)
        world.ask(event(clock, "updated", number, at=at, readings=(Reading(at, wh, "periodic"),)))
    late = began_at + timedelta(minutes=11)
    world.ask(event(clock, "updated", 4, at=late, readings=(Reading(late, 2_500, "periodic"),)))
    assert bills(world, begun) == ["0.00", "1.00", "1.80"]
    assert world.state.transactions[begun.transaction].energy_wh == 900


def test_updates_that_come_after_an_end_with_its_register_change_no_bill() -> None:
    world = World()
    clock = world.clock
    began_at = clock.now()
    begun = world.ask(event(clock, "started", 0, id_token="CARD1", readings=(register(clock, 1_000, "begin"),)))
    clock.advance(600)
    world.ask(event(clock, "ended", 2, reason="local", readings=(register(clock, 3_000, "end"),)))
    at = began_at + timedelta(minutes=4)
    world.ask(event(clock, "updated", 1, at=at, readings=(Reading(at, 2_000, "periodic"),)))
    assert bills(world, begun) == ["4.00"]


# A 1.6 station with several places that names none


def two_places() -> World:
    return World(a_site(stations={"CP01": a_station("CP01", evses=2)}))


def somewhere(world: World, token: str = "CARD1") -> TransactionAnswer:
    return world.ask(replace(start(world.clock), evse=None, id_token=token))


def test_it_began_where_it_was_told_to_start() -> None:
    world = two_places()
    command = Command("c-1", "start_transaction", {"station": "CP01", "evse": 2, "id_token": "CARD1"})
    world.dispatch(command, 7)
    assert world.transaction(somewhere(world)).evse == 2


def test_it_began_at_the_one_place_where_a_car_waits() -> None:
    world = two_places()
    where = {"at": world.clock.now(), "station": "CP01", "connector": 1}
    world.tell(f.StationStatusChanged(**where, evse=1, status="available"))
    world.tell(f.StationStatusChanged(**where, evse=2, status="preparing"))
    assert world.transaction(somewhere(world)).evse == 2


def test_it_began_at_the_only_place_that_is_free() -> None:
    world = two_places()
    first = world.ask(start(world.clock))
    assert world.transaction(somewhere(world, "CARD2")).evse == 2
    assert world.transaction(first).state == "active"


def test_it_began_nobody_knows_where_and_its_readings_tell_and_nothing_that_runs_is_ended() -> None:
    world = two_places()
    begun = somewhere(world)
    assert world.transaction(begun).evse == 0
    told = TransactionRequest(
        station="CP01", at=world.clock.now(), stage="updated", evse=2, connector=1, reference=str(begun.number)
    )
    world.ask(told)
    assert world.transaction(begun).evse == 2
    world.clock.advance(60)
    ended = world.ask(replace(stop(world.clock, begun), evse=None))
    assert ended.transaction == begun.transaction


def test_a_start_nobody_knows_where_is_the_same_when_it_comes_again() -> None:
    world = two_places()
    request = replace(start(world.clock), evse=None)
    key = retry_key(world.state, request, b"salt")
    world.ask(request)
    assert retry_key(world.state, request, b"salt") == key
