"""TLS handshakes with stations, and why one failed: asyncio's own servers tell nobody.

So a listener takes plain sockets, and this brings TLS in. A failure is counted by its reason and has a line in the log,
in words, at most one a minute of each address and reason: a station that fails comes back every few seconds for ever.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import types
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Final, TypeVar, cast

from edgegw.stations import metrics
from edgegw.stations.seldom import Seldom

T = TypeVar("T")

log = logging.getLogger("edgegw.stations")

_WORDS: Final = {
    "CERTIFICATE_VERIFY_FAILED": ("client_certificate", "its certificate is not accepted: {detail}"),
    "UNSUPPORTED_PROTOCOL": ("version", "it speaks no TLS of 1.2 or newer"),
    "VERSION_TOO_LOW": ("version", "it speaks no TLS of 1.2 or newer"),
    "WRONG_VERSION_NUMBER": ("version", "it speaks no TLS of 1.2 or newer, or none at all"),
    "NO_SHARED_CIPHER": ("cipher", "it offers no cipher that fits; an old station may need ocpp.tls_rsa_compat"),
    "NO_SUITABLE_SIGNATURE_ALGORITHM": ("cipher", "it knows no signature of the gateway's certificate's kind"),
    "HTTP_REQUEST": ("plain", "it speaks without TLS to a port with TLS: its URL begins with ws:// instead of wss://"),
    "HTTPS_PROXY_REQUEST": ("plain", "it takes the gateway for a proxy"),
    "TLSV1_ALERT_UNKNOWN_CA": ("server_certificate", "it does not trust the root of the gateway's certificate"),
    "SSLV3_ALERT_BAD_CERTIFICATE": ("server_certificate", "it does not accept the gateway's certificate"),
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": ("server_certificate", "it does not accept the gateway's certificate"),
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": ("server_certificate", "for it the gateway's certificate has expired"),
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": ("server_certificate", "it can't use a certificate of the gateway's kind"),
    "TLSV1_ALERT_PROTOCOL_VERSION": ("version", "it wants another version of TLS"),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": ("cipher", "it finds no cipher that fits"),
}
"""OpenSSL's reason -> the word for the counter, and the text. The names with SSLV3 and TLSV1 are those of alerts, which
go by the version that brought them, not by the one that is spoken."""


def why(error: BaseException) -> tuple[str, str]:
    """(word for the counter, text) of a handshake that ended with `error`."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "client_certificate", f"its certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        reason = error.reason or "UNKNOWN"
        word, text = _WORDS.get(_renamed(reason), ("other", reason.replace("_", " ").lower()))
        return word, text
    if isinstance(error, TimeoutError) or "is taking longer" in str(error):
        return "silent", "it did not end the handshake in time"
    return "gone", "it hung up during the handshake; most often it does not accept the gateway's certificate"


def _renamed(reason: str) -> str:
    """OpenSSL 3.x writes the prefix of an alert in either way."""
    return reason.replace("SSL/TLS_ALERT_", "SSLV3_ALERT_").replace("TLSV13_ALERT_", "TLSV1_ALERT_")


class Securable(asyncio.Protocol):
    """What waits for TLS: it keeps what comes before, and gives it away once."""

    @abstractmethod
    def taken_over(self) -> bytes: ...


def _feed(transport: asyncio.Transport, early: bytes) -> None:
    if early:
        tls = cast("asyncio.BufferedProtocol", transport.get_protocol())
        buffer = tls.get_buffer(len(early))
        buffer[: len(early)] = early  # type: ignore[index]
        tls.buffer_updated(len(early))


class Handshakes:
    """Of one listener. `monotonic` tells the seconds. `on_failed` is told the address of each that failed, the word for
    the counter and the text."""

    def __init__(
        self,
        context: ssl.SSLContext,
        within_s: float,
        closing_s: float,
        monotonic: Callable[[], float],
        on_failed: Callable[[str, str, str], None] = lambda address, word, text: None,
    ) -> None:
        self._context = context
        self._within_s = within_s
        self._closing_s = closing_s
        self._seldom = Seldom(monotonic)
        self._on_failed = on_failed
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, connection: Securable, transport: asyncio.BaseTransport) -> None:
        """Do the handshake on a socket that has just come; at its end `connection` gets the transport inside TLS."""
        # A cast, as uvloop's transports are none of asyncio's by birth.
        task = asyncio.get_running_loop().create_task(self._do(connection, cast("asyncio.Transport", transport)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do(self, connection: Securable, transport: asyncio.Transport) -> None:
        peer, loop = transport.get_extra_info("peername"), asyncio.get_running_loop()
        early = connection.taken_over()
        securing = begun(
            loop.start_tls(
                transport, connection, self._context, server_side=True,
                ssl_handshake_timeout=self._within_s, ssl_shutdown_timeout=self._closing_s,
            )
        )  # fmt: skip
        # uvloop reads before a task of the loop gets its turn. What it has read goes in behind the beginning of TLS,
        # which stands in the loop's queue by now, and before anything else can be read.
        loop.call_soon(_feed, transport, early)
        try:
            secured = await securing
        except (OSError, EOFError) as error:
            transport.abort()
            self._failed(str(peer[0]) if peer else "nobody", error)
            return
        except BaseException:
            transport.abort()
            raise
        if secured is not None:
            connection.connection_made(secured)

    def _failed(self, address: str, error: BaseException) -> None:
        word, text = why(error)
        metrics.HANDSHAKES.labels(word).inc()
        self._on_failed(address, word, text)
        if self._seldom.is_due(address, word):
            log.warning("TLS with %s failed: %s", address, text)


def begun(work: Coroutine[Any, Any, T]) -> Awaitable[T]:
    """`work`, run up to where it first waits; to be awaited for the rest. What Python 3.12 calls an eager task."""
    try:
        first = work.send(None)
    except StopIteration as end:
        return _ended(end.value)
    return _rest(work, first)


async def _ended(result: T) -> T:
    return result


@types.coroutine
def _rest(work: Coroutine[Any, Any, T], waits: Any) -> Generator[Any, Any, T]:
    while True:
        try:
            try:
                sent = yield waits
            except BaseException as error:
                waits = work.throw(error)
            else:
                waits = work.send(sent)
        except StopIteration as end:
            result: T = end.value
            return result
