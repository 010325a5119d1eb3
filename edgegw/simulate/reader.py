"""A station's card reader: whose card it is, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgegw.simulate.dialect import Dialect
from edgegw.simulate.link import CallFailed, Refused

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


class Reader:
    """Of one station; it knows the group of each card that has been shown, as far as the gateway has said it."""

    def __init__(self, station: Station, dialect: Dialect) -> None:
        self._station = station
        self._dialect = dialect
        self._groups: dict[str, str] = {}

    async def present(self, token: str, evse: int) -> bool:
        """See `Station.present`."""
        station = self._station
        running = station.transactions.get(evse)
        if running is not None and running.token == token:
            station.stop(evse, "Local")
            return True
        if not await self._may_charge(token):
            return False
        group = self._groups.get(token)
        if group is not None and group == station.settings.get("AuthCtrlr.MasterPassGroupId"):
            for place in list(station.transactions):
                station.stop(place, "MasterPass")
            return False
        running = station.transactions.get(evse)
        if running is not None:
            if group is None or group != self._groups.get(running.token):
                return False
            station.stop(evse, "Local", by=token)
            return True
        if self._reserved_for_another(token, evse):
            return False
        station.begin(token, evse)
        return True

    async def _may_charge(self, token: str) -> bool:
        station = self._station
        if not station.connected or not station.booted:
            return True
        message = self._dialect.authorize(token)
        try:
            answer = await station.connection.call(message.action, message.payload)
        except Refused:
            return False
        except CallFailed:
            return True
        if (group := self._dialect.group(answer)) is not None:
            self._groups[token] = group
        return self._dialect.authorized(answer)

    def _reserved_for_another(self, token: str, evse: int) -> bool:
        """Whether the EVSE is kept for somebody who is neither the token nor of its group."""
        held = [number for number, place in self._station.cabinet.reserved.items() if place == evse]
        return bool(held) and self.reservation(token, evse) is None

    def reservation(self, token: str, evse: int) -> int | None:
        """The number of the reservation that a token may use at an EVSE."""
        cabinet = self._station.cabinet
        for number, place in cabinet.reserved.items():
            kept_for, group = cabinet.reserved_for[number]
            fits = token == kept_for or (group is not None and group == self._groups.get(token))
            if place in (0, evse) and fits:
                return number
        return None
