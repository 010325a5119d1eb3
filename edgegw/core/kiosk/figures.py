"""Figures as the languages write them: `R$ 1,89`, `7,4 kWh`, `1 h 20 min`; who reads them aloud speaks them. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from edgegw.core.price import decimals_of
from edgegw.model.tools import LANGUAGES

_SIGNS: Final = {"BRL": "R$", "EUR": "€", "USD": "US$", "GBP": "£"}


def language(wanted: str | None, otherwise: str = "pt-BR") -> str:
    """The language of LANGUAGES that is meant by a tag such as `pt`, `en-GB` or `es-419`."""
    for each in (wanted, otherwise):
        start = (each or "").replace("_", "-").split("-")[0].lower()
        for known in LANGUAGES:
            if known.split("-")[0].lower() == start:
                return known
    return LANGUAGES[0]


def number(amount: Decimal | int, decimals: int, speaks: str) -> str:
    """`1.234,5` in Portuguese and Spanish, `1,234.5` in English."""
    text = f"{Decimal(amount).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,f}"
    return text if speaks == "en" else text.translate(str.maketrans(",.", ".,"))


def money(amount: Decimal, currency: str, speaks: str) -> str:
    """An amount; with more decimals than the coin has where it needs them, as prices of a kWh do."""
    coins = decimals_of(currency)
    needed = max(coins, min(4, -int(amount.normalize().as_tuple().exponent)) if amount else coins)
    text = number(amount, needed, speaks)
    sign = _SIGNS.get(currency, currency)
    return f"{text} {sign}" if sign == "€" and speaks != "en" else f"{sign} {text}"


def energy(wh: int, speaks: str) -> str:
    """kWh with one decimal; two below 1 kWh."""
    return f"{number(Decimal(wh).scaleb(-3), 1 if wh >= 1000 else 2, speaks)} kWh"


def power(w: float, speaks: str) -> str:
    return f"{number(Decimal(round(w)).scaleb(-3), 1, speaks)} kW"


def duration(seconds: float) -> str:
    """`45 min`, `1 h 5 min`; full minutes."""
    hours, minutes = divmod(max(0, int(seconds)) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def clock_time(at: datetime, timezone: str) -> str:
    """`18:00` by the site's wall clock."""
    return f"{at.astimezone(ZoneInfo(timezone)):%H:%M}"


def day(at: datetime, timezone: str, speaks: str) -> str:
    """`02/03` for the second of March; `2 Mar` in English, where it could be taken for another day."""
    local = at.astimezone(ZoneInfo(timezone))
    return f"{local.day} {_MONTHS[local.month - 1]}" if speaks == "en" else f"{local:%d/%m}"


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def plain(amount: Decimal, speaks: str) -> str:
    """A number with as many decimals as it has: `12,5`."""
    return number(amount, max(0, -int(amount.normalize().as_tuple().exponent)), speaks)
