"""What a start at the kiosk stands on: a place with a cable in it, limits, and an accepted token. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from edgegw.core.commands.arguments import amount
from edgegw.core.consent.desk import Held, Order
from edgegw.core.consent.proofs import may_start, speaks_at
from edgegw.core.consent.verdict import Verdict, World, needs_proof, refused
from edgegw.core.kiosk.places import Bay, bays
from edgegw.core.kiosk.wishes import Unclear, energy_wh, leaves_at
from edgegw.core.price import decimals_of
from edgegw.core.tariff_history import tariff_now
from edgegw.model.site import Tariff
from edgegw.model.value import value


@value()
class Start:
    """A start that is asked for: at one of `bays`, by the bearer of one of `proofs`, the newest first."""

    world: World
    args: Mapping[str, Any]
    bays: tuple[Bay, ...]
    proofs: tuple[Held, ...]


def wanted(start: Start) -> Verdict:
    """What becomes of it: it waits for the driver's hand when all else is there."""
    world, args, terms = start.world, start.args, start.world.terms
    bay = _bay(start.bays)
    if isinstance(bay, Verdict):
        return bay
    if bay.state != "plugged":
        return refused(f"bay_{bay.state}", bay=bay.label)
    try:
        energy = energy_wh(args, terms)
        leaves = leaves_at(args.get("leave_at"), world.site.timezone, world.ctx.now)
    except Unclear as unclear:
        return refused(str(unclear))
    most = amount(args.get("max_cost"))
    if most is not None and terms.max_cost is not None and most > terms.max_cost:
        return refused("over_site_cost", amount=terms.max_cost)
    most = most if most is not None else terms.max_cost
    tariff = world.site.tariffs.get(tariff_now(world.site, bay.station)[0])
    estimate = at_most(tariff, energy, world.site.currency) if tariff is not None and energy is not None else None
    if most is not None and estimate is not None and estimate > most:
        return refused("over_max_cost", amount=most, estimate=estimate)
    held = _bearer(start, bay)
    if held is None:
        return needs_proof("start")
    if not may_start(held, world.state, world.ctx):
        return refused("not_accepted")
    told: dict[str, Any] = {"station": bay.station, "evse": bay.evse, "energy_wh": energy or terms.max_energy_wh}
    if leaves is not None:
        told["departure_at"] = leaves.isoformat()
    if most is not None:
        told["max_cost"] = f"{most:f}"
    order = Order("start_charge", "start_transaction", told, bay.label, bay.station, bay.evse, energy, estimate)
    return Verdict("needs_confirmation", held=held, order=order, leaves_at=leaves)


def is_ready(world: World, order: Order, held: Held) -> str | None:
    """Why a start that was waiting can't begin any more, None when it can."""
    found = [bay for bay in bays(world.state, world.site, world.terms, order.station) if bay.evse == order.evse]
    if not found:
        return "no_bay"
    if found[0].state != "plugged":
        return f"bay_{found[0].state}"
    return None if may_start(held, world.state, world.ctx) else "not_accepted"


def at_most(tariff: Tariff, wh: int, currency: str) -> Decimal:
    """What so much energy costs by a price list at its dearest hours, with its session fee and its tax."""
    dearest = max([tariff.energy_kwh, *(period.energy_kwh for period in tariff.periods)])
    net = Decimal(wh).scaleb(-3) * dearest + tariff.session
    gross = net * (1 + tariff.tax_percent.scaleb(-2))
    return gross.quantize(Decimal(1).scaleb(-decimals_of(currency)), ROUND_HALF_UP)


def _bay(places: tuple[Bay, ...]) -> Bay | Verdict:
    """The one that is meant: of several the only one with a cable in it."""
    if not places:
        return refused("no_bay")
    if len(places) == 1:
        return places[0]
    plugged = [bay for bay in places if bay.state == "plugged"]
    if len(plugged) == 1:
        return plugged[0]
    if not plugged:
        return refused("bay_free", bay=places[0].label.rpartition(" / ")[0])
    return refused("which_one", bays=tuple(bay.label for bay in plugged))


def _bearer(start: Start, bay: Bay) -> Held | None:
    beside = bays(start.world.state, start.world.site, start.world.terms, bay.station)
    plugged = sum(each.state == "plugged" for each in beside)
    return next((held for held in start.proofs if speaks_at(held, bay.station, bay.evse, plugged)), None)
