"""What a kWh costs now and next, and the fees, in the site's currency. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from edgegw.core.kiosk import figures
from edgegw.core.kiosk.places import labels
from edgegw.core.kiosk.sentences import listed, say
from edgegw.core.price import boundary_after, rate_at
from edgegw.core.tariff_history import tariff_now
from edgegw.model.kiosk import KioskTerms
from edgegw.model.site import Site, Tariff

MOST_TOLD = 3
"""So many different price lists are told one by one."""


def prices(
    site: Site, terms: KioskTerms, now: datetime, speaks: str, only: str | None = None
) -> tuple[str, Mapping[str, Any]]:
    """What is said of the prices at these stations, and the same as figures: stations of one price list are told
    together."""
    names = labels(site, terms)
    by_list: dict[str, list[str]] = {}
    for id in names:
        if only is None or id == only:
            by_list.setdefault(tariff_now(site, id)[0], []).append(names[id])
    lists = [(site.tariffs[name], at) for name, at in by_list.items() if name in site.tariffs]
    result = {"currency": site.currency, "prices": [_result(site, tariff, at, now) for tariff, at in lists]}
    if not lists:
        return say("price.none", speaks), result
    if len(lists) == 1:
        return _text(site, lists[0][0], now, speaks), result
    told = [
        say("price.of", speaks, bay=listed(at, speaks), price=kwh(site, tariff, now, speaks))
        for tariff, at in lists[:MOST_TOLD]
    ]
    return "; ".join(told) + ".", result


def kwh(site: Site, tariff: Tariff, now: datetime, speaks: str) -> str:
    """`R$ 1,89 por kWh`: the price now."""
    rate = figures.money(rate_at(tariff, site.timezone, now), site.currency, speaks)
    return say("price.kwh", speaks, price=rate)


def fees(site: Site, tariff: Tariff, speaks: str) -> list[str]:
    """Session fee, idle fee and tax, each as a sentence, those that there are."""
    found = []
    if tariff.session:
        found.append(say("price.session", speaks, amount=figures.money(tariff.session, site.currency, speaks)))
    if tariff.idle_minute:
        amount = figures.money(tariff.idle_minute, site.currency, speaks)
        found.append(say("price.idle", speaks, amount=amount, minutes=tariff.idle_after_s // 60))
    if tariff.tax_percent:
        found.append(say("price.tax", speaks, percent=figures.plain(tariff.tax_percent, speaks)))
    return found


def _text(site: Site, tariff: Tariff, now: datetime, speaks: str) -> str:
    now_costs = say("price.now", speaks, price=kwh(site, tariff, now, speaks))
    turn = boundary_after(tariff, site.timezone, now)
    if turn is not None:
        zone = ZoneInfo(site.timezone)
        is_today = turn.astimezone(zone).date() == now.astimezone(zone).date()
        rate = figures.money(rate_at(tariff, site.timezone, turn), site.currency, speaks)
        now_costs += say(
            "price.next" if is_today else "price.next_day", speaks, price=rate,
            time=figures.clock_time(turn, site.timezone), day=figures.day(turn, site.timezone, speaks),
        )  # fmt: skip
    return " ".join([now_costs + ".", *fees(site, tariff, speaks)])


def _result(site: Site, tariff: Tariff, at: Sequence[str], now: datetime) -> dict[str, Any]:
    turn = boundary_after(tariff, site.timezone, now)
    return {
        "stations": list(at),
        "energy_kwh": f"{rate_at(tariff, site.timezone, now):f}",
        "next_energy_kwh": None if turn is None else f"{rate_at(tariff, site.timezone, turn):f}",
        "next_from": None if turn is None else turn.astimezone(ZoneInfo(site.timezone)).isoformat(timespec="minutes"),
        "session": f"{tariff.session:f}",
        "idle_minute": f"{tariff.idle_minute:f}",
        "idle_after_minutes": tariff.idle_after_s // 60,
        "tax_percent": f"{tariff.tax_percent:f}",
    }
