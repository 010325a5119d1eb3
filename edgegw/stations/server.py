"""The stations' service: the listeners, and each connection from its handshake to its end.

The `doorkeeper` lets a connection in during its opening handshake; then it lives in a `Link`, one a station, among the
`links`. What is seen of it is written down by the `chronicle`; once it is ready to be called it is visited (`errands`);
`orders` reach it from then on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from websockets.asyncio.server import Server, ServerConnection

from edgegw.core.stations import registration_of
from edgegw.hub import Ending
from edgegw.model.commands import CATALOGUE, Command, Limiting
from edgegw.model.facts import StationQuirkForgotten, StationQuirkLearned, StationRejected, StationSet, VariablesChanged
from edgegw.passed import Passed
from edgegw.stations import admission, availability, errands, listeners, rotation, upgrade
from edgegw.stations.chronicle import Chronicle
from edgegw.stations.codec import Codec, Version
from edgegw.stations.connection import StationConnection
from edgegw.stations.doorkeeper import Doorkeeper, address_of
from edgegw.stations.errands import Visit, limits
from edgegw.stations.limiting import ORDINARY, Limitings
from edgegw.stations.link import Link
from edgegw.stations.links import Links
from edgegw.stations.local_lists import LocalLists
from edgegw.stations.locations import Locate, no_files
from edgegw.stations.orders import Orders
from edgegw.stations.peculiarities import Peculiarities
from edgegw.stations.quirkfiles import Families
from edgegw.stations.rpc import MAX_ACCEPTED_FRAME
from edgegw.stations.standing import Standing, Trust
from edgegw.stations.surroundings import Surroundings, Timing
from edgegw.stations.tariffs import Tariffs
from edgegw.stations.triggers import Triggers
from edgegw.stations.visits import Visits
from edgegw.stations.whole import UNFIT

if TYPE_CHECKING:
    from edgegw.hub import Hub
    from edgegw.stations.settings import OcppSettings, Provision

log = logging.getLogger("edgegw.stations")

DRAIN_S: Final = 5.0
"""How long CALLs in flight may take to be answered when the server stops."""


class StationServer:
    """`run` it, and reach stations through `orders` meanwhile; `links` are those that are connected.

    `around` is what every link finds, by default with the quirks of this machine's drivers. `trust` is by what stations
    prove who they are. `defaults` gives the low lasting limits of a station, EVSE to ampere, which are sent each time
    it becomes ready. `wishes` gives what a station shall be set to; without it all have the site's. `locate` gives
    commands that move a file the URL that they lack. `passed` are sockets that the service manager listens on for it.
    `addresses` are the (address, port) that it listens on.
    """

    name = "stations"

    def __init__(
        self,
        hub: Hub,
        settings: OcppSettings,
        codecs: Mapping[Version, Codec],
        *,
        around: Surroundings | None = None,
        trust: Trust | None = None,
        defaults: Callable[[str], Mapping[int, float]] = lambda station: {},
        wishes: Callable[[str], Provision | None] | None = None,
        locate: Locate = no_files,
        passed: Passed | None = None,
    ) -> None:
        self.addresses: list[tuple[str, int]] = []
        self._hub = hub
        self._settings = settings
        self._codecs = codecs
        self.around = around or Surroundings(
            hub, timing=Timing(call_timeout_s=settings.call_timeout), families=Families()
        )
        self._standing = Standing(hub, trust or Trust())
        self._defaults = defaults
        self._passed = Passed() if passed is None else passed
        self._wishes = wishes or (lambda station: settings.provision)
        self._triggers = Triggers()
        self.visits = Visits()
        self.chronicle = Chronicle(hub, self.visits, self._attend)
        self.links = Links(hub, self._standing, self.chronicle.record)
        self.doorkeeper = Doorkeeper(hub, settings.limits, self._standing, self.links, self.around.knocks)
        self.lists = LocalLists(hub, self.chronicle.record)
        self.tariffs = Tariffs(hub)
        self.limitings = Limitings(hub, self.around.families)
        """How stations take limits."""
        self._limited: dict[str, Limiting] = {}
        """The same as it was when it was last looked at."""
        self.peculiarities = Peculiarities(hub, self.links, self.around.families, self._standing)
        own = {
            "rotate_password": self._rotate_password,
            "send_local_list": lambda link, command, number: self.lists.command(link, number),
            "upgrade_security": self._upgrade_security,
        }
        self.orders = Orders(hub, self.links, locate, own)

    # The service

    async def run(self, started: Callable[[], None]) -> None:
        """Serve until cancelled. Raises OSError or ValueError, in words for an installer, when it cannot listen."""
        servers: list[Server] = []
        loop = asyncio.get_running_loop()
        followers = [
            loop.create_task(self.lists.follow(lambda: self.links), name="stations' lists"),
            loop.create_task(self.tariffs.follow(lambda: self.links), name="stations' price lists"),
            loop.create_task(availability.follow(self._hub, self.links.get), name="stations' availability"),
        ]
        forwarding = self.around.forwarding
        try:
            if forwarding is not None:
                await forwarding.load()
                followers.append(loop.create_task(forwarding.keep(), name="upstream's queue"))
            for follower in followers:
                follower.add_done_callback(_look_at)
            for listen in self._settings.listen:
                server = await listeners.open_port(
                    listen, self._settings, self._standing.trust, self.doorkeeper, self._serve, self._hub.monotonic,
                    self._passed,
                )  # fmt: skip
                servers.append(server)
                self.addresses += [(at[0], at[1]) for at in (socket.getsockname() for socket in server.sockets)]
            for address, port in self._passed.idle(self.addresses):
                log.warning(
                    "edgegw-ocpp.socket listens on %s:%d, and no listener of ocpp.listen is there: who connects to it "
                    "waits in vain; sudo systemctl edit edgegw-ocpp.socket changes it, mask does without",
                    address,
                    port,
                )
            at_station = [name for name, about in CATALOGUE.items() if about.at_station]
            self._hub.carry_out(at_station, self.orders.carry_out)
            self._hub.show_costs_with(self.orders.show_cost)
            if UNFIT is not None:
                log.warning("frames are read by the library alone, which takes longer: %s", UNFIT)
            started()
            await self._heed()
        finally:
            for follower in followers:
                follower.cancel()
            await asyncio.gather(*followers, return_exceptions=True)
            await self._drain(servers)
            if forwarding is not None:
                await forwarding.flush()

    async def _heed(self) -> None:
        """Close the link of a station that may not go on as it came in: it comes back as what is said of it now. Give
        one another default of which something was learned that changes it."""
        async for batch in self._hub.changes():
            for fact in (each.fact for each in batch):
                if isinstance(fact, StationQuirkLearned | StationQuirkForgotten | VariablesChanged):
                    self._renew_default(fact.station)
                if isinstance(fact, StationRejected) or (
                    isinstance(fact, StationSet)
                    and (fact.boot in ("pending", "rejected") or fact.security_profile is not None)
                ):
                    self.links.close([fact.station], "what is said of it was changed")

    async def _drain(self, servers: Sequence[Server]) -> None:
        """Let no one in, let what is in flight be answered, then close what is open with 1012 (service restart)."""
        self.links.stopping = True
        for server in servers:
            server.close(close_connections=False)
        self.visits.cancel()
        links = list(self.links)
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
        await self.visits.ended()

    # A connection

    async def _serve(self, connection: ServerConnection) -> None:
        assert isinstance(connection, StationConnection)
        assert connection.request is not None
        assert connection.entering is not None
        station, address = admission.station_id(connection.request.path), address_of(connection)
        assert station is not None
        codec = self._codec(station, connection)
        if codec is None:
            # The handshake completes without a subprotocol, then the connection ends (OCPP-J 1.6 section 3.2).
            offer = admission.offer(connection.request.headers)
            text = f"it offers no version of OCPP that is spoken here ({offer})"
            self.doorkeeper.turned_away(station, address, "subprotocol", text)
            await connection.close(1002, "no common subprotocol")
            return
        link = Link(connection, station, codec, self.around, self.chronicle, address=address)
        if self.links.has_to_wait(link):
            connection.entering.over()  # for a pong of the other: who knows a name must not close the entrance
        arrived = await self.links.arrive(link)
        connection.entering.over()
        if not arrived:
            text = "another connection with its name is here already, and alive"
            self.around.knocks.turned_away(station, address or "", "connected", text)
            await connection.close(1008, "already connected from another address")
            return
        reason = "gateway stopped"
        if registration_of(self._hub.state, station, self._hub.site) == "accepted":
            connection.protocol.max_message_size = MAX_ACCEPTED_FRAME
        connection.receive_with(link)
        try:
            reason = await link.run()
        finally:
            await self.links.leave(link, "gateway stopped" if self.links.stopping else reason)

    def _codec(self, station: str, connection: ServerConnection) -> Codec | None:
        """The codec of the agreed version. A configured station that offers none at all speaks 1.6: such exist."""
        if connection.subprotocol is not None:
            return self._codecs[admission.SUBPROTOCOLS[connection.subprotocol.lower()]]
        offered = connection.request is not None and "Sec-WebSocket-Protocol" in connection.request.headers
        if offered or station not in self._hub.site.stations:
            return None
        log.warning("%s: offers no websocket subprotocol, taken as OCPP 1.6", station)
        return self._codecs["1.6"]

    # What is done at stations

    def _renew_default(self, station: str) -> None:
        link, found = self.links.get(station), self.limitings.of(station)
        before, self._limited[station] = self._limited.get(station, ORDINARY), found
        if link is not None and link.ready and found != before:
            self.visits.begin(limits.renew(self._visit_of(link)), f"{station} default limits")

    def _attend(self, link: Link) -> None:
        """A station may be called: what is to be done there each time it comes, once more when it says late that it has
        booted. A visit that goes on sees that by itself; a boot that we asked for is none."""
        if link.visited and (link.visiting or self._triggers.is_coming(link, "BootNotification")):
            return
        if link.booted:
            self._triggers.booted(link.station)
        link.visited = link.visiting = True
        link.while_here(self.visits.begin(self._visit(self._visit_of(link)), f"{link.station} errands"))

    def _visit_of(self, link: Link) -> Visit:
        return Visit(
            link, self._hub, self._triggers, self._defaults, self.chronicle.record, self.around.timing.calm_s,
            self._wishes, self.orders.untaken, self.lists, self.tariffs,
        )  # fmt: skip

    async def _visit(self, visit: Visit) -> None:
        try:
            await errands.run(visit)
        finally:
            visit.link.visiting = False

    def renew_lists(self) -> None:
        """The site's list of id tokens, or its prices, may be other ones: stations that are here get them."""
        for link in self.links:
            self.visits.begin(self.tariffs.renew([link]), f"{link.station} price list")
            self.visits.begin(self.lists.renew([link]), f"{link.station} list")

    async def _rotate_password(self, link: Link, command: Command, number: int) -> Ending:
        return await rotation.rotate_and_see(link, command, number, self._standing.trust.keys)

    async def _upgrade_security(self, link: Link, command: Command, number: int) -> Ending:
        trust = self._standing.trust
        means = upgrade.means(self._settings, signs_here=trust.station_ca is not None)
        return await upgrade.upgrade(self.links.get, command, number, self._hub, self._standing, trust.keys, means)


def _look_at(ended: asyncio.Task[None]) -> None:
    """What goes on beside the connections ends by being cancelled; stations are served without it all the same."""
    if not ended.cancelled() and (error := ended.exception()) is not None:
        log.error("no longer looked after until the stations' server starts anew: %s", ended.get_name(), exc_info=error)
