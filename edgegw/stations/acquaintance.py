"""What is known of the station at the other end of a link while it lasts: who it is, how it is, and what it may."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from edgegw.core.security import is_kept_out
from edgegw.core.stations import registration_of
from edgegw.model.requests import BootAnswer
from edgegw.model.value import changed
from edgegw.stations import timing
from edgegw.stations.codec import Incoming, Payload, Peer
from edgegw.stations.known import Limits, known_of
from edgegw.stations.looks import Looks
from edgegw.stations.peculiar import Peculiar
from edgegw.stations.quirks import Quirk

if TYPE_CHECKING:
    from edgegw.stations.surroundings import Surroundings, Witness


class Acquaintance:
    """The gateway's acquaintance with `station` over one connection.

    A station that the configuration does not name is served only its BootNotification until it is accepted. `clock` is
    the station's clock as far as it can be told, `limits` what it has accepted on this connection.
    """

    def __init__(self, station: str, around: Surroundings, witness: Witness) -> None:
        hub, configured = around.hub, around.hub.site.stations.get(station)
        self.station = station
        self._hub = hub
        self._witness = witness
        self._evses = configured.evses if configured else ()
        self._reports_phases = configured.reports_phases if configured else None
        self._looks = Looks(hub, station)
        self.peculiar = Peculiar(hub, station, configured, around.families, self._looks.active, witness)
        self.clock = self.peculiar.clock()
        self.limits = Limits(hub.monotonic)
        self._known = known_of(hub, station, self._evses, self.limits)
        self._site = hub.site
        self._peer: Peer | None = None
        """As it was made last, for as long as nothing but the time changes."""
        is_known = registration_of(hub.state, station, hub.site) == "accepted"
        self._admitted = is_known and not is_kept_out(hub.site, hub.state.stations.get(station))

    def may_be_served(self) -> bool:
        """Whether it has been accepted, by its boot or by somebody since."""
        if not self._admitted:
            state = self._hub.state.stations.get(self.station)
            is_accepted = state is not None and state.registration == "accepted" and state.admitted is not False
            self._admitted = is_accepted and not is_kept_out(self._hub.site, state)
        return self._admitted

    def booted(self, answer: BootAnswer) -> None:
        """Its boot was answered."""
        self._admitted = answer.status == "accepted"
        if answer.status != "rejected" and self.clock.skew_s is None:
            self.clock = self.peculiar.clock()  # now it is known of which family it is

    def dated(self, action: str, payload: Payload, incoming: Incoming, *, fresh: bool) -> Incoming:
        """Hold the station's clock against ours, which only tells while ours is set, and put its times right.
        `fresh`: the CALL has not waited here."""
        if self._hub.clock.state == "unsynced":
            return incoming
        now = self._hub.now()
        told = timing.present(action, payload)
        if told is not None and fresh:
            news = self.clock.tell(told, now)
            if news is not None:
                self._witness.clock_changed(self.station, news)
        return timing.put_right(incoming, payload, self.clock, now)

    def peer(self) -> Peer:
        """The station as a codec sees it, now."""
        peer, site, quirk, now = self._peer, self._hub.site, self.peculiar.quirk, self._hub.now()
        if peer is None or peer.quirk is not quirk or site is not self._site:
            self._site = site
            peer = self._peer = self._made(quirk, now)
        return changed(peer, now=now)

    def _made(self, quirk: Quirk, now: datetime) -> Peer:
        peculiar, looks = self.peculiar, self._looks
        return Peer(
            self.station, self._evses, self._reports_phases, looks.active, looks.by_reference, now,
            reservation=looks.reservation, reserved_as=looks.reserved_as, local_list=looks.local_list,
            variable=looks.variable, transaction=looks.transaction, group=looks.group, cost=looks.cost,
            known=self._known, quirk=quirk, meanings=peculiar.meanings, lasting_a=peculiar.lasting_a.get,
            volts=peculiar.volts,
        )  # fmt: skip
