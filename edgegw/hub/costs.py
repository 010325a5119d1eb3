"""Costs on the stations' own displays: what is due is told, one message a transaction at a time.

They are no commands and no facts: the bill is. What is lost on the way is told again with the next change.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from edgegw.core.context import Context
from edgegw.core.cost_display import Cost, FinalCost, UserPrice, final_text, is_due, price_text, running_cost
from edgegw.core.late import HISTORY
from edgegw.core.tariff_history import tariff_now
from edgegw.hub.ledger import Ledger
from edgegw.hub.tasks import Tasks
from edgegw.model import facts as f
from edgegw.model.site import Site
from edgegw.model.value import value

Shower = Callable[[Cost], Awaitable[None]]
"""Tells a station of a cost. Raises nothing that anybody could do something about."""


MOST_RECKONED: Final = 500
"""Transactions whose station's own reckoning is remembered, the newest."""


@value()
class Reckoned:
    """What a station itself shows of a transaction's cost: the newest that it told since the gateway started."""

    at: datetime
    amount: str | None
    currency: str


class Costs:
    """`look` at each round of housekeeping; `able` are the stations that have said that they show costs."""

    def __init__(self, ledger: Ledger, context: Callable[[], Context], site: Callable[[], Site]) -> None:
        self.shower: Shower | None = None
        self.able: set[str] = set()
        self._ledger = ledger
        self._context = context
        self._site = site
        self._told: dict[str, tuple[Decimal, datetime]] = {}
        self._under_way: set[str] = set()
        self._tasks = Tasks()
        self._reckoned: OrderedDict[str, Reckoned] = OrderedDict()

    async def stop(self) -> None:
        await self._tasks.end()

    def so_far(self, transaction: str) -> str | None:
        """The cost of a running transaction, None where its station does not show it."""
        row = self._ledger.pending.transactions.get(transaction)
        if row is None or row.state != "active" or not self._shows(row.station):
            return None
        ctx = self._context()
        register = ctx.register(row.station, row.evse)
        return str(running_cost(self._ledger.pending, ctx.site, row, register, ctx.now).total)

    def reckons(self, station: str, reference: str, details: Mapping[str, Any]) -> None:
        """A station has told its own reckoning, a CostDetailsType of OCPP 2.1, with an event of a transaction."""
        pending = self._ledger.pending
        id = pending.by_reference.get((station, reference))
        if id is None:
            return
        total = details["totalCost"]["total"]
        amount = total.get("inclTax", total.get("exclTax"))
        text = None if amount is None else f"{Decimal(str(amount)):f}"
        self._reckoned[id] = Reckoned(self._context().now, text, details["totalCost"]["currency"])
        self._reckoned.move_to_end(id)
        if len(self._reckoned) > MOST_RECKONED:
            self._reckoned.popitem(last=False)

    def reckoned(self, transaction: str) -> Reckoned | None:
        return self._reckoned.get(transaction)

    def look(self) -> None:
        """Tell of each running transaction what has changed enough since it was told."""
        if self.shower is None or self._site().display_cost == "off":
            return
        ctx, pending = self._context(), self._ledger.pending
        running = [pending.transactions[id] for id in pending.at_evse.values()]
        self._told = {row.id: self._told[row.id] for row in running if row.id in self._told}
        for row in running:
            if row.id in self._under_way or not row.meterings or not self._shows(row.station):
                continue
            cost = running_cost(pending, ctx.site, row, ctx.register(row.station, row.evse), ctx.now)
            if is_due(self._told.get(row.id), cost.total, ctx.now):
                self._told[row.id] = cost.total, ctx.now
                self._tell(cost, row.id)

    def published(self, facts: Iterable[f.Fact]) -> None:
        """Look at durable facts: a token that was accepted has its price told, a bill its total."""
        for fact in facts:
            if type(fact) is f.TokenDecided:
                self._price(fact)
            elif type(fact) is f.CdrClosed:
                self._final(fact)

    def _price(self, fact: f.TokenDecided) -> None:
        if fact.status != "accepted" or fact.id_token is None or not self._shows(fact.station):
            return
        ctx = self._context()
        if ctx.now - fact.at > HISTORY:
            return
        tariff = ctx.site.tariffs.get(tariff_now(ctx.site, fact.station)[0])
        if tariff is not None:
            text = price_text(tariff, ctx.site.timezone, ctx.site.currency, ctx.now)
            self._tell(UserPrice(fact.station, fact.id_token, text), f"{fact.station}/price")

    def _final(self, fact: f.CdrClosed) -> None:
        row = self._ledger.pending.transactions.get(fact.transaction)
        if row is None or not self._shows(fact.station) or self._context().now - fact.ended_at > HISTORY:
            return
        text = final_text(fact.energy_wh, fact.total, fact.currency)
        self._tell(FinalCost(row.id, row.station, row.reference, Decimal(fact.total), text), f"{row.id}/final")

    def _shows(self, station: str) -> bool:
        wanted = self._site().display_cost
        if wanted == "off" or (wanted == "auto" and station not in self.able):
            return False
        seen = self._ledger.pending.stations.get(station)
        return seen is not None and seen.connected

    def _tell(self, cost: Cost, key: str) -> None:
        if self.shower is not None and key not in self._under_way:
            self._under_way.add(key)
            self._tasks.begin(self._send(self.shower, cost, key))

    async def _send(self, shower: Shower, cost: Cost, key: str) -> None:
        try:
            await shower(cost)
        finally:
            self._under_way.discard(key)
