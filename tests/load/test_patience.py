"""Which cars can wait."""

from __future__ import annotations

from edgegw.load.patience import Patience


def test_a_car_waits_until_it_needs_a_third_of_its_maximum_and_again_when_next_to_nothing_is_missing() -> None:
    made = Patience()
    assert [made.see(needs_a, 30.0) for needs_a in (0.0, 9.9, 10.0, 5.0, 1.5, 1.4, 9.9)] == [
        True, True, False, False, False, True, True
    ]  # fmt: skip


def test_a_car_of_which_it_is_not_known_what_it_needs_does_not_wait() -> None:
    assert not Patience().see(None, 30.0)
