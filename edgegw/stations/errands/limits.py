"""The low default limit of each EVSE, stored in the station, so that the feeder is safe when the gateway is gone."""

from __future__ import annotations

import logging

from edgegw.model.facts import StationDisobeyed
from edgegw.stations import execution
from edgegw.stations.errands.errand import Errand, Visit

log = logging.getLogger("edgegw.stations")


async def _give(visit: Visit) -> None:
    for evse, limit_a in visit.defaults(visit.station).items():
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
