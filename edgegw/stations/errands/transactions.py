"""What became of the transactions that ran when the link went: asked once, as soon as it is back (OCPP 2.0.1 E14).

Their events wait in the station's queue, or are lost with it. The hub makes use of the answer.
"""

from __future__ import annotations

from uuid import uuid4

from edgegw.model.commands import Asker, Command
from edgegw.stations.errands.errand import Errand, Visit

MOST = 32
"""Transactions of one station that are asked about: it may have more in doubt after a long time offline."""

PATIENCE_S = 30.0


async def _ask(visit: Visit) -> None:
    if visit.link.codec.version == "1.6":
        return
    for transaction in visit.hub.doubts(visit.station)[-MOST:]:
        if visit.link.closed:
            return
        order = Command(
            str(uuid4()), "get_transaction_status", {"transaction": transaction}, by=Asker("gateway", "link_back")
        )
        await visit.hub.submit(order, wait_s=PATIENCE_S)


ERRAND = Errand("transactions", 20, _ask)
