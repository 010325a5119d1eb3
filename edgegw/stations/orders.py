"""Orders to stations, by name: commands, limits, costs, single CALLs. Each finds its link, and `execution` its end."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from edgegw.core.commands import target_station
from edgegw.core.cost_display import Cost
from edgegw.hub import Ending
from edgegw.model.commands import Command, Setpoint, SetpointResult
from edgegw.stations import costs, execution
from edgegw.stations.codec import Payload
from edgegw.stations.errors import CallFailed, StationOffline
from edgegw.stations.link import Link
from edgegw.stations.links import Links
from edgegw.stations.locations import Locate
from edgegw.stations.turns import Priority

if TYPE_CHECKING:
    from edgegw.hub import Hub

log = logging.getLogger("edgegw.stations")

Own = Callable[[Link, Command, int], Awaitable[Ending]]
"""How a command of several steps is carried out at the station of a link; the last is its number."""


class Orders:
    """`own` are the commands that are more than the CALLs of a codec, by name. `locate` gives commands that move a
    file the URL that they lack."""

    def __init__(self, hub: Hub, links: Links, locate: Locate, own: Mapping[str, Own]) -> None:
        self._hub = hub
        self._links = links
        self._locate = locate
        self._own = own
        self.untaken: set[tuple[str, int]] = set()
        """(station, EVSE) of those that have refused their low lasting limit, or not been there when it was lowered:
        alone, they may draw what they can."""

    async def carry_out(self, command: Command, number: int) -> Ending:
        """How a command of the hub ended. Raises AnswerLost."""
        station = target_station(self._hub.state, command.args)
        if station is None:
            return Ending("rejected", "what the command names is over", None)
        try:
            link = self._links.live(station)
        except StationOffline as error:
            return Ending("failed", str(error), None)
        if (own := self._own.get(command.name)) is not None:
            return await own(link, command, number)
        try:
            located = await self._locate(command)
        except ValueError as no:
            return Ending("rejected", str(no), None)
        return await execution.carry_out(link, located, number)

    async def call(
        self, station: str, action: str, payload: Mapping[str, object], timeout_s: float | None = None
    ) -> Payload:
        """Send any CALL of the station's own version; the payload of its CALLRESULT.

        Raises the errors of `edgegw.stations.errors`: StationOffline, StationBusy and InvalidCall when nothing was
        sent, StationError for a CALLERROR, NoAnswer when none came.
        """
        return await self._links.live(station).call(action, payload, timeout_s)

    async def apply_setpoint(self, setpoint: Setpoint) -> SetpointResult:
        """Give an EVSE its limit. Never raises; offline, refused or silent is the reason of the result."""
        try:
            return await execution.hold(self._links.live(setpoint.station), setpoint)
        except StationOffline as error:
            return SetpointResult(setpoint, accepted=False, reason=str(error))

    async def set_default_limit(
        self, station: str, evse: int, limit_a: float, before_a: float | None = None
    ) -> SetpointResult:
        """Store a lasting default limit in the station, which holds `before_a` until now. Never raises."""
        try:
            link = self._links.live(station)
        except StationOffline as error:
            if before_a is not None and before_a > limit_a:
                self.untaken.add((station, evse))
            return SetpointResult(Setpoint(station, evse, limit_a, life_s=0), accepted=False, reason=str(error))
        result = await execution.hold_default(link, evse, limit_a)
        if result.accepted:
            self.untaken.discard((station, evse))
        elif not link.closed:
            self.untaken.add((station, evse))
        return result

    async def show_cost(self, cost: Cost) -> None:
        """Tell a station what a charge costs. What does not reach it is told again with the next change."""
        link = self._links.get(cost.station)
        message = costs.message(link.codec.version, cost) if link is not None and link.ready else None
        if link is None or message is None:
            return
        try:
            await link.call(*message, priority=Priority.COMFORT)
        except CallFailed as error:
            log.debug("%s: a cost was not shown: %s", cost.station, error)
