"""Events that never came: seen by their numbers, settled by the station's word."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.core.missing import MAX_TOLD, Ranges, decide_status, gaps, with_number
from edgegw.model import facts as f
from edgegw.model.requests import TransactionAnswer
from tests.support.hubs import minutes
from tests.support.world import World, event, register


def ranges(numbers: list[int]) -> Ranges:
    heard: Ranges = ()
    for number in numbers:
        heard = with_number(heard, number)
    return heard


@given(st.lists(st.integers(0, 30)))
def test_numbers_heard_and_passed_over_are_all_numbers_whatever_their_order(numbers: list[int]) -> None:
    heard = ranges(numbers)
    passed_over = gaps(heard, is_whole=True)
    there = {number for first, last in heard for number in range(first, last + 1)}
    missing = {number for first, last in passed_over for number in range(first, last + 1)}
    assert there == set(numbers)
    assert there | missing == set(range(max(numbers, default=-1) + 1))
    assert not there & missing
    assert ranges(sorted(numbers)) == heard


def test_what_came_before_the_first_number_is_missing_only_where_it_would_have_been_heard() -> None:
    assert gaps(ranges([3, 4, 7]), is_whole=True) == ((0, 2), (5, 6))
    assert gaps(ranges([3, 4, 7]), is_whole=False) == ((5, 6),)


def under_way() -> tuple[World, TransactionAnswer]:
    world = World()
    begun = world.ask(event(world.clock, "started", 0, id_token="CARD1", readings=(register(world.clock, 0, "begin"),)))
    world.clock.advance(1800)
    world.registers["CP02", 1] = (world.clock.now(), 5000)
    world.clock.advance(1800)
    return world, begun


def settle(world: World, answer: TransactionAnswer, missing: Any = (), **said: Any) -> list[str]:
    facts = decide_status(world.state, world.transaction(answer), said, missing, world.context)
    world.tell(*facts)
    return [fact.type for fact in facts]


@pytest.mark.parametrize(
    "said", [{"messages_in_queue": True, "ongoing": False}, {"messages_in_queue": True}, {"ongoing": False}, {}]
)
def test_while_messages_wait_nothing_is_given_up(said: Any) -> None:
    world, begun = under_way()
    assert settle(world, begun, ((1, 2),), **said) == []
    assert world.transaction(begun).state == "active"


def test_what_is_missing_of_a_transaction_that_goes_on_is_told_and_it_goes_on() -> None:
    world, begun = under_way()
    told = settle(world, begun, ((1, 2), (5, 5)), messages_in_queue=False, ongoing=True)
    assert told == ["transaction_events_missed", "transaction_events_missed"]
    assert (world.transaction(begun).state, world.transaction(begun).events_missed) == ("active", 3)


def test_a_transaction_whose_end_was_lost_ends_with_the_register_that_was_seen_last() -> None:
    world, begun = under_way()
    seen_at = world.registers["CP02", 1][0]
    assert settle(world, begun, messages_in_queue=False, ongoing=False) == [
        "transaction_metered", "transaction_ended", "cdr_closed",
    ]  # fmt: skip
    row = world.transaction(begun)
    assert (row.end_reason, row.ended_at, row.energy_wh, str(row.total)) == ("not_ongoing", seen_at, 5000, "10.00")
    assert world.state.at_evse == {}


def test_the_stations_own_word_of_the_end_still_counts_when_it_comes_after_all() -> None:
    world, begun = under_way()
    settle(world, begun, messages_in_queue=False, ongoing=False)
    at = world.clock.now()
    ended = world.ask(event(world.clock, "ended", 9, readings=(register(world.clock, 7000, "end"),), reason="local"))
    row = world.transaction(ended)
    assert (row.id, row.end_reason, row.ended_at, ended.cost) == (begun.transaction, "local", at, "14.00")


def test_the_word_on_a_transaction_that_has_ended_ends_nothing_again() -> None:
    world, begun = under_way()
    world.ask(event(world.clock, "ended", 3, at=world.clock.now() - minutes(1), reason="local"))
    assert settle(world, begun, ((1, 2),), messages_in_queue=False, ongoing=False) == ["transaction_events_missed"]
    assert world.transaction(begun).end_reason == "local"


def test_many_gaps_are_told_in_few_facts() -> None:
    world, begun = under_way()
    missing = tuple((2 * number, 2 * number) for number in range(100))
    facts = decide_status(world.state, world.transaction(begun), {"messages_in_queue": False}, missing, world.context)
    assert len(facts) == MAX_TOLD
    last = facts[-1]
    assert isinstance(last, f.TransactionEventsMissed)
    assert last.last == 198
