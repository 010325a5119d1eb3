"""What a driver reads and hears before he confirms a start: where, for which price, what it may cost. Pure."""

from __future__ import annotations

from datetime import datetime

from edgegw.core.commands.arguments import amount
from edgegw.core.consent.desk import Order
from edgegw.core.kiosk import figures
from edgegw.core.kiosk.prices import kwh
from edgegw.core.kiosk.sentences import say
from edgegw.core.tariff_history import tariff_now
from edgegw.core.tariffs import FREE
from edgegw.model.site import Site


def lines(site: Site, order: Order, leaves_at: datetime | None, now: datetime, speaks: str) -> tuple[str, ...]:
    """The read-back of a start, one text a line."""
    tariff = site.tariffs.get(tariff_now(site, order.station or "")[0], FREE)

    def money(key: str, value: object) -> str:
        return say(key, speaks, amount=figures.money(value, site.currency, speaks))  # type: ignore[arg-type]

    most = amount(order.args.get("max_cost"))
    wh = int(order.args["energy_wh"])
    found = [say("line.place", speaks, bay=order.label)]
    found.append(say("line.price", speaks, price=kwh(site, tariff, now, speaks)))
    if tariff.session:
        found.append(money("line.session", tariff.session))
    if tariff.idle_minute:
        idle = figures.money(tariff.idle_minute, site.currency, speaks)
        found.append(say("line.idle", speaks, amount=idle, minutes=tariff.idle_after_s // 60))
    if tariff.tax_percent:
        found.append(say("line.tax", speaks, percent=figures.plain(tariff.tax_percent, speaks)))
    found.append(
        say("line.energy" if order.energy_wh else "line.most_energy", speaks, energy=figures.energy(wh, speaks))
    )
    if order.estimate is not None:
        found.append(money("line.estimate", order.estimate))
    found.append(money("line.max_cost", most) if most is not None else say("line.no_max_cost", speaks))
    if leaves_at is not None:
        found.append(say("line.leave", speaks, time=figures.clock_time(leaves_at, site.timezone)))
    return tuple(found)


def spoken(site: Site, order: Order, now: datetime, speaks: str) -> str:
    """The same as one sentence to be read aloud."""
    tariff = site.tariffs.get(tariff_now(site, order.station or "")[0], FREE)
    most = amount(order.args.get("max_cost"))
    limit = ""
    if order.estimate is not None:
        limit = say("start.estimate", speaks, amount=figures.money(order.estimate, site.currency, speaks))
    elif most is not None:
        limit = say("start.limit", speaks, amount=figures.money(most, site.currency, speaks))
    fee = ""
    if tariff.session:
        fee = say("start.fee", speaks, amount=figures.money(tariff.session, site.currency, speaks))
    return say("start.ask", speaks, bay=order.label, price=kwh(site, tariff, now, speaks), fee=fee, limit=limit)
