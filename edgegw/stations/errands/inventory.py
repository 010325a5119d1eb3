"""All that a station is made of, read once per firmware: GetConfiguration without keys (1.6), or a full base report.

What it tells goes into the table of variables (see `gathering`). It is noted only when the end is durable, so what was
cut off is asked for again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from typing import Final

from edgegw.core import variables
from edgegw.model.commands import Command
from edgegw.model.facts import InventoryTaken, StationDisconnected, VariablesReported
from edgegw.stations import execution
from edgegw.stations.errands.errand import Errand, Visit
from edgegw.stations.turns import Priority

REPORT_S: Final = 600.0
"""How long a station may take to tell all of itself."""


async def _take(visit: Visit) -> None:
    seen = visit.hub.state.stations.get(visit.station)
    if seen is None or seen.vendor is None:
        return  # it has not said what it is, so it could be another one tomorrow under the same name
    about = (seen.vendor, seen.model, seen.firmware, seen.ocpp)
    digest = hashlib.sha256(repr(about).encode()).hexdigest()[:16]
    known = visit.hub.state.inventories.get(visit.station)
    if known is not None and known.digest == digest:
        return
    number = visit.hub.journal.number("transaction_number")
    end = asyncio.ensure_future(_end(visit, number))
    try:
        command = Command("", "get_variables", {"station": visit.station})
        ended = await execution.carry_out(visit.link, command, number, Priority.COMFORT)
        if ended.state == "done" and ended.result is not None and "variables" in ended.result:
            told = ended.result["variables"]
            await visit.record(*variables.read(visit.hub.state, visit.station, visit.hub.now(), told))
        elif ended.state == "done":
            async with asyncio.timeout(REPORT_S):
                if not await end:
                    raise ConnectionError("it went before its report had ended")
        elif ended.state == "failed" and (ended.result or {}).get("error") is None:
            raise ConnectionError(ended.reason)  # it was not asked
    finally:
        end.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await end
    reason = None if ended.state == "done" else ended.reason or ended.state
    await visit.record(InventoryTaken(station=visit.station, at=visit.hub.now(), digest=digest, reason=reason))


async def _end(visit: Visit, number: int) -> bool:
    """Wait until the report of this number has ended; False when the station went before."""
    async for batch in visit.hub.changes():
        for published in batch:
            fact = published.fact
            if isinstance(fact, StationDisconnected) and fact.station == visit.station:
                return False
            if (
                isinstance(fact, VariablesReported)
                and (fact.station, fact.action) == (visit.station, "NotifyReport")
                and fact.report.get("requestId") == number
            ):
                return True
    return False


ERRAND = Errand("inventory", 60, _take, patient=True)
