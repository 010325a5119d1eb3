"""The low default limit of each EVSE, stored in the station, so that the feeder is safe when the gateway is gone."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from edgegw.model.facts import StationDisobeyed
from edgegw.stations import execution
from edgegw.stations.errands.errand import Errand, Visit

log = logging.getLogger("edgegw.stations")


async def _give(visit: Visit) -> None:
    await _give_those(visit, visit.defaults(visit.station))


async def renew(visit: Visit) -> None:
    """Give the station what has become another default than it has taken over this connection."""
    taken = visit.link.peculiar.lasting_a
    await _give_those(visit, {evse: limit_a for evse, limit_a in visit.defaults(visit.station).items()
                              if taken.get(evse, limit_a) != limit_a})  # fmt: skip


async def _give_those(visit: Visit, defaults: Mapping[int, float]) -> None:
    for evse, limit_a in defaults.items():
        result = await execution.hold_default(visit.link, evse, limit_a)
        if result.accepted:
            visit.untaken.discard((visit.station, evse))
        elif not visit.link.closed:
            visit.untaken.add((visit.station, evse))
            reason = f"default limit: {result.reason}"
            log.warning("%s: EVSE %d does not take its default of %.1f A: %s", visit.station, evse, limit_a, reason)
            now = visit.hub.now()
            await visit.record(
                StationDisobeyed(station=visit.station, at=now, evse=evse, limit_a=limit_a, reason=reason)
            )


ERRAND = Errand("default_limits", 0, _give)
