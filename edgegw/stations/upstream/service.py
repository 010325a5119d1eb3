"""Keeps a connection to the other CSMS for each station that is here, or of which there is something to tell."""

from __future__ import annotations

import asyncio
import base64
import logging
import random
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from edgegw.stations.rpc import MAX_FRAME, one_line
from edgegw.stations.upstream import metrics
from edgegw.stations.upstream.pace import UpstreamPace
from edgegw.stations.upstream.presence import UpstreamPresence
from edgegw.stations.upstream.wire import Gone, UpstreamWire

if TYPE_CHECKING:
    from edgegw.stations.settings import Upstream as Settings
    from edgegw.stations.settings import UpstreamTls
    from edgegw.stations.upstream.forwarding import Forwarding

log = logging.getLogger("edgegw.stations.upstream")

OPEN_S: Final = 20.0
CLOSE_S: Final = 2.0
PING_EVERY_S: Final = 60.0
SPREAD_S: Final = 0.05
"""A hundred stations that connect at once do so over this many seconds each."""
LASTED_S: Final = 60.0
"""A connection of at least this long was a good one: the next pause is short again."""


class Upstream:
    """The service. `password` reads the password that a station has at that CSMS, None for none, at each connection;
    it raises ValueError, in words, where there should be one."""

    name = "upstream"

    def __init__(
        self,
        forwarding: Forwarding,
        settings: Settings,
        password: Callable[[str], str | None],
        pace: UpstreamPace | None = None,
    ) -> None:
        self._forwarding = forwarding
        self._settings = settings
        self._password = password
        self._pace = pace or UpstreamPace()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self, started: Callable[[], None]) -> None:
        """Serve until cancelled. Raises ValueError, in words for an installer, for certificates that can't be used."""
        context = tls_context(self._settings)
        self._forwarding.came = lambda presence: self._begin(presence, context)
        for presence in tuple(self._forwarding.presences.values()):
            self._begin(presence, context)
        started()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._forwarding.came = lambda presence: None
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            await self._forwarding.flush()

    def _begin(self, presence: UpstreamPresence, context: ssl.SSLContext | None) -> None:
        task = asyncio.get_running_loop().create_task(
            self._keep(presence, context), name=f"{presence.station} upstream"
        )
        self._tasks[presence.station] = task

    async def _keep(self, presence: UpstreamPresence, context: ssl.SSLContext | None) -> None:
        """Connect whenever there is a reason to, with longer pauses the longer it does not work."""
        loop = asyncio.get_running_loop()
        pause_s = self._pace.first_pause_s
        await asyncio.sleep(random.uniform(0, SPREAD_S * len(self._forwarding.presences)))  # noqa: S311 (no secret)
        while True:
            while not presence.wanted:
                presence.woken.clear()
                await presence.woken.wait()
            began = loop.time()
            trouble = None
            try:
                await self._present(presence, context)
            except (OSError, InvalidHandshake, InvalidURI, ValueError, Gone, ConnectionClosed) as error:
                trouble = why(error, secure=context is not None)
            except Exception as error:
                log.exception("%s: presenting it upstream failed", presence.station)
                trouble = type(error).__name__
            if trouble is None:
                continue
            if presence.trouble != trouble:
                log.warning("%s: upstream is away: %s", presence.station, trouble)
            presence.trouble = trouble
            if loop.time() - began >= LASTED_S:
                pause_s = self._pace.first_pause_s
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 (so that not all come at once)
            pause_s = min(2 * pause_s, self._pace.longest_pause_s)

    async def _present(self, presence: UpstreamPresence, context: ssl.SSLContext | None) -> None:
        assert presence.version is not None
        version, station, headers = presence.version, presence.station, {}
        password = await asyncio.to_thread(self._password, station)
        if password is not None:
            secret = base64.b64encode(f"{station}:{password}".encode()).decode()
            headers["Authorization"] = f"Basic {secret}"
        try:
            async with connect(
                self._settings.url.replace("{station}", quote(station, safe="")),
                subprotocols=[Subprotocol(f"ocpp{version}")],
                additional_headers=headers,
                ssl=context,
                compression=None,
                open_timeout=OPEN_S,
                close_timeout=CLOSE_S,
                ping_interval=PING_EVERY_S,
                ping_timeout=PING_EVERY_S / 2,
                max_size=MAX_FRAME,
                user_agent_header=None,
                proxy=None,
                logger=logging.getLogger("edgegw.stations.websocket"),
            ) as websocket:
                metrics.CONNECTS.labels("opened").inc()
                if websocket.subprotocol != f"ocpp{version}":
                    raise Gone(f"it does not speak OCPP {version}")
                await presence.live(UpstreamWire(websocket, version))
        except (OSError, InvalidHandshake, InvalidURI):
            metrics.CONNECTS.labels("failed").inc()
            raise


def why(error: BaseException, *, secure: bool = False) -> str:
    """What ended a connection, or kept it from beginning, in words; never the URL, and no header."""
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        return f"it refuses the connection with HTTP {status}" + (": the password is wrong" if status == 401 else "")
    if isinstance(error, InvalidMessage):  # a certificate that is missing is told of when TLS 1.3 is all set up
        hint = " (does it ask for a certificate? ocpp.upstream.tls)" if secure else ""
        return f"it ended the connection, or is no websocket server{hint}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {one_line(error.verify_message, 80)}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS connection: {one_line(str(error.reason), 80)}"
    if isinstance(error, TimeoutError):
        return "no answer to the connection"
    if isinstance(error, OSError):
        return one_line(error.strerror or str(error), 120)
    return one_line(str(error) or type(error).__name__, 120)


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """For wss://, None for ws://. Raises ValueError with the file that can't be used."""
    if not settings.url.startswith("wss:"):
        return None
    files: UpstreamTls | None = settings.tls
    try:
        context = ssl.create_default_context(cafile=files.ca if files is not None else None)
    except OSError as error:
        raise ValueError(f"ocpp.upstream.tls.ca: {files.ca if files else ''}: {error.strerror or error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if files is not None and files.certificate is not None:
        try:
            context.load_cert_chain(files.certificate, files.key)
        except OSError as error:
            raise ValueError(f"ocpp.upstream.tls: {files.certificate}: {error.strerror or error}") from error
    return context
