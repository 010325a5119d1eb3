"""The ports where stations connect, with TLS or without."""

from __future__ import annotations

import errno
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from edgegw.passed import Passed
from edgegw.stations import admission, tls
from edgegw.stations.connection import StationConnection
from edgegw.stations.doorkeeper import Doorkeeper
from edgegw.stations.handshakes import Handshakes
from edgegw.stations.rpc import MAX_FRAME
from edgegw.stations.standing import Trust

if TYPE_CHECKING:
    from edgegw.stations.settings import Listen, OcppSettings

log = logging.getLogger("edgegw.stations")

HANDSHAKE_S: Final = 30.0
"""How long TLS, and then the opening handshake, may take: after a power cut a thousand stations come at once, and a
small machine needs about 20 ms for each handshake with TLS."""

BACKLOG: Final = 1024
"""Connections that the kernel holds until they are accepted; it may hold fewer (net.core.somaxconn)."""

CLOSE_S: Final = 2.0
"""How long the other end may take to answer a closing handshake."""


async def open_port(
    listen: Listen,
    settings: OcppSettings,
    trust: Trust,
    doorkeeper: Doorkeeper,
    serve_one: Callable[[ServerConnection], Awaitable[None]],
    monotonic: Callable[[], float],
    passed: Passed,
) -> Server:
    """Listen, and have `serve_one` serve each connection that is let in, at a socket of `passed` if one is there.
    Raises OSError or ValueError, in words for an installer."""
    context = _context(listen, settings, trust)
    handshakes = None
    if context is not None:
        handshakes = Handshakes(context, HANDSHAKE_S, CLOSE_S, monotonic, doorkeeper.handshake_failed)
    taken = passed.duplicate(listen.address, listen.port)
    at = {"host": listen.address, "port": listen.port, "backlog": BACKLOG} if taken is None else {"sock": taken}
    try:
        server = await serve(
            serve_one,
            **at,
            process_request=doorkeeper.admit,
            select_subprotocol=_select_subprotocol,
            create_connection=partial(StationConnection, doorkeeper=doorkeeper, handshakes=handshakes),  # type: ignore[arg-type]
            compression=None,
            open_timeout=HANDSHAKE_S,
            max_size=MAX_FRAME,
            ping_interval=None,
            close_timeout=CLOSE_S,
            server_header=None,
            logger=logging.getLogger("edgegw.stations.websocket"),
        )
    except OSError as error:
        if taken is not None:
            taken.close()
        raise _in_words(error, listen, passed) from error
    how = f"{' with TLS' if context else ''}{', where connections wait while no gateway runs' if taken else ''}"
    log.info("stations: listening on %s:%d%s", listen.address, listen.port, how)
    return server


def _context(listen: Listen, settings: OcppSettings, trust: Trust) -> ssl.SSLContext | None:
    if listen.tls is None:
        return None
    second = listen.tls.second
    return tls.server_context(
        listen.tls.certificate,
        listen.tls.key,
        listen.tls.client_ca,
        second=(second.certificate, second.key) if second is not None else None,
        station_ca=trust.station_ca,
        rsa_compat=settings.tls_rsa_compat,
        not_before_at=trust.not_before_at,
    )


def _select_subprotocol(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    chosen = admission.choose_subprotocol(offered)
    return Subprotocol(chosen) if chosen is not None else None


def _in_words(error: OSError, listen: Listen, passed: Passed) -> OSError:
    where = f"{listen.address}:{listen.port}"
    if error.errno == errno.EADDRINUSE:
        if held := passed.with_port(listen.port):
            hint = "give both the same address: sudo systemctl edit edgegw-ocpp.socket"
            text = f"stations can't listen on {where}: edgegw-ocpp.socket has the port, at {held[0]}:{held[1]}; {hint}"
            return OSError(error.errno, text)
        return OSError(error.errno, f"stations can't listen on {where}: the port is in use")
    if error.errno in (errno.EADDRNOTAVAIL, None):  # from Python 3.13 on asyncio says it without a number
        return OSError(errno.EADDRNOTAVAIL, f"stations can't listen on {where}: this machine has no such address")
    return OSError(error.errno, f"stations can't listen on {where}: {error.strerror or error}")
