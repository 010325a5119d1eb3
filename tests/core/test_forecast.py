"""A power's next 24 h, from its own past."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from math import isfinite
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegw.core.forecast import AHEAD, Expected, Forecast
from edgegw.core.quarters import DAY, number
from tests.core.synthetic import BEGIN, ZONE, hub, office


def learned(past: Iterable[tuple[int, float]], zone: str = ZONE) -> Forecast:
    forecast = Forecast(zone)
    for quarter, watts in past:
        forecast.learn(quarter, watts)
    return forecast


def tried(past: list[tuple[int, float]], after_days: int, every: int = 12) -> list[tuple[Expected, float]]:
    """What was expected beside what came, of forecasts made each `every` quarters."""
    truth, forecast, found = dict(past), Forecast(ZONE), []
    for quarter, watts in past:
        if quarter >= past[0][0] + after_days * DAY and quarter % every == 0:
            expected = forecast.expect(quarter)
            found += [(each, truth[quarter + n]) for n, each in enumerate(expected) if quarter + n in truth]
        forecast.learn(quarter, watts)
    return found


def off(pairs: list[tuple[Expected, float]]) -> float:
    return fmean(abs(expected.mean_w - was) for expected, was in pairs)


def test_nothing_is_expected_of_what_nobody_has_seen() -> None:
    forecast = Forecast(ZONE)
    assert forecast.expect(BEGIN) == ()
    assert (forecast.days, forecast.error("hour")) == (0.0, None)


def test_a_first_reading_is_a_first_forecast() -> None:
    forecast = learned([(BEGIN, 5000.0)])
    expected = forecast.expect(BEGIN + 1)
    assert len(expected) == DAY
    assert all(each.mean_w == pytest.approx(5000.0) for each in expected)
    assert expected[0].begins_at == datetime(2026, 1, 4, 23, 15, tzinfo=UTC)
    assert forecast.days == pytest.approx(1 / 96)


def test_what_is_so_at_this_hour_is_expected_at_this_hour() -> None:
    past = list(office(1, seed=1, noise=0.0))
    expected = learned(past).expect(BEGIN + DAY)
    truth = dict(office(2, seed=1, noise=0.0))
    wrong = fmean(abs(each.mean_w - truth[BEGIN + DAY + n]) for n, each in enumerate(expected))
    assert wrong < 0.15 * fmean(truth.values()), "one day is enough but for the weather"


def test_a_day_off_is_none_like_the_days_before_once_one_was_seen() -> None:
    forecast = learned(office(12, seed=2))  # up to a Friday's end
    noon = forecast.expect(BEGIN + 12 * DAY)[12 * 4]
    was = fmean(watts for quarter, watts in office(7, seed=2) if quarter >= BEGIN + 5 * DAY)
    assert noon.mean_w == pytest.approx(was, rel=0.35), "Saturday as last weekend"
    working = forecast.expect(BEGIN + 14 * DAY)[12 * 4]
    assert working.mean_w > 2 * noon.mean_w, "Monday as the Mondays"


def test_it_is_better_than_the_same_quarter_of_the_week_before() -> None:
    for seed in (1, 2):
        past = list(office(35, seed))
        truth = dict(past)
        week = [abs(watts - truth[q - 7 * DAY]) for q, watts in past if q >= BEGIN + 28 * DAY]
        assert off(tried(past, 28)) < 0.85 * fmean(week)


def test_what_the_last_hours_were_off_by_counts_soon_and_fades() -> None:
    past = list(office(21, seed=3))
    usual = learned(past).expect(BEGIN + 21 * DAY)
    day = [(q, watts * 2) for q, watts in office(22, seed=3) if q >= BEGIN + 21 * DAY]
    forecast = learned([*past, *day[: DAY // 2]])
    later = forecast.expect(BEGIN + 21 * DAY + DAY // 2)
    assert later[0].mean_w > 1.5 * usual[DAY // 2].mean_w
    assert later[DAY // 2 - 1].mean_w < 1.4 * usual[-1].mean_w


def test_a_site_that_has_changed_is_learned_anew_within_two_weeks() -> None:
    old = list(office(60, seed=4))
    new = [(q, watts + 15_000) for q, watts in office(75, seed=5) if q >= BEGIN + 60 * DAY]
    just = off(tried([*old, *new[: 2 * DAY]], 60))
    then = off(tried([*old, *new], 73))
    calm = off(tried(old, 57))
    assert just > 4 * calm
    assert then < 2.5 * calm


@pytest.mark.parametrize("make", [office, hub])
def test_eight_of_ten_quarters_lie_within_the_band(make: object) -> None:
    for seed in (7, 8):
        pairs = tried(list(make(49, seed)), 28)  # type: ignore[operator]
        inside = fmean(each.low_w <= was <= each.high_w for each, was in pairs)
        assert 0.75 < inside < 0.86, seed
        above = fmean(was > each.high_w for each, was in pairs)
        assert 0.05 < above < 0.16, "what is counted on has to be there nine times of ten"


def test_the_error_that_is_shown_is_the_one_that_forecasts_have_had() -> None:
    past = list(office(35, seed=9))
    forecast = learned(past)
    near, far = forecast.error("hour"), forecast.error("half_day")
    assert near is not None
    assert far is not None
    assert near.quarters == 7 * DAY
    pairs = tried(past, 28, every=4)
    first_hour = [pair for n, pair in enumerate(pairs) if n % DAY < 4]
    assert near.mean_w == pytest.approx(off(first_hour), rel=0.25)
    assert near.mean_w <= far.mean_w
    assert far.share == pytest.approx(far.mean_w / fmean(w for _, w in past[-7 * DAY :]))


def test_an_error_is_of_forecasts_that_did_not_know_what_came() -> None:
    """Whatever comes in an hour, the forecast of that hour was made before it."""
    past = list(office(20, seed=10))
    calm, wild = learned(past), learned(past)
    at = BEGIN + 20 * DAY
    for n in range(4):
        calm.learn(at + n, 5000.0)
        wild.learn(at + n, 500_000.0)
    before, after = calm.error("hour"), wild.error("hour")
    assert before is not None
    assert after is not None
    expected = learned(past).expect(at)
    wrong = sum(500_000.0 - each.mean_w for each in expected[:4])
    assert after.mean_w * after.quarters - before.mean_w * before.quarters == pytest.approx(
        wrong - sum(abs(5000.0 - each.mean_w) for each in expected[:4])
    )


def test_the_clock_of_the_wall_counts_also_when_summer_time_begins() -> None:
    spring = number(datetime(2026, 3, 1, tzinfo=ZoneInfo(ZONE)))
    past = list(office(28, seed=11, begin=spring))  # the clock jumps on 29 March, the day after
    forecast = learned(past)
    monday = number(datetime(2026, 3, 30, tzinfo=ZoneInfo(ZONE)))
    for quarter, watts in office(29, seed=11, begin=spring):
        forecast.learn(quarter, watts)
    expected = forecast.expect(monday)
    eight, ten = (next(each for each in expected if each.begins_at.hour == hour) for hour in (5, 8))
    assert ten.mean_w > 1.5 * eight.mean_w, "the office begins at its own eight, which is six by UTC now"
    truth = dict(office(40, seed=11, begin=spring))
    assert fmean(abs(each.mean_w - truth[monday + n]) for n, each in enumerate(expected)) < 2500


def test_gaps_are_no_readings_of_nothing() -> None:
    past = [(q, w) for n, (q, w) in enumerate(office(28, seed=12)) if n // 7 % 3 and not 10 * DAY < n < 12 * DAY]
    truth = dict(office(29, seed=12))
    expected = learned(past).expect(BEGIN + 28 * DAY)
    wrong = fmean(abs(each.mean_w - truth[BEGIN + 28 * DAY + n]) for n, each in enumerate(expected))
    assert wrong < 0.15 * fmean(truth.values())


def test_after_a_year_without_the_gateway_it_is_expected_to_be_as_it_was() -> None:
    forecast = learned(office(28, seed=13))
    expected = forecast.expect(BEGIN + 28 * DAY + 52 * 7 * DAY)
    assert expected[13 * 4].mean_w > 2 * expected[3 * 4].mean_w


def test_what_it_keeps_does_not_grow() -> None:
    def size(forecast: Forecast) -> int:
        return (
            len(forecast._made) + len(forecast._learned) + len(forecast._recent)
            + sum(len(each) for each in forecast._residuals.values())
            + sum(len(each) for each in forecast._errors.values())
        )  # fmt: skip

    assert size(learned(office(120, seed=14))) <= size(learned(office(70, seed=14))) + 5


NUMBERS = st.one_of(
    st.floats(min_value=-1e6, max_value=1e6), st.floats(), st.sampled_from([0.0, 1e9, 5e-324, float("nan")])
)
GAPS = st.one_of(st.just(1), st.integers(-5, 400), st.integers(0, 96 * 40_000))


@settings(max_examples=150)
@given(st.lists(st.tuples(GAPS, NUMBERS), max_size=120), st.sampled_from(["UTC", ZONE, "Australia/Lord_Howe"]))
def test_whatever_the_past_the_forecast_is_finite_and_not_negative(past: list[tuple[int, float]], zone: str) -> None:
    forecast, quarter = Forecast(zone), BEGIN
    for gap, watts in past:
        quarter = min(quarter + gap, 200_000_000 // 900 * 30)
        forecast.learn(quarter, watts)
    for ahead in AHEAD:
        error = forecast.error(ahead)
        assert error is None or (isfinite(error.mean_w) and error.mean_w >= 0)
    for each in forecast.expect((forecast.last or quarter) + 1):
        assert 0 <= each.low_w <= each.mean_w <= each.high_w
        assert isfinite(each.high_w)
