"""When the system clock is believed, and when it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.core.clock import STEP, Correction, Newest, Reckoning, Seen, begin, look

BUILT = datetime(2026, 1, 1, tzinfo=UTC)
LAST = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""The newest fact, of an earlier run of the machine."""
NEVER_SET = datetime(1970, 1, 1, 0, 0, 40, tzinfo=UTC)
UP_S = 40.0

second, day = timedelta(seconds=1), timedelta(days=1)


def seen(wall: datetime, elapsed_s: float = UP_S, **more: object) -> Seen:
    return Seen(wall, elapsed_s, **more)  # type: ignore[arg-type]


def corrected(reckoning: Reckoning, at: Seen) -> Correction | None:
    return look(reckoning, at, BUILT)[1]


# The start


@pytest.mark.parametrize(
    ("newest", "time"),
    [
        (None, BUILT + UP_S * second),
        (Newest(LAST), LAST + UP_S * second),
        (Newest(BUILT - 900 * day), BUILT + UP_S * second),
    ],
)
def test_without_a_clock_it_is_the_newest_of_last_fact_and_build_date_plus_the_time_up(
    newest: Newest | None, time: datetime
) -> None:
    reckoning = begin(seen(NEVER_SET), BUILT, newest)
    assert (reckoning.state, reckoning.at(UP_S)) == ("unsynced", time)
    assert reckoning.at(UP_S + 100) == time + 100 * second


@pytest.mark.parametrize(
    ("at", "state"),
    [
        # Nothing vouches, and no clock kept the time: written down at the last shutdown, or made up.
        (seen(LAST + day), "unsynced"),
        # The kernel says that it follows a time source, whatever the ledger says, but never before it was built.
        (seen(LAST + day, vouched=True), "synced"),
        (seen(LAST - 30 * day, vouched=True), "synced"),
        (seen(LAST + 9000 * day, vouched=True), "synced"),
        (seen(BUILT - second, vouched=True), "unsynced"),
        # A hardware clock counts while it shows no time that has passed, even if it is the local one.
        (seen(LAST + day, kept=LAST + day - 3 * timedelta(hours=1)), "synced"),
        (seen(LAST - 60 * second, kept=LAST - 60 * second), "synced"),
        (seen(LAST + 30 * second, kept=LAST - timedelta(hours=3)), "synced"),
        (seen(LAST - timedelta(hours=1), kept=LAST), "unsynced"),
        (seen(LAST + day, kept=datetime(2000, 1, 1, tzinfo=UTC)), "unsynced"),
        (seen(LAST + day, kept=LAST - timedelta(hours=25)), "unsynced"),
        (seen(LAST + 5000 * day, kept=LAST + 5000 * day), "unsynced"),
    ],
)
def test_a_system_clock_is_believed_for_a_reason(at: Seen, state: str) -> None:
    assert begin(at, BUILT, Newest(LAST)).state == state


def test_a_clock_that_was_written_down_at_the_last_shutdown_is_the_nearest_there_is() -> None:
    reckoning = begin(seen(LAST + day), BUILT, Newest(LAST))
    assert reckoning.at(UP_S) == LAST + day
    garbage = begin(seen(LAST + 9000 * day), BUILT, Newest(LAST))
    assert garbage.at(UP_S) == LAST + UP_S * second


def test_a_restart_in_the_same_run_goes_on_from_the_same_beginning() -> None:
    first = begin(seen(NEVER_SET), BUILT, Newest(LAST))
    newest = Newest(first.at(500), "unsynced", first.zero)
    again = begin(seen(NEVER_SET + 600 * second, UP_S + 600), BUILT, newest)
    assert (again.state, again.zero) == ("unsynced", first.zero)


def test_a_restart_in_a_run_that_was_synced_believes_the_run_and_not_a_clock_that_leapt() -> None:
    true = LAST + day
    newest = Newest(true, "synced", true - 1000 * second)
    for wall in (NEVER_SET, true + 10 * second, true + 1800 * day):
        reckoning = begin(seen(wall, 1010), BUILT, newest)
        assert (reckoning.state, reckoning.at(1010)) == ("synced", true + 10 * second)
    # The kernel drops its mark after some hours without its source: that is no reason to doubt.
    assert corrected(begin(seen(true + 10 * second, 1010), BUILT, newest), seen(true + 11 * second, 1011)) is None


def test_a_beginning_that_is_older_than_the_facts_of_its_run_counts_for_nothing() -> None:
    reckoning = begin(seen(LAST + day, vouched=True), BUILT, Newest(LAST, "corrected", BUILT))
    assert (reckoning.state, reckoning.at(UP_S)) == ("synced", LAST + day)


# While it runs


@pytest.mark.parametrize(
    ("at", "by"),
    [
        (seen(NEVER_SET + 60 * second, UP_S + 60), None),
        (seen(LAST + day, UP_S + 60, vouched=True), "source"),
        (seen(LAST + day, UP_S + 60, kept=LAST + day), "hardware"),
        (seen(LAST + day, UP_S + 60), "hand"),
        (seen(LAST - 30 * day, UP_S + 60), None),
        (seen(LAST + 9000 * day, UP_S + 60), None),
        (seen(BUILT - day, UP_S + 60, vouched=True), None),
    ],
)
def test_an_unsynced_clock_is_corrected_when_the_time_arrives(at: Seen, by: str | None) -> None:
    correction = corrected(begin(seen(NEVER_SET), BUILT, Newest(LAST)), at)
    assert (correction and correction.by) == by
    if correction is not None:
        assert (correction.was, correction.before, correction.after) == ("unsynced", LAST + 100 * second, LAST + day)
        assert correction.offset == day - 100 * second
        assert correction.since <= LAST + UP_S * second
        assert (correction.reckoning.state, correction.reckoning.at(UP_S + 60)) == ("synced", LAST + day)


def test_a_clock_that_was_set_while_the_gateway_was_down_is_noticed() -> None:
    first = begin(seen(NEVER_SET), BUILT, Newest(LAST))
    again = begin(seen(LAST + day, UP_S + 600), BUILT, Newest(first.at(500), "unsynced", first.zero))
    assert again.state == "unsynced"
    correction = corrected(again, seen(LAST + day, UP_S + 600))
    assert correction is not None
    assert (correction.by, correction.before, correction.after) == ("hand", LAST + 640 * second, LAST + day)


@pytest.mark.parametrize("leap", [-1.9, 0.3, 1.9])
def test_what_a_time_source_slews_is_followed_without_a_word(leap: float) -> None:
    reckoning = begin(seen(LAST + day, vouched=True), BUILT, Newest(LAST))
    after, correction = look(reckoning, seen(LAST + day + (1 + leap) * second, UP_S + 1), BUILT)
    assert correction is None
    assert after.at(UP_S + 1) == LAST + day + (1 + leap) * second


@pytest.mark.parametrize(
    ("leap", "vouched", "by"),
    [
        (2.1 * second, False, "hand"),
        (-2.1 * second, False, "hand"),
        (-timedelta(hours=3), False, "hand"),
        (5 * 365 * day, False, None),
        (-5 * day, False, None),
        (5 * 365 * day, True, "source"),
        (-5 * day, True, "source"),
        (NEVER_SET - LAST, True, None),
    ],
)
def test_a_step_is_a_correction_and_a_leap_needs_someone_to_vouch_for_it(
    leap: timedelta, vouched: bool, by: str | None
) -> None:
    reckoning = begin(seen(LAST + day, vouched=True), BUILT, Newest(LAST))
    true = LAST + day + second
    after, correction = look(reckoning, seen(true + leap, UP_S + 1, vouched=vouched), BUILT)
    assert (correction and correction.by) == by
    assert after.at(UP_S + 1) == true
    if correction is not None:
        assert (correction.was, correction.offset) == ("synced", leap)


def test_a_leap_and_the_way_back_leave_no_trace() -> None:
    reckoning = begin(seen(LAST + day, vouched=True), BUILT, Newest(LAST))
    for elapsed_s, leap in ((1, 0 * day), (2, 1800 * day), (3, 1800 * day), (4, -9000 * day), (5, 0 * day)):
        reckoning, correction = look(reckoning, seen(LAST + day + elapsed_s * second + leap, UP_S + elapsed_s), BUILT)
        assert correction is None
        assert reckoning.at(UP_S + elapsed_s) == LAST + day + elapsed_s * second


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(-(10**9), 10**9), st.booleans(), st.booleans()), max_size=12),
    st.integers(-(10**9), 10**9),
)
def test_time_never_leaps_back_but_by_a_correction_and_is_never_before_the_build(
    looks: list[tuple[int, int, bool, bool]], first: int
) -> None:
    reckoning = begin(seen(LAST + first * second), BUILT, Newest(LAST))
    elapsed_s, shown = UP_S, reckoning.at(UP_S)
    for passed, off, vouched, kept in looks:
        elapsed_s += passed
        wall = LAST + off * second
        at = seen(wall, elapsed_s, vouched=vouched, kept=wall if kept else None)
        reckoning, correction = look(reckoning, at, BUILT)
        if correction is not None:
            reckoning = correction.reckoning
        else:
            assert reckoning.at(elapsed_s) >= shown - STEP
        shown = reckoning.at(elapsed_s)
        assert shown >= BUILT


def test_looking_alone_corrects_nothing() -> None:
    reckoning = begin(seen(NEVER_SET), BUILT, Newest(LAST))
    at = seen(LAST + day, UP_S + 1, vouched=True)
    after, correction = look(reckoning, at, BUILT)
    assert after == replace(reckoning, system_zero=after.system_zero)
    assert correction is not None
    assert look(after, at, BUILT)[1] == correction
