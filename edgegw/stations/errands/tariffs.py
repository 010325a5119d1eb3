"""The site's price list, at each station that reckons by one."""

from __future__ import annotations

from edgegw.stations.errands.errand import Errand, Visit


async def _keep(visit: Visit) -> None:
    if visit.tariffs is not None:
        await visit.tariffs.keep(visit.link)


ERRAND = Errand("tariffs", 55, _keep, patient=True)
