"""The site's list of id tokens, at each station that can hold one."""

from __future__ import annotations

from edgegw.stations.errands.errand import Errand, Visit


async def _keep(visit: Visit) -> None:
    if visit.lists is not None:
        await visit.lists.keep(visit.link)


ERRAND = Errand("local_list", 20, _keep, patient=True)
