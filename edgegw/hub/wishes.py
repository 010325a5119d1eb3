"""What comes due by itself: a charge that has reached what its driver asked for, a reservation whose time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from edgegw.core.context import Context
from edgegw.core.wishes import reached
from edgegw.hub.dispatch import Dispatch
from edgegw.hub.ledger import Ledger
from edgegw.model import facts as f
from edgegw.model.commands import Asker, Command
from edgegw.model.state import Transaction

AGAIN_S = 60.0
"""A station that was told to stop a charge and did not is told again after this long."""


class Wishes:
    """`look` at each round of housekeeping."""

    def __init__(
        self, ledger: Ledger, dispatch: Dispatch, context: Callable[[], Context], monotonic: Callable[[], float]
    ) -> None:
        self._ledger = ledger
        self._dispatch = dispatch
        self._context = context
        self._monotonic = monotonic
        self._stopping: dict[str, float] = {}

    async def look(self) -> None:
        """Write down and order what is due. Raises JournalError."""
        ctx, pending = self._context(), self._ledger.pending
        if ctx.clock != "unsynced":
            over = [row for row in pending.reservations.values() if row.until <= ctx.now]
            if over:
                await self._ledger.commit([_expired(row.station, row.id, ctx.now) for row in over])
        for id in list(pending.at_evse.values()):
            row = pending.transactions.get(id)
            if row is not None and (row.wanted_wh is not None or row.max_cost is not None):
                await self._stop_if_due(row, ctx)

    async def _stop_if_due(self, row: Transaction, ctx: Context) -> None:
        station = self._ledger.pending.stations.get(row.station)
        if station is None or not station.connected:
            return  # it is told when it is back
        if self._monotonic() - self._stopping.get(row.id, -AGAIN_S) < AGAIN_S:
            return
        wish = reached(self._ledger.pending, ctx.site, row, ctx.register(row.station, row.evse), ctx.now)
        if wish is None:
            return
        self._stopping = {id: at for id, at in self._stopping.items() if self._monotonic() - at < AGAIN_S}
        self._stopping[row.id] = self._monotonic()
        order = Command(ctx.new_id(), "stop_transaction", {"transaction": row.id}, by=Asker("gateway", wish))
        await self._dispatch.submit(order, 0)


def _expired(station: str, reservation: str, at: datetime) -> f.ReservationEnded:
    return f.ReservationEnded(at=at, station=station, reservation=reservation, reason="expired")
