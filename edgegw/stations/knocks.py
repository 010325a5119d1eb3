"""Connections that never became a websocket, and why: who looks for a station that is not there finds a line.

A port that is only tried, with nothing said, has none. The others have one a minute of each address and reason.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from websockets.exceptions import (
    InvalidHandshake,
    InvalidMessage,
    InvalidMethod,
    InvalidProtocol,
    InvalidUpgrade,
    SecurityError,
)

from edgegw.stations import metrics
from edgegw.stations.rpc import one_line

log = logging.getLogger("edgegw.stations")

LINE_EVERY_S: Final = 60.0
MAX_LINES: Final = 1000
"""Pairs of address and reason whose last line is remembered."""

TLS: Final = b"\x16"
"""The first byte of a TLS handshake (RFC 8446 section 5.1: a record of the type handshake)."""


class Seldom:
    """What is worth a line once in LINE_EVERY_S by its key. `monotonic` tells the seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._last: OrderedDict[tuple[str, str], float] = OrderedDict()

    def is_due(self, address: str, word: str) -> bool:
        now, key = self._monotonic(), (address, word)
        if now - self._last.get(key, -LINE_EVERY_S) < LINE_EVERY_S:
            return False
        self._last[key] = now
        self._last.move_to_end(key)
        if len(self._last) > MAX_LINES:
            self._last.popitem(last=False)
        return True


def why(begin: bytes, error: Exception | None) -> tuple[str, str]:
    """(word for the counter, text) of a connection that began with `begin` and ended with `error` before it was a
    websocket. The text never holds more of the request than one short header that has to do with websockets."""
    if begin.startswith(TLS):
        return "tls", "it speaks TLS to a port without: its URL begins with wss:// instead of ws://"
    if begin.startswith(b"POST"):
        return "soap", "it sends POST, as stations do that are set to OCPP over SOAP"
    if error is None:
        return "slow", "it began a request and did not end it"
    if isinstance(error, InvalidUpgrade):
        return "no_websocket", f"it asks for no websocket, as a browser does ({_short(error)})"
    if isinstance(error, InvalidMethod | InvalidProtocol | SecurityError):
        return "request", _short(error)
    if isinstance(error, InvalidHandshake) and not isinstance(error, InvalidMessage):
        return "request", _short(error)
    return "no_http", "its request is no HTTP"


def _short(error: Exception) -> str:
    return one_line(str(error), 120)


class Knocks:
    """Of all listeners. `monotonic` tells the seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._seldom = Seldom(monotonic)

    def failed(self, address: str | None, begin: bytes, error: Exception | None) -> None:
        word, text = why(begin, error)
        metrics.REFUSED.labels(word).inc()
        if self._seldom.is_due(address or "", word):
            log.warning("%s is no station yet: %s", address, text)
