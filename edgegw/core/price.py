"""Prices: what a transaction costs, from the registers that are facts and the tariff that was in force. Pure.

Money is Decimal and energy whole Wh; no float comes near either. Each line's amount is its quantity times its price,
rounded half up to the currency's smallest coin, and the total is the sum of the lines, so that a driver can check a
bill with a pocket calculator.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache, lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from edgegw.model.site import Tariff, TariffPeriod
from edgegw.model.state import Metering
from edgegw.model.value import value

LineKind = Literal["energy", "session", "idle", "tax"]

LONGEST_INTERVAL = timedelta(days=31)
"""Two readings further apart were not taken by one clock: it was set in between."""

_COINS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
_DECIMALS = {currency: decimals for decimals, currencies in _COINS.items() for currency in currencies.split()}
"""Decimals of the currencies that don't have two (ISO 4217, minor units)."""

_SEARCHED_DAYS = 15
"""A weekly rhythm, and once more for a week in which a change of summer time swallows a period."""

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
"""The process's own decimal context may be anybody's; 60 digits leave nothing of a bill to rounding but the coin."""

_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@value()
class Line:
    """One line of a bill: `amount` is `quantity` times `price`, rounded.

    energy: kWh, `period` says when (empty: outside all periods). session: 1. idle: full minutes. tax: the subtotal in
    the currency, at a share of 1.
    """

    kind: LineKind
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal
    period: str = ""


@value()
class Bill:
    """What a transaction costs. `total` is the sum of the lines' amounts, `subtotal` the total without `tax`."""

    energy_wh: int
    lines: tuple[Line, ...]
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    currency: str


def price(
    tariff: Tariff,
    timezone: str,
    currency: str,
    *,
    started_at: datetime,
    ended_at: datetime,
    meterings: Sequence[Metering],
    idle_s: int,
) -> Bill:
    """The bill of a transaction.

    Energy between two readings belongs to the tariff's periods by the site's wall clock, in proportion to the time
    that really passed where a boundary lies between them. Readings dated outside the transaction count at its edge.
    The session price is due once; idle time beyond `idle_after_s` by full minutes. `timezone` is an IANA name.
    """
    zone = ZoneInfo(timezone)
    in_period = [0] * (len(tariff.periods) + 1)
    for (at, register), (later, above) in pairwise(_believed(meterings, started_at, max(started_at, ended_at))):
        for period, energy_wh in _shares(tariff, zone, at, later, above - register):
            in_period[period] += energy_wh
    coin = _coin(currency)

    def line(kind: LineKind, quantity: Decimal, unit: str, price_each: Decimal, label: str = "") -> Line:
        amount = _EXACT.quantize(_EXACT.multiply(quantity, price_each), coin)
        return Line(kind, quantity, unit, price_each, amount, label)

    lines = []
    for period, energy_wh in enumerate(in_period):
        if energy_wh:
            rate = tariff.periods[period - 1].energy_kwh if period else tariff.energy_kwh
            label = label_of(tariff.periods[period - 1]) if period else ""
            lines.append(line("energy", _EXACT.scaleb(energy_wh, -3), "kWh", rate, label))
    if tariff.session:
        lines.append(line("session", Decimal(1), "session", tariff.session))
    idle_minutes = max(0, idle_s - tariff.idle_after_s) // 60
    if tariff.idle_minute and idle_minutes:
        lines.append(line("idle", Decimal(idle_minutes), "min", tariff.idle_minute))
    subtotal = _sum(lines, coin)
    total = subtotal
    if tariff.tax_percent:
        lines.append(line("tax", subtotal, currency, _EXACT.scaleb(tariff.tax_percent, -2)))
        total = _sum(lines, coin)
    return Bill(sum(in_period), tuple(lines), subtotal, _EXACT.subtract(total, subtotal), total, currency)


def boundary_after(tariff: Tariff, timezone: str, after: datetime) -> datetime | None:
    """The next moment after `after`, in UTC, at which the tariff changes from one period to another, or to or from
    none; None when it never does. A reading taken there makes the bill exact."""
    if not tariff.periods:
        return None
    zone = ZoneInfo(timezone)
    period = _period_at(tariff, after.astimezone(zone))
    for turn in _turns(tariff, zone, after, after + timedelta(days=_SEARCHED_DAYS)):
        if _period_at(tariff, turn.astimezone(zone)) != period:
            return turn
    return None


def rate_at(tariff: Tariff, timezone: str, at: datetime) -> Decimal:
    """The price of a kWh at a moment."""
    period = _period_at(tariff, at.astimezone(ZoneInfo(timezone)))
    return tariff.periods[period - 1].energy_kwh if period else tariff.energy_kwh


@lru_cache(maxsize=256)
def tariff_digest(tariff: Tariff) -> str:
    """SHA-256, in hex, of the tariff as canonical JSON: sorted keys, no spaces, money without trailing zeros."""
    canonical = {
        "name": tariff.name,
        "energy_kwh": _plain(tariff.energy_kwh),
        "session": _plain(tariff.session),
        "idle_minute": _plain(tariff.idle_minute),
        "idle_after_s": tariff.idle_after_s,
        "periods": [
            [sorted(period.days), period.start.isoformat(), period.end.isoformat(), _plain(period.energy_kwh)]
            for period in tariff.periods
        ],
        "tax_percent": _plain(tariff.tax_percent),
        "revision": tariff.revision,
    }
    return sha256(json.dumps(canonical, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def label_of(period: TariffPeriod) -> str:
    """A period as a line of a bill names it: `mon,tue 18:00-21:00`."""
    days = "daily" if len(set(period.days)) == len(_DAYS) else ",".join(_DAYS[day] for day in sorted(set(period.days)))
    return f"{days} {period.start:%H:%M}-{period.end:%H:%M}"


def _sum(lines: Sequence[Line], coin: Decimal) -> Decimal:
    total = Decimal(0)
    for each in lines:
        total = _EXACT.add(total, each.amount)
    return _EXACT.quantize(total, coin)


def decimals_of(currency: str) -> int:
    """How many decimals the smallest coin of a currency (ISO 4217) has."""
    return _DECIMALS.get(currency, 2)


@cache
def _coin(currency: str) -> Decimal:
    return Decimal(1).scaleb(-decimals_of(currency))


def _plain(value: Decimal) -> str:
    return f"{_EXACT.normalize(value):f}" if value else "0"


def _believed(meterings: Sequence[Metering], started_at: datetime, ended_at: datetime) -> list[tuple[datetime, int]]:
    """(time, register), the register never falling: what of the readings can be true, in doubt for the driver.

    A reading below the first is a counter that restarted, one above a later reading was a wild value, and a last one
    that is suspect and rises proves nothing: none of them is counted.
    """
    if not meterings:
        return []
    first = meterings[0]
    later = [each for each in meterings[1:] if each.import_wh >= first.import_wh]
    if len(later) > 1:
        later.sort(key=lambda each: each.at)
    usable = [first, *later]
    ceiling = next((each for each in reversed(usable) if each.quality == "good"), first).import_wh
    found: list[tuple[datetime, int]] = []
    for each in reversed(usable):
        ceiling = min(ceiling, each.import_wh)
        found.append((min(max(each.at, started_at), ended_at), ceiling))
    found.reverse()
    return found


def _shares(
    tariff: Tariff, zone: ZoneInfo, start: datetime, end: datetime, energy_wh: int
) -> Iterator[tuple[int, int]]:
    """(period, Wh) of the energy between two readings; whole Wh, as if the register had been read at each boundary."""
    if not tariff.periods or not energy_wh:
        yield 0, energy_wh
        return
    if end <= start or end - start > LONGEST_INTERVAL:
        yield _period_at(tariff, end.astimezone(zone)), energy_wh
        return
    whole = (end - start) // _MICROSECOND
    begin, counted = start, 0
    for turn in (*_turns(tariff, zone, start, end), end):
        elapsed = (turn - start) // _MICROSECOND
        register = (2 * energy_wh * elapsed + whole) // (2 * whole)  # rounded half up
        yield _period_at(tariff, begin.astimezone(zone)), register - counted
        begin, counted = turn, register


def _period_at(tariff: Tariff, local: datetime) -> int:
    """Number of the period, from 1, that the wall clock `local` lies in; 0 for none. Of several the first counts."""
    clock, weekday = local.time(), local.weekday()
    for number, period in enumerate(tariff.periods, 1):
        if period.start < period.end:
            if weekday in period.days and period.start <= clock < period.end:
                return number
        elif (weekday in period.days and clock >= period.start) or (
            (weekday - 1) % 7 in period.days and clock < period.end
        ):
            return number
    return 0


def _turns(tariff: Tariff, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """Moments in UTC strictly between `start` and `end`, in order, at which a period can begin or end: where the wall
    clock shows one of their times (twice in the night that summer time ends), where it jumps, and midnight."""
    clocks = {clock for period in tariff.periods for clock in (period.start, period.end)}
    day = start.astimezone(zone).date() - _DAY
    last = end.astimezone(zone).date() + _DAY
    while day <= last:
        for turn in _turns_of(day, clocks, zone):
            if start < turn < end:
                yield turn
        day += _DAY


def _turns_of(day: date, clocks: set[time], zone: ZoneInfo) -> list[datetime]:
    begin, next_begin = (datetime.combine(each, time(0), zone).astimezone(UTC) for each in (day, day + _DAY))
    found = {begin}  # which is the jump itself where midnight does not exist
    for clock in clocks:
        for fold in (0, 1):
            turn = datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC)
            if turn.astimezone(zone).time() == clock:  # else the clock jumped over it
                found.add(turn)
    if begin.astimezone(zone).utcoffset() != (next_begin - _MICROSECOND).astimezone(zone).utcoffset():
        found.add(_jump(begin, next_begin, zone))
    return sorted(found)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment between the two, to the second, at which the zone's offset from UTC changes."""
    offset = before.astimezone(zone).utcoffset()
    low, high = 0, (after - before) // timedelta(seconds=1)
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)
