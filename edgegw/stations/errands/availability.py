"""What somebody took out of use, at a station that has forgotten it."""

from __future__ import annotations

from edgegw.stations import availability
from edgegw.stations.errands.errand import Errand, Visit


async def _restore(visit: Visit) -> None:
    await availability.restore(visit.link, visit.hub)


ERRAND = Errand("availability", 30, _restore, patient=True)
