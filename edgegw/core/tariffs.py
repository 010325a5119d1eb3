"""Tariffs as plain JSON and back: what a SiteConfigured fact carries, so that a bill can be computed again; and which
of several lists of one name is in force."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any

from edgegw.core.price import tariff_digest
from edgegw.core.unfit import Unfit, only
from edgegw.model.site import Site, Tariff, TariffPeriod
from edgegw.model.state import DesiredState, State, Transaction

FREE = Tariff("free", Decimal(0))
"""What a transaction costs when no tariff was in force at its start."""


def to_json(tariff: Tariff) -> Mapping[str, Any]:
    """A tariff as JSON with money as decimal strings, and its digest."""
    return {
        "name": tariff.name,
        "energy_kwh": str(tariff.energy_kwh),
        "session": str(tariff.session),
        "idle_minute": str(tariff.idle_minute),
        "idle_after_s": tariff.idle_after_s,
        "periods": [
            {
                "days": list(period.days),
                "start": period.start.isoformat(),
                "end": period.end.isoformat(),
                "energy_kwh": str(period.energy_kwh),
            }
            for period in tariff.periods
        ],
        "tax_percent": str(tariff.tax_percent),
        "revision": tariff.revision,
        "digest": tariff_digest(tariff),
    }


def from_json(body: Mapping[str, Any]) -> Tariff:
    """The tariff of which `to_json` made `body`."""
    return Tariff(
        name=body["name"],
        energy_kwh=Decimal(body["energy_kwh"]),
        session=Decimal(body["session"]),
        idle_minute=Decimal(body["idle_minute"]),
        idle_after_s=body["idle_after_s"],
        periods=tuple(
            TariffPeriod(
                tuple(period["days"]),
                time.fromisoformat(period["start"]),
                time.fromisoformat(period["end"]),
                Decimal(period["energy_kwh"]),
            )
            for period in body["periods"]
        ),
        tax_percent=Decimal(body["tax_percent"]),
        revision=body["revision"],
    )


def tariff_of(state: State, site: Site, transaction: Transaction) -> Tariff:
    """The price list that was in force when the transaction began, also when the configuration has changed since."""
    current = site.tariffs.get(transaction.tariff)
    if current is not None and tariff_digest(current) == transaction.tariff_digest:
        return current
    kept = state.tariffs.get(transaction.tariff_digest)
    return from_json(kept.tariff) if kept is not None else FREE


def with_tariffs(site: Site, desired: DesiredState | None) -> Site:
    """The site with the price lists that are in force: of two of one name that of the higher revision."""
    found = dict(site.tariffs)
    for name, body in (desired.contents or {}).items() if desired is not None else ():
        tariff = from_json(body)
        if name not in found or tariff.revision > found[name].revision:
            found[name] = tariff
    return replace(site, tariffs=found)


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MAX_TARIFFS = 100
_MOST = Decimal(1_000_000)
_UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def read_tariffs(body: Any, revision: int) -> dict[str, Tariff]:
    """Price lists by name, written as in the file (`energy_kwh`, `session`, `idle_minute`, `periods`, `tax_percent`).

    Raises Unfit with the name of the list that is wrong.
    """
    if not isinstance(body, Mapping) or len(body) > MAX_TARIFFS:
        raise Unfit(f"tariffs are an object of at most {MAX_TARIFFS} price lists by name")
    found = {}
    for name, fields in body.items():
        if not 0 < len(name) <= 64:
            raise Unfit("the name of a tariff has 1 to 64 characters")
        try:
            found[name] = _tariff(name, fields, revision)
        except Unfit as error:
            raise Unfit(f"tariff {name!r}: {error}") from None
    return found


def _tariff(name: str, body: Any, revision: int) -> Tariff:
    only(body, ("energy_kwh", "session", "idle_minute", "periods", "tax_percent"))
    given = body.get("idle_minute")
    idle = only({} if given is None else given, ("price", "after"), "idle_minute")
    if given is not None and "price" not in idle:
        raise Unfit("idle_minute needs its price")
    periods = body.get("periods", [])
    if not isinstance(periods, list | tuple):
        raise Unfit("periods are a list")
    return Tariff(
        name=name,
        energy_kwh=_money(body.get("energy_kwh"), "energy_kwh"),
        session=_money(body.get("session", 0), "session"),
        idle_minute=_money(idle.get("price", 0), "idle_minute.price"),
        idle_after_s=_seconds(idle.get("after", 0)),
        periods=tuple(_period(each) for each in periods),
        tax_percent=_money(body.get("tax_percent", 0), "tax_percent"),
        revision=revision,
    )


def _period(body: Any) -> TariffPeriod:
    only(body, ("days", "from", "to", "energy_kwh"), "a period")
    days = body.get("days", DAYS)
    if not isinstance(days, list | tuple) or not days or any(day not in DAYS for day in days):
        raise Unfit(f"days are some of {', '.join(DAYS)}")
    return TariffPeriod(
        days=tuple(sorted({DAYS.index(day) for day in days})),
        start=_clock(body.get("from"), "from"),
        end=_clock(body.get("to"), "to"),
        energy_kwh=_money(body.get("energy_kwh"), "a period's energy_kwh"),
    )


def _money(value: Any, name: str) -> Decimal:
    try:
        if type(value) in (str, int, float):
            amount = Decimal(str(value))
            if 0 <= amount < _MOST and amount == round(amount, 6):
                return amount
    except InvalidOperation:
        pass
    raise Unfit(f'{name} is an amount of 0 or more, such as "1.89", with at most 6 decimals')


def _seconds(value: Any) -> int:
    found = re.fullmatch(r"(\d{1,7})([smhd]?)", str(value)) if type(value) in (str, int) else None
    if found is None:
        raise Unfit("idle_minute.after is a duration such as 10m")
    return int(found[1]) * _UNITS_S[found[2]]


def _clock(value: Any, name: str) -> time:
    if value == "24:00":
        return time(0)
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", value):
        raise Unfit(f"{name} of a period is a local time such as 18:00")
    return time.fromisoformat(value)
