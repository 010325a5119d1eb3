"""The doorkeeper: who may come in, at each connection and at each opening handshake.

`gate` counts addresses, `admission` and `standing` decide on what a station shows, `entrance` lets a crowd in a few at
a time; here they are asked one after another, and who is not let in is told why.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from edgegw.stations import admission, metrics, tls, unopened
from edgegw.stations.admission import Refusal
from edgegw.stations.connection import StationConnection
from edgegw.stations.entrance import Entrance
from edgegw.stations.gate import Gate, Limits
from edgegw.stations.knocks import Knocks
from edgegw.stations.links import Links
from edgegw.stations.seldom import Seldom
from edgegw.stations.standing import Standing

if TYPE_CHECKING:
    from edgegw.hub import Hub
    from edgegw.stations.settings import AddressLimits

log = logging.getLogger("edgegw.stations")

MAX_UNKNOWN: Final = 50
"""Stations that the configuration does not name and that may be connected at once: names cost nothing to make up."""

SPARE_CONNECTIONS: Final = 100
"""Connections of one address beyond two for each station: those that are unknown, and who looks for a fault."""


class Doorkeeper:
    """Of one server, also the `connection.Doorkeeper` of its connections."""

    def __init__(
        self, hub: Hub, limits: AddressLimits, standing: Standing, links: Links, knocks: Knocks | None = None
    ) -> None:
        self._hub = hub
        self._limits = limits
        self._standing = standing
        self._links = links
        self._knocks = knocks or Knocks(hub.now)
        self._seldom = Seldom(hub.monotonic)
        self._gate = Gate(Limits(limits.failed_logins, limits.within, limits.refused_for))
        self._crowded: set[str] = set()
        self._entrance = Entrance()

    def opened(self, address: str | None) -> bool:
        """A connection has come from `address`; whether it may stay."""
        if address is None:
            return True
        most = self._limits.connections
        if most is None:
            most = 2 * len(self._hub.site.stations) + SPARE_CONNECTIONS
        if self._gate.opened(address, most):
            self._crowded.discard(address)
            return True
        metrics.REFUSED.labels("crowded").inc()
        if address not in self._crowded:  # once, until there was room again: a flood must not fill the log
            self._crowded.add(address)
            log.warning("%s has %d connections here already (ocpp.limits.connections): no more of it", address, most)
        return False

    def closed(self, address: str | None) -> None:
        """A connection from `address` has gone."""
        if address is not None and not self._gate.closed(address):
            self._crowded.discard(address)

    def knocked(self, address: str | None, begin: bytes, error: Exception | None) -> None:
        """A connection from `address` that began with `begin` never became a websocket, because of `error`."""
        word, text = unopened.why(begin, error)
        metrics.REFUSED.labels(word).inc()
        if self._seldom.is_due(address or "", word):
            log.warning("%s is no station yet: %s", address, text)
        self._knocks.turned_away(None, address or "", word, text)

    async def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """For `process_request` of `websockets`: None lets the station in, when its turn has come."""
        station = self._named(request.path)
        refusal = self._refusal(station, connection, request)
        admission.tidy(request.headers)
        if refusal is None:
            assert isinstance(connection, StationConnection)
            connection.entering = await self._entrance.enter()
            if connection.transport.is_closing():
                connection.entering.over()  # it went while it waited, and nobody else will say so
            return None
        self.turned_away(station, address_of(connection), refusal.reason, refusal.told)
        response = connection.respond(HTTPStatus(refusal.status), refusal.text + "\n")
        if refusal.status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = 'Basic realm="ocpp"'
        if refusal.retry_after_s is not None:
            response.headers["Retry-After"] = f"{refusal.retry_after_s:.0f}"
        return response

    def turned_away(self, station: str | None, address: str | None, reason: str, text: str) -> None:
        """Count and keep it, with a line in the log, that somebody was not let in."""
        metrics.REFUSED.labels(reason).inc()
        log.warning(
            "%s from %s: not let in: %s", station or "nameless", address, text, extra={"CHARGING_STATION": station}
        )
        self._knocks.turned_away(station, address or "", reason, text)

    def handshake_failed(self, address: str, reason: str, text: str) -> None:
        """TLS came to nothing; it has its own counter and line."""
        self._knocks.turned_away(None, address, f"tls_{reason}", text)

    def _named(self, path: str) -> str | None:
        """The station's identity; what stations are given before it is none, unless the file has it."""
        station = admission.station_id(path)
        is_prefix = station is not None and station.lower() == admission.PREFIX
        return None if is_prefix and station not in self._hub.site.stations else station

    def _refusal(self, station: str | None, connection: ServerConnection, request: Request) -> Refusal | None:
        if station is None:
            return Refusal(404, "path", "the URL has to end with the station's identity")
        return self._unknown(station) or self._unproven(station, connection, request)

    def _unknown(self, station: str) -> Refusal | None:
        if station in self._hub.site.stations:
            return None
        seen = self._hub.state.stations.get(station)
        if self._hub.site.unknown_stations == "reject" and (seen is None or seen.admitted is not True):
            return Refusal(404, "unknown", "this station is not known here")
        strangers = self._links.strangers
        if len(strangers) >= MAX_UNKNOWN and station not in strangers:
            return Refusal(503, "too_many_unknown", f"{len(strangers)} unknown stations are here already")
        return None

    def _unproven(self, station: str, connection: ServerConnection, request: Request) -> Refusal | None:
        secured = connection.transport.get_extra_info("ssl_object")
        certificate = secured.getpeercert() if secured is not None else None
        if (at := self._standing.trust.not_before_at()) is not None and tls.expired(certificate, at):
            return Refusal(401, "certificate", "its certificate has expired")
        headers = request.headers.get_all("Authorization")
        proof = admission.Proof(
            tls=secured is not None,
            authorization=headers[0] if len(headers) == 1 else None,
            certificate_names=admission.certificate_names(certificate),
        )
        shown = tls.fingerprint(secured) if secured is not None else None
        shows_password = self._standing.profile(station) in (1, 2) and proof.authorization is not None
        if not shows_password:  # nothing that could be guessed
            return self._standing.refusal(station, proof, shown)
        return self._login(station, proof, shown, address_of(connection) or "")

    def _login(self, station: str, proof: admission.Proof, shown: str | None, address: str) -> Refusal | None:
        now = self._hub.monotonic()
        left_s = self._gate.refused_for_s(address, station, now)
        if left_s > 0:
            text = "too many wrong passwords came from this address"
            return Refusal(429, "too_many_logins", text, retry_after_s=left_s)
        refusal = self._standing.refusal(station, proof, shown)
        if refusal is None:
            self._gate.passed(address, station)
        elif refusal.reason == "password" and self._gate.failed(address, station, now):
            log.warning(
                "too many wrong passwords from %s, refused for %.0f s; the last was for station %s",
                address, self._limits.refused_for, station,
            )  # fmt: skip
        return refusal


def address_of(connection: ServerConnection) -> str | None:
    """Where it comes from, without the port."""
    peer = connection.remote_address
    return str(peer[0]) if peer else None
