"""Bills: the lines add up, the wall clock decides on the price, and a wild register costs a driver nothing."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal, getcontext, localcontext
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.core.price import Bill, boundary_after, price, tariff_digest
from edgegw.model.site import Tariff, TariffPeriod
from edgegw.model.state import Metering

SAO_PAULO = "America/Sao_Paulo"
BERLIN = "Europe/Berlin"
NOON = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""A Monday, 12:00 in São Paulo."""

FLAT = Tariff("default", Decimal("1.89"))
PEAK = TariffPeriod((0, 1, 2, 3, 4), time(18), time(21), Decimal("2.79"))
DAY = Tariff(
    "day", Decimal("1.89"), session=Decimal("2.00"), idle_minute=Decimal("0.50"), idle_after_s=600, periods=(PEAK,)
)  # fmt: skip


def reading(minutes: float, import_wh: int, quality: str = "good", start: datetime = NOON) -> Metering:
    return Metering(start + timedelta(minutes=minutes), import_wh, quality)  # type: ignore[arg-type]


def bill(tariff: Tariff, *meterings: Metering, idle_s: int = 0, zone: str = SAO_PAULO, currency: str = "BRL") -> Bill:
    started_at = min((each.at for each in meterings), default=NOON)
    ended_at = max((each.at for each in meterings), default=NOON)
    return price(
        tariff, zone, currency, started_at=started_at, ended_at=ended_at, meterings=meterings, idle_s=idle_s
    )  # fmt: skip


def energies(done: Bill) -> dict[str, str]:
    return {line.period: str(line.quantity) for line in done.lines if line.kind == "energy"}


def test_ten_kilowatt_hours_at_a_flat_price() -> None:
    done = bill(FLAT, reading(0, 1_000_000), reading(60, 1_010_000))
    assert (done.energy_wh, str(done.total), done.currency) == (10_000, "18.90", "BRL")
    assert [(line.kind, str(line.quantity), line.unit, str(line.price), str(line.amount)) for line in done.lines] == [
        ("energy", "10.000", "kWh", "1.89", "18.90")
    ]


def test_session_idle_time_and_tax_are_lines_of_their_own() -> None:
    taxed = dataclasses.replace(DAY, tax_percent=Decimal("17.5"))
    done = bill(taxed, reading(0, 0), reading(60, 10_000), idle_s=600 + 5 * 60 + 59)
    assert [(line.kind, str(line.amount)) for line in done.lines] == [
        ("energy", "18.90"),
        ("session", "2.00"),
        ("idle", "2.50"),
        ("tax", "4.10"),
    ]
    assert (str(done.subtotal), str(done.tax), str(done.total)) == ("23.40", "4.10", "27.50")


def test_idle_time_within_its_grace_costs_nothing() -> None:
    assert [line.kind for line in bill(DAY, idle_s=659).lines] == ["session"]


def test_half_a_cent_is_rounded_up() -> None:
    assert str(bill(Tariff("t", Decimal("0.45")), reading(0, 0), reading(1, 100)).total) == "0.05"


def test_a_currency_without_cents_and_one_with_three_decimals() -> None:
    meterings = (reading(0, 0), reading(60, 10_500))
    assert str(bill(Tariff("t", Decimal(31)), *meterings, currency="JPY").total) == "326"
    assert str(bill(Tariff("t", Decimal("0.0731")), *meterings, currency="KWD").total) == "0.768"


def test_energy_is_shared_between_periods_by_the_time_that_passed() -> None:
    # 17:45 to 18:15 on a Monday in São Paulo; then to 18:30.
    start = datetime(2026, 3, 2, 20, 45, tzinfo=UTC)
    done = bill(DAY, reading(0, 0, start=start), reading(30, 10_000, start=start), reading(45, 12_000, start=start))
    assert energies(done) == {"": "5.000", "mon,tue,wed,thu,fri 18:00-21:00": "7.000"}
    assert str(done.total) == str(Decimal("9.45") + Decimal("19.53") + 2)


def test_a_period_over_midnight_belongs_to_the_day_it_began_on() -> None:
    night = Tariff("n", Decimal(1), periods=(TariffPeriod((4,), time(22), time(6), Decimal(3)),))  # Friday night
    friday = datetime(2026, 3, 6, 21, 0, tzinfo=UTC)
    saturday_morning = bill(night, reading(0, 0, start=friday), reading(600, 10_000, start=friday), zone="UTC")
    assert energies(saturday_morning) == {"": "2.000", "fri 22:00-06:00": "8.000"}
    saturday = friday + timedelta(days=1)
    assert energies(
        bill(night, reading(0, 0, start=saturday), reading(600, 1_000, start=saturday), zone="UTC")
    ) == {"": "1.000"}  # fmt: skip


def test_a_period_from_midnight_to_midnight_is_the_whole_day() -> None:
    sunday = Tariff("s", Decimal(1), periods=(TariffPeriod((6,), time(0), time(0), Decimal(2)),))
    start = datetime(2026, 3, 7, 23, 0, tzinfo=UTC)
    assert energies(bill(sunday, reading(0, 0, start=start), reading(26 * 60, 26_000, start=start), zone="UTC")) == {
        "": "2.000",
        "sun 00:00-00:00": "24.000",
    }


def test_of_two_periods_that_overlap_the_first_counts() -> None:
    both = Tariff(
        "b", Decimal(1),
        periods=(PEAK, TariffPeriod((0,), time(17), time(22), Decimal(9))),
    )  # fmt: skip
    start = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # 17:00
    done = bill(both, reading(0, 0, start=start), reading(360, 6_000, start=start))
    assert list(energies(done).values()) == ["1.000", "3.000", "2.000"]


NIGHT = Tariff("n", Decimal(1), periods=(TariffPeriod(tuple(range(7)), time(1), time(2, 30), Decimal(2)),))


def test_the_night_that_summer_time_begins_has_an_hour_less_of_a_period() -> None:
    # Berlin, 29 March 2026: 02:00 becomes 03:00, so 01:00 to 02:30 lasts one hour.
    start = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)  # 00:00
    done = bill(NIGHT, reading(0, 0, start=start), reading(240, 4_000, start=start), zone=BERLIN)
    assert energies(done) == {"": "3.000", "daily 01:00-02:30": "1.000"}


def test_the_night_that_summer_time_ends_has_an_hour_more_of_a_period() -> None:
    # Berlin, 25 October 2026: 03:00 becomes 02:00, so the clock shows 02:00 to 02:30 twice.
    start = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # 00:00
    done = bill(NIGHT, reading(0, 0, start=start), reading(300, 5_000, start=start), zone=BERLIN)
    assert energies(done) == {"": "3.000", "daily 01:00-02:30": "2.000"}


def test_a_midnight_that_does_not_exist_begins_the_period_when_the_clock_has_jumped() -> None:
    # São Paulo, 4 November 2018: 00:00 became 01:00.
    early = Tariff("e", Decimal(1), periods=(TariffPeriod((6,), time(0, 30), time(3), Decimal(2)),))
    start = datetime(2018, 11, 4, 2, 0, tzinfo=UTC)  # 23:00 on Saturday
    assert boundary_after(early, SAO_PAULO, start) == datetime(2018, 11, 4, 3, 0, tzinfo=UTC)
    done = bill(early, reading(0, 0, start=start), reading(240, 4_000, start=start))
    assert energies(done) == {"": "2.000", "sun 00:30-03:00": "2.000"}


def test_boundaries_come_in_order_and_skip_the_weekend() -> None:
    found, at = [], datetime(2026, 3, 6, 12, 0, tzinfo=UTC)  # Friday
    for _ in range(4):
        following = boundary_after(DAY, SAO_PAULO, at)
        assert following is not None
        at = following
        found.append(at.astimezone(ZoneInfo(SAO_PAULO)).strftime("%a %H:%M"))
    assert found == ["Fri 18:00", "Fri 21:00", "Mon 18:00", "Mon 21:00"]


def test_a_tariff_without_periods_and_one_that_is_all_period_have_no_boundaries() -> None:
    assert boundary_after(FLAT, SAO_PAULO, NOON) is None
    always = Tariff("a", Decimal(1), periods=(TariffPeriod(tuple(range(7)), time(5), time(5), Decimal(2)),))
    assert boundary_after(always, BERLIN, NOON) is None


@pytest.mark.parametrize(
    ("registers", "billed_wh"),
    [
        ([(100, "good"), (5_000, "good"), (120, "suspect"), (130, "good")], 30),  # a wild value
        ([(100, "good"), (5_000, "good"), (130, "suspect")], 30),  # a wild value, and the end falls
        ([(1_000, "good"), (1_100, "good"), (3, "suspect"), (1_200, "good")], 200),  # a dropout
        ([(1_000, "good"), (1_150, "good"), (0, "suspect"), (80, "good")], 150),  # a counter that restarted
        ([(1_000, "good"), (1_150, "good"), (0, "suspect")], 150),  # an end of 0, as some stations send
        ([(1_000, "good"), (900, "suspect")], 0),
        ([(1_000, "good"), (1_100, "good"), (99_000, "suspect")], 100),  # a last one that nothing confirms
        ([(1_000, "good"), (1_100, "suspect"), (1_200, "good")], 200),
        ([(1_000, "good")], 0),
        ([], 0),
    ],
)
def test_a_register_that_cannot_be_true_is_not_billed(registers: list[tuple[int, str]], billed_wh: int) -> None:
    done = bill(FLAT, *(reading(index, *each) for index, each in enumerate(registers)))
    assert done.energy_wh == billed_wh


def test_a_reading_that_comes_late_is_put_where_its_time_says() -> None:
    start = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # 17:00
    in_order = bill(DAY, *(reading(m, r, start=start) for m, r in [(0, 0), (60, 3_000), (120, 9_000)]))
    late = bill(DAY, *(reading(m, r, start=start) for m, r in [(0, 0), (120, 9_000), (60, 3_000)]))
    assert late == in_order


def test_readings_dated_outside_the_transaction_count_at_its_edge() -> None:
    start = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # 17:00, the clock of the first reading is at 1970
    done = price(
        DAY, SAO_PAULO, "BRL", started_at=start, ended_at=start + timedelta(hours=2),
        meterings=[Metering(datetime(1970, 1, 1, tzinfo=UTC), 0), Metering(start + timedelta(hours=2), 4_000)],
        idle_s=0,
    )  # fmt: skip
    assert list(energies(done).values()) == ["2.000", "2.000"]


def test_an_interval_of_years_is_a_clock_that_was_set_and_counts_at_its_end() -> None:
    end = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)  # 19:00
    done = bill(DAY, Metering(datetime(1970, 1, 1, tzinfo=UTC), 0), Metering(end, 4_000))
    assert energies(done) == {"mon,tue,wed,thu,fri 18:00-21:00": "4.000"}


def test_the_digest_knows_a_price_by_its_value_and_sees_every_change() -> None:
    assert tariff_digest(DAY) == tariff_digest(dataclasses.replace(DAY, session=Decimal("2.0")))
    zero = Tariff("z", Decimal("0.00"))
    assert tariff_digest(zero) == tariff_digest(Tariff("z", Decimal(0)))
    changed = [
        dataclasses.replace(DAY, name="other"), dataclasses.replace(DAY, energy_kwh=Decimal("1.90")),
        dataclasses.replace(DAY, session=Decimal(20)), dataclasses.replace(DAY, idle_minute=Decimal(5)),
        dataclasses.replace(DAY, idle_after_s=0), dataclasses.replace(DAY, periods=()),
        dataclasses.replace(DAY, tax_percent=Decimal(1)), dataclasses.replace(DAY, revision=1),
        dataclasses.replace(DAY, periods=(dataclasses.replace(PEAK, days=(0,)),)),
    ]  # fmt: skip
    assert len({tariff_digest(each) for each in (DAY, *changed)}) == len(changed) + 1


money = st.decimals(0, 9, places=3)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
periods = st.builds(
    TariffPeriod,
    st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    clocks,
    clocks,
    money,
)
tariffs = st.builds(
    Tariff,
    st.just("t"),
    money,
    session=money,
    idle_minute=money,
    idle_after_s=st.integers(0, 1200),
    periods=st.lists(periods, max_size=3).map(tuple),
    tax_percent=st.sampled_from([Decimal(0), Decimal("17.5")]),
)
zones = st.sampled_from([SAO_PAULO, BERLIN, "Australia/Lord_Howe", "Africa/Casablanca", "UTC"])
starts = st.datetimes(datetime(2018, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@st.composite
def stories(draw: st.DrawFn) -> list[Metering]:
    at, register, found = draw(starts), draw(st.integers(0, 10**7)), []
    for _ in range(draw(st.integers(0, 6))):
        found.append(Metering(at, register))
        at += timedelta(seconds=draw(st.integers(0, 30_000)))
        register += draw(st.integers(0, 50_000))
    return found


@given(tariffs, stories(), zones, st.integers(0, 10_000))
def test_the_lines_always_add_up_to_the_total(t: Tariff, story: list[Metering], zone: str, idle_s: int) -> None:
    done = bill(t, *story, zone=zone, idle_s=idle_s)
    assert sum(line.amount for line in done.lines) == done.total == done.subtotal + done.tax
    assert sum(line.quantity for line in done.lines if line.kind == "energy") * 1000 == done.energy_wh
    assert done.energy_wh == (story[-1].import_wh - story[0].import_wh if story else 0)
    assert done.total.as_tuple().exponent == -2
    for line in done.lines:
        for value in (line.quantity, line.price, line.amount):
            assert type(value) is Decimal
            assert value >= 0
        assert abs(line.amount - line.quantity * line.price) <= Decimal("0.005")


@given(tariffs, stories(), zones, st.integers(1, 50_000))
def test_more_energy_never_costs_less(t: Tariff, story: list[Metering], zone: str, more_wh: int) -> None:
    if not story:
        return
    last = story[-1]
    more = [*story[:-1], dataclasses.replace(last, import_wh=last.import_wh + more_wh)]
    assert bill(t, *more, zone=zone).total >= bill(t, *story, zone=zone).total


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(-5, 5), st.sampled_from(["good", "suspect"])), max_size=8),
    tariffs,
)
def test_no_order_of_registers_bills_less_than_nothing_or_more_than_was_seen(
    readings: list[tuple[int, int, str]], t: Tariff
) -> None:
    done = bill(t, *(reading(60 * hours, 10 + wh, quality) for hours, wh, quality in readings))
    assert all(line.amount >= 0 for line in done.lines)
    seen = [wh for _, wh, _ in readings]
    assert 0 <= done.energy_wh <= (max(seen) - seen[0] if seen else 0)


@given(tariffs, zones, starts, st.integers(1, 200_000), st.integers(0, 50_000))
def test_a_reading_taken_at_a_boundary_changes_the_bill_by_a_cent_at_most(
    t: Tariff, zone: str, start: datetime, seconds: int, energy_wh: int
) -> None:
    t = dataclasses.replace(t, tax_percent=Decimal(0))
    end = start + timedelta(seconds=seconds)
    at = boundary_after(t, zone, start)
    if at is None or at >= end:
        return
    register = round(energy_wh * (at - start).total_seconds() / seconds)
    without = bill(t, Metering(start, 0), Metering(end, energy_wh), zone=zone)
    split = bill(t, Metering(start, 0), Metering(at, register), Metering(end, energy_wh), zone=zone)
    assert split.energy_wh == without.energy_wh
    assert abs(split.total - without.total) <= Decimal("0.01")


@given(tariffs, zones, starts, st.integers(1, 200))
def test_the_share_of_each_period_is_what_the_wall_clock_shows(
    t: Tariff, zone: str, start: datetime, hours: int
) -> None:
    """Against counting quarter hours one by one: all clocks here turn at one."""
    start = start.replace(minute=0, second=0, microsecond=0)
    counted: dict[Decimal, int] = {}
    for quarter in range(4 * hours):
        local = (start + timedelta(minutes=15 * quarter)).astimezone(ZoneInfo(zone))
        rate = t.energy_kwh
        for period in t.periods:
            today, yesterday = local.weekday() in period.days, (local.weekday() - 1) % 7 in period.days
            clock = local.time()
            if period.start < period.end:
                inside = today and period.start <= clock < period.end
            else:
                inside = (today and clock >= period.start) or (yesterday and clock < period.end)
            if inside:
                rate = period.energy_kwh
                break
        counted[rate] = counted.get(rate, 0) + 250
    done = bill(t, Metering(start, 0), Metering(start + timedelta(hours=hours), 1000 * hours), zone=zone)
    billed: dict[Decimal, int] = {}
    for line in done.lines:
        if line.kind == "energy":
            billed[line.price] = billed.get(line.price, 0) + int(line.quantity * 1000)
    assert billed == counted


def test_a_bill_does_not_depend_on_the_decimal_context_of_its_caller() -> None:
    meterings = (reading(0, 0), reading(60, 12_345_678))
    expected = bill(DAY, *meterings)
    with localcontext() as context:
        context.prec = 3
        assert bill(DAY, *meterings) == expected
    assert getcontext().prec == 28
