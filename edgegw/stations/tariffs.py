"""The site's price list at stations that reckon by one themselves, kept in step (OCPP 2.1 part 2, block I).

Such a station says so (TariffCostCtrlr.Enabled of Tariff). It is asked which lists it has when it comes and when the
site's change, and gets what its drivers are charged by, for all its EVSEs. What it had from here before is taken back
where it no longer holds: the site has no list for it, or `ocpp.display_cost` is off. Lists of others stay.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from edgegw.core import variables
from edgegw.core.tariff_history import tariff_now
from edgegw.hub import AnswerLost, Ending
from edgegw.model.commands import Command
from edgegw.model.facts import DesiredApplied, SiteConfigured, TariffsChanged
from edgegw.stations import execution
from edgegw.stations.link import Link
from edgegw.stations.rpc import one_line
from edgegw.stations.turns import Priority
from edgegw.stations.v2.tariffs import tariff_id

if TYPE_CHECKING:
    from edgegw.hub import Hub

log = logging.getLogger("edgegw.stations")

GATHER_S: Final = 1.0
"""Changes of lists within this time are brought to stations together."""

PLACE: Final[Mapping[str, str]] = {
    "component": "TariffCostCtrlr", "variable": "Enabled", "variable_instance": "Tariff",
}  # fmt: skip

_OURS: Final = re.compile(r".*-[0-9a-f]{12}")
"""An id as `v2.tariffs.tariff_id` makes it."""


class Tariffs:
    """The lists at the stations of one server."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def follow(self, links: Callable[[], Iterable[Link]]) -> None:
        """Bring what changes in the site's lists to each station that may be called, until cancelled."""
        async for batch in self._hub.changes():
            if any(isinstance(each.fact, SiteConfigured | TariffsChanged | DesiredApplied) for each in batch):
                await asyncio.sleep(GATHER_S)
                await self.renew(links())

    async def renew(self, links: Iterable[Link]) -> None:
        """Bring the site's lists as they are now to each of these stations that may be called. Never raises."""
        await asyncio.gather(*(self._renew(link) for link in links if link.ready))

    async def _renew(self, link: Link) -> None:
        try:
            await self.keep(link)
        except Exception as error:
            if not link.closed:
                text = one_line(str(error) or type(error).__name__, 300)
                log.warning("%s: its price list: %s", link.station, text)

    async def keep(self, link: Link) -> None:
        """See that a station that reckons by a list has the site's. Raises ValueError, in words, when it does not take
        it, and AnswerLost when it does not answer."""
        if link.codec.version != "2.1":
            return
        async with self._turns.setdefault(link.station, asyncio.Lock()):
            if not await self._reckons(link):
                return
            name, wanted = self._wanted(link.station)
            told = await self._done(link, "get_tariffs", {})
            held = {each["tariff"]: each for each in told["tariffs"] if each["kind"] == "default_tariff"}
            if name is not None and wanted not in held:
                await self._done(link, "set_default_tariff", {"tariff": name})
            gone = [id for id in held if id != wanted and _OURS.fullmatch(id)]
            if gone and name is None:  # a new one has taken the place of the one before
                await self._done(link, "clear_tariffs", {"tariffs": gone})

    def _wanted(self, station: str) -> tuple[str | None, str | None]:
        """Name and id of the list that a station shall have."""
        site = self._hub.site
        tariff = site.tariffs.get(tariff_now(site, station)[0])
        if tariff is None or site.display_cost == "off":
            return None, None
        return tariff.name, tariff_id(tariff)

    async def _reckons(self, link: Link) -> bool:
        """Whether the station says that it reckons by a list. What it tells is kept."""
        told = link.peer().variable("TariffCostCtrlr", "Enabled", "Tariff")
        if told is None:
            ended = await self._carry_out(link, "get_variables", {"variables": [dict(PLACE)]})
            found = (ended.result or {}).get("variables", ())
            now = self._hub.now()
            await self._hub.record(*variables.read(self._hub.state, link.station, now, found))
            told = next((each.get("value") for each in found), None)
        return str(told).casefold() == "true"

    async def _done(self, link: Link, name: str, args: dict[str, Any]) -> Mapping[str, Any]:
        ended = await self._carry_out(link, name, args)
        if ended.state == "unknown":
            raise AnswerLost(ended.reason)
        if ended.state != "done":
            raise ValueError(f"{name}: {ended.reason}")
        return ended.result or {}

    async def _carry_out(self, link: Link, name: str, args: dict[str, Any]) -> Ending:
        command = Command("", name, {"station": link.station, **args})
        return await execution.carry_out(link, command, 0, Priority.COMFORT)
