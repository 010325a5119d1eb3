"""What a codec may look up of a station in the hub's state: the other side of `codec.Peer`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from edgegw.core.authorize import group_of
from edgegw.core.local_list import effective, status_of
from edgegw.core.variables import key_of
from edgegw.model.state import ListedToken, Reservation, Transaction
from edgegw.stations.codec import ListEntry

if TYPE_CHECKING:
    from edgegw.hub import Hub


class Looks:
    """Each at what is so when it is asked."""

    __slots__ = ("_hub", "_station")

    def __init__(self, hub: Hub, station: str) -> None:
        self._hub = hub
        self._station = station

    def active(self, evse: int) -> Transaction | None:
        state = self._hub.state
        key = state.at_evse.get((self._station, evse))
        return state.transactions.get(key) if key is not None else None

    def by_reference(self, reference: str) -> Transaction | None:
        state = self._hub.state
        key = state.by_reference.get((self._station, reference))
        return state.transactions.get(key) if key is not None else None

    def transaction(self, id: str) -> Transaction | None:
        known = self._hub.state.transactions.get(id)
        return known if known is not None and known.station == self._station else None

    def group(self, id_token: str) -> str | None:
        return group_of(self._hub.state, self._hub.site, id_token)

    def reservation(self, id: str) -> Reservation | None:
        held = self._hub.state.reservations.get(id)
        return held if held is not None and held.station == self._station else None

    def reserved_as(self, number: int) -> Reservation | None:
        held = self._hub.state.reservations.values()
        return next((row for row in held if (row.station, row.number) == (self._station, number)), None)

    def local_list(self) -> Iterator[ListEntry]:
        now = self._hub.now()
        for row in effective(self._hub.state, self._hub.site):
            expires_at = row.expires_at if isinstance(row, ListedToken) else None
            yield ListEntry(row.id_token, status_of(row, now), row.group, row.language, expires_at)

    def variable(self, component: str, variable: str, instance: str | None) -> str | None:
        row = self._hub.state.variables.get(key_of(self._station, component, variable, instance))
        return row.value if row is not None else None

    def cost(self, transaction: str) -> str | None:
        return self._hub.cost_so_far(transaction)
