"""What of an allocation may be said now."""

from __future__ import annotations

from edgegw.core.allocate import Place
from edgegw.load.gate import Gate, Wish
from edgegw.load.held import Held

L1: dict[Place, int] = {("main", "L1"): 100}


def wish(name: str, holds_a: float, target_a: float) -> Wish:
    held = Held(6.0, 32.0, "T", accepted_a=holds_a, accepted_at=0.0, accepted_until=120.0, obedient=True)
    return Wish((name, 1), held, L1, target_a)


def after(seconds: int, room_a: float, *wishes: Wish) -> dict[str, float]:
    """The limits after so long of the same wishes."""
    gate = Gate()
    limits = {}
    for second in range(seconds + 1):
        limits = gate.limits(wishes, {("main", "L1"): room_a}, float(second))
    return {name: limit_a for (name, _), limit_a in limits.items()}


def test_two_raises_of_one_turn_do_not_get_the_same_room() -> None:
    assert after(10, 8.0, wish("A", 10.0, 16.0), wish("B", 10.0, 16.0)) == {"A": 16.0, "B": 12.0}


def test_a_raise_never_takes_more_than_there_is_even_below_what_it_reserves() -> None:
    made = wish("A", 6.0, 16.0)
    made.held.falling.append((32.0, 99.0))
    assert after(10, -20.0, made) == {"A": 12.0}


def test_of_what_was_possible_meanwhile_the_least_is_given() -> None:
    gate, limits = Gate(), {}
    for second in range(11):
        made = wish("A", 10.0, 14.0 if second == 5 else 20.0)
        limits = gate.limits([made], {("main", "L1"): 30.0}, float(second))
    assert limits == {("A", 1): 14.0}


def test_a_little_less_for_the_sake_of_sharing_is_not_worth_a_message_but_for_a_breaker_it_is() -> None:
    assert after(0, 0.0, wish("A", 10.0, 9.6)) == {"A": 10.0}
    assert after(0, -0.4, wish("A", 10.0, 9.6)) == {"A": 9.6}
    assert after(0, 0.0, wish("A", 10.0, 9.5)) == {"A": 9.5}


def test_a_limit_on_its_way_counts_as_if_it_ruled() -> None:
    held = Held(6.0, 32.0, "T")
    held.sent(20.0, 0.0, connected=True)
    assert held.reserve_a(1.0) == 20.0
    held.failed("T", "refused", 1.0)
    assert held.reserve_a(2.0) == 20.0  # the answer may have been lost
    away = Held(6.0, 32.0, "T")
    away.sent(20.0, 0.0, connected=False)
    away.failed("T", None, 0.1)
    assert away.reserve_a(2.0) == 6.0
