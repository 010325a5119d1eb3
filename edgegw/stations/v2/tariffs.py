"""A price list of the site as a TariffType of OCPP 2.1 (part 2, block I), for the station to show costs by. Pure.

Of the prices of a part the first whose conditions hold counts, so periods come in their order and the price outside all
of them last. A period over midnight belongs to the day that it begins on; OCPP's days are those of the clock, so it is
told as two. Times are local in both. Prices are without tax.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from typing import Any, Final

from edgegw.core.price import tariff_digest
from edgegw.model.site import Tariff, TariffPeriod
from edgegw.stations.codec import Payload

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MIDNIGHT: Final = time(0)
_MOST_ID: Final = 60
_MARK: Final = 12


def tariff_id(tariff: Tariff) -> str:
    """The name with a mark of the prices, as a station takes each id once."""
    return f"{tariff.name[: _MOST_ID - _MARK - 1]}-{tariff_digest(tariff)[:_MARK]}"


def written(tariff: Tariff, currency: str) -> Payload:
    """The tariff in the station's words."""
    prices = [
        {"priceKwh": float(period.energy_kwh), "conditions": conditions}
        for period in tariff.periods
        for conditions in _conditions(period)
    ]
    found: Payload = {
        "tariffId": tariff_id(tariff),
        "currency": currency,
        "energy": _taxed(tariff, [*prices, {"priceKwh": float(tariff.energy_kwh)}]),
    }
    if tariff.session:
        found["fixedFee"] = _taxed(tariff, [{"priceFixed": float(tariff.session)}])
    if tariff.idle_minute:
        price: Payload = {"priceMinute": float(tariff.idle_minute)}
        if tariff.idle_after_s:
            price["conditions"] = {"minIdleTime": tariff.idle_after_s}
        found["idleTime"] = _taxed(tariff, [price])
    return found


def _taxed(tariff: Tariff, prices: list[dict[str, Any]]) -> Payload:
    part: Payload = {"prices": prices}
    if tariff.tax_percent > Decimal(0):
        part["taxRates"] = [{"type": "tax", "tax": float(tariff.tax_percent)}]
    return part


def _conditions(period: TariffPeriod) -> Iterator[Payload]:
    if period.start < period.end:
        yield _between(period.days, period.start, period.end)
        return
    yield _between(period.days, period.start, _MIDNIGHT)
    if period.end > _MIDNIGHT:
        yield _between(tuple((day + 1) % len(_DAYS) for day in period.days), _MIDNIGHT, period.end)


def _between(days: tuple[int, ...], start: time, end: time) -> Payload:
    """From `start` to `end` of these days; midnight is left out, at either end."""
    found: Payload = {}
    if start > _MIDNIGHT:
        found["startTimeOfDay"] = f"{start:%H:%M}"
    if end > _MIDNIGHT:
        found["endTimeOfDay"] = f"{end:%H:%M}"
    if len(set(days)) < len(_DAYS):
        found["dayOfWeek"] = [_DAYS[day] for day in sorted(set(days))]
    return found
