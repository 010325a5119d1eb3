from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from edgegw.cloud.receive import MAX_HELD, Receiver
from edgegw.uplink.codec.events import GAP_TYPE, Event

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def event(sequence: int, first: int | None = None) -> Event:
    kind = "io.edgegw.x.v1" if first is None else GAP_TYPE
    return Event(f"id-{sequence}", "/", kind, NOON, None, sequence, first or sequence, "e", None, None, {})


def taken(receiver: Receiver, *events: Event) -> list[int]:
    return [accepted.sequence for one in events for accepted in receiver.take(one)]


def test_the_next_is_accepted_an_old_one_is_a_duplicate() -> None:
    receiver = Receiver(5)
    assert taken(receiver, event(6), event(6), event(3)) == [6]
    assert receiver.duplicates == 2


def test_one_beyond_is_held_and_what_is_missing_is_known() -> None:
    receiver = Receiver()
    assert taken(receiver, event(4), event(3)) == []
    assert receiver.missing == (1, 2)
    assert taken(receiver, event(1), event(2)) == [1, 2, 3, 4]
    assert receiver.missing is None


def test_a_gap_stands_for_all_its_numbers_and_frees_what_was_held() -> None:
    receiver = Receiver(1)
    assert taken(receiver, event(7), event(6, first=2)) == [6, 7]
    assert receiver.watermark == 7


def test_a_gap_that_begins_before_the_watermark_counts_for_the_rest() -> None:
    receiver = Receiver(4)
    assert taken(receiver, event(9, first=2), event(10)) == [9, 10]


def test_a_gap_that_begins_too_far_is_held_like_anything_else() -> None:
    receiver = Receiver()
    assert taken(receiver, event(9, first=5)) == []
    assert receiver.missing == (1, 4)


def test_what_is_held_is_bounded() -> None:
    receiver = Receiver()
    assert taken(receiver, *(event(n) for n in range(2, MAX_HELD + 100))) == []
    assert taken(receiver, event(1))[-1] == MAX_HELD + 1


@given(st.permutations(list(range(1, 40))), st.lists(st.integers(1, 39)))
def test_whatever_the_order_and_the_repeats_each_number_is_accepted_once_in_order(
    order: list[int], repeats: list[int]
) -> None:
    receiver = Receiver()
    assert taken(receiver, *(event(n) for n in [*repeats, *order])) == list(range(1, 40))
