"""The stations' websocket server: listeners, who is connected, and the way to each of them.

A connection goes through `admission` during its opening handshake and then lives in a `Link`. There is one link a
station; a second connection of the same station replaces the first, which is most often half-open and unaware of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import ssl
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from edgegw.core.commands import target_station
from edgegw.core.cost_display import Cost
from edgegw.hub import Ending
from edgegw.journal.errors import JournalError
from edgegw.model.commands import CATALOGUE, Command, Setpoint, SetpointResult
from edgegw.model.facts import (
    Fact,
    SecurityEvent,
    StationAnsweredAgain,
    StationClockOff,
    StationClockRight,
    StationConnected,
    StationDisconnected,
    StationFellSilent,
    StationQuirkForgotten,
    StationQuirkLearned,
    StationRejected,
    StationSet,
)
from edgegw.stations import admission, availability, costs, errands, execution, metrics, pnc, rotation, tls, upgrade
from edgegw.stations.calls import MUTE_AFTER
from edgegw.stations.codec import Codec, Payload, Version
from edgegw.stations.connection import StationConnection
from edgegw.stations.entrance import Entrance
from edgegw.stations.errands import Visit
from edgegw.stations.errors import CallFailed, StationOffline
from edgegw.stations.gate import Gate, Limits
from edgegw.stations.handshakes import Handshakes
from edgegw.stations.keys import Keys
from edgegw.stations.link import Link, Timing
from edgegw.stations.local_lists import LocalLists
from edgegw.stations.locations import Locate, no_files
from edgegw.stations.pnc import Contracts
from edgegw.stations.quirkfiles import Families
from edgegw.stations.quirks import effects
from edgegw.stations.rpc import MAX_FRAME
from edgegw.stations.skew import News
from edgegw.stations.standing import Standing
from edgegw.stations.taps import Taps
from edgegw.stations.tolerances import Tolerances
from edgegw.stations.triggers import Triggers
from edgegw.stations.turns import Priority

if TYPE_CHECKING:
    from edgegw.hub import Hub
    from edgegw.stations.settings import Listen, OcppSettings, Provision

log = logging.getLogger("edgegw.stations")

DRAIN_S: Final = 5.0
"""How long CALLs in flight may take to be answered when the server stops."""

HANDSHAKE_S: Final = 30.0
"""How long TLS, and then the opening handshake, may take: after a power cut a thousand stations come at once, and a
small machine needs about 20 ms for each handshake with TLS."""

BACKLOG: Final = 1024
"""Connections that the kernel holds until they are accepted; it may hold fewer (net.core.somaxconn)."""

CLOSE_S: Final = 2.0
"""How long the other end may take to answer a closing handshake."""

PROBE_S: Final = 5.0
"""How long a station may take to answer the ping that keeps a second connection out."""

MAX_UNKNOWN: Final = 50
"""Stations that the configuration does not name and that may be connected at once: names cost nothing to make up."""

SPARE_CONNECTIONS: Final = 100
"""Connections of one address beyond two for each station: those that are unknown, and who looks for a fault."""


class StationServer:
    """The stations' service: `run` it, and call stations through it meanwhile.

    `passwords` maps station ids to their basic auth passwords. `defaults` gives the low lasting limits of a station,
    EVSE to ampere, which are sent each time it becomes ready. `not_before_at`: see `SiteClock`. `locate` gives commands
    that move a file the URL that they lack. `wishes` gives what a station shall be set to; without it all have the
    site's. `keys` are the passwords that the gateway makes, `station_ca` is the certificate of its own authority, when
    that signs. `contracts` is asked about the certificates of cars. `families` are the known quirks of stations, by
    default those of this machine's drivers. `tolerances` counts what stations are let off with.
    `addresses` are the (address, port) that it listens on; `taps` show the raw frames of all links to who listens.
    """

    name = "stations"

    def __init__(
        self,
        hub: Hub,
        settings: OcppSettings,
        codecs: Mapping[Version, Codec],
        *,
        passwords: Mapping[str, str] | None = None,
        defaults: Callable[[str], Mapping[int, float]] | None = None,
        timing: Timing | None = None,
        not_before_at: Callable[[], datetime | None] = lambda: None,
        locate: Locate = no_files,
        wishes: Callable[[str], Provision | None] | None = None,
        taps: Taps | None = None,
        keys: Keys | None = None,
        station_ca: Path | None = None,
        contracts: Contracts = pnc.nobody,
        families: Families | None = None,
        tolerances: Tolerances | None = None,
    ) -> None:
        self._hub = hub
        self._keys = keys or Keys()
        self._station_ca = station_ca
        self._contracts = contracts
        self._standing = Standing(hub, passwords or {}, self._keys)
        self._not_before_at = not_before_at
        self._locate = locate
        self._settings = settings
        self._codecs = codecs
        self._defaults = defaults or (lambda station: {})
        self._wishes = wishes or (lambda station: settings.provision)
        self._timing = timing or Timing(call_timeout_s=settings.call_timeout)
        self.untaken: set[tuple[str, int]] = set()
        """(station, EVSE) of those that have refused their low lasting limit, or not been there when it was lowered:
        alone, they may draw what they can."""
        self._links: dict[str, Link] = {}
        self._arrivals: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._visits: set[asyncio.Task[None]] = set()
        limits = settings.limits
        self._gate = Gate(Limits(limits.failed_logins, limits.within, limits.refused_for))
        self._crowded: set[str] = set()
        self._strangers: set[str] = set()
        self._triggers = Triggers()
        self._entrance = Entrance()
        self._lists = LocalLists(hub, self._record)
        self._families = families or Families()
        self._stopping = False
        self.taps = taps or Taps(hub.now)
        self._tolerances = tolerances or Tolerances(hub.now)
        self.addresses: list[tuple[str, int]] = []

    # The service

    async def run(self, started: Callable[[], None]) -> None:
        """Serve until cancelled. Raises OSError or ValueError, in words for an installer, when it cannot listen."""
        servers: list[Server] = []
        loop = asyncio.get_running_loop()
        followers = [
            loop.create_task(self._lists.follow(lambda: list(self._links.values())), name="stations' lists"),
            loop.create_task(availability.follow(self._hub, self._links.get), name="stations' availability"),
        ]
        try:
            for listen in self._settings.listen:
                servers.append(await self._listen(listen))
            self._hub.carry_out([name for name, about in CATALOGUE.items() if about.at_station], self._carry_out)
            self._hub.show_costs_with(self._show_cost)
            started()
            await self._heed()
        finally:
            for follower in followers:
                follower.cancel()
            await asyncio.gather(*followers, return_exceptions=True)
            await self._drain(servers)

    def renew_lists(self) -> None:
        """The site's list of id tokens may be another one: stations that are here get it."""
        for link in self._links.values():
            self._begin(self._lists.renew([link]), link, "list")

    async def _heed(self) -> None:
        """Close the link of a station that may not go on as it came in: it comes back as what is said of it now."""
        async for batch in self._hub.changes():
            for fact in (each.fact for each in batch):
                if isinstance(fact, StationRejected) or (
                    isinstance(fact, StationSet)
                    and (fact.boot in ("pending", "rejected") or fact.security_profile is not None)
                ):
                    self.disconnect([fact.station], "what is said of it was changed")

    async def _listen(self, listen: Listen) -> Server:
        context: ssl.SSLContext | None = None
        if listen.tls is not None:
            second = listen.tls.second
            context = tls.server_context(
                listen.tls.certificate,
                listen.tls.key,
                listen.tls.client_ca,
                second=(second.certificate, second.key) if second is not None else None,
                station_ca=self._station_ca,
                rsa_compat=self._settings.tls_rsa_compat,
                not_before_at=self._not_before_at,
            )
        handshakes = Handshakes(context, HANDSHAKE_S, CLOSE_S, self._hub.monotonic) if context is not None else None
        try:
            server = await serve(
                self._serve,
                listen.address,
                listen.port,
                process_request=self._admit,
                select_subprotocol=_select_subprotocol,
                create_connection=partial(StationConnection, doorkeeper=self, handshakes=handshakes),  # type: ignore[arg-type]
                compression=None,
                backlog=BACKLOG,
                open_timeout=HANDSHAKE_S,
                max_size=MAX_FRAME,
                ping_interval=None,
                close_timeout=CLOSE_S,
                server_header=None,
                logger=logging.getLogger("edgegw.stations.websocket"),
            )
        except OSError as error:
            where = f"{listen.address}:{listen.port}"
            if error.errno == errno.EADDRINUSE:
                raise OSError(error.errno, f"stations can't listen on {where}: the port is in use") from error
            if error.errno in (errno.EADDRNOTAVAIL, None):  # from Python 3.13 on asyncio says it without a number
                text = f"stations can't listen on {where}: this machine has no such address"
                raise OSError(errno.EADDRNOTAVAIL, text) from error
            raise OSError(error.errno, f"stations can't listen on {where}: {error.strerror or error}") from error
        self.addresses += [(bound[0], bound[1]) for bound in (socket.getsockname() for socket in server.sockets)]
        log.info("stations: listening on %s:%d%s", listen.address, listen.port, " with TLS" if context else "")
        return server

    async def _drain(self, servers: Sequence[Server]) -> None:
        """Let no one in, let what is in flight be answered, then close what is open with 1012 (service restart)."""
        self._stopping = True
        for server in servers:
            server.close(close_connections=False)
        for visit in self._visits:
            visit.cancel()
        links = list(self._links.values())
        if links:
            drained = [asyncio.ensure_future(link.drained()) for link in links]
            await asyncio.wait(drained, timeout=DRAIN_S)
            for late in drained:
                late.cancel()
        for link in links:
            link.close(1012, "restart")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await asyncio.gather(*(server.wait_closed() for server in servers))
        await asyncio.gather(*self._visits, return_exceptions=True)

    # Coming in

    def opened(self, address: str | None) -> bool:
        """A connection has come from `address`; whether it may stay. For `connection.Doorkeeper`."""
        if address is None:
            return True
        most = self._settings.limits.connections
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
        """A connection from `address` has gone. For `connection.Doorkeeper`."""
        if address is not None and not self._gate.closed(address):
            self._crowded.discard(address)

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        station = admission.station_id(request.path)
        refusal = self._refusal(station, connection, request)
        if refusal is None:
            assert isinstance(connection, StationConnection)
            connection.entering = await self._entrance.enter()
            if connection.transport.is_closing():
                connection.entering.over()  # it went while it waited, and nobody else will say so
            return None
        metrics.REFUSED.labels(refusal.reason).inc()
        log.warning("%s from %s: not let in: %s", station or "nameless", _address(connection), refusal.text)
        response = connection.respond(HTTPStatus(refusal.status), refusal.text + "\n")
        if refusal.status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = 'Basic realm="ocpp"'
        if refusal.retry_after_s is not None:
            response.headers["Retry-After"] = f"{refusal.retry_after_s:.0f}"
        return response

    def _refusal(self, station: str | None, connection: ServerConnection, request: Request) -> admission.Refusal | None:
        if station is None:
            return admission.Refusal(404, "path", "the URL has to end with the station's identity")
        configured = self._hub.site.stations.get(station)
        if configured is None:
            seen = self._hub.state.stations.get(station)
            if self._hub.site.unknown_stations == "reject" and (seen is None or seen.admitted is not True):
                return admission.Refusal(404, "unknown", "this station is not known here")
            if len(self._strangers) >= MAX_UNKNOWN and station not in self._strangers:
                text = f"{len(self._strangers)} unknown stations are here already"
                return admission.Refusal(503, "too_many_unknown", text)
        secured = connection.transport.get_extra_info("ssl_object")
        certificate = secured.getpeercert() if secured is not None else None
        if (at := self._not_before_at()) is not None and tls.expired(certificate, at):
            return admission.Refusal(401, "certificate", "its certificate has expired")
        headers = request.headers.get_all("Authorization")
        proof = admission.Proof(
            tls=secured is not None,
            authorization=headers[0] if len(headers) == 1 else None,
            certificate_names=admission.certificate_names(certificate),
        )
        shown = tls.fingerprint(secured) if secured is not None else None
        if (
            self._standing.profile(station) not in (1, 2) or proof.authorization is None
        ):  # nothing that could be guessed
            return self._standing.refusal(station, proof, shown)
        return self._login(station, proof, shown, _address(connection) or "")

    def _login(self, station: str, proof: admission.Proof, shown: str | None, address: str) -> admission.Refusal | None:
        now = self._hub.monotonic()
        left_s = self._gate.refused_for_s(address, station, now)
        if left_s > 0:
            text = "too many wrong passwords came from this address"
            return admission.Refusal(429, "too_many_logins", text, retry_after_s=left_s)
        refusal = self._standing.refusal(station, proof, shown)
        if refusal is None:
            self._gate.passed(address, station)
        elif refusal.reason == "password" and self._gate.failed(address, station, now):
            log.warning(
                "%s: too many wrong passwords, refused for %.0f s; the last was for %s",
                address, self._settings.limits.refused_for, station,
            )  # fmt: skip
        return refusal

    def _codec(self, station: str, connection: ServerConnection) -> Codec | None:
        """The codec of the agreed version. A configured station that offers none at all speaks 1.6: such exist."""
        if connection.subprotocol is not None:
            return self._codecs[admission.SUBPROTOCOLS[connection.subprotocol]]
        offered = connection.request is not None and "Sec-WebSocket-Protocol" in connection.request.headers
        if offered or station not in self._hub.site.stations:
            return None
        log.warning("%s: offers no websocket subprotocol, taken as OCPP 1.6", station)
        return self._codecs["1.6"]

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        station = admission.station_id(connection.request.path)
        assert station is not None
        codec = self._codec(station, connection)
        if codec is None:
            # The handshake completes without a subprotocol, then the connection ends (OCPP-J 1.6 section 3.2).
            metrics.REFUSED.labels("subprotocol").inc()
            log.warning("%s from %s: offers no version of OCPP that is spoken here", station, _address(connection))
            await connection.close(1002, "no common subprotocol")
            return
        link = Link(
            connection,
            station,
            codec,
            self._hub,
            configured=self._hub.site.stations.get(station),
            address=_address(connection),
            timing=self._timing,
            on_ready=self._became_ready,
            on_answer=self._answered,
            contracts=self._contracts,
            taps=self.taps,
            families=self._families,
            on_learned=self._learned,
            on_clock=self._clock_changed,
            tolerances=self._tolerances,
        )
        assert isinstance(connection, StationConnection)
        assert connection.entering is not None
        older = self._links.get(station)
        if older is not None and self._must_give_way(link, older):
            connection.entering.over()  # it waits for a pong of the other: who knows a name must not close the entrance
        arrived = await self._arrive(link)
        connection.entering.over()
        if not arrived:
            await connection.close(1008, "already connected from another address")
            return
        reason = "gateway stopped"
        connection.receiver = link
        try:
            reason = await link.run()
        finally:
            await self._leave(link, "gateway stopped" if self._stopping else reason)

    async def _arrive(self, link: Link) -> bool:
        """Make `link` the station's; False when the one that it has is alive and the new one proves nothing."""
        async with self._arrivals.setdefault(link.station, asyncio.Lock()):
            if self._stopping:
                return False
            older = self._links.get(link.station)
            facts: list[Fact] = []
            now = self._hub.now()
            if older is not None:
                if self._must_give_way(link, older) and await older.is_alive(PROBE_S):
                    metrics.REFUSED.labels("connected").inc()
                    detail = f"a second connection, from {link.address}, was refused"
                    log.warning("%s: %s", link.station, detail)
                    if not older.doubted:
                        older.doubted = True
                        await self._record(
                            SecurityEvent(station=link.station, at=now, kind="second_connection", detail=detail)
                        )
                    return False
                older.replaced = True
                older.close(1000, "replaced by a new connection")
                facts += _gone(older, now, "replaced")
            self._links[link.station] = link
            if link.station in self._hub.site.stations:
                self._strangers.discard(link.station)
            else:
                self._strangers.add(link.station)
            metrics.CONNECTED.set(len(self._links))
            facts.append(StationConnected(station=link.station, at=now, ocpp=link.codec.version, address=link.address))
            facts += self._standing.arrived(link.station)
            await self._record(*facts)
            log.info("%s: connected from %s, OCPP %s", link.station, link.address, link.codec.version)
            return True

    def _must_give_way(self, newer: Link, older: Link) -> bool:
        """Whoever knows a station's name can connect as a station of profile 0, so a stranger must not push it out."""
        proven = self._standing.profile(newer.station) > 0
        return not proven and newer.address != older.address and not older.closed

    async def _leave(self, link: Link, reason: str) -> None:
        if link.replaced:
            return
        async with self._arrivals.setdefault(link.station, asyncio.Lock()):
            if link.replaced:
                return
            del self._links[link.station]
            self._strangers.discard(link.station)
            metrics.CONNECTED.set(len(self._links))
            log.info("%s: disconnected: %s", link.station, reason)
            await self._record(*_gone(link, self._hub.now(), reason))

    async def _record(self, *facts: Fact) -> None:
        try:
            await self._hub.record(*facts)
        except JournalError as error:
            # A full disk must not cost the connection: the station's own frames will be refused until there is room.
            log.error("connections can't be written down: %s", error)

    # Going out

    @property
    def connected(self) -> frozenset[str]:
        """Stations with a live connection."""
        return frozenset(station for station, link in self._links.items() if not link.closed)

    async def call(
        self, station: str, action: str, payload: Mapping[str, Any], timeout_s: float | None = None
    ) -> Payload:
        """Send any CALL of the station's own version; the payload of its CALLRESULT.

        Raises the errors of `edgegw.stations.errors`: StationOffline, StationBusy and InvalidCall when nothing was
        sent, StationError for a CALLERROR, NoAnswer when none came.
        """
        return await self._link(station).call(action, payload, timeout_s)

    async def apply_setpoint(self, setpoint: Setpoint) -> SetpointResult:
        """Give an EVSE its limit. Never raises; offline, refused or silent is the reason of the result."""
        try:
            return await execution.hold(self._link(setpoint.station), setpoint)
        except StationOffline as error:
            return SetpointResult(setpoint, accepted=False, reason=str(error))

    async def set_default_limit(
        self, station: str, evse: int, limit_a: float, before_a: float | None = None
    ) -> SetpointResult:
        """Store a lasting default limit in the station, which holds `before_a` until now. Never raises."""
        try:
            link = self._link(station)
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

    def disconnect(self, stations: Iterable[str], reason: str) -> None:
        """Close the connections of these stations; they come back as what the site says they are now."""
        for station in stations:
            if (link := self._links.get(station)) is not None:
                log.info("%s: disconnected by the gateway: %s", station, reason)
                link.close(1012, reason)

    async def _show_cost(self, cost: Cost) -> None:
        """Tell a station what a charge costs. What does not reach it is told again with the next change."""
        link = self._links.get(cost.station)
        message = costs.message(link.codec.version, cost) if link is not None and link.ready else None
        if link is None or message is None:
            return
        try:
            await link.call(*message, priority=Priority.COMFORT)
        except CallFailed as error:
            log.debug("%s: a cost was not shown: %s", cost.station, error)

    def _link(self, station: str) -> Link:
        link = self._links.get(station)
        if link is None or link.closed or self._stopping:
            raise StationOffline(f"{station} is not connected")
        return link

    async def _carry_out(self, command: Command, number: int) -> Ending:
        station = target_station(self._hub.state, command.args)
        try:
            link = self._link(station) if station is not None else None
        except StationOffline as error:
            return Ending("failed", str(error), None)
        if link is None:
            return Ending("rejected", "what the command names is over", None)
        if command.name == "rotate_password":
            return await rotation.rotate(link, command, number, self._keys)
        if command.name == "upgrade_security":
            means = upgrade.means(self._settings, signs_here=self._station_ca is not None)
            return await upgrade.upgrade(self._links.get, command, number, self._hub, self._standing, self._keys, means)
        if command.name == "send_local_list":
            return await self._lists.command(link, number)
        try:
            located = await self._locate(command)
        except ValueError as no:
            return Ending("rejected", str(no), None)
        return await execution.carry_out(link, located, number)

    def _became_ready(self, link: Link) -> None:
        if link.booted:
            self._triggers.booted(link.station)
        visit = Visit(
            link, self._hub, self._triggers, self._defaults, self._record, self._timing.calm_s, self._wishes,
            self.untaken, self._lists,
        )  # fmt: skip
        link.while_here(self._begin(errands.run(visit), link, "errands"))

    def _answered(self, link: Link) -> None:
        seen = self._hub.state.stations.get(link.station)
        if seen is not None and seen.silent_since is not None:
            log.info("%s: answers again", link.station)
            self._begin(self._record(StationAnsweredAgain(station=link.station, at=self._hub.now())), link, "answers")

    def peculiar(self, station: str) -> dict[str, Any]:
        """What is known of a station's quirks and clock, connected or not, as plain values to show."""
        state, configured = self._hub.state, self._hub.site.stations.get(station)
        named = configured.quirks if configured is not None else None
        learned = state.quirks.get(station)
        seen, link = state.stations.get(station), self._links.get(station)
        quirk = self._families.quirk(named, seen, learned)
        known = {each.quirk: each for each in (learned.learned if learned is not None else ())}
        skew_s = link.clock.skew_s if link is not None else seen.skew_s if seen is not None else None
        return {
            "quirks": {
                "named": named,
                "recognised": [name for name in quirk.names if name not in known],
                "learned": [{"quirk": each.quirk, "at": each.at, "evidence": each.evidence} for each in known.values()],
                "effects": effects(quirk),
                "notes": list(quirk.notes),
            },
            "skew_s": None if skew_s is None else round(skew_s, 1),
        }

    async def forget(self, station: str, quirk: str, by: str) -> bool:
        """Take back what was learned of a station; False when no such thing was. Raises JournalError."""
        learned = self._hub.state.quirks.get(station)
        if learned is None or all(each.quirk != quirk for each in learned.learned):
            return False
        await self._hub.record(StationQuirkForgotten(station=station, at=self._hub.now(), quirk=quirk, by=by))
        if (link := self._links.get(station)) is not None:
            link.peculiar.forgot(quirk)
        return True

    def _learned(self, link: Link, quirk: str, evidence: str) -> None:
        seen = self._hub.state.stations.get(link.station)
        fact = StationQuirkLearned(
            station=link.station, at=self._hub.now(), quirk=quirk, evidence=evidence,
            model=seen.model if seen is not None else None, firmware=seen.firmware if seen is not None else None,
        )  # fmt: skip
        self._begin(self._record(fact), link, "learned")

    def _clock_changed(self, link: Link, news: News) -> None:
        where: dict[str, Any] = {"station": link.station, "at": self._hub.now(), "skew_s": news.skew_s}
        if news.fault is None:
            log.info("%s: its clock is right again", link.station)
            self._begin(self._record(StationClockRight(**where)), link, "clock")
        else:
            log.warning("%s: its clock is %+.0f s off (%s); its times are put right", link.station, *news)
            self._begin(self._record(StationClockOff(**where, fault=news.fault)), link, "clock")

    def _begin(self, work: Coroutine[Any, Any, None], link: Link, what: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=f"{link.station} {what}")
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)
        return task


def _gone(link: Link, at: datetime, reason: str) -> list[Fact]:
    """The end of a connection, and what it says of the station."""
    facts: list[Fact] = [StationDisconnected(station=link.station, at=at, reason=reason)]
    if link.fell_silent:
        facts.append(StationFellSilent(station=link.station, at=at, calls=MUTE_AFTER))
    return facts


def _select_subprotocol(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    chosen = admission.choose_subprotocol(offered)
    return Subprotocol(chosen) if chosen is not None else None


def _address(connection: ServerConnection) -> str | None:
    peer = connection.remote_address
    return str(peer[0]) if peer else None
