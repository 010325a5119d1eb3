"""What guests of a simulated site pay: the gateway's own prices on the registers of their charge. Pure."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from edgegw.core.price import price
from edgegw.model.site import Site, Tariff
from edgegw.model.state import Metering
from edgegw.simulate.days.run import BEGIN, Guest


def tariff_of(site: Site, guest: Guest) -> Tariff | None:
    """The price list of the guest's station, None for a site without prices."""
    station = site.stations.get(guest.key[0])
    return site.tariffs.get(station.tariff if station is not None else "default", site.tariffs.get("default"))


def cost(site: Site, guest: Guest) -> Decimal | None:
    """What a guest that has left pays in the site's currency, None for a site without prices."""
    tariff = tariff_of(site, guest)
    if tariff is None:
        return None
    ended_at = BEGIN + timedelta(seconds=guest.visit.leaves_s)
    meterings = [Metering(at, wh) for at, wh in guest.readings]
    idle_s = (ended_at - guest.full_at).total_seconds() if guest.full_at is not None else 0.0
    return price(
        tariff, site.timezone, site.currency,
        started_at=guest.since, ended_at=ended_at, meterings=meterings, idle_s=int(idle_s),
    ).total  # fmt: skip
